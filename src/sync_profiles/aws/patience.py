"""How many calls are made at once, how long each is waited for, and how often it is made again.

Every call to AWS passes `Patience.ask`, where the four rules for one call are in their order. The
tests of many profiles share AWS's quotas: `Patience.ask_in_rounds` sends them. The threads do not
outlive an interrupted run.
"""

from __future__ import annotations

import math
import queue
import random
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant
from sync_profiles.waiting import attempt, waiting_for

TRIES = 5
#: seconds; a pause is a part of it, by chance, and each may be twice as long as the one before
FIRST_PAUSE = 0.1
#: seconds before a throttled call is made again; a single call takes the first three
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
#: an endpoint is given up after this number of calls in a row, each with all its tries (those of a
#: call that is ignored, not refused at once, count one by one) …
SILENT_CALLS = 3
#: … and seconds: where failing is quick, a network may come back
SILENT_SECONDS = 10.0
#: seconds for one call: more than all its tries take, each with its timeouts
LONGEST_CALL = 90.0
#: seconds; a signal is seen after so long at the latest
_LOOK_EVERY = 0.2

Answer = TypeVar("Answer")
Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    work: Callable[[Item], Result], items: Sequence[Item], *, jobs: int, seconds: float = math.inf
) -> Iterator[tuple[Item, Result]]:
    """Work on all items with up to `jobs` threads; yield each with its result as it finishes.

    The items end early if none finishes for so many seconds.

    The threads are daemons: an interrupted process ends without waiting for answers of the
    network, for which an executor of `concurrent.futures` would wait.
    """
    waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Item, Future[Result]]] = queue.SimpleQueue()
    abandoned = threading.Event()
    for item in items:
        waiting.put(item)

    def serve() -> None:
        while not abandoned.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            future: Future[Result] = Future()
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                future.set_exception(error)
            done.put((item, future))

    for _ in range(min(max(1, jobs), len(items))):
        threading.Thread(target=serve, daemon=True).start()
    try:
        for _ in items:
            found = _get(done, seconds)
            if found is None:
                return
            item, future = found
            yield item, future.result()
    finally:
        abandoned.set()


def _get(done: queue.SimpleQueue[Result], seconds: float) -> Result | None:
    """Return what comes within so many seconds.

    A signal that comes just before a wait does not end it: Python handles it after the wait.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        with suppress(queue.Empty):
            return done.get(timeout=min(left, _LOOK_EVERY))
    return None


def run_within(seconds: float, work: Callable[[], Result], *, late: Callable[[], Result]) -> Result:
    """Return what `work` gives, or what `late` gives where that takes longer.

    No timeout of a socket sees an answer that comes byte by byte, or a host name that takes forever
    to resolve. The thread that waits for it is left behind.
    """
    for _, result in run_all(lambda _: work(), [None], jobs=1, seconds=seconds):
        return result
    return late()


def within_limit(call: Callable[[], Answer | Failure]) -> Answer | Failure:
    """Make a call once, and wait for it no longer than any call may take."""
    message = f"no complete answer within {LONGEST_CALL:.0f} seconds"
    late = Failure(cause=Cause.NETWORK, proves=False, message=message)
    return run_within(LONGEST_CALL, call, late=lambda: late)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Silence:
    since: float
    calls: int
    failure: Failure


@dataclass(slots=True, kw_only=True)
class Patience:
    """The patience of one run; calls may come from several threads.

    `pauses` are the seconds before a throttled call is made again, `tries` is how often a call is
    made while there is no answer.
    """

    pauses: Sequence[float] = PAUSES
    tries: int = TRIES
    clock: Callable[[], float] = time.monotonic
    _silent: dict[Hashable, _Silence] = field(default_factory=dict)
    _waiting: dict[Hashable, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(
        self,
        endpoint: Hashable,
        call: Callable[[], Answer | Failure],
        *,
        pauses: Sequence[float] | None = None,
    ) -> Answer | Failure:
        """Return the answer to a call, or the last failure once there is no point in trying again.

        Calls with an equal `endpoint` go to the same place: if some get no answer, the others will
        get none. For STS it is a `ClientName`. `pauses` are the seconds between throttled calls,
        by default the first three of the run's.
        """
        left = iter(self.pauses[:3] if pauses is None else pauses)
        while True:
            # 1. An endpoint that does not answer is given up. A call to it takes all its tries and
            #    timeouts: a thousand profiles would wait an hour for what the first ones show.
            silence = self._silence(endpoint)
            if silence is not None:
                return silence
            since = self._begin(endpoint)
            # 2. A call has a time limit. 3. Within it, a call without an answer is made again.
            answer = within_limit(partial(self._in_tries, call))
            self._end(endpoint, answer, since=since)
            # 4. A throttled call is made again after a pause.
            pause = next(left, None) if _is_throttled(answer) else None
            if pause is None:
                return answer
            _pause(pause)

    def ask_in_rounds(
        self,
        call: Callable[[Item], Answer | Failure],
        items: Sequence[Item],
        *,
        endpoint: Callable[[Item], Hashable],
        quota: Callable[[Item], Hashable],
        jobs: int,
    ) -> Iterator[tuple[Item, Answer | Failure]]:
        """Make a call for each item, up to `jobs` at once; yield each with its answer as it comes.

        AWS counts the calls of an account in a region, not those of a program: to go on while
        throttled takes the quota from everyone else there. Of the items with one `quota`, no call
        is made in a round after one was throttled; the next round begins after a pause. After a
        round without any other answer, the next one has half the jobs and the next pause. When no
        pause is left, what is left is throttled.
        """

        def ask(item: Item) -> Answer | Failure:
            return self.ask(endpoint(item), partial(call, item), pauses=())  # the round waits

        rounds_without_answer = 0
        while True:
            throttled: dict[Item, Answer | Failure] = {}
            for item, answer in _ask_round(ask, items, quota=quota, jobs=jobs):
                if _is_throttled(answer):
                    throttled[item] = answer
                else:
                    yield item, answer
            if not throttled:
                return
            if len(throttled) == len(items):
                rounds_without_answer += 1
                jobs = max(1, jobs // 2)
            else:
                rounds_without_answer = 0
            items = [item for item in items if item in throttled]
            if rounds_without_answer > len(self.pauses):
                yield from throttled.items()
                return
            _pause(self.pauses[max(0, rounds_without_answer - 1)])

    def _in_tries(self, call: Callable[[], Answer | Failure]) -> Answer | Failure:
        # botocore would do so as well, but its clients share a budget of retries: on a network that
        # loses every third answer the later profiles of a long run would get one try each
        # https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
        with attempt(1, self.tries):
            answer = call()
        for number in range(1, self.tries):
            if not (isinstance(answer, Failure) and _may_pass(answer)):
                break
            with attempt(number + 1, self.tries):
                with waiting_for("no answer yet"):
                    time.sleep(random.random() * FIRST_PAUSE * 2 ** (number - 1))  # noqa: S311 - no secret
                answer = call()
        return answer

    def _silence(self, endpoint: Hashable) -> Failure | None:
        """Return the failure of a call that is not made, None where the endpoint may answer."""
        now = self.clock()
        with self._lock:
            found = self._silent.get(endpoint)
            # those that began together end together: the first need not wait for the others
            waiting = sum(
                now - since >= SILENT_SECONDS for since in self._waiting.get(endpoint, ())
            )
        if (
            found is None
            or now - found.since < SILENT_SECONDS
            or found.calls + waiting < SILENT_CALLS
        ):
            return None
        calls = found.calls + waiting
        message = f"this call was not made, as {calls} in a row had no answer"
        return replace(found.failure, message=f"{message}: {found.failure.message}")

    def _begin(self, endpoint: Hashable) -> float:
        since = self.clock()
        with self._lock:
            self._waiting.setdefault(endpoint, []).append(since)
        return since

    def _end(self, endpoint: Hashable, answer: Answer | Failure, *, since: float) -> None:
        with self._lock:
            self._waiting[endpoint].remove(since)
            if isinstance(answer, Failure) and answer.is_silence:
                before = self._silent.get(endpoint)
                is_long = self.clock() - since >= SILENT_CALLS * SILENT_SECONDS
                calls = self.tries if is_long else 1
                self._silent[endpoint] = _Silence(
                    since=since if before is None else min(since, before.since),
                    calls=calls if before is None else before.calls + calls,
                    failure=answer,
                )
            elif not isinstance(answer, Failure) or answer.operation is not None:
                self._silent.pop(endpoint, None)  # a refusal is an answer too


def _ask_round(
    ask: Callable[[Item], Answer | Failure],
    items: Sequence[Item],
    *,
    quota: Callable[[Item], Hashable],
    jobs: int,
) -> Iterator[tuple[Item, Answer | Failure]]:
    """Ask for items; once one is throttled, count the others with its quota as throttled too."""
    throttled: dict[Hashable, Answer | Failure] = {}

    def ask_unless_throttled(item: Item) -> Answer | Failure:
        if quota(item) in throttled:
            return throttled[quota(item)]
        answer = ask(item)
        if _is_throttled(answer):
            throttled[quota(item)] = answer
        return answer

    return run_all(ask_unless_throttled, items, jobs=jobs)


def _pause(seconds: float) -> None:
    with waiting_for("AWS asks to call it less often: waiting"):
        time.sleep(seconds)


def _is_throttled(answer: object) -> bool:
    return isinstance(answer, Failure) and answer.cause is Cause.THROTTLED


def _may_pass(failure: Failure) -> bool:
    """Return whether there was no answer: not a page or a certificate of something else either."""
    return failure.is_silence and failure.variant not in {Variant.NOT_AWS, Variant.CERTIFICATE}
