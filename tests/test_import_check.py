"""`import --check`: what the person who keeps the team's file learns before anyone imports it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped] # its types are not installed

from e2e import Ended, Home, Json
from examples import answered_examples, answers_of, examples, parts, unescape
from import_fixtures import TEAM
from sync_profiles.team.checked_file import check_file, is_warning
from sync_profiles.team.refusals import RefusalCode
from test_interface import loaded_modules
from test_lint import EXAMPLES

ROOT = Path(__file__).parents[1]
ROLE = "role_arn = arn:aws:iam::222222222222:role/admin\n"
TOP = f"[profile a]\n{ROLE}source_profile = base\n"
#: what is wrong, where, and what the hint leads to; below three lines of a profile
WRONG = parts("team_faults.txt")


def findings(example: str) -> list[str]:
    """Return what is found in a file, and the sources that each person needs."""
    text, _, _ = f"\n{example}".partition("\n- ")
    text = unescape(text.removeprefix("\n").rstrip("\n") + "\n")
    for word, lines in {"TEAM": TEAM, "TOP": TOP, "ROLE": ROLE}.items():
        text = text.replace(f"{word}\n", lines)
    file = check_file(text.encode(), source="team")
    found = (
        f"{'warning' if is_warning(each) else 'error'} on line {each.place.line}, {each.code}: "
        f"{each.message}; {each.hint}"
        for each in file.problems
    )
    return [*found, *(f"needs {name}" for name in file.source_profiles)]


@pytest.mark.parametrize("example", answered_examples("checked_files.txt", findings))
def test_what_is_found_in_a_file(example: str) -> None:
    assert findings(example) == answers_of(example)


def check(bare_home: Home, *contents: str | bytes) -> tuple[Ended, list[Json]]:
    """Check files with these contents at once; return how that ended, and the files."""
    names = []
    for number, content in enumerate(contents):
        file = bare_home.path / f"team-{number}"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        names.append(file.name)
    ended = bare_home.run(
        "import", "--check", *(str(bare_home.path / n) for n in names), "--output", "json"
    )
    return ended, ended.report["checked"]


def told(file: Json) -> list[str]:
    """Return the errors in a file: lines and codes."""
    return [f"{p['line']} {p['code']}" for p in file["problems"] if p["severity"] == "error"]


def test_everything_that_is_wrong_is_found_in_its_line_and_its_hint_leads_out(
    bare_home: Home,
) -> None:
    ended, files = check(bare_home, *(TOP + lines for lines, _, _ in WRONG.values()))
    assert ended.code == 1
    assert dict(zip(WRONG, map(told, files), strict=True)) == {
        sentence: codes.splitlines() for sentence, (_, codes, _) in WRONG.items()
    }
    assert "hunter2" not in ended.stdout
    ended, files = check(bare_home, *(TOP + lines for _, _, lines in WRONG.values()))
    assert dict(zip(WRONG, map(told, files), strict=True)) == {each: [] for each in WRONG}
    assert ended.code == 0


def test_files_that_are_not_read_on() -> None:
    for data, line, code in (
        (b"#" * 3_000_000, 1, "too-large"),
        (b'[profile a]\n[profile "' + b"x" * 1_900_000 + b'"]\n', 2, "too-large"),
        (b"[profile a]\nregion = \xff\n", 2, "not-utf-8"),
    ):
        (problem,) = check_file(data, source="team").problems
        assert (problem.place.line, problem.code) == (line, code)


def test_every_kind_of_finding_is_tried() -> None:
    answers = [each for _, text in examples("checked_files.txt") for each in answers_of(text)]
    found = {code for _, codes, _ in WRONG.values() for code in codes.split()}
    found |= {code for each in answers for code in re.findall(r"line \d+, ([\w-]+):", each)}
    assert set(RefusalCode) <= found | {"too-large", "not-utf-8"}


def test_no_text_is_about_the_own_files_of_who_checks() -> None:
    texts = [parts["config"].encode() for parts in EXAMPLES.values()]
    found = [p for text in texts for p in check_file(text, source="team").problems]
    own = re.compile(r"aws configure|\(config, ")
    assert not [each for each in found if own.search(each.message + each.hint)]


def test_nothing_of_a_person_is_needed_and_nothing_is_written(bare_home: Home) -> None:
    (bare_home.path / "team").write_text(TEAM, encoding="utf-8")
    before = sorted(bare_home.path.rglob("*"))
    poor = bare_home.with_environment(
        AWS_CONFIG_FILE="/nowhere/a", AWS_SHARED_CREDENTIALS_FILE="/b"
    )
    ended, modules = loaded_modules(poor, "import", "--check", str(bare_home.path / "team"))
    assert ended.code == 0
    assert "does not exist" not in ended.stderr
    assert modules & {"boto3", "botocore", "filelock"} == set()
    assert sorted(bare_home.path.rglob("*")) == before


def test_pre_commit_is_offered_the_check(bare_home: Home) -> None:
    offer = ROOT / ".pre-commit-hooks.yaml"
    if not offer.exists():
        pytest.skip("the offer is in the repository alone")
    (hook,) = yaml.safe_load(offer.read_text(encoding="utf-8"))
    assert hook.keys() == {"id", "name", "description", "entry", "language", "files"}
    names = ["config", "aws/config", "x/.aws/config", "aws/config.bak"]
    assert [bool(re.search(hook["files"], name)) for name in names] == [False, True, True, False]
    (bare_home.path / "good").write_text(TEAM, encoding="utf-8")
    (bare_home.path / "bad").write_text("[profil a]\nrole_arn = x\n", encoding="utf-8")
    program, *arguments = shlex.split(hook["entry"])
    codes = [bare_home.run(*arguments, *names).code for names in (["good"], ["good", "bad"])]
    assert (program, codes) == ("sync-profiles", [0, 1])
