"""`import --check`: what the person who keeps the team's file learns before anyone imports it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped] # its types are not installed

from e2e import Home
from examples import answered_examples, answers_of, examples, unescape
from import_fixtures import TEAM
from sync_profiles.team.checked_file import CheckedFile, check_file, is_warning
from sync_profiles.team.refusals import TEAM_FINDINGS
from test_interface import loaded_modules
from test_lint import EXAMPLES

ROOT = Path(__file__).parents[1]
ROLE = "role_arn = arn:aws:iam::222222222222:role/admin\n"
TOP = f"[profile a]\n{ROLE}source_profile = base\n"


def checked(text: str) -> CheckedFile:
    """Return what is found in a text, which is written short."""
    text = unescape(text.removeprefix("\n").rstrip("\n") + "\n")
    for word, lines in {"TEAM": TEAM, "TOP": TOP, "ROLE": ROLE}.items():
        text = text.replace(f"{word}\n", lines)
    return check_file(text.encode(), source="team")


def findings(example: str) -> list[str]:
    """Return what is found in a file, and the sources that each person needs.

    Nothing is wrong with what is below `--- followed`, to which the hints lead.
    """
    text, _, _ = f"\n{example}".partition("\n- ")
    text, _, followed = text.partition("--- followed\n")
    file = checked(text)
    assert not followed or all(map(is_warning, checked(followed).problems))
    found = (
        f"{'warning' if is_warning(each) else 'error'} on line {each.place.line}, {each.code}: "
        f"{each.message}; {each.hint}"
        for each in file.problems
    )
    return [*found, *(f"needs {name}" for name in file.source_profiles)]


@pytest.mark.parametrize("example", answered_examples("checked_files.txt", findings))
def test_what_is_found_in_a_file(example: str) -> None:
    found = findings(example)
    assert found == answers_of(example)
    assert "hunter2" not in "".join(found)


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
    found = {code for each in answers for code in re.findall(r"line \d+, ([\w-]+):", each)}
    assert set(TEAM_FINDINGS) <= found | {"too-large", "not-utf-8"}


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
