"""Refused calls, and the letters about them: `data/letters.txt` has both.

A line `refused: NAME KEY=VALUE …` is a profile whose call is refused, and the lines below it are
about that: `DENIED` is the usual message of AWS. What is known of each call comes before the
letters to all administrators who can end the refusals. What a letter asks for allows the refused
call, and no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of
from hint_cases import (
    CALL,
    DENIED,
    HOP,
    HOP_SESSION,
    NOT_AUTHORIZED,
    REFUSED_AT,
    ROLE,
    USER,
    answered,
    decision,
    keys,
    knowing,
    profile,
    switch,
)
from plan_worlds import calling, parsed
from sync_profiles.causes import Cause
from sync_profiles.explain.letter import WIDTH, write_letters
from sync_profiles.explain.needed_access import (
    NeededAccess,
    identity_policy_for,
    needed_access_of,
    trust_policy_for,
)
from sync_profiles.explain.refused_call import ParentSession, RefusedCall, refused_call_of
from sync_profiles.explain.trust_policy_read import TrustPolicyRead
from sync_profiles.model import Chain, Source
from sync_profiles.outcomes import Accepted, Failure, Outcome, Switch
from sync_profiles.planning.decision import Decision, Verdict
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Naming, Request, judge
from sync_profiles.trust_policy.writing import Json

REFUSED = replace(NOT_AUTHORIZED, request_id="8a1b2c3d-0000-1111-2222-333344445555")
#: what AWS, or this machine, may answer in place of the usual
ANSWERS = {
    "no network": Failure(cause=Cause.NETWORK, proves=False),
    "no credentials": Failure(cause=Cause.NO_CREDENTIALS, proves=True),
}


class Refusal:
    """A refused call by the lines about it."""

    def __init__(self, text: str) -> None:
        name, *words = text.partition("\n")[0].split()
        self.facts = re.findall(r"^([a-zA-Z ]+):(?: (.*))?$", text, re.MULTILINE)
        self.profile = profile(name, **dict(word.split("=", 1) for word in words))
        hop = self.of("below") or self.of("stops at")
        self.hops = (hop, name) if hop else (name,)
        source = dict(word.split("=", 1) for word in (self.of("source") or "").split())
        self.others = [HOP] if hop else []
        if self.of("source") is not None:
            self.others.append(keys("default", **source))

    def of(self, fact: str) -> str | None:
        return dict(self.facts).get(fact)

    def answer(self, fact: str) -> Failure:
        said = self.of(fact)
        if said is None:
            return replace(REFUSED, message=DENIED.replace(ROLE, self.profile.role_arn or ""))
        if said in ANSWERS:
            return ANSWERS[said]
        code, _, message = said.partition(": ")
        return answered(code, message.replace("DENIED", DENIED))

    @property
    def decision(self) -> Decision:
        parent = switch(HOP, "robot") if self.of("below") else None
        is_fixable = self.of("a sync") is not None
        return decision(
            self.answer("AWS"),
            subject=self.profile,
            hops=self.hops,
            blocked_by=self.of("stops at"),
            switch=switch(self.profile, self.of("called as") or "work_api", parent),
            verdict=Verdict.FIXABLE if is_fixable else Verdict.REJECTED,
        )

    @property
    def call(self) -> RefusedCall | None:
        sent: dict[Switch, Outcome] = {}
        if self.of("opened"):
            sent[switch(HOP, "robot")] = Accepted(assumed_role_arn=f"{HOP_SESSION}robot")
        if name := self.of("also as"):
            sent[switch(self.profile, name)] = self.answer("answer to that")
        caller = calling(self.of("caller") or USER, Source(profile=self.of("keys of") or "default"))
        known = knowing({each.name: each for each in self.others}, caller)
        chain = Chain(source=caller.source, hops=self.hops)
        of = replace(self.decision, chain=chain)
        return refused_call_of(of, known, sent=sent, refused_at=REFUSED_AT)

    @property
    def read(self) -> TrustPolicyRead | None:
        """What the role's trust policy says, if it was read."""
        named = self.of("the trust policy names")
        if named is None:
            return None
        is_own = self.of("its own") is not None
        return TrustPolicyRead(
            is_own=is_own,
            sets=frozenset(["role_session_name"] if is_own else []),
            call=CALL.with_setting("role_session_name", self.of("read for") or "work_api"),
            reader="reader",
            refuses=named == "others",
            naming=None if named == "others" else Naming.ACCOUNT,
            requirements=tuple(value for fact, value in self.facts if fact == "it"),
        )

    def told(self) -> Iterator[str]:
        """Yield what is known of the call."""
        call = self.call
        if call is None:
            yield f"{self.profile.name}: nobody knows who called"
            return
        yield f"{self.profile.name}: called by {call.called_by}"
        yield from ["with a long-term key"] if call.has_long_term_key else []
        if call.policy_source_arn != str(call.called_by):
            yield f"with the policies of {call.policy_source_arn}"
        yield from [f"refused as {call.other.session_name}, too"] if call.other else []


def letters(example: str) -> list[str]:
    """Return what is known of the calls of an example, and the letters."""
    refusals = [Refusal(text) for text in example.partition("\n- ")[0].split("refused: ")[1:]]
    needed: list[NeededAccess] = []
    lines: list[str] = []
    for each in refusals:
        lines += each.told()
        if call := each.call:
            needed += filter(None, [needed_access_of(each.decision, call, read=each.read)])
    for letter in write_letters(needed):
        lines += [f"for {', '.join(letter.profiles)}:", *filter(None, letter.text.splitlines())]
    return lines


@pytest.mark.parametrize("example", answered_examples("letters.txt", letters))
def test_a_letter_asks_for_what_ends_the_refusals(example: str) -> None:
    found = letters(example)
    assert found == answers_of(example)
    accounts = [line for line in found if line.startswith("To an administrator")]
    assert len(accounts) == len(set(accounts))
    assert [line for line in found if len(line) > WIDTH and "arn:" not in line] == []


PATH_TEXTS = ["", "team/", "a/b/"]


def allows(
    policy: Json,
    call: RefusedCall,
    kind: PolicyKind = PolicyKind.TRUST,
    *,
    action: str = "sts:AssumeRole",
) -> bool:
    """Return whether a policy allows the call, whatever the path of a session's role is."""
    parsed = parse_policy(json.dumps(policy), kind=kind)
    requests = [replace(request, action=action) for request in possible_requests(call)]
    answers = {isinstance(judge(parsed, request), Allow) for request in requests}
    (answer,) = answers
    return answer


def possible_requests(call: RefusedCall) -> list[Request]:
    """Return what STS may have been asked: a source's session does not tell its role's path."""
    request = call.request
    if request.context.values("aws:PrincipalArn"):
        return [request]
    name = call.caller.arn.session_role
    roles = [f"arn:aws:iam::{call.caller.arn.account_id}:role/{path}{name}" for path in PATH_TEXTS]
    contexts = [request.context.with_keys({"aws:PrincipalArn": role}) for role in roles]
    return [replace(request, context=context) for context in contexts]


NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{2,64}", fullmatch=True)
PATHS = st.sampled_from(PATH_TEXTS)
ACCOUNTS = st.sampled_from(["111111111111", "222222222222"])
CALLER_ARNS = st.builds(
    lambda account, path, name: f"arn:aws:iam::{account}:user/{path}{name}", ACCOUNTS, PATHS, NAMES
) | st.builds(
    lambda account, role, name: f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
    ACCOUNTS,
    NAMES | st.just("AWSReservedSSO_Admin_1"),
    NAMES,
)
ROLES = st.builds(
    lambda account, path, name: f"arn:aws:iam::{account}:role/{path}{name}",
    ACCOUNTS,
    PATHS | st.just("odd*?$path/"),
    NAMES,
)


PARENTS = st.builds(
    lambda arn, name: ParentSession(profile=HOP, role=parsed(arn), name=name),
    ROLES.filter(lambda arn: "*" not in arn),
    NAMES,
)


@st.composite
def calls(draw: st.DrawFn) -> RefusedCall:
    caller = calling(draw(CALLER_ARNS))
    own = caller.arn.name
    sent = CALL.with_setting("role_session_name", draw(st.none() | NAMES | st.just(own)))
    return replace(
        sent.with_setting("external_id", draw(st.none() | st.text(min_size=1))),
        caller=caller,
        role=parsed(draw(ROLES)),
        parent=draw(st.none() | PARENTS),
        has_mfa=draw(st.booleans()),
    )


@given(
    call=calls(), other=NAMES, stranger=CALLER_ARNS, also=st.sampled_from([None, "sts:TagSession"])
)
def test_the_statement_allows_the_switch_and_no_other_name_caller_or_settings(
    call: RefusedCall, other: str, stranger: str, also: str | None
) -> None:
    trust = trust_policy_for(call, also=also)
    assert trust is not None
    assert allows(trust, call)
    if other != call.session_name and not other.startswith("botocore-session-"):
        assert not allows(trust, call.with_setting("role_session_name", other))
    if call.has_mfa:
        assert not allows(trust, replace(call, has_mfa=False))
    if call.external_id is not None:
        assert not allows(trust, call.with_setting("external_id", None))
    others = replace(call, caller=calling(stranger), parent=None)
    # a role's name is unique in its account
    own = call.caller.arn if call.parent is None else call.parent.arn
    is_same = stranger.rpartition("/")[0] == str(own).rpartition("/")[0]
    for action in filter(None, ("sts:AssumeRole", also)):
        assert is_same or not allows(trust, others, action=action)
    assert also is None or allows(trust, call, action=also)


@given(call=calls(), more=ROLES, name=NAMES, also=st.sampled_from([None, "sts:TagSession"]))
def test_the_callers_own_policy_allows_the_calls_and_no_other(
    call: RefusedCall, more: str, name: str, also: str | None
) -> None:
    both = [call, replace(call, role=parsed(more))]
    identity = identity_policy_for([(each, also) for each in both])

    for each in both:
        assert allows(identity, each, PolicyKind.IDENTITY)
    other = replace(call, role=parsed(f"{call.role}{more}"))
    assert not allows(identity, other, PolicyKind.IDENTITY)
    if call.user_name is not None and also is None and name != call.session_name:
        other = call.with_setting("role_session_name", name)
        assert name.startswith("botocore-session-") or not allows(
            identity, other, PolicyKind.IDENTITY
        )
