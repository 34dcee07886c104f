"""`trust-policy --check --all-roles`: every role of the profiles' accounts, each account once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, TRUST_EC2, Role, User
from sync_profiles.trust_policy.auditing import Standing, audit_role

FIRST, SECOND, THIRD = "222222222222", "333333333333", "444444444444"
OWN: dict[str, object] = {"StringLike": s.OWN_NAME}
NAMED = s.trust(condition=OWN)
AUDIT = Role(name="audit", path="/team/", trust=NAMED, policies=(ALLOW_EVERYTHING,))
#: more than a page
SERVICES = tuple(Role(name=f"service-{number:03}", trust=TRUST_EC2) for number in range(120))
OPEN = Role(name="open", path="/a|b/", trust=s.trust())
LOCKED = Role(name="locked", trust=s.trust(condition=OWN, version="2008-10-17"))
ADMINISTRATOR = User(name="root_admin", account_id=THIRD, policies=(ALLOW_EVERYTHING,))


@pytest.fixture
def world() -> World:
    second = replace(AUDIT, account_id=SECOND, policies=())
    third = replace(OPEN, account_id=THIRD, path="/")
    roles = (AUDIT, OPEN, LOCKED, *SERVICES, second, third)
    return World(users=(s.WORK_API, ADMINISTRATOR), roles=roles)


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home with two profiles of one account, one that may not list, and plain keys."""
    config = role_profile("team-first", AUDIT.arn, "keys")
    config += role_profile("team-again", OPEN.arn, "keys", role_session_name="x-1")
    config += role_profile("team-second", AUDIT.arn.replace(FIRST, SECOND), "keys")
    config += role_profile("team-gone", AUDIT.arn.replace(FIRST, "555555555555"), "keys")
    credentials = keys("keys", s.WORK_API.credentials) + keys("own", ADMINISTRATOR.credentials)
    return empty_home.write(config, credentials).with_environment(COLUMNS="200")


def audit(*arguments: str) -> list[str]:
    return ["trust-policy", "--check", "--all-roles", *arguments]


ANY_NAME = "users and roles of account `111111111111` get in under any session name"


def test_roles_to_look_at_are_shown_below_their_accounts(laptop: Home, sandbox: Sandbox) -> None:
    ended = laptop.run(*audit("--profile", "team-*", "--profile", "own"))
    assert (ended.code, ended.stderr) == (1, "")
    own, first, second, gone, totals = ended.stdout.strip("\n").split("\n\n")
    assert own.splitlines() == [
        "account 444444444444 (profile own): 1 of 1 roles to look at",
        f"   open: open: {ANY_NAME}",
    ]
    assert first.splitlines() == [
        "account 222222222222 (profiles team-first, team-again): 2 of 123 roles to look at",
        "   closed: locked: no one gets in",
        f"   open: a|b/open: {ANY_NAME}",
    ]
    assert second.startswith(
        "account 333333333333 (profile team-second)\n   could not be read: User: "
        "arn:aws:sts::333333333333:assumed-role/audit/work_api is not authorized to perform: "
        "iam:ListRoles"
    )
    assert gone.startswith("account 555555555555 (profile team-gone)\n   could not be read: AWS")
    assert totals.splitlines()[0] == (
        "124 roles in 2 accounts: 2 let people in without their name, 1 requires a name, 1 lets no "
        "one in, 120 are for services, roles and identity providers; 2 more accounts could not be "
        "read"
    )
    listed = [call for call in sandbox.calls if call.action == "iam:ListRoles"]
    assert len(listed) == 5  # three pages, one page, one denial
    table = laptop.run(*audit("--profile", "team-first", "--output", "markdown")).stdout
    assert "| 222222222222 | `a\\|b/open` | open |" in table


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        (
            [FIRST],
            [
                f"account {FIRST} (profile {FIRST}): 0 of 1 roles to look at",
                *("", "1 role in 1 account: 1 requires a name"),
            ],
        ),
        (
            [FIRST, SECOND],
            ["no role to look at in 2 accounts", "2 roles in 2 accounts: 2 require a name"],
        ),
    ],
)
def test_an_audit_that_finds_nothing_says_so_and_exits_with_0(
    accounts: list[str], said: list[str], laptop: Home
) -> None:
    roles = tuple(replace(AUDIT, account_id=account) for account in accounts)
    config = "".join(role_profile(each.account_id, each.arn, "keys") for each in roles)
    laptop.config_file.write_text(config)
    with Sandbox(World(users=(s.WORK_API,), roles=roles)) as named:
        home = laptop.with_environment(AWS_ENDPOINT_URL=named.endpoint_url)
        ended = home.run(*audit("--profile", "*"))
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == said


def test_why_a_profile_without_a_source_cannot_read_is_said_of_its_own_settings(
    laptop: Home,
) -> None:
    role = f"[profile token]\nrole_arn = {AUDIT.arn}\nweb_identity_token_file = nowhere\n"
    ended = laptop.write(role, "").run(*audit("--profile", "token"))
    assert ended.code == 3
    assert "the web identity token file of profile `token` cannot be used" in ended.stdout


def test_a_policy_that_is_not_json_is_to_be_looked_at() -> None:
    assert audit_role(AUDIT.arn, "not JSON").standing is Standing.OPEN


def test_a_role_is_read_by_one_further_up_the_chain_whose_account_is_not_audited(
    laptop: Home,
) -> None:
    far = Role(name="far", account_id=SECOND, trust=s.trust(principal={"AWS": AUDIT.arn}))
    laptop.config_file.write_text(
        role_profile("hop", AUDIT.arn, "keys") + role_profile("far", far.arn, "hop")
    )
    with Sandbox(World(users=(s.WORK_API,), roles=(AUDIT, OPEN, far))) as chained:
        home = laptop.with_environment(AWS_ENDPOINT_URL=chained.endpoint_url)
        read = home.run("trust-policy", "--check", "--role", OPEN.arn, "--profile", "far")
        audited = home.run(*audit("--profile", "far"))
    assert (read.code, read.stderr) == (1, "")
    assert read.stdout.startswith(ANY_NAME)
    assert f"account {SECOND} (profile far)" in audited.stdout
    assert FIRST not in audited.stdout
