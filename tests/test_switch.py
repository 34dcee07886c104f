"""How tests are sent: with which credentials, with one code for a device, and what is kept."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import Any

import pytest

from examples import table
from fake_sts import DEVICE, FakeSts, switch, switcher
from plan_worlds import DEFAULT, accepted, calling, role
from sync_profiles.aws.credentials import Credentials
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.model import Source
from sync_profiles.outcomes import Caller, Failure

NO_NETWORK = Failure(cause=Cause.NETWORK, proves=False, message="Could not connect")
UNKNOWN_KEY = failure_of_answer("GetCallerIdentity", "InvalidClientTokenId", "not valid")
ANSWERS: dict[str, Caller | Failure] = {
    "me": calling(),
    "network": NO_NETWORK,
    "unknown": UNKNOWN_KEY,
    "wrong": failure_of_answer("GetCallerIdentity", "SignatureDoesNotMatch", "The signature …"),
    "404": failure_of_answer("GetCallerIdentity", "404", "Not Found"),
    "denied": failure_of_answer("GetCallerIdentity", "AccessDenied", "not authorized"),
}
SPECIAL: dict[str, dict[str, Any]] = {
    "-": {},
    "a and b in China": {"always_on": frozenset("abc"), "domains": dict.fromkeys("ab", "aws-cn")},
    "a and b at one address": {"urls": dict.fromkeys("ab", "here")},
}


@pytest.mark.parametrize("row", table("identities.txt"))
def test_another_endpoint_is_asked_if_the_answer_depends_on_it(row: str) -> None:
    answers, expected, asked, special, _ = row.split(" | ")
    told = {place: ANSWERS[word] for place, word in zip("abc", answers.split(), strict=False)}
    sts = FakeSts(callers=told, **{"always_on": frozenset("c"), **SPECIAL[special]})
    callers = switcher(sts)[0].identify({DEFAULT: ["a", "b", "c"]})

    assert callers == {DEFAULT: ANSWERS[expected]}
    assert sts.calls == [
        ("credentials", "default", "a"),
        *(("identify", "keys of default", client) for client in asked),
    ]


@pytest.mark.parametrize("clients", ["ab", "ba"])
def test_a_partition_that_does_not_know_a_key_does_not_affect_others(clients: str) -> None:
    sts = FakeSts(
        callers={"a": NO_NETWORK, "b": UNKNOWN_KEY},
        always_on=frozenset("ab"),
        domains={"b": "aws-cn"},
    )
    made, _ = switcher(sts)
    assert made.identify({DEFAULT: [*clients]}) == {DEFAULT: NO_NETWORK}
    assert made.failures_by_client == {(DEFAULT, "a"): NO_NETWORK, (DEFAULT, "b"): UNKNOWN_KEY}


class Watched(Credentials):
    """Credentials whose end can be seen."""


@dataclass
class Watch:
    """Gives credentials, and sees which of them are still held."""

    given: dict[str, weakref.ref[Watched]]

    def give(self, name: str) -> Credentials:
        made = Watched(access_key_id=name, secret_access_key="secret", session_token=None)
        self.given[name] = weakref.ref(made)
        return made

    @property
    def held(self) -> set[str]:
        return {name for name, seen in self.given.items() if seen() is not None}


def test_unneeded_sessions_are_discarded() -> None:
    watch = Watch({})
    sts = FakeSts(give=watch.give)
    made, _ = switcher(sts, children={role("hop"): [role("child")]})
    hop = switch("hop")
    made.run([hop, switch("alone")])
    made.run([switch("child", parent=hop)])

    sessions = {f"{name} as work_api" for name in ("hop", "alone", "child")}
    assert set(watch.given) == {"keys of default", *sessions}
    assert watch.held == {"keys of default", "hop as work_api"}


def test_the_repr_of_a_switcher_has_no_contents() -> None:
    made, _ = switcher(FakeSts(), children={role("hop"): [role("child")]})
    made.run([switch("hop")])

    assert "secret" not in repr(made)


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
    sts = FakeSts(codes={"1": throttled})
    made, person = switcher(sts, "1", "2", pauses=(0.0,))
    guarded = switch(mfa_serial=DEVICE)

    assert made.run([guarded]) == {guarded: throttled}
    assert [call[0] for call in sts.calls] == ["mfa", "mfa"]
    assert person.asked == [(DEVICE, 1)]


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
