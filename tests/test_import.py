"""The import, end to end: how often it reads and asks, and which hostile files it refuses.

The user's own settings do not change then, and no program is run. How a header may be spelled is in
`data/import_stories.txt`, which answers are refused in `data/cut_off_answers.txt`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import botocore.configprovider
import botocore.session
import pytest

from e2e import Home
from examples import params
from import_fixtures import OWN, TEAM, text_of
from sync_profiles.sandbox import story as s
from sync_profiles.team import risks

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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        *params("hostile_team_files.txt"),
        pytest.param(b"#" * 10_000_000, "is larger than 2 MiB", id="ten megabytes"),
        pytest.param(
            TEAM.encode() + b"credential_process = /bin/evil" + b"?" * 9_000 + b"\n",
            f"/bin/evil{'?' * 170}… (8830 more characters)` in `[profile equals]`",
            id="a long program",
        ),
    ],
)
def test_a_hostile_file_is_not_imported(
    content: str | bytes, words: str, with_keys: Home, team_file: Path
) -> None:
    with_keys.write(OWN)
    before = with_keys.footprint()
    if isinstance(content, str):
        content = content.replace("TEAM\n", TEAM).encode()
    team_file.write_bytes(content)
    ended = with_keys.run("import", str(team_file))
    assert ended.code == 3, ended.stdout
    assert words.strip() in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
    assert with_keys.footprint() == before


#: what they set harms no one: how often and how long, in which form, to which of AWS's own hosts
HARMLESS = {
    *("account_id_endpoint_mode", "auth_scheme_preference", "csm_client_id", "csm_port"),
    *("defaults_mode", "disable_host_prefix_injection", "disable_request_compression"),
    *("ec2_metadata_service_endpoint_mode", "ec2_metadata_v1_disabled"),
    *("endpoint_discovery_enabled", "ignore_configured_endpoint_urls", "imds_use_ipv6"),
    *("max_attempts", "metadata_service_num_attempts", "metadata_service_timeout"),
    *("parameter_validation", "region", "request_checksum_calculation"),
    *("request_min_compression_size_bytes", "response_checksum_validation", "retry_mode"),
    *("s3_disable_express_session_auth", "sdk_ua_app_id", "sigv4a_signing_region_set"),
    *("sts_regional_endpoints", "tcp_keepalive", "use_dualstack_endpoint", "use_fips_endpoint"),
}


def test_every_setting_that_botocore_reads_is_harmless_or_asked_about() -> None:
    variables = botocore.configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
    read = {variable[0] for variable in variables} - {None}
    assert read - HARMLESS - set(risks.RISKY) == set()
    assert HARMLESS & set(risks.RISKY) == set()
