"""Suggested changes of a profile: the sandbox accepts the call with them, and not without."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of, rows
from hint_cases import profile
from plan_worlds import parsed
from sync_profiles.causes import Cause
from sync_profiles.explain.candidates import Candidate, Origin
from sync_profiles.explain.overrides import NO_OVERRIDES
from sync_profiles.explain.required_change import required_change
from sync_profiles.explain.trust_policy_read import read_trust_policy
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from time_bounds import cpu_seconds
from trust_witness import CASES, USER_CASE, Aws, Json, conditions, refused_call, statement

NAME = "sts:RoleSessionName"
ID = "sts:ExternalId"
MFA = "aws:MultiFactorAuthPresent"
NO_MFA: Json = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
NO_MFA["Condition"] = {"BoolIfExists": {MFA: "false"}}
#: the keys of which all is known where an IAM user's own key calls
KNOWN = conditions(
    *(NAME, ID, MFA, "aws:username", "aws:PrincipalArn", "aws:PrincipalAccount"),
    variables=["${aws:username}", "${aws:PrincipalArn}"],
)
DEVICE = Candidate(
    "mfa_serial", "arn:aws:iam::111111111111:mfa/a", 0, Origin("as IAM lists your MFA device")
)


def change_for(
    statements: list[Json], settings: dict[str, str], case: str = "an access key"
) -> str | None:
    policy = parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=PolicyKind.TRUST)
    call = refused_call(CASES[case], "work_api", settings.get("external_id"))
    subject = profile(**settings)
    of_profile = replace(call, profile=subject, region=NO_OVERRIDES.region(subject))
    found = required_change(policy, of_profile, device=DEVICE)
    return found.step if found is not None else None


def change(example: str) -> list[str]:
    """Return the change, if any, that is suggested for the profile and the case of an example.

    A statement is given by its elements that are not those of `statement`.
    """
    case, settings, statements = "an access key", {}, []
    for line in example.splitlines():
        name, _, value = line.partition(": " if line.startswith("case") else " = ")
        if line.startswith("{"):
            statements.append({**statement({}), **json.loads(line)})
        elif name == "case":
            case = value
        elif line and not line.startswith("- "):
            settings[name] = value
    found = change_for(statements, settings, case)
    return [found] if found else []


@pytest.mark.parametrize("example", answered_examples("required_changes.txt", change))
def test_a_change_is_named_with_its_place_if_a_setting_helps(example: str) -> None:
    assert change(example) == answers_of(example)


@given(
    allowed=st.lists(KNOWN, min_size=1, max_size=2),
    denied=st.none() | KNOWN,
    external_id=st.sampled_from([None, "x-1", "other"]),
)
def test_a_suggested_change_is_accepted_and_no_change_that_helps_is_missed(
    allowed: list[Json], denied: Json | None, external_id: str | None
) -> None:
    statements = [statement(condition) for condition in allowed]
    if denied is not None:
        statements.append({**NO_MFA, "Condition": denied})
    aws = Aws({"Version": "2012-10-17", "Statement": statements})
    keys = [aws.calling_key(replace(USER_CASE, mfa_serial=mfa)) for mfa in (False, True)]

    def accepts(name: str, an_id: str | None, *, mfa: bool) -> bool:
        return aws.accepts(keys[mfa], 0, name, an_id)

    is_accepted = accepts("work_api", external_id, mfa=False)
    settings = {} if external_id is None else {"external_id": external_id}
    step = change_for(statements, settings)
    if step is None:
        about_id = json.dumps([each["Condition"] for each in statements if ID in str(each)])
        about_id = about_id.replace("${aws:username}", "work_api")
        ids = [an_id for an_id in ("x-1", "work_api") if f'"{an_id}"' in about_id]
        ways = product([external_id, *ids, None], [False, True])
        assert is_accepted or not any(accepts("work_api", way, mfa=mfa) for way, mfa in ways)
        return
    assert not is_accepted
    if "which only AWS can check" in step:
        return
    name = re.search(r"`role_session_name = ([^`]+)`", step)
    new_id = re.search(r"`external_id(?: = |` \(config, line 12\) to `)([^`]+)`", step)
    assert accepts(
        name[1] if name else "work_api",
        new_id[1]
        if new_id
        else "any-id"
        if "the role's owner gives" in step
        else None
        if "remove `external_id`" in step
        else external_id,
        mfa="your MFA device" in step,
    )


@pytest.mark.parametrize(
    ("condition", "settings", "version", "hint"), rows("answers_without_a_change.txt")
)
def test_what_was_read_is_the_answer_even_if_no_setting_helps(
    condition: str, settings: str, version: str, hint: str
) -> None:
    own = profile(**json.loads(settings))
    call = replace(refused_call(USER_CASE, "work_api", own.text("external_id")), profile=own)
    if own.session_name is not None:
        call = replace(call, other=call.with_setting("role_session_name", own.session_name))
    policy = {"Version": version, "Statement": [statement(json.loads(condition))]}
    read = read_trust_policy(
        parse_policy(policy, kind=PolicyKind.TRUST),
        reader="reader",
        call=call,
        device=DEVICE,
    )
    assert read.finding is not None
    assert read.finding.text == hint


TAGGED = statement({"StringEquals": {"aws:PrincipalTag/team": "x"}})
OUTSIDE: Json = {**NO_MFA, "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
TAGS = "ask an administrator of account `111111111111` about the tags of `{}`"
NETWORK = "call from an allowed network"
BY_MFA = (
    "call with MFA (`mfa_serial` with a long-term key, or the keys of a session that was started "
)


@pytest.mark.parametrize(
    ("case", "policy_type", "statements", "ways"),
    [
        ("an access key", "role trust", [TAGGED, OUTSIDE], f"{TAGS}, or "),
        ("an access key", None, [TAGGED, OUTSIDE], f"{NETWORK} and {TAGS}, or "),
        ("a user's session", None, [statement({"Bool": {MFA: "true"}})], f"{BY_MFA}with MFA), or "),
        ("a machine", None, [statement({"Bool": {MFA: "true"}})], ""),
    ],
)
def test_who_can_meet_each_condition_that_may_refuse_the_call_is_named(
    case: str, policy_type: str | None, statements: list[Json], ways: str
) -> None:
    """Where AWS says that no policy allows the call, none denies it."""
    call = refused_call(CASES[case], "work_api", None)
    cause = Cause.NOT_AUTHORIZED if policy_type is None else Cause.IMPLICIT_DENY
    failure = replace(call.failure, cause=cause, policy_type=policy_type)
    policy = parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=PolicyKind.TRUST)
    read = read_trust_policy(
        policy, reader="reader", call=replace(call, failure=failure), device=None
    )
    assert read.not_checked is not None
    ask = "ask an administrator of account `333333333333` about the role's trust policy: "
    assert read.not_checked.startswith(ways.format(call.principal_arn) + ask)


def test_values_that_a_policy_cannot_tell_apart_are_tried_once() -> None:
    lists = {
        ID: [f"id-{n}" for n in range(100)],
        NAME: [f"name-{n}" for n in range(100)],
        "aws:RequestedRegion": ["eu-*", "us-*", "eu-west-1"],
        "aws:PrincipalArn": ["arn:aws:iam::111111111111:user/b"],
    }
    names = [
        Candidate("role_session_name", f"x-{n}", 0, Origin("as one has it")) for n in range(30)
    ]
    ids = [Candidate("external_id", f"y-{n}", 0, Origin("as one has it")) for n in range(30)]
    call = replace(refused_call(USER_CASE, "work_api", None), profile=profile())
    policy = {"Version": "2012-10-17", "Statement": [statement({"StringLike": lists})]}
    with cpu_seconds(5):
        read = read_trust_policy(
            parse_policy(policy, kind=PolicyKind.TRUST),
            reader="reader",
            call=call,
            device=DEVICE,
            values=[*names, *ids],
        )
    assert read.refuses
    assert not read.is_own


def test_a_value_that_is_called_like_a_setting_is_not_that_setting() -> None:
    only = {
        "Version": "2012-10-17",
        "Statement": [statement({"StringEquals": {ID: "role_session_name"}})],
    }
    call = replace(refused_call(USER_CASE, "work_api", "x-1"), profile=profile(external_id="x-1"))
    read = read_trust_policy(
        parse_policy(only, kind=PolicyKind.TRUST), reader="reader", call=call, device=DEVICE
    )
    assert read.is_own
    assert not read.is_about_name


@pytest.mark.parametrize(
    ("more", "step"),
    [
        ({}, "remove `external_id` (config, line 12): the"),
        (
            {"Null": {ID: "false"}},
            "set `external_id` (config, line 12) to the one that the role's owner gives you: the",
        ),
    ],
)
def test_no_account_gets_the_external_id_of_another_without_need(more: Json, step: str) -> None:
    not_this = statement({"StringNotEquals": {ID: "x-1"}, **more})
    policy = parse_policy({"Version": "2012-10-17", "Statement": [not_this]}, kind=PolicyKind.TRUST)
    call = replace(refused_call(USER_CASE, "work_api", "x-1"), profile=profile(external_id="x-1"))
    origin = Origin("as `[profile other]` has it")
    other = Candidate("external_id", "y-2", 0, origin, is_elsewhere=True)
    found = required_change(policy, call, device=None, values=[other])
    assert found is not None
    assert found.step.startswith(step)


def test_a_name_of_the_file_that_the_role_accepts_is_not_to_change() -> None:
    only = statement({"StringLike": {NAME: "team-*"}, "StringEquals": {ID: "x-1"}})
    policy = parse_policy({"Version": "2012-10-17", "Statement": [only]}, kind=PolicyKind.TRUST)
    subject = profile(role_session_name="team-work")
    as_wanted, as_in_file = (
        replace(refused_call(USER_CASE, name, None), profile=subject)
        for name in ("work_api", "team-work")
    )
    call = replace(as_wanted, other=as_in_file)
    read = read_trust_policy(policy, reader="reader", call=call, device=DEVICE)
    assert read.sets == {"external_id"}
    assert not read.needs_name
    assert "the session name is like `team-*`: met" in "".join(read.requirements)


@pytest.mark.parametrize(("age", "is_met"), [("3600", True), ("300.5", True), ("10", False)])
def test_a_code_that_was_just_sent_is_younger_than_minutes(age: str, *, is_met: bool) -> None:
    only = statement({"NumericLessThan": {"aws:MultiFactorAuthAge": age}})
    call = refused_call(CASES["an access key with `mfa_serial`"], "work_api", None)
    policy = parse_policy({"Version": "2012-10-17", "Statement": [only]}, kind=PolicyKind.TRUST)
    read = read_trust_policy(policy, reader="reader", call=call, device=None)
    assert (read.naming is not None) is is_met


OTHERS = statement({}, principal="444444444444")


@pytest.mark.parametrize(
    ("statements", "role", "hint"),
    [
        pytest.param(
            [OTHERS, statement({}, effect="Deny", principal="*")],
            "arn:aws:iam::333333333333:role/admin",
            "ask an administrator of account `333333333333` about the role's trust policy: "
            f"statement 1 names `444444444444`: not the caller `{USER_CASE.arn}`; "
            "statement 2 denies the call: it overrides every allow",
            id="to name the caller does not help if a Deny refuses it",
        ),
        pytest.param(
            [statement({}, principal=USER_CASE.arn)],
            "arn:aws:iam::111111111111:role/admin",
            "ask an administrator of account `111111111111` to allow `sts:AssumeRole` on "
            f"`arn:aws:iam::111111111111:role/admin` for `{USER_CASE.arn}` in the "
            "policies that limit it, such as a service control policy: the role's trust policy "
            "already allows it",
            id="no permissions boundary limits a user whom the account's own role names",
        ),
    ],
)
def test_what_was_read_leads_out(statements: list[Json], role: str, hint: str) -> None:
    policy = parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=PolicyKind.TRUST)
    call = replace(refused_call(USER_CASE, "work_api", None), role=parsed(role))
    read = read_trust_policy(policy, reader="reader", call=call, device=DEVICE)
    assert read.finding is not None
    assert str(read.finding.text) == hint
