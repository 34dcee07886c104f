"""Unreadable or missing files: an error with its place, and no changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e import Home, role_profile, section
from examples import for_this_shell, rows
from sync_profiles.sandbox import story as s

GOOD = role_profile("default", s.ADMIN_ROLE.arn, "keys")  # lines 1 to 4, and a blank one

MISSING = str(Path("/no/such/file"))
PERSON = {"sso_session": "corp", "sso_account_id": "111111111111", "sso_role_name": "Reader"}


@pytest.fixture
def bad_home(work_home: Home) -> Home:
    """Return a home with one correct profile."""
    return work_home.write(GOOD)


@pytest.mark.parametrize(
    ("pattern", "error", "hint"),
    rows("no_selection.txt"),
)
def test_a_selection_without_a_profile_ends_the_run(
    pattern: str, error: str, hint: str, bad_home: Home
) -> None:
    others = section("ignored", {"region": "us-east-1"}) + section("profile person", PERSON)
    bad_home.write(GOOD + others)
    before = bad_home.footprint()
    ended = bad_home.run_json("--profile", "default", "--profile", pattern)
    words = f"error: {error}\nhint: {for_this_shell(hint)}\n"
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)
    assert bad_home.footprint() == before


@pytest.mark.parametrize("kind", ["config", "credentials"])
def test_a_file_that_is_named_must_exist(kind: str, bad_home: Home) -> None:
    ended = bad_home.run_json(f"--{kind}-file", MISSING)
    words = f"error: there is no {kind} file `{MISSING}`\nhint: correct `--{kind}-file`\n"
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)


@pytest.mark.parametrize("arguments", [(), ("check",), ("explain", "default"), ("undo",)], ids=str)
def test_a_config_file_that_a_variable_names_must_exist(
    arguments: tuple[str, ...], bad_home: Home
) -> None:
    ended = bad_home.with_environment(AWS_CONFIG_FILE=MISSING).run(*arguments)
    words = f"error: there is no config file `{MISSING}`\nhint: correct `AWS_CONFIG_FILE`\n"
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)


def test_an_import_creates_the_config_file_that_a_variable_names(
    bad_home: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    team.write_text(role_profile("admin", s.OPEN_ROLE.arn, "keys"), encoding="utf-8")
    new = tmp_path / "config"
    ended = bad_home.with_environment(AWS_CONFIG_FILE=str(new)).run("import", "--trust", str(team))
    assert (ended.code, ended.stderr) == (0, "")
    assert "role_session_name = work_api\n" in new.read_text("utf-8")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (
            "AWS_SHARED_CREDENTIALS_FILE",
            "~/typo",
            (
                " names `~/typo`, which does not exist: unless you mean to make it, correct the "
                "variable or unset it\nerror: "
            ),
        ),
        (
            "AWS_SHARED_CREDENTIALS_FILE",
            "",
            " is set but empty: the AWS CLI reads no credentials file; unset the variable\nerror: ",
        ),
    ],
)
def test_a_note_reports_a_variable_that_names_no_file(
    variable: str, value: str, words: str, bad_home: Home
) -> None:
    ended = bad_home.with_environment(**{variable: value}).run()
    assert " ".join(ended.stderr.split()).startswith(" ".join(f"note: `{variable}`{words}".split()))


def test_a_note_reports_a_file_that_an_editor_has_named_otherwise(bad_home: Home) -> None:
    bad_home.config_file.rename(bad_home.config_file.with_name("config.txt"))
    note = "note: the AWS CLI does not read `~/.aws/config.txt`: rename it to `config`, "
    note += "unless that exists by now"
    assert " ".join(bad_home.run().stderr.split()) == note


@pytest.mark.parametrize(
    ("text", "variable", "shown"),
    [
        pytest.param("", None, "~/.aws/config", id="an empty file"),
        pytest.param("[default]\nregion = us-east-1\n", None, "~/.aws/config", id="no role"),
        pytest.param(None, None, "~/.aws/config", id="keys, and no config file"),
        pytest.param(GOOD, "", os.devnull, id="a variable that is empty"),
        pytest.param(GOOD, os.devnull, os.devnull, id="a variable that names the null device"),
    ],
)
def test_no_profile_with_a_role_is_not_an_error(
    text: str | None, variable: str | None, shown: str, bad_home: Home
) -> None:
    bad_home.write(text)
    if text is None:
        bad_home.config_file.unlink()
    if variable is not None:
        bad_home = bad_home.with_environment(AWS_CONFIG_FILE=variable)
    before = bad_home.footprint()
    ended = bad_home.run()
    words = (
        f"no profile in {shown} assumes a role: nothing to do\n"
        "hint: run `sync-profiles import SOURCE` to import your team's profiles\n"
    )
    note = (
        "`AWS_CONFIG_FILE` is set but empty: the AWS CLI reads no config file; unset the variable"
    )
    said = f"note: {note}" if variable == "" else ""
    assert (ended.code, " ".join(ended.stdout.split())) == (0, " ".join(words.split()))
    assert " ".join(ended.stderr.split()) == said
    assert bad_home.run_json().report["profiles"] == []
    assert bad_home.footprint() == before
