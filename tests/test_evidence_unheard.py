from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile
from hint_cases import CALLER, DENIED, NOT_AUTHORIZED, ROLE, SSO_USER, answered, decision
from sync_profiles.config.ini import parse_ini
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.evidence import Cleared, Strength, Suspicion, Topic
from sync_profiles.explain.hints import explain
from sync_profiles.lint.checks import find_problems
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from sync_profiles.decisions import Decision
    from sync_profiles.explain.evidence import Evidence
    from sync_profiles.outcomes import Caller, Failure

DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
SETTINGS = f"[profile admin]\nrole_arn = {ROLE}\nsource_profile = default\n"
#: what a user's plain profile is told in any case
PLAIN = "whether `role_arn` (config, line 2) is spelt right, case included"


def refused(
    lines: str = "", *, config: str | None = None, failure: Failure = NOT_AUTHORIZED
) -> Decision:
    """Return the decision about the profile of a text, which starts with three lines."""
    profiles = read_profiles(config=parse_ini(SETTINGS + lines if config is None else config))
    return decision(failure, subject=profiles.by_name["admin"])


def first_check(
    subject: Decision, *, evidence: tuple[Evidence, ...] = (), caller: Caller = CALLER
) -> str:
    hint = explain(subject, caller=caller, evidence=evidence).hint
    assert hint is not None
    return hint.removeprefix("check, likeliest first: (1) ").partition("; ")[0]


@pytest.mark.parametrize(
    ("lines", "check"),
    [
        pytest.param(
            "region = eu-west-1\nexternalid = x-1\n",
            "whether `externalid` (config, line 5) is meant to be `external_id`",
            id="an external ID",
        ),
        pytest.param(
            f"MFA_Serail = {DEVICE}\n",
            "whether `mfa_serail` (config, line 4) is meant to be `mfa_serial`",
            id="an MFA device",
        ),
        pytest.param(
            "role-session-name = robot\n",
            "whether `role-session-name` (config, line 4) is meant to be `role_session_name`",
            id="a session name",
        ),
        pytest.param(
            "duration_seconds = 3600\n  # the team's\n  external_id = x-1\n",
            "whether `external_id`, indented below `duration_seconds` (config, line 4) and so part "
            "of its value, is meant for a setting",
            id="an external ID in another setting's value",
        ),
        pytest.param(
            f"s3 =\n  mfa_serial = {DEVICE}\n",
            "whether `mfa_serial`, indented below `s3` (config, line 4) and so part of its value, "
            "is meant for a setting",
            id="an MFA device in a nested block",
        ),
    ],
)
def test_what_is_not_heard_is_the_likeliest_reason(lines: str, check: str) -> None:
    assert first_check(refused(lines)) == check


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param("duration_second = 7200\n", id="a duration has an answer of its own"),
        pytest.param("role_sesion_name = work_api\n", id="the name under which it was refused"),
        pytest.param("role_arn_ = arn:aws:iam::2:role/x\n", id="a second ARN"),
        pytest.param("external_id_2 = x-1\n", id="one that is put by"),
        pytest.param("externalid =\n", id="one without a value"),
        pytest.param("color = blue\n", id="a key of another program"),
        pytest.param(
            "output = json\n  [profile other]\n  external_id = x-1\n", id="one of another section"
        ),
        pytest.param("aws_sesion_token = x\n", id="a part of keys"),
    ],
)
def test_what_explains_no_refusal_is_not_told(lines: str) -> None:
    assert first_check(refused(lines)) == PLAIN


def test_a_key_that_is_there_is_not_doubted_for_another_one() -> None:
    assert first_check(refused("external_id = x-1\nexternalid = x-2\n")) == PLAIN


def test_one_source_may_be_meant_in_place_of_the_other() -> None:
    text = f"[profile admin]\nrole_arn = {ROLE}\ncredential_source = Environment\n"
    subject = refused(config=f"{text}source_profil = base\n")

    assert first_check(subject) == (
        "whether `source_profil` (config, line 4) is meant to be `source_profile`, in place of "
        "`credential_source`"
    )


def test_a_name_that_was_not_asked_for_may_be_the_one() -> None:
    subject = dataclasses.replace(
        refused("role_sesion_name = work_api\n"), note="a comment in its section keeps its name"
    )

    assert first_check(subject) == (
        "whether `role_sesion_name` (config, line 4) is meant to be `role_session_name`"
    )


def test_a_session_needs_no_device() -> None:
    subject = refused(f"mfa_serail = {DEVICE}\n")

    assert "mfa_serail" not in (explain(subject, caller=SSO_USER).hint or "")


OTHERS = Suspicion(
    topic=Topic.EXTERNAL_ID, strength=Strength.STRONG, check="the external ID, beside others"
)
CLEARED = Cleared(topic=Topic.EXTERNAL_ID)


@pytest.mark.parametrize(
    ("evidence", "check"),
    [
        pytest.param(
            OTHERS,
            "whether `externalid` (config, line 4) is meant to be `external_id`",
            id="the line goes before what others tell",
        ),
        pytest.param(CLEARED, PLAIN, id="where it cannot be the reason, it is not told"),
    ],
)
def test_it_is_weighed_with_the_other_evidence(evidence: Evidence, check: str) -> None:
    assert first_check(refused("externalid = x-1\n"), evidence=(evidence,)) == check


def test_it_goes_first_where_sts_names_the_trust_policy() -> None:
    denied = answered(
        "AccessDenied",
        f"{DENIED} because no role trust policy allows the sts:AssumeRole action",
    )

    assert explain(refused("externalid = x-1\n", failure=denied), caller=CALLER).hint == (
        "check, likeliest first: (1) whether `externalid` (config, line 4) is meant to be "
        f"`external_id`; (2) whether the role demands MFA (no `mfa_serial` is set); (3) {PLAIN}; "
        "else ask an administrator of account `222222222222` to allow `sts:AssumeRole` on "
        f"`{ROLE}` in the trust policy of the role"
    )


def test_two_of_them_are_told_as_check_lists_them() -> None:
    lines = f"externalid = x-1\nmfa_serail = {DEVICE}\n"
    problems = find_problems(
        parse_ini(SETTINGS + lines),
        parse_ini("[default]\naws_access_key_id = A\naws_secret_access_key = b\n"),
    )

    assert [(problem.place.line, problem.hint) for problem in problems] == [
        (4, "write `external_id`"),
        (5, "write `mfa_serial`"),
    ]
    assert explain(refused(lines), caller=CALLER).hint == (
        "check, likeliest first: (1) whether `externalid` (config, line 4) is meant to be "
        "`external_id`; (2) whether `mfa_serail` (config, line 5) is meant to be `mfa_serial`; "
        f"(3) {PLAIN}"
    )


@pytest.mark.parametrize(
    "command",
    [["check"], ["--dry-run"], [], ["explain", "partner"]],
    ids=["check", "a preview", "a sync", "explain"],
)
def test_every_command_tells_it(empty_home: Home, command: list[str]) -> None:
    empty_home.write(
        role_profile("partner", s.EXTERNAL_ID_ROLE.arn, "keys", externalid=s.EXTERNAL_ID),
        keys("keys", s.WORK_API.credentials),
    )
    config = (empty_home.path / ".aws" / "config").read_text("utf-8").splitlines()
    line = next(number for number, text in enumerate(config, 1) if "externalid" in text)

    report = empty_home.run(*command, "--output", "json").report

    found = report["profile"] if "explain" in command else report["profiles"][0]
    assert found["cause"] == "not-authorized"
    assert found["hint"].startswith(
        f"check, likeliest first: (1) whether `externalid` (config, line {line}) is meant to be "
        "`external_id`; (2) "
    )
