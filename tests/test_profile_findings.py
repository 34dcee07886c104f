"""Findings about a refusal from a profile's own settings and its caller."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2e import Home, keys, role_profile
from hint_cases import CALLER, NOT_AUTHORIZED, ROLE, SOURCE, SSO_USER, calling
from sync_profiles.causes import Cause
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.case import Case
from sync_profiles.explain.profile_findings import own_settings, own_signs, unread_lines
from sync_profiles.explain.suspicions import Statement, Topic, describe, rank
from sync_profiles.lint.checks import find_problems
from sync_profiles.model import Chain
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from sync_profiles.outcomes import Caller

DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
SETTINGS = f"[profile admin]\nrole_arn = {ROLE}\nsource_profile = default\n"
PARTS = ("arn", "aws", "aws-cn", "iam", "sts", "", "222222222222", "root", "role", "role/a/b")
ARNS = st.text() | st.lists(
    st.sampled_from([*PARTS, "assumed-role", "assumed-role/", "assumed-role/x", "user/x"]),
    max_size=8,
).map(":".join)


def case(
    lines: str = "",
    *,
    config: str = SETTINGS,
    caller: Caller = CALLER,
    hops: tuple[str, ...] = ("admin",),
) -> Case:
    """Return the refusal of a profile whose section starts with the settings, in three lines."""
    profiles = read_profiles(config=parse_document(config + lines))
    return Case(
        cause=Cause.NOT_AUTHORIZED,
        failure=dataclasses.replace(NOT_AUTHORIZED, message="", caller_arn=None),
        source=SOURCE,
        profile=profiles.by_name["admin"],
        chain=Chain(source=SOURCE, hops=hops),
        caller=caller,
        wanted_name="work_api",
    )


def statements(of: Case) -> list[Statement | None]:
    findings = rank([*unread_lines(of), *own_settings(of)])
    assert all(finding.text for finding in findings)
    return [finding.statement for finding in findings]


@pytest.mark.parametrize(
    ("caller", "hops", "expected"),
    [
        pytest.param(
            CALLER.arn,
            ("admin",),
            [
                Statement.NOT_TRUSTED,
                Statement.NO_MFA,
            ],
            id="a user",
        ),
        pytest.param(
            SSO_USER.arn,
            ("admin",),
            [
                Statement.NO_USER_NAME,
                Statement.NOT_TRUSTED,
            ],
            id="an Identity Center user, who has no user name and needs no `mfa_serial`",
        ),
        pytest.param(
            "arn:aws:sts::111111111111:assumed-role/ci/build",
            ("admin",),
            [
                Statement.NO_USER_NAME,
                Statement.NOT_TRUSTED,
            ],
            id="a role",
        ),
        pytest.param(
            "arn:aws:iam::111111111111:root",
            ("admin",),
            [
                Statement.NO_USER_NAME,
                Statement.NOT_TRUSTED,
            ],
            id="the root user",
        ),
        pytest.param(
            CALLER.arn,
            ("hop", "admin"),
            [
                Statement.NO_USER_NAME,
                Statement.SESSION_NOT_TRUSTED,
            ],
            id="the session of a hop",
        ),
        pytest.param(
            "arn:aws:sts::222222222222:assumed-role/admin_role/x",
            ("admin",),
            [
                Statement.NOT_NEEDED,
                Statement.NO_USER_NAME,
                Statement.NOT_TRUSTED,
            ],
            id="the role itself",
        ),
        pytest.param(
            "arn:aws:sts::111111111111:federated-user/fred",
            ("admin",),
            [Statement.FEDERATED_USER],
            id="a federated user",
        ),
    ],
)
def test_the_caller_decides_the_most_likely_reason(
    caller: str, hops: tuple[str, ...], expected: list[Statement]
) -> None:
    assert statements(case(caller=calling(caller), hops=hops))[: len(expected)] == expected


@pytest.mark.parametrize(
    ("arn", "statement", "facts"),
    [
        pytest.param(
            "arn:aws:iam::222222222222:user/bob",
            Statement.NOT_A_ROLE,
            {"found": "an IAM user", "example": "`arn:aws:iam::222222222222:role/NAME`"},
            id="a user's ARN",
        ),
        pytest.param(
            "arn:aws:sts::222222222222:assumed-role/admin_role/bob",
            Statement.NOT_A_ROLE,
            {
                "found": "a role's session",
                "example": "`arn:aws:iam::222222222222:role/admin_role`",
            },
            id="a session's ARN",
        ),
        pytest.param(
            "arn:aws:sts::222222222222:assumed-role",
            Statement.NOT_A_ROLE,
            {"found": "a role's session", "example": "`arn:aws:iam::222222222222:role/NAME`"},
            id="half of a session's ARN",
        ),
        pytest.param(
            "arn:aws:iam::2222:role/x", Statement.NO_ACCOUNT, {"found": "`2222`"}, id="an account"
        ),
        pytest.param(f"{ROLE} # production", Statement.NO_ROLE_NAME, {}, id="a comment behind it"),
    ],
)
def test_an_impossible_role_is_a_certain_finding(
    arn: str, statement: Statement, facts: dict[str, str]
) -> None:
    (finding,) = rank(own_settings(case(config=SETTINGS.replace(ROLE, arn))))

    assert (finding.is_certain, finding.statement) == (True, statement)
    assert finding.facts == {"setting": "`role_arn` (config, line 2)", **facts}
    assert finding.text


def test_in_one_account_no_external_id_and_no_permission_are_suspected() -> None:
    own = calling("arn:aws:iam::222222222222:user/work_api")

    topics = {finding.topic for finding in own_settings(case(caller=own))}
    assert topics == {Topic.ROLE_NAME, Topic.TRUST, Topic.MFA, Topic.SESSION_NAME}


def test_a_name_that_cannot_change_is_a_likely_reason() -> None:
    of = case("role_session_name = old\n")
    kept = dataclasses.replace(of, note="a comment in its section keeps its name")

    finding = rank(own_settings(kept))[0]
    assert (finding.topic, finding.statement) == (Topic.SESSION_NAME, Statement.NAME_KEPT)
    assert finding.facts == {"name": "`work_api`", "profile": "`admin`", "note": kept.note}
    assert finding.text


@given(caller=ARNS, role=ARNS)
def test_any_arns_give_a_hint(caller: str, role: str) -> None:
    of = case()
    assert of.profile is not None
    arn = of.profile.settings["role_arn"]._replace(value=role)
    profile = dataclasses.replace(of.profile, settings={**of.profile.settings, "role_arn": arn})
    who = dataclasses.replace(CALLER, arn=caller)

    assert describe(rank(own_settings(dataclasses.replace(of, profile=profile, caller=who))))


@pytest.mark.parametrize(
    ("lines", "topic", "statement", "facts"),
    [
        pytest.param(
            "externalid = x-1\n",
            Topic.EXTERNAL_ID,
            Statement.MISSPELLED_KEY,
            {"key": "`externalid` (config, line 4)", "meant": "`external_id`"},
            id="an external ID",
        ),
        pytest.param(
            f"MFA_Serail = {DEVICE}\n",
            Topic.MFA,
            Statement.MISSPELLED_KEY,
            {"key": "`mfa_serail` (config, line 4)", "meant": "`mfa_serial`"},
            id="an MFA device",
        ),
        pytest.param(
            "role-session-name = robot\n",
            Topic.SESSION_NAME,
            Statement.MISSPELLED_KEY,
            {"key": "`role-session-name` (config, line 4)", "meant": "`role_session_name`"},
            id="a session name",
        ),
        pytest.param(
            "duration_seconds = 3600\n  # the team's\n  external_id = x-1\n",
            Topic.EXTERNAL_ID,
            Statement.SWALLOWED_KEY,
            {"key": "`external_id`", "setting": "`duration_seconds` (config, line 4)"},
            id="an external ID in another setting's value",
        ),
        pytest.param(
            f"s3 =\n  mfa_serial = {DEVICE}\n",
            Topic.MFA,
            Statement.SWALLOWED_KEY,
            {"key": "`mfa_serial`", "setting": "`s3` (config, line 4)"},
            id="an MFA device in a nested block",
        ),
    ],
)
def test_a_line_that_is_not_the_setting_it_looks_like_comes_first(
    lines: str, topic: Topic, statement: Statement, facts: dict[str, str]
) -> None:
    of = case(lines)
    first = rank([*unread_lines(of), *own_settings(of)])[0]

    assert (first.topic, first.statement) == (topic, statement)
    assert first.facts == facts
    assert first.text


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param("duration_second = 7200\n", id="a duration has a separate error message"),
        pytest.param("role_sesion_name = work_api\n", id="the name with which it was refused"),
        pytest.param("role_arn_ = arn:aws:iam::2:role/x\n", id="a second ARN"),
        pytest.param("external_id_2 = x-1\n", id="one that was put aside"),
        pytest.param("externalid =\n", id="one without a value"),
        pytest.param("color = blue\n", id="a key of another program"),
        pytest.param(
            "output = json\n  [profile other]\n  external_id = x-1\n", id="one of another section"
        ),
        pytest.param("aws_sesion_token = x\n", id="a part of keys"),
        pytest.param("external_id = x-1\nexternalid = x-2\n", id="one that is set as well"),
    ],
)
def test_a_line_that_explains_no_refusal_is_not_suspected(lines: str) -> None:
    assert list(unread_lines(case(lines))) == []


def test_one_source_may_be_confused_with_the_other() -> None:
    text = f"[profile admin]\nrole_arn = {ROLE}\ncredential_source = Environment\n"
    (finding,) = unread_lines(case("source_profil = base\n", config=text))

    assert (finding.topic, finding.statement) == (Topic.TRUST, Statement.MISSPELLED_SOURCE)
    assert finding.facts["other"] == "`credential_source`"
    assert finding.text


def test_a_name_that_was_not_tried_may_be_the_one() -> None:
    of = case("role_sesion_name = work_api\n")
    kept = dataclasses.replace(of, note="a comment in its section keeps its name")

    assert [finding.facts["meant"] for finding in unread_lines(kept)] == ["`role_session_name`"]


def test_a_session_needs_no_device() -> None:
    assert list(unread_lines(case(f"mfa_serail = {DEVICE}\n", caller=SSO_USER))) == []


def test_the_lines_are_those_that_check_lists() -> None:
    lines = f"externalid = x-1\nmfa_serail = {DEVICE}\n"
    credentials = "[default]\naws_access_key_id = A\naws_secret_access_key = b\n"
    problems = find_problems(parse_document(SETTINGS + lines), parse_document(credentials))

    assert [problem.place.line for problem in problems] == [4, 5]
    assert [finding.facts["key"] for finding in unread_lines(case(lines))] == [
        "`externalid` (config, line 4)",
        "`mfa_serail` (config, line 5)",
    ]


@pytest.mark.parametrize(
    "command",
    [["check"], ["--dry-run"], []],
    ids=["check", "a preview", "a sync"],
)
def test_every_command_shows_it(empty_home: Home, command: list[str]) -> None:
    empty_home.write(
        role_profile("partner", s.EXTERNAL_ID_ROLE.arn, "keys", externalid=s.EXTERNAL_ID),
        keys("keys", s.WORK_API.credentials),
    )
    report = empty_home.run(*command, "--output", "json").report

    (found,) = report["profiles"]
    assert found["cause"] == "not-authorized"
    assert "(1) `externalid` (config, line " in found["hint"]


BASE = f"[profile base]\naws_access_key_id = A\nmfa_serial = {DEVICE}\n"


def inheriting(lines: str = "", *, base: str = BASE, name: str = "admin") -> Case:
    """Return the refusal of a profile whose source is the profile `base`."""
    config = f"{base}[profile {name}]\nrole_arn = {ROLE}\nsource_profile = base\n{lines}"
    profiles = read_profiles(config=parse_document(config)).by_name
    return dataclasses.replace(case(), profile=profiles[name], source_profile=profiles["base"])


def test_a_device_of_the_source_profile_is_not_inherited() -> None:
    of = inheriting()
    first = rank([*own_signs(of), *own_settings(of)])[0]

    assert first.text == (
        "`mfa_serial` of `[profile base]` (config, line 3) is not inherited: add it to "
        "`[profile admin]`"
    )


def test_an_external_id_of_the_source_profile_is_not_inherited() -> None:
    of = inheriting(base=BASE.replace(f"mfa_serial = {DEVICE}", "external_id = acme-42"))
    first = rank([*own_signs(of), *own_settings(of)])[0]

    assert (first.topic, first.statement) == (Topic.EXTERNAL_ID, Statement.NOT_INHERITED)


@pytest.mark.parametrize(
    ("lines", "base"),
    [
        pytest.param(f"mfa_serial = {DEVICE}\n", BASE, id="the profile has one"),
        pytest.param("", f"{BASE}aws_session_token = t\n", id="a session presents no code"),
        pytest.param("", BASE.replace(DEVICE, ""), id="it is empty"),
    ],
)
def test_nothing_is_said_of_inheriting(lines: str, base: str) -> None:
    topics = {finding.statement for finding in own_signs(inheriting(lines, base=base))}
    assert Statement.NOT_INHERITED not in topics


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        pytest.param(
            "arn:aws:sts::111111111111:assumed-role/ci/build",
            "the role requires the session name `build` of the caller (`--session-name build` "
            "sets it)",
            id="the session has a name",
        ),
        pytest.param(
            "arn:aws:iam::111111111111:root",
            "the role requires a session name (`--session-name NAME` sets one)",
            id="the root user has none",
        ),
    ],
)
def test_without_a_name_of_its_own_a_caller_may_lack_one(arn: str, text: str) -> None:
    of = dataclasses.replace(case(caller=calling(arn)), wanted_name=None)
    assert text in [finding.text for finding in own_settings(of)]


PROBLEMS = {
    "variable": ({"mfa_serial": "arn:aws:iam::111111111111:mfa/${USER}"}, "mfa-device-not-yours"),
    "empty": ({"mfa_serial": ""}, "mfa-code-needed"),
    "security-key": (
        {"mfa_serial": "arn:aws:iam::111111111111:u2f/user/work_api/key"},
        "mfa-code-needed",
    ),
    "quoted": ({"external_id": '"acme-42"'}, "setting-invalid"),
    "commented": ({"external_id": "acme-42 # theirs"}, "setting-invalid"),
}


def test_what_is_wrong_in_the_file_is_said_in_the_row_with_the_same_words(
    empty_home: Home,
) -> None:
    config = "".join(
        role_profile(name, s.EXTERNAL_ID_ROLE.arn, "keys", **settings)
        for name, (settings, _) in PROBLEMS.items()
    )
    empty_home.write(config, keys("keys", s.WORK_API.credentials))
    report = empty_home.run("check", "--output", "json", "--mfa-code", "123456").report

    found = {problem["profile"]: problem for problem in report["problems"]}
    for profile in report["profiles"]:
        problem = found[profile["profile"]]
        message = f"{problem['message']} (config, line {problem['line']})"
        assert profile["cause"] == PROBLEMS[profile["profile"]][1]
        assert profile["message"].removeprefix("not tested: ") == message
        assert profile["hint"] == problem["hint"]
    assert "a security key, which gives no code" in found["security-key"]["message"]
