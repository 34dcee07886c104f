"""The import, end to end: processes, real files, the sandbox, and the AWS CLI as the witness."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from e2e import Home
from import_fixtures import TEAM, text_of
from sync_profiles.sandbox import story as s

COUNTING = """
import atexit, sys
from collections import Counter
from sync_profiles.config import document
from sync_profiles.cli import main

read, texts = document.parse_document, Counter()

def count(text, *kind):
    texts[text] += 1
    return read(text, *kind)

document.parse_document = count
atexit.register(lambda: print(max(texts.values()), file=sys.stderr))
main()
"""


def test_an_import_reads_no_text_twice(with_keys: Home, team_file: Path) -> None:
    for more in ("", "", "\n[profile more]\nregion = us-east-1\n"):
        team_file.write_text(TEAM + more, encoding="utf-8")
        command = [sys.executable, "-c", COUNTING, "import", "--trust", str(team_file)]
        ended = with_keys.run_command(command)
        assert (ended.code, ended.stderr) == (0, "1\n")


def test_the_user_of_many_sections_is_looked_for_once(with_keys: Home, team_file: Path) -> None:
    with_keys.write("".join(f"[profile own{n}]\nregion = us-east-1\n" for n in range(3_000)))
    sections = (f"[profile p{n}]\nsdk_ua_app_id = ${{aws:username}}\n" for n in range(3_000))
    team_file.write_text("".join(sections), encoding="utf-8")
    # it is ended after a minute, which a search for each section would take
    ended = with_keys.run("import", "--no-sync", "--trust", str(team_file))
    assert (ended.code, ended.stderr) == (0, "")
    assert text_of(with_keys).count("sdk_ua_app_id = work_api\n") == 3_000


def test_what_came_is_known_of_every_block_that_is_there_or_can_come_back(
    with_keys: Home, team_file: Path
) -> None:
    other = team_file.with_name("other")
    other.write_text(f"[profile other]\nrole_arn = {s.ADMIN_ROLE.arn}\n", encoding="utf-8")
    for number in range(13):
        with_keys.run("import", str(other if number == 0 else team_file))
        team_file.write_text(f"{TEAM}max_attempts = {number + 1}\n", encoding="utf-8")
    saved = with_keys.path / ".aws" / "sync-profiles"
    holders = [with_keys.config_file, *saved.glob("config.*.bak")]
    expected = set(re.findall(r"sha256=(\w+)", "".join(file.read_text() for file in holders)))
    assert {file.name.split(".")[1] for file in saved.glob("*.imported")} == expected
    assert len(expected) == 12  # the other block, and the team's as it is and as in ten backups
