"""`explain` if the refused role's trust policy could be read: the next step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from e2e import Home, Json, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    DenialText,
    MfaDevice,
    Role,
    User,
)

READER = Role(
    name="reader_role",
    trust=s.trust(),
    policies=(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["iam:GetRole", "sts:AssumeRole"], "Resource": "*"}
            ],
        },
    ),
)
ONLY_READER: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": READER.arn}],
}
REQUIRED = "the role's trust policy requires it"


WORLD = World(users=(s.WORK_API,), roles=(READER,))


@pytest.fixture
def made(empty_home: Home) -> Home:
    return empty_home.with_environment(COLUMNS="1000")


def write(home: Home, profiles: str, caller: User = s.WORK_API) -> None:
    reader = role_profile("reader", READER.arn, "keys", role_session_name=caller.name)
    home.write(profiles + reader, keys("keys", caller.credentials))


def denying(condition: Json) -> Json:
    """Return a statement that denies every call on a condition."""
    deny: Json = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
    return {**deny, "Condition": condition}


def test_a_role_under_another_path_is_the_step_if_aws_names_the_callers_policy(made: Home) -> None:
    """Of the role's own policy, which refuses the call too, AWS then says nothing."""
    theirs = replace(s.STRANGERS_ROLE, path="/team/")
    admin = User(name="admin", policies=(ALLOW_EVERYTHING,))
    deny = {**ONLY_READER, "Statement": [denying({})]}
    del deny["Statement"][0]["Principal"]
    deny["Statement"][0]["Resource"] = "*"
    for policies in ((), (deny,)):
        denied = User(name="denied", policies=policies)
        world = World(
            users=(admin, denied),
            roles=(READER, theirs),
            denial_text=DenialText.NAMES_POLICY_TYPE,
        )
        with Sandbox(world) as sandbox:
            home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
            wrong = theirs.arn.replace("role/team/", "role/")
            reader = role_profile("reader", READER.arn, "admin", role_session_name="admin")
            home.write(
                role_profile("far", wrong, "keys", role_session_name="denied") + reader,
                keys("keys", denied.credentials) + keys("admin", admin.credentials),
            )
            profile = home.run_json("explain", "far").report["profile"]
        assert profile["policy_type"] == "identity-based"
        assert profile["hint"] == f"correct `role_arn` (config, line 2) to `{theirs.arn}`"


def test_all_profiles_of_a_role_that_does_not_exist_are_named(made: Home) -> None:
    role = READER.arn.replace("reader_role", "gone_role")
    names = [f"gone-{number}" for number in range(30)]
    write(made, "".join(role_profile(name, role, "keys") for name in names))
    assert (
        f"✗ {', '.join(names)}: rejected (not-authorized)\n"
        f"   the role `{role}` does not exist\n"
        "   hint: correct `role_arn`: account `222222222222` has no role `gone_role`\n"
    ) in made.run("explain").stdout


WITH_MFA: Json = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
SECURE = Role(name="secure_role", trust=s.trust(condition=WITH_MFA))


def test_the_device_that_the_policy_requires_is_named_if_the_files_have_it(made: Home) -> None:
    serial, codes = "arn:aws:iam::111111111111:mfa/phone", ("100001", "100002", "100003")
    ann = User(
        name="ann",
        mfa_devices=(MfaDevice(serial=serial, codes=codes),),
        policies=(ALLOW_ASSUME_ROLE,),
    )
    with Sandbox(World(users=(ann,), roles=(READER, SECURE, s.OPEN_ROLE))) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        named = role_profile("named", s.OPEN_ROLE.arn, "keys", mfa_serial=serial)
        write(home, role_profile("secure", SECURE.arn, "keys") + named, caller=ann)
        explain = ("explain", "secure", "--output", "json", "--mfa-code", codes[0])
        hint = home.run(*explain).report["profile"]["hint"]
        line = 1 + home.config_file.read_text().split("\n").index(f"mfa_serial = {serial}")
        assert hint == (
            f"add `mfa_serial = {serial}`, as `[profile named]` has it (config, line {line}), to "
            f"`[profile secure]` (config, line 1): {REQUIRED}; then run `sync-profiles`"
        )

        header = "[profile secure]\n"
        config = home.config_file.read_text()
        home.config_file.write_text(config.replace(header, f"{header}mfa_serial = {serial}\n"))
        synced = home.run("-p", "secure", "--output", "json", "--mfa-code", codes[1])
        assert synced.profiles["secure"]["verdict"] == "accepted"


AT_OFFICE: Json = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
OFFICE = Role(name="office_role", trust=s.trust(condition=AT_OFFICE))
FROM_OFFICE = (
    "call as the role's trust policy requires, which only AWS can check: statement 1 requires that "
    "the caller's address is in `203.0.113.0/24`"
)
ALLOW = (
    "ask an administrator of account `111111111111` to allow `sts:AssumeRole` on "
    f"`{OFFICE.arn}` for `arn:aws:iam::111111111111:user/ann`"
)


@pytest.mark.parametrize(
    ("resources", "may_simulate", "hint"),
    [
        pytest.param(
            "*",
            False,
            f"{FROM_OFFICE}; if you do, {ALLOW}",
            id="the condition is the next step, and the caller's side the one after it",
        ),
        pytest.param("*", True, FROM_OFFICE, id="the caller's policies are known to allow it"),
        pytest.param(
            READER.arn,
            True,
            f"{ALLOW}: no policy of the caller does",
            id="the caller's policies are known not to allow it",
        ),
    ],
)
def test_a_condition_that_only_aws_can_check_is_the_only_reason(
    made: Home, resources: str, *, may_simulate: bool, hint: str
) -> None:
    statements = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resources}]
    if may_simulate:
        simulate = "iam:SimulatePrincipalPolicy"
        statements.append({"Effect": "Allow", "Action": simulate, "Resource": "*"})
    ann = User(name="ann", policies=({"Version": "2012-10-17", "Statement": statements},))
    with Sandbox(World(users=(ann,), roles=(READER, OFFICE))) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        office = role_profile("office", OFFICE.arn, "keys", role_session_name="ann")
        write(home, office, caller=ann)
        profile = home.run_json("explain", "office").report["profile"]
    assert profile["hint"] == hint
    assert len(profile["reasons"]) == 1
    assert profile["message"].endswith("and gave no reason")


OUTSIDE: Json = denying({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})
ORGANIZATION = "statement 2 denies the call where the caller's organization is not `o-1`"
ADD_ID = "add `external_id = acme-42` to `[profile it]` (config, line 1): the role's trust policy "
ID: Json = {"StringEquals": {"sts:ExternalId": "acme-42"}}


@pytest.mark.parametrize(
    ("statements", "hint", "accounts"),
    [
        pytest.param(
            [{}, OUTSIDE],
            "call as the role's trust policy requires, which only AWS can check: " + ORGANIZATION,
            ["222222222222"],
            id="a deny of the trust policy leaves nothing to the caller's policies",
        ),
        pytest.param(
            [ID, OUTSIDE],
            ADD_ID + "requires it, and what only AWS can check: " + ORGANIZATION,
            ["222222222222"],
            id="a change with which the call may still be denied is not all",
        ),
        pytest.param(
            [{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, ID],
            ADD_ID + "allows the call then; if AWS still refuses it, ask an administrator of "
            "account `111111111111` to allow `sts:AssumeRole` on "
            "`arn:aws:iam::222222222222:role/it_role` for "
            "`arn:aws:iam::111111111111:user/work_api`",
            ["222222222222", "111111111111"],
            id="a change that makes the policy allow the call",
        ),
    ],
)
def test_what_only_aws_can_check_is_neither_left_out_nor_all(
    made: Home, statements: list[Json], hint: str, accounts: list[str]
) -> None:
    allow: Json = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:*"}
    trust: Json = {
        "Version": "2012-10-17",
        "Statement": [
            each if "Effect" in each else {**allow, "Condition": each} for each in statements
        ],
    }
    role = Role(name="it_role", trust=trust)
    with Sandbox(World(users=(s.WORK_API,), roles=(READER, role))) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        write(home, role_profile("it", role.arn, "keys", role_session_name="work_api"))
        report = home.run_json("explain", "it").report
    assert report["profile"]["hint"] == hint
    assert [each["account"] for each in report["letters"]] == accounts
