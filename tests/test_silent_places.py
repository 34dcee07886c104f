"""A silent endpoint is given up, reported correctly, and used again after any answer."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from fake_sts import DENIED, THROTTLED
from sync_profiles.answers import failure_of_answer
from sync_profiles.aws.failures import NOT_AWS
from sync_profiles.aws.patience import SILENT_CALLS, SILENT_SECONDS, Patience
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant

NO_NETWORK = Failure(cause=Cause.NETWORK, proves=False, message="Could not connect")
NOT_MADE = Failure(
    cause=Cause.NETWORK,
    proves=False,
    message=f"this call was not made, as {SILENT_CALLS} in a row had no answer: Could not connect",
)
BAD_ARN = Failure(cause=Cause.ROLE_ARN_INVALID, proves=True)


@dataclass
class Clock:
    """A clock that returns the time it is set to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def ask(patience: Patience, answer: str | Failure, *, client: str = "here") -> str | Failure:
    """Ask a place that gives an answer."""
    return patience.ask(client, lambda: answer)


def silent(*answers: str | Failure, seconds: float = SILENT_SECONDS) -> Patience:
    """Return places of which one gave answers, and how long that took."""
    clock = Clock()
    patience = Patience(clock=clock, tries=1)
    for answer in answers:
        assert ask(patience, answer) == answer
    clock.now = seconds
    return patience


def server_error(code: str) -> Failure:
    return failure_of_answer("AssumeRole", code, "Bad Gateway")


@pytest.mark.parametrize(
    "failure",
    [
        NO_NETWORK,
        Failure(cause=Cause.TLS, proves=False, variant=Variant.CERTIFICATE),
        Failure(cause=Cause.NETWORK, proves=False),
        NOT_AWS,
        server_error("502"),
        server_error("ServiceUnavailable"),
    ],
    ids=lambda failure: failure.code or f"{failure.cause}",
)
def test_a_silent_endpoint_is_not_called_again(failure: Failure) -> None:
    told = ask(silent(*[failure] * SILENT_CALLS), "yes")

    assert type(told) is type(failure)
    assert "this call was not made" in str(told)


def test_the_message_about_a_call_that_was_not_made() -> None:
    patience = silent(*[NO_NETWORK] * SILENT_CALLS)

    assert ask(patience, "yes") == NOT_MADE
    assert ask(patience, "yes") == NOT_MADE


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([NO_NETWORK] * (SILENT_CALLS - 1), id="too few calls"),
        pytest.param([NO_NETWORK] * SILENT_CALLS + ["yes"], id="an answer after them"),
        pytest.param([NO_NETWORK] * SILENT_CALLS + [DENIED], id="a refusal after them"),
        pytest.param([NO_NETWORK] * SILENT_CALLS + [THROTTLED], id="STS asks to wait"),
        pytest.param([NO_NETWORK, NO_NETWORK, DENIED, NO_NETWORK], id="not in a row"),
        pytest.param([DENIED] * SILENT_CALLS, id="refusals"),
        pytest.param([BAD_ARN] * SILENT_CALLS, id="calls that were not sent"),
        pytest.param(
            [server_error("MalformedPolicyDocument")] * SILENT_CALLS, id="a fault of ours"
        ),
    ],
)
def test_an_endpoint_is_called_as_long_as_it_may_answer(answers: list[str | Failure]) -> None:
    assert ask(silent(*answers), "yes") == "yes"


def test_an_endpoint_that_fails_quickly_is_retried_for_a_while() -> None:
    assert ask(silent(*[NO_NETWORK] * SILENT_CALLS, seconds=SILENT_SECONDS - 0.1), "yes") == "yes"


def test_a_call_that_was_not_sent_ends_no_silence() -> None:
    assert ask(silent(NO_NETWORK, NO_NETWORK, BAD_ARN, NO_NETWORK), "yes") == NOT_MADE


def test_a_call_that_waits_long_counts_for_each_of_its_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    clock = Clock()
    patience = Patience(clock=clock, tries=SILENT_CALLS)

    def fail_late() -> str | Failure:
        clock.now += SILENT_SECONDS
        return NO_NETWORK

    assert patience.ask("here", fail_late) == NO_NETWORK
    assert ask(patience, "yes") == NOT_MADE


def test_calls_that_still_wait_count_as_silence() -> None:
    clock = Clock()
    patience = Patience(clock=clock, tries=1)

    def fail_late() -> str | Failure:
        clock.now = SILENT_SECONDS
        return NO_NETWORK

    def outlast_one() -> str | Failure:
        assert patience.ask("here", fail_late) == NO_NETWORK
        assert ask(patience, "yes") == NOT_MADE
        return "yes"

    assert patience.ask("here", lambda: patience.ask("here", outlast_one)) == "yes"
    assert ask(patience, "yes") == "yes"
