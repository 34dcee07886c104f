"""What follows from a trust policy that was read: the sandbox accepts the call after the change.

`data/required_changes.txt` has the settings of a profile, statements, and what is advised;
`data/requirements.txt` facts about a call, statements, and what they require, in sentences.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of
from hint_cases import CALL, HOP, profile
from plan_worlds import calling, parsed
from sync_profiles.causes import Cause
from sync_profiles.explain.candidates import Candidate, Origin
from sync_profiles.explain.overrides import NO_OVERRIDES
from sync_profiles.explain.refused_call import ParentSession, RefusedCall
from sync_profiles.explain.required_change import required_change
from sync_profiles.explain.requirements import describe_requirements
from sync_profiles.explain.trust_policy_read import TrustPolicyRead, read_trust_policy
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from time_bounds import cpu_seconds
from trust_witness import CASES, USER_CASE, Aws, Json, conditions, refused_call, statement

NAME = "sts:RoleSessionName"
ID = "sts:ExternalId"
MFA = "aws:MultiFactorAuthPresent"
NO_MFA: Json = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
#: the keys of which all is known where an IAM user's own key calls
KNOWN = conditions(
    *(NAME, ID, MFA, "aws:username", "aws:PrincipalArn", "aws:PrincipalAccount"),
    variables=["${aws:username}", "${aws:PrincipalArn}"],
)
DEVICE = Candidate(
    "mfa_serial", "arn:aws:iam::111111111111:mfa/a", 0, Origin("as IAM lists your MFA device")
)


def call_of(settings: dict[str, str], case: str = "an access key") -> RefusedCall:
    """Return the call of a profile, which was refused under the name in the file as well."""
    subject = profile(**settings)
    call = refused_call(CASES[case], "work_api", settings.get("external_id"))
    call = replace(call, profile=subject, region=NO_OVERRIDES.region(subject))
    if subject.session_name in {None, "work_api"}:
        return call
    return replace(call, other=call.with_setting("role_session_name", subject.session_name))


def read(
    statements: list[Json],
    call: RefusedCall,
    *values: Candidate,
    version: str = "2012-10-17",
    device: Candidate | None = DEVICE,
) -> TrustPolicyRead:
    policy = parse_policy({"Version": version, "Statement": statements}, kind=PolicyKind.TRUST)
    return read_trust_policy(policy, reader="reader", call=call, device=device, values=values)


def parts_of(example: str) -> tuple[dict[str, str], dict[str, str], list[Json]]:
    """Return the facts, the settings and the statements of an example.

    A statement is given by its elements that are not those of `statement`; null is for none.
    """
    facts, settings, statements = {}, {}, []
    for line in example.splitlines():
        fact, is_fact, value = line.partition(": ")
        key, is_setting, text = line.partition(" = ")
        if line.startswith("{"):
            elements = {**statement({}), **json.loads(line)}
            statements.append({key: value for key, value in elements.items() if value is not None})
        elif is_fact and not line.startswith("- "):
            facts[fact] = value
        elif is_setting and not line.startswith("- "):
            settings[key] = text
    return facts, settings, statements


def requirements(example: str) -> tuple[str, ...]:
    """Return what an example's statements require of its call, in sentences."""
    facts, _, statements = parts_of(example)
    call = replace(CALL, has_long_term_key="key" not in facts)
    caller = calling(facts["caller"]) if "caller" in facts else call.caller
    call = replace(call, caller=replace(caller, user_id=facts.get("user ID", caller.user_id)))
    if "session name" in facts:
        name = facts["session name"]
        call = call.with_setting("role_session_name", None if name == "none" else name)
    if "hop" in facts:
        above = ParentSession(profile=HOP, role=parsed(facts["hop"]), name="jane")
        call = replace(call, parent=above)
    document = {"Version": facts.get("version", "2012-10-17"), "Statement": statements}
    return describe_requirements(parse_policy(document, kind=PolicyKind.TRUST), call)


@pytest.mark.parametrize("example", answered_examples("requirements.txt", requirements))
def test_what_a_trust_policy_requires(example: str) -> None:
    assert list(requirements(example)) == answers_of(example)


def advice(example: str) -> list[str]:
    """Return what is advised in an example, and the settings that this is about."""
    facts, settings, statements = parts_of(example)
    call = call_of(settings, facts.get("case", "an access key"))
    call = replace(call, role=parsed(facts.get("role", str(call.role))))
    if "AWS names" in facts:
        denied = replace(call.failure, cause=Cause.IMPLICIT_DENY, policy_type=facts["AWS names"])
        call = replace(call, failure=denied)
    other = Candidate("external_id", "y-2", 0, Origin("as in one"), is_elsewhere=True)
    found = read(
        statements,
        call,
        *([other] if "another account" in facts else []),
        version=facts.get("version", "2012-10-17"),
        device=None if "device" in facts else DEVICE,
    )
    told = [str(found.finding.text)] if found.finding is not None else []
    about = [*(["its own"] if found.is_own else []), *sorted(found.sets)]
    is_in_file = found.is_own and not found.needs_name and not found.is_about_name
    about += ["under the name in the file"] if is_in_file else []
    return [*told, *([f"({', '.join(about)})"] if about else [])]


@pytest.mark.parametrize("example", answered_examples("required_changes.txt", advice))
def test_a_policy_that_was_read_leads_out(example: str) -> None:
    assert advice(example) == answers_of(example)


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
    document: Json = {"Version": "2012-10-17", "Statement": statements}
    aws = Aws(document)
    keys = [aws.calling_key(replace(USER_CASE, mfa_serial=mfa)) for mfa in (False, True)]

    def accepts(name: str, an_id: str | None, *, mfa: bool) -> bool:
        return aws.accepts(keys[mfa], 0, name, an_id)

    is_accepted = accepts("work_api", external_id, mfa=False)
    call = call_of({} if external_id is None else {"external_id": external_id})
    found = required_change(parse_policy(document, kind=PolicyKind.TRUST), call, device=DEVICE)
    if found is None:
        about_id = json.dumps([each["Condition"] for each in statements if ID in str(each)])
        about_id = about_id.replace("${aws:username}", "work_api")
        ids = [an_id for an_id in ("x-1", "work_api") if f'"{an_id}"' in about_id]
        ways = product([external_id, *ids, None], [False, True])
        assert is_accepted or not any(accepts("work_api", way, mfa=mfa) for way, mfa in ways)
        return
    assert not is_accepted
    step = found.step
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


def test_values_that_a_policy_cannot_tell_apart_are_tried_once() -> None:
    lists = {
        ID: [f"id-{n}" for n in range(100)],
        NAME: [f"name-{n}" for n in range(100)],
        "aws:RequestedRegion": ["eu-*", "us-*", "eu-west-1"],
        "aws:PrincipalArn": ["arn:aws:iam::111111111111:user/b"],
    }
    values = [
        Candidate(setting, f"{setting}-{n}", 0, Origin("as in one"))
        for setting in ("role_session_name", "external_id")
        for n in range(30)
    ]
    with cpu_seconds(5):
        found = read([statement({"StringLike": lists})], call_of({}), *values)
    assert found.refuses
    assert not found.is_own


KEYS = st.sampled_from(["sts:RoleSessionName", "aws:MultiFactorAuthPresent", "aws:SourceIp", "x:y"])
OPERATORS = st.sampled_from(
    [
        f"{quantifier}{name}{if_exists}"
        for quantifier in ("", "ForAnyValue:", "ForAllValues:")
        for name in (
            *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"),
            *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "ArnNotEquals", "ArnLike"),
            *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "NumericLessThanEquals"),
            *("NumericNotEquals", "DateGreaterThan", "DateEquals"),
        )
        for if_exists in ("", "IfExists")
    ]
    + ["Null"]
)
CONDITIONS = st.dictionaries(
    OPERATORS, st.dictionaries(KEYS, st.text() | st.lists(st.text()), max_size=2), max_size=2
)


@given(
    statements=st.lists(
        st.builds(statement, CONDITIONS, effect=st.sampled_from(["Allow", "Deny"])),
        min_size=1,
        max_size=3,
    )
)
def test_any_conditions_give_sentences_in_our_style(statements: list[Json]) -> None:
    for sentence in describe_requirements(
        parse_policy({"Statement": statements}, kind=PolicyKind.TRUST), CALL
    ):
        assert sentence.isprintable()
        assert not sentence.endswith(".")
        assert sentence.count("`") % 2 == 0
