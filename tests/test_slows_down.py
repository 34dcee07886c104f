"""Throttled, a run waits longer each time, and sends half as many switches at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from e2e import Home
from fake_sts import DEVICE, THROTTLED, FakeSts, switch, switcher
from plan_worlds import DEFAULT, accepted
from rough_sts import Asked, RoughSts, refusing, well
from rounds import ALL_ROUNDS
from survey_runs import check_at
from sync_profiles.aws.patience import FIRST_PAUSE, PAUSES, TRIES
from sync_profiles.aws.switching import Switcher
from sync_profiles.outcomes import Failure, Switch
from sync_profiles.waiting import longest_wait

PATIENCE = 10
NAMES = "abcdefgh"
PROFILES = 300 if ALL_ROUNDS else 40


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that the run itself pauses; the threads of the calls do by themselves."""
    ours = threading.current_thread()
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        if threading.current_thread() is ours:
            pauses.append(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    return pauses


def patient(sts: FakeSts, *codes: str, jobs: int = 4) -> Switcher:
    """Return a switcher that waits as it does for its users."""
    return switcher(sts, *codes, jobs=jobs, pauses=PAUSES)[0]


@pytest.mark.parametrize(
    ("jobs", "at_once"), [(8, (8, 4, 2, 1)), (5, (5, 2, 1, 1)), (1, (1, 1, 1, 1))]
)
def test_each_time_half_as_many_are_sent_at_once(jobs: int, at_once: tuple[int, ...]) -> None:
    together = [threading.Barrier(number) for number in at_once]
    lock = threading.Lock()
    in_work, most = [0] * 4, [0] * 4

    def refuse(_: Switch, before: int) -> Failure:
        with lock:
            in_work[before] += 1
            most[before] = max(most[before], in_work[before])
        together[before].wait(timeout=PATIENCE)
        with lock:
            in_work[before] -= 1
        return THROTTLED

    switcher(FakeSts(refuse=refuse), jobs=jobs)[0].run([switch(name) for name in NAMES])

    assert tuple(most) == at_once


@pytest.mark.parametrize(
    ("busy", "pauses"),
    [
        pytest.param("a", [1, 2], id="the first, twice in vain"),
        pytest.param("h", [1, 1], id="the last, once with answers before it"),
    ],
)
def test_no_call_waits_longer_than_necessary(
    busy: str, pauses: list[float], slept: list[float]
) -> None:
    def refuse(sent: Switch, before: int) -> Failure | None:
        return THROTTLED if sent == switch(busy) and before < 2 else None

    sts = FakeSts(refuse=refuse)
    asks = patient(sts, jobs=1)
    outcomes = asks.run([switch(name) for name in NAMES])

    assert outcomes == {switch(name): accepted(switch(name)) for name in NAMES}
    assert slept == pauses
    assert Counter(call[2] for call in sts.calls if call[0] == "assume") == {
        **dict.fromkeys(NAMES, 1),
        busy: 3,
    }


def test_an_exhausted_quota_does_not_delay_other_calls(slept: list[float]) -> None:
    here = [switch(name) for name in NAMES]
    there = [replace(switch(name), client="elsewhere") for name in NAMES]
    sts = FakeSts(refuse=lambda sent, _: THROTTLED if sent.client == "default" else None)
    asks = patient(sts)
    outcomes = asks.run([*here, *there])

    assert outcomes == {
        **dict.fromkeys(here, THROTTLED),
        **{switch: accepted(switch) for switch in there},
    }
    assert slept == [1, 1, 2, 4, 8, 16]


def test_the_identity_of_a_source_is_requested_again_after_pauses(
    slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "current_thread", threading.main_thread)  # jobs are threads
    sts = FakeSts()
    asks = patient(sts)
    sts.callers["default"] = THROTTLED

    assert asks.identify({DEFAULT: ["default"]}) == {DEFAULT: THROTTLED}
    assert slept == [1, 2, 4]
    assert [call[0] for call in sts.calls] == ["credentials", *["identify"] * 4]


def test_a_device_is_opened_again_after_pauses(slept: list[float]) -> None:
    sts = FakeSts(throttled=3)
    asks = patient(sts, "123456")
    outcomes = asks.run([switch(mfa_serial=DEVICE)])

    assert outcomes == {switch(mfa_serial=DEVICE): accepted(switch(mfa_serial=DEVICE))}
    assert {call[3] for call in sts.calls if call[0] == "mfa"} == {"123456"}
    assert slept == [1, 2, 4]


class Quota:
    """Accepts so many calls per second, as STS counts them, and throttles the others."""

    def __init__(self, rate: float, code: str) -> None:
        self._rate = rate
        self._throttle = refusing(code, "Rate exceeded")
        self._lock = threading.Lock()
        self._left = rate
        self._at = time.monotonic()
        self.throttled = 0

    def __call__(self, asked: Asked) -> None:
        with self._lock:
            now = time.monotonic()
            self._left = min(self._rate, self._left + (now - self._at) * self._rate)
            self._at = now
            is_in = self._left >= 1
            self._left -= is_in
            self.throttled += not is_in
        (well if is_in else self._throttle)(asked)


@pytest.mark.parametrize("code", ["Throttling", "RequestLimitExceeded"])
def test_a_throttled_run_slows_down_and_finishes(code: str, home_with_keys: Home) -> None:
    quota = Quota(PROFILES // 3, code)
    with RoughSts(quota, actions=frozenset({"AssumeRole", "GetCallerIdentity"})) as rough:
        checked = check_at(rough.url, home_with_keys, count=PROFILES)
    assert checked.found == {("accepted", None)}
    assert quota.throttled > 0


def test_a_check_waits_for_sts(slept: list[float], home_with_keys: Home) -> None:
    throttle = refusing("Throttling", "Rate exceeded")
    with RoughSts(throttle, actions=frozenset({"AssumeRole"})) as rough:
        checked = check_at(rough.url, home_with_keys, count=PROFILES)
        sent = len(rough.switches)

    assert checked.found == {("unknown", "throttled")}
    assert slept == [1, 2, 4, 8, 16]
    assert 6 <= sent <= 16 + 8 + 4 + 2 + 1 + 1  # once throttled, a round sends no more


def test_retries_of_a_call_wait_longer_each_time_with_jitter(
    home_with_keys: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: dict[threading.Thread, list[float]] = {}  # each call has a thread of its own

    def sleep(pause: float) -> None:
        assert longest_wait(0) is not None  # it is not silent
        waited.setdefault(threading.current_thread(), []).append(pause)

    monkeypatch.setattr(time, "sleep", sleep)
    unavailable = refusing("ServiceUnavailable", "Wait", status=503)
    with RoughSts(unavailable, actions=frozenset({"AssumeRole"})) as rough:
        check_at(rough.url, home_with_keys, count=PROFILES)

    pauses = list(waited.values())
    assert [len(of_a_call) for of_a_call in pauses] == [TRIES - 1] * PROFILES
    assert len({pause for of_a_call in pauses for pause in of_a_call}) == PROFILES * (TRIES - 1)
    # each is a part, by chance, of twice what the one before it is a part of
    bounds = [FIRST_PAUSE * 2**number for number in range(TRIES - 1)]
    for longest, bound in zip(map(max, zip(*pauses, strict=True)), bounds, strict=True):
        assert bound / 2 < longest <= bound
