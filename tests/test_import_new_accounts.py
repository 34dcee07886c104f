"""An import calls no account that is new to the user before the user agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e import Home, finish, keys, role_profile, section
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import User

NEW = "arn:aws:iam::333333333333:role/trap"
THERE = s.ADMIN_ROLE.account_id
STRANGER = User(name="stranger").credentials
OWN = role_profile("mine", s.OPEN_ROLE.arn, "base")
LIST = f"   {THERE}, by `base`\n"
WHY = "not tested: it would show who you are to an account that none of your own profiles names"


def called(aws: Sandbox) -> set[str]:
    return {call.parameters["RoleArn"] for call in aws.calls if call.action == "sts:AssumeRole"}


@pytest.mark.parametrize("options", [["--dry-run"], [], ["--output", "json"]], ids=str)
def test_a_pipe_is_no_consent(
    options: list[str], with_keys: Home, team_file: Path, aws: Sandbox
) -> None:
    ended = with_keys.run("import", *options, str(team_file))
    assert (ended.code, called(aws)) == (1, set())
    assert ended.stderr == (
        f"profiles to import would call accounts that none of your own profiles names:\n{LIST}"
        "an account that is called sees your user name and your account ID\n"
        "they are not called without `--trust`\n"
    )
    if "json" in options:
        assert ended.column("verdict") == {"admin": "unknown", "equals": "unknown"}
        assert ended.column("cause") == {"admin": "not-tested", "equals": "not-tested"}
        assert ended.column("written") == {"admin": False, "equals": True}
        assert {one["message"] for one in ended.profiles.values()} == {WHY}
    else:
        assert WHY in " ".join(ended.stdout.split())
    # what was imported is the user's own: the next run tests it
    is_written = options != ["--dry-run"]
    assert with_keys.config_file.exists() is is_written
    assert with_keys.run("check").code == 0
    assert called(aws) == ({s.ADMIN_ROLE.arn, s.EQUALS_ROLE.arn} if is_written else set())


@pytest.mark.parametrize(
    ("options", "answer", "code", "tests"),
    [
        pytest.param([], "y\n", 0, True, id="yes"),
        pytest.param([], "n\n", 3, False, id="no"),
        pytest.param(["--trust"], None, 0, True, id="trusted"),
        pytest.param(["--dry-run"], None, 1, False, id="a dry run does not ask"),
        pytest.param(["--no-test"], None, 1, False, id="without tests there is nothing to ask"),
    ],
)
def test_one_question_is_asked_on_a_terminal(
    options: list[str],
    answer: str | None,
    code: int,
    *,
    tests: bool,
    with_keys: Home,
    team_file: Path,
    aws: Sandbox,
) -> None:
    child = with_keys.start_on_terminal("import", *options, str(team_file), columns=200)
    if answer is not None:
        child.expect_exact(LIST.strip())
        child.expect_exact("Import the profiles, and test them there?")
        assert called(aws) == set()
        child.send(answer)
    ended = finish(child)
    assert ended.code == code
    assert "test them there?" not in ended.stdout
    assert called(aws) == ({s.ADMIN_ROLE.arn, s.EQUALS_ROLE.arn} if tests else set())
    assert ("role_session_name = work_api" in ended.stdout) is ("--dry-run" in options)
    assert with_keys.config_file.exists() is ("--dry-run" not in options and code < 3)


@pytest.mark.parametrize(
    ("own", "team", "roles"),
    [
        pytest.param(OWN, s.ADMIN_ROLE.arn, {s.ADMIN_ROLE.arn}, id="an account of your own"),
        pytest.param(
            section("profile sso", {"sso_account_id": THERE}),
            s.ADMIN_ROLE.arn,
            {s.ADMIN_ROLE.arn},
            id="an account that you log in to",
        ),
        pytest.param(OWN, NEW, set(), id="another account"),
        pytest.param(
            "",
            "arn:aws:iam::111111111111:role/none",
            {"arn:aws:iam::111111111111:role/none"},
            id="the caller's own account",
        ),
    ],
)
def test_accounts_that_the_user_has_are_called(
    own: str, team: str, roles: set[str], with_keys: Home, team_file: Path, aws: Sandbox
) -> None:
    with_keys.write(own)
    team_file.write_text(role_profile("team", team, "base"), encoding="utf-8")
    with_keys.run("import", str(team_file))
    assert called(aws) == roles


def test_a_source_without_an_identity_calls_nobody(
    with_keys: Home, team_file: Path, aws: Sandbox
) -> None:
    with_keys.write(credentials=keys("base", STRANGER))
    ended = with_keys.run("import", str(team_file))
    assert (ended.code, called(aws)) == (1, set())
    assert "would call" not in ended.stderr
    assert "not tested" not in ended.stdout


def test_no_hop_of_a_chain_is_called_without_consent(
    with_keys: Home, team_file: Path, aws: Sandbox
) -> None:
    with_keys.write(OWN)
    text = role_profile("through", NEW, "mine") + role_profile("back", s.ADMIN_ROLE.arn, "through")
    team_file.write_text(text, encoding="utf-8")
    ended = with_keys.run("import", "--output", "json", str(team_file))
    assert ended.column("verdict") == {"mine": "accepted", "through": "unknown", "back": "unknown"}
    assert ended.column("wanted_session_name")["back"] == "work_api"
    assert called(aws) == {s.OPEN_ROLE.arn}


def test_an_update_that_moves_a_role_to_a_new_account_needs_consent(
    with_keys: Home, team_file: Path, aws: Sandbox
) -> None:
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    text = team_file.read_text(encoding="utf-8").replace(s.EQUALS_ROLE.arn, NEW)
    team_file.write_text(text, encoding="utf-8")
    ended = with_keys.run("import", "--output", "json")
    assert ended.column("verdict") == {"admin": "accepted", "equals": "unknown"}
    assert NEW not in called(aws)
    assert "   333333333333, by `base`\n" in ended.stderr
