from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from hint_cases import (
    CALLER,
    DENIED,
    NOT_AUTHORIZED,
    REFUSED_AT,
    ROLE,
    USER,
    answered,
    calling,
    decision,
    profile,
    switch,
)
from sync_profiles.causes import Cause
from sync_profiles.decisions import Verdict
from sync_profiles.explain.letter import write_letter
from sync_profiles.explain.refused_call import refused_call_of
from sync_profiles.outcomes import Accepted, Caller, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import Profile
    from sync_profiles.outcomes import Outcome, Switch

REFUSED = replace(NOT_AUTHORIZED, request_id="8a1b2c3d-0000-1111-2222-333344445555")
DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
NOTHING: Mapping[Switch, Outcome] = MappingProxyType({})
HOP = profile("hop", role_arn="arn:aws:iam::333333333333:role/team/hop")
HOP_SESSION = "arn:aws:sts::333333333333:assumed-role/hop/"
CHAINED = decision(
    answered("AccessDenied"), subject=profile(source_profile="hop"), hops=("hop", "admin")
)
LETTER = """\
Please let me assume the role admin_role in account 222222222222.

I am:          arn:aws:iam::111111111111:user/team/work_api
Role:          arn:aws:iam::222222222222:role/admin_role
Session name:  work_api
MFA:           yes
Refused at:    2026-03-04T05:06:07Z (UTC)
AWS says:      AccessDenied: User:
               arn:aws:iam::111111111111:user/team/work_api is not authorized
               to perform: sts:AssumeRole on resource:
               arn:aws:iam::222222222222:role/admin_role
Request id:    8a1b2c3d-0000-1111-2222-333344445555

In account 222222222222, this statement in the role's trust policy allows me,
under this session name only (the policy's Version must be the same):

{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::111111111111:user/team/work_api"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringLike": {
          "sts:RoleSessionName": "${aws:username}"
        },
        "StringEquals": {
          "sts:ExternalId": "x-1"
        },
        "Bool": {
          "aws:MultiFactorAuthPresent": "true"
        }
      }
    }
  ]
}

In account 111111111111, the user work_api needs this in a policy, unless one
allows it already:

{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "sts:AssumeRole",
      "Resource": "arn:aws:iam::222222222222:role/admin_role"
    }
  ]
}
"""


def sent_in_chain(of: Decision) -> dict[Switch, Outcome]:
    """Return what is sent for a chain: the answer to its second switch is the decision's."""
    found: dict[Switch, Outcome] = {}
    for name in ("work_api", "robot", "eve"):
        hop = switch(HOP, name)
        found[hop] = Accepted(assumed_role_arn=f"{HOP_SESSION}{name}")
        below = replace(of.outcome) if name != "robot" and of.outcome else of.outcome
        assert below is not None
        found[switch(of.profile, "work_api", hop)] = below
    return found


SENT = sent_in_chain(CHAINED)


def call_of(
    of: Decision,
    caller: Caller = CALLER,
    *others: Profile,
    sent: Mapping[Switch, Outcome] = NOTHING,
    refused_at: datetime = REFUSED_AT,
) -> RefusedCall | None:
    profiles = {other.name: other for other in others}
    return refused_call_of(of, caller=caller, profiles=profiles, sent=sent, refused_at=refused_at)


def letter(
    of: Decision,
    caller: Caller = CALLER,
    *others: Profile,
    sent: Mapping[Switch, Outcome] = NOTHING,
) -> str | None:
    call = call_of(of, caller, *others, sent=sent)
    return write_letter(of, call) if call is not None else None


def paragraphs(text: str | None) -> list[str]:
    return (text or "").split("\n\n")


def test_a_whole_letter() -> None:
    subject = profile(external_id="x-1", mfa_serial=DEVICE)

    assert letter(decision(REFUSED, subject=subject)) == LETTER


def test_lines_are_narrow_except_for_unbreakable_text() -> None:
    words = f"{DENIED} because no identity-based policy allows the sts:AssumeRole action " * 3
    text = letter(decision(answered("AccessDenied", words))) or ""

    assert [line for line in text.splitlines() if len(line) > 78 and "arn:" not in line] == []


def test_in_a_chain_the_session_of_the_role_above_calling() -> None:
    _, facts, _, trust, whose, _ = paragraphs(letter(CHAINED, CALLER, HOP, sent=SENT))

    assert facts == (
        "I am:          arn:aws:iam::111111111111:user/team/work_api\n"
        "Through:       arn:aws:iam::333333333333:role/team/hop\n"
        "Role:          arn:aws:iam::222222222222:role/admin_role\n"
        "Session name:  work_api\n"
        "Refused at:    2026-03-04T05:06:07Z (UTC)\n"
        "AWS says:      AccessDenied"
    )
    assert json.loads(trust)["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::333333333333:role/team/hop"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {"sts:RoleSessionName": "work_api"}},
        }
    ]
    assert whose.startswith("In account 333333333333, the role hop needs this in a policy")


@pytest.mark.parametrize(
    ("of", "sent", "session"),
    [
        pytest.param(CHAINED, SENT, "hop/robot", id="as STS answered further up"),
        pytest.param(
            decision(
                answered("AccessDenied", DENIED.replace(USER, f"{HOP_SESSION}tells")),
                hops=("hop", "admin"),
            ),
            NOTHING,
            "hop/tells",
            id="as STS names it in the refusal",
        ),
        pytest.param(CHAINED, NOTHING, None, id="no policy type is named"),
    ],
)
def test_the_session_that_calls_is_never_guessed(
    of: Decision, sent: Mapping[Switch, Outcome], session: str | None
) -> None:
    call = call_of(of, CALLER, HOP, sent=sent)

    arn = call.principal.arn if call is not None else None
    assert arn == (f"arn:aws:sts::333333333333:assumed-role/{session}" if session else None)


def test_a_fixable_profile_was_refused_as_configured() -> None:
    of = decision(REFUSED, subject=profile(role_session_name="alice"), verdict=Verdict.FIXABLE)
    call = call_of(of)

    assert call is not None
    assert call.session_name == "alice"


def test_a_chain_that_stops_further_up_is_about_its_hop() -> None:
    blocked = decision(REFUSED, subject=profile("leaf"), hops=("hop", "leaf"), blocked_by="hop")

    assert paragraphs(letter(blocked, CALLER, HOP))[0] == (
        "Please let me assume the role hop in account 333333333333."
    )
    assert letter(blocked) is None


def test_an_explicit_deny_must_go_first() -> None:
    denied = answered("AccessDenied", f"{DENIED} with an explicit deny in a service control policy")

    assert paragraphs(letter(decision(denied)))[2] == (
        "An explicit deny (service control policy) overrides every allow: please\n"
        "exclude this call from it. What follows is needed as well."
    )


def test_an_additional_action_has_its_own_statement() -> None:
    tags = answered("AccessDenied", DENIED.replace("sts:AssumeRole", "sts:TagSession"))
    _, _, _, trust, _, identity = paragraphs(letter(decision(tags)))

    assert json.loads(trust)["Statement"][1] == {
        "Effect": "Allow",
        "Principal": {"AWS": CALLER.arn},
        "Action": "sts:TagSession",
    }
    assert json.loads(identity)["Statement"] == [
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": ROLE}
    ]


@pytest.mark.parametrize(
    ("of", "caller"),
    [
        pytest.param(
            decision(REFUSED), calling("arn:aws:iam::111111111111:root"), id="root assumes no roles"
        ),
        pytest.param(
            decision(REFUSED),
            calling("arn:aws:sts::111111111111:federated-user/Bob"),
            id="a federated user assumes no roles",
        ),
        pytest.param(
            decision(REFUSED),
            calling("arn:aws-cn:iam::111111111111:user/a"),
            id="another partition",
        ),
        pytest.param(
            decision(REFUSED, subject=profile(role_arn="arn:aws:iam::222222222222:user/bob")),
            CALLER,
            id="the ARN of a user",
        ),
        pytest.param(
            decision(REFUSED, subject=profile(role_arn="admin")), CALLER, id="no ARN at all"
        ),
        pytest.param(decision(REFUSED, verdict=Verdict.FIXABLE), CALLER, id="what a sync fixes"),
        pytest.param(
            decision(answered("ValidationError", "DurationSeconds exceeds the MaxSessionDuration")),
            CALLER,
            id="no policy is the cause",
        ),
        pytest.param(
            decision(Failure(cause=Cause.NO_CREDENTIALS, proves=True)), CALLER, id="no call at all"
        ),
        pytest.param(
            decision(REFUSED, hops=("hop", "admin")), CALLER, id="a hop that is not known"
        ),
    ],
)
def test_there_is_no_letter_if_no_policy_helps(of: Decision, caller: Caller) -> None:
    assert letter(of, caller) is None


def test_a_name_that_is_kept_is_the_one_to_ask_for() -> None:
    kept = decision(REFUSED, subject=profile(role_session_name="old"), note="a comment keeps it")
    free = replace(kept, note=None)

    names = [found.session_name for of in (kept, free) if (found := call_of(of)) is not None]

    assert names == ["old", "work_api"]


KEYS = {"aws_access_key_id": "AKIAFAKE", "aws_secret_access_key": "fake"}


@pytest.mark.parametrize(
    ("source", "settings", "hops", "is_certain"),
    [
        pytest.param(KEYS, {}, ("admin",), True, id="an access key of the user"),
        pytest.param({**KEYS, "aws_session_token": "t"}, {}, ("admin",), False, id="a session"),
        pytest.param({**KEYS, "credential_process": "p"}, {}, ("admin",), False, id="a program"),
        pytest.param({"sso_session": "s"}, {}, ("admin",), False, id="no key in the files"),
        pytest.param(KEYS, {"mfa_serial": DEVICE}, ("admin",), False, id="an MFA session"),
        pytest.param(KEYS, {}, ("hop", "admin"), False, id="a session in a chain"),
        pytest.param(None, {}, ("admin",), False, id="a source that is not a profile"),
    ],
)
def test_a_long_term_key_is_one_for_certain(
    source: dict[str, str] | None,
    settings: dict[str, str],
    hops: tuple[str, ...],
    *,
    is_certain: bool,
) -> None:
    others = [HOP, *([profile("default", **source)] if source else [])]
    call = call_of(decision(REFUSED, subject=profile(**settings), hops=hops), CALLER, *others)

    assert call is not None
    assert call.has_long_term_key is is_certain


def test_the_time_is_in_utc() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    call = call_of(decision(REFUSED), refused_at=at)
    assert call is not None

    text = write_letter(decision(REFUSED), call)
    assert "Refused at:    2026-01-01T00:00:00Z (UTC)\n" in (text or "")
