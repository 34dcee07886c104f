"""MFA: one code per device is enough for all its switches, which use the same session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fake_sts import DEVICE, FakeSts, switch, switcher
from plan_worlds import accepted
from sync_profiles.answers import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.model import Source
from sync_profiles.outcomes import Failure

WRONG_CODE = failure_of_answer(
    "GetSessionToken",
    "AccessDenied",
    "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
)


def test_a_device_takes_a_code_for_each_source() -> None:
    them = Source(profile="them")
    sts = FakeSts()
    made, person = switcher(sts, "111111", "222222")
    made.identify({them: ["default"]})
    made.run([switch(mfa_serial=DEVICE), switch(mfa_serial=DEVICE, source=them)])

    assert person.asked == [(DEVICE, 1), (DEVICE, 1)]
    assert [call[1:4] for call in sts.calls if call[0] == "mfa"] == [
        ("keys of default", DEVICE, "111111"),
        ("keys of them", DEVICE, "222222"),
    ]


def test_a_switch_is_not_retried_if_its_device_stayed_throttled() -> None:
    throttled = failure_of_answer("GetSessionToken", "Throttling", "Rate exceeded")
    told: list[None] = []
    sts = FakeSts(codes={"1": throttled})
    made, person = switcher(sts, "1", "2", pauses=(0.0,), on_outcome=lambda: told.append(None))
    guarded = switch(mfa_serial=DEVICE)

    assert made.run([guarded]) == {guarded: throttled}
    assert [call[0] for call in sts.calls] == ["mfa", "mfa"]
    assert person.asked == [(DEVICE, 1)]
    assert len(told) == 1


def refusal(code: str, operation: str = "GetSessionToken") -> Failure:
    return failure_of_answer(operation, code, "…")


UNKNOWN_HERE = refusal("InvalidClientTokenId")


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(refusal("SignatureDoesNotMatch"), id="one with its own keys"),
        pytest.param(refusal("404"), id="one that is not STS"),
        pytest.param(UNKNOWN_HERE, id="a region that the account has not enabled"),
        pytest.param(Failure(cause=Cause.NETWORK, proves=False), id="a mistyped one"),
        pytest.param(failure_of_answer("GetSessionToken", "503", ""), id="a silent one"),
    ],
)
def test_an_endpoint_that_rejects_a_device_affects_only_its_own_calls(failure: Failure) -> None:
    sts = FakeSts(places={"elsewhere": failure}, always_on=frozenset({"default"}))
    made, person = switcher(sts, "111111")
    away = replace(switch("a", mfa_serial=DEVICE), client="elsewhere")
    outcomes = made.run([away, switch("b", mfa_serial=DEVICE), switch("c", mfa_serial=DEVICE)])

    assert outcomes[switch("b", mfa_serial=DEVICE)] == accepted(switch("b"))
    assert outcomes[switch("c", mfa_serial=DEVICE)] == accepted(switch("c"))
    assert person.asked == [(DEVICE, 1)]
    assert [call[3:] for call in sts.calls if call[0] == "mfa"] == [
        ("111111", "elsewhere"),
        ("111111", "default"),
    ]


def test_a_device_refused_everywhere_has_the_reason_of_each_endpoint() -> None:
    sts = FakeSts(places={"elsewhere": UNKNOWN_HERE, "default": UNKNOWN_HERE})
    made, _ = switcher(sts, "111111")
    away = replace(switch("a", mfa_serial=DEVICE), client="elsewhere")
    outcomes = made.run([away, switch("b", mfa_serial=DEVICE)])
    disabled = replace(UNKNOWN_HERE, cause=Cause.REGION_DISABLED)
    assert [*outcomes.values()] == [disabled, disabled]


@pytest.mark.parametrize(
    ("always_on", "cause"),
    [("default elsewhere", Cause.CREDENTIALS_INVALID), ("default", Cause.REGION_DISABLED)],
)
def test_a_device_s_session_that_a_place_does_not_know_proves_nothing_of_the_keys(
    always_on: str, cause: Cause
) -> None:
    unknown = replace(UNKNOWN_HERE, operation="AssumeRole")
    sts = FakeSts(
        refuse=lambda sent, _: unknown if sent.client == "elsewhere" else None,
        always_on=frozenset(always_on.split()),
    )
    made, _ = switcher(sts, "111111")
    here, away = switch(mfa_serial=DEVICE), replace(switch(mfa_serial=DEVICE), client="elsewhere")
    assert made.run([here, away]) == {
        here: accepted(here),
        away: replace(unknown, cause=cause, proves=False),
    }


def test_a_disabled_region_is_reported_for_a_device_too() -> None:
    off = refusal("RegionDisabledException", "AssumeRole")
    made, _ = switcher(FakeSts(refuse=lambda _, __: off), "111111")
    guarded = switch(mfa_serial=DEVICE)
    assert made.run([guarded]) == {guarded: replace(off, cause=Cause.REGION_DISABLED)}
