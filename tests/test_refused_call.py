"""The call that a refusal is about: who made it, under which name, with which key."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hint_cases import (
    CALLER,
    CHAINED,
    DENIED,
    HOP,
    HOP_SESSION,
    NOT_AUTHORIZED,
    NOTHING,
    SENT,
    SSO_USER,
    USER,
    answered,
    call_of,
    decision,
    local,
    profile,
    switch,
)
from plan_worlds import calling
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Caller, Failure, Outcome, Switch
from sync_profiles.planning.decision import Decision

NO_NETWORK = local(Cause.NETWORK)
DEVICE = "arn:aws:iam::111111111111:mfa/work_api"


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

    arn = str(call.called_by) if call is not None else None
    assert arn == (f"arn:aws:sts::333333333333:assumed-role/{session}" if session else None)


@pytest.mark.parametrize(("answer", "is_other"), [(NOT_AUTHORIZED, True), (NO_NETWORK, False)])
def test_the_call_under_the_other_name_counts_if_it_was_refused(
    answer: Failure, *, is_other: bool
) -> None:
    subject = profile(role_session_name="old")
    of = decision(NOT_AUTHORIZED, subject=subject, switch=switch(subject, "work_api"))
    call = call_of(of, sent={switch(subject, "old"): answer})
    assert call is not None
    assert (call.other is not None) is is_other


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
    call = call_of(
        decision(NOT_AUTHORIZED, subject=profile(**settings), hops=hops), CALLER, *others
    )

    assert call is not None
    assert call.has_long_term_key is is_certain


ROLE_SESSION = "arn:aws:sts::111111111111:assumed-role"


@pytest.mark.parametrize(
    ("caller", "arn"),
    [
        pytest.param(CALLER, str(CALLER.arn), id="a user"),
        pytest.param(
            calling(f"{ROLE_SESSION}/ci/build"), "arn:aws:iam::111111111111:role/ci", id="a role"
        ),
        pytest.param(SSO_USER, None, id="a role of Identity Center, which has a path"),
    ],
)
def test_the_policies_that_count_are_those_of_the_user_or_the_role(
    caller: Caller, arn: str | None
) -> None:
    call = call_of(decision(NOT_AUTHORIZED), caller)
    assert call is not None
    assert call.policy_source_arn == arn
