"""A silent endpoint is given up, reported correctly, and used again after any answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import pytest

from fake_sts import DENIED, THROTTLED
from sync_profiles.aws.failures import NOT_AWS
from sync_profiles.aws.patience import SILENT_CALLS, SILENT_SECONDS, Patience
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant

NO_NETWORK = Failure(cause=Cause.NETWORK, proves=False, message="Could not connect")
SILENCE: list[str | Failure] = [NO_NETWORK] * SILENT_CALLS
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


def not_made(failure: Failure) -> Failure:
    """Return the failure of a call that is not made after silence, which ended so."""
    message = f"this call was not made, as {SILENT_CALLS} in a row had no answer"
    return replace(failure, message=f"{message}: {failure.message}")


NOT_MADE = not_made(NO_NETWORK)
SILENT = [
    NO_NETWORK,
    Failure(cause=Cause.TLS, proves=False, variant=Variant.CERTIFICATE),
    NOT_AWS,
    server_error("502"),
    server_error("ServiceUnavailable"),
]


@pytest.mark.parametrize(
    ("answers", "seconds", "told"),
    [
        *(
            pytest.param(
                [failure] * SILENT_CALLS, SILENT_SECONDS, not_made(failure), id=f"{number}. silence"
            )
            for number, failure in enumerate(SILENT, start=1)
        ),
        pytest.param(SILENCE, SILENT_SECONDS - 0.1, "yes", id="failures in a moment"),
        pytest.param(SILENCE[1:], SILENT_SECONDS, "yes", id="too few calls"),
        pytest.param([*SILENCE, "yes"], SILENT_SECONDS, "yes", id="an answer after them"),
        pytest.param([*SILENCE, DENIED], SILENT_SECONDS, "yes", id="a refusal after them"),
        pytest.param([*SILENCE, THROTTLED], SILENT_SECONDS, "yes", id="STS asks to wait"),
        pytest.param([*SILENCE[1:], DENIED, NO_NETWORK], SILENT_SECONDS, "yes", id="not in a row"),
        pytest.param(
            [*SILENCE[1:], BAD_ARN, NO_NETWORK],
            *(SILENT_SECONDS, NOT_MADE),
            id="a call that was not sent ends no silence",
        ),
        pytest.param([DENIED] * SILENT_CALLS, SILENT_SECONDS, "yes", id="refusals"),
        pytest.param([BAD_ARN] * SILENT_CALLS, SILENT_SECONDS, "yes", id="calls not sent"),
        pytest.param(
            [server_error("MalformedPolicyDocument")] * SILENT_CALLS,
            *(SILENT_SECONDS, "yes"),
            id="a fault of ours",
        ),
    ],
)
def test_an_endpoint_is_called_as_long_as_it_may_answer(
    answers: list[str | Failure], seconds: float, told: str | Failure
) -> None:
    patience = silent(*answers, seconds=seconds)

    assert [ask(patience, "yes"), ask(patience, "yes")] == [told, told]


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
