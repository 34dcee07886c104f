"""How long a call is waited for, and how often it is made again.

Five rules, from the inside out: a call without an answer is tried again (`in_tries`); each call has
a time limit (`call_within_limit`); a throttled call is made again after a pause (`call_patiently`);
an endpoint that does not answer is given up (`Places`); and once AWS throttles one of many
switches, those that share its quota wait (`in_rounds`).
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from sync_profiles.aws.pool import run_all, run_within
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from sync_profiles.outcomes import Outcome

TRIES = 5
#: seconds; a pause is a part of it, by chance, and each may be twice as long as the one before
FIRST_PAUSE = 0.1
#: seconds before a throttled call is made again
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
#: an endpoint is given up after this number of calls in a row, each with all its tries …
CALLS = 3
#: … and seconds: where failing is quick, a network may come back
SECONDS = 10.0
#: seconds for one call: more than all its tries take, each with its timeouts
LONGEST_CALL = 90.0

Answer = TypeVar("Answer")
Item = TypeVar("Item")


def in_tries(call: Callable[[], Answer | Failure]) -> Answer | Failure:
    """Make a call, up to `TRIES` times while there is no answer.

    botocore would do so as well, but its clients share a budget of retries, for the sake of
    services that fail for everybody: on a network that loses every third answer the later profiles
    of a long run would get one try each, and no verdict.
    """
    answer = call()
    for number in range(TRIES - 1):
        if not (isinstance(answer, Failure) and _may_pass(answer)):
            break
        time.sleep(random.random() * FIRST_PAUSE * 2**number)  # noqa: S311 - no secret
        answer = call()
    return answer


def call_within_limit(call: Callable[[], Answer | Failure]) -> Answer | Failure:
    """Make a call, and wait for it no longer than any call may take."""
    return run_within(LONGEST_CALL, call, late=_late)


def call_patiently(call: Callable[[], Answer | Failure]) -> Answer | Failure:
    """Make a call within the limit, and where it is throttled up to three times more."""
    return _again_if_throttled(partial(call_within_limit, call), pauses=PAUSES[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Silence:
    since: float
    calls: int
    failure: Failure


@dataclass(slots=True)
class Places:
    """Calls the endpoints, and gives one up for the run after a silence that is long enough.

    A call to an endpoint that does not answer takes all its tries and timeouts, a minute and more:
    a thousand profiles would wait for an hour for what the first of them have shown. A place is
    that of a client (`Profile.client`): its profiles share a region, an endpoint, a proxy and
    certificates. Calls may come from several threads.
    """

    clock: Callable[[], float] = time.monotonic
    _silent: dict[str, _Silence] = field(default_factory=dict)
    _waiting: dict[str, list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, client: str, call: Callable[[], Answer | Failure]) -> Answer | Failure:
        """Make a call to a client's place, unless the place has been silent for too long."""
        silence = self._silence(client)
        if silence is not None:
            return silence
        since = self.clock()
        with self._lock:
            self._waiting.setdefault(client, []).append(since)
        answer = call_within_limit(call)
        with self._lock:
            self._waiting[client].remove(since)
            self._note(client, answer, since=since)
        return answer

    def ask_patiently(
        self, client: str, call: Callable[[], Answer | Failure], *, pauses: Sequence[float]
    ) -> Answer | Failure:
        """Make a call, and where STS throttles again after each of the pauses, in seconds."""
        return _again_if_throttled(partial(self.ask, client, call), pauses=pauses)

    def _silence(self, client: str) -> Failure | None:
        now = self.clock()
        with self._lock:
            found = self._silent.get(client)
            # those that began together end together: the first need not wait for the others
            waiting = sum(now - since >= SECONDS for since in self._waiting.get(client, ()))
        if found is None or now - found.since < SECONDS or found.calls + waiting < CALLS:
            return None
        calls = found.calls + waiting
        message = f"this call was not made, as {calls} in a row had no answer"
        return replace(found.failure, message=f"{message}: {found.failure.message}")

    def _note(self, client: str, answer: Answer | Failure, *, since: float) -> None:
        if isinstance(answer, Failure) and answer.is_silence:
            before = self._silent.get(client)
            self._silent[client] = _Silence(
                since=since if before is None else min(since, before.since),
                calls=1 if before is None else before.calls + 1,
                failure=answer,
            )
        elif not isinstance(answer, Failure) or answer.operation is not None:
            self._silent.pop(client, None)  # a refusal is an answer too


def in_rounds(
    send: Callable[[Item], Outcome],
    items: Sequence[Item],
    *,
    quota: Callable[[Item], Hashable],
    jobs: int,
    pauses: Sequence[float],
) -> Iterator[tuple[Item, Outcome]]:
    """Send all items, up to `jobs` at once; yield each with its outcome as it comes.

    AWS counts the calls of an account in a region, not those of a program: to send on while
    throttled takes the quota from everybody else there. Of the items with one `quota`, none is
    sent in a round after one was throttled; the next round begins after a pause, in seconds. After
    a round without any other answer, the next one has half the jobs and the next pause. When no
    pause is left, what is left is throttled.
    """
    in_vain = 0
    while True:
        sent = _Round(send=send, quota=quota)
        left = set()
        for item, outcome in run_all(sent, items, jobs=jobs):
            if _is_throttled(outcome):
                left.add(item)
            else:
                yield item, outcome
        if not left:
            return
        if len(left) == len(items):
            in_vain += 1
            jobs = max(1, jobs // 2)
        else:
            in_vain = 0
        items = [item for item in items if item in left]
        if in_vain > len(pauses):
            for item in items:
                yield item, sent.throttled[quota(item)]
            return
        time.sleep(pauses[max(0, in_vain - 1)])


@dataclass(slots=True, kw_only=True)
class _Round(Generic[Item]):
    """Sends items, and takes those for throttled whose quota is used up."""

    send: Callable[[Item], Outcome]
    quota: Callable[[Item], Hashable]
    throttled: dict[Hashable, Outcome] = field(default_factory=dict)

    def __call__(self, item: Item) -> Outcome:
        quota = self.quota(item)
        if quota in self.throttled:
            return self.throttled[quota]
        outcome = self.send(item)
        if _is_throttled(outcome):
            self.throttled[quota] = outcome
        return outcome


def _again_if_throttled(
    call: Callable[[], Answer | Failure], *, pauses: Sequence[float]
) -> Answer | Failure:
    answer = call()
    for pause in pauses:
        if not _is_throttled(answer):
            break
        time.sleep(pause)
        answer = call()
    return answer


def _is_throttled(answer: object) -> bool:
    return isinstance(answer, Failure) and answer.cause is Cause.THROTTLED


def _may_pass(failure: Failure) -> bool:
    """Return whether there was no answer: not a page or a certificate of something else either."""
    return failure.is_silence and failure.reason not in {Reason.NOT_AWS, Reason.CERTIFICATE}


def _late() -> Failure:
    return Failure(
        cause=Cause.NETWORK,
        proves=False,
        message=f"no whole answer within {LONGEST_CALL:.0f} seconds",
    )
