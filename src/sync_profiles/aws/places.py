"""Places that give no answer: a few calls find that out, not every profile's.

A call to a place that is silent takes all its tries and timeouts, a minute and more.  A thousand
profiles would wait for an hour for what the first of them have shown.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sync_profiles.aws.pool import run_within
from sync_profiles.aws.tries import patiently
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: a place is given up after this number of calls in a row, each with all its tries …
CALLS = 3
#: … and seconds: where failing is quick, a network may come back
SECONDS = 10.0
#: seconds for one call: more than all its tries take, each with its timeouts (`tries.TRIES`)
LONGEST_CALL = 90.0

Answer = TypeVar("Answer")


def call_within_limit(call: Callable[[], Answer | Failure]) -> Answer | Failure:
    """Make a call, and wait for it no longer than any call may take."""
    return run_within(LONGEST_CALL, call, late=_late)


def _late() -> Failure:
    return Failure(
        cause=Cause.NETWORK,
        proves=False,
        message=f"no whole answer within {LONGEST_CALL:.0f} seconds",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Silence:
    since: float
    calls: int
    failure: Failure


@dataclass(slots=True)
class Places:
    """Asks the places, and gives one up for the run after a silence that is long enough.

    A place is that of a client (`Profile.client`): its profiles share a region, an endpoint, a
    proxy and certificates.  Calls may come from several threads.
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
        return patiently(partial(self.ask, client, call), pauses=pauses)

    def _silence(self, client: str) -> Failure | None:
        now = self.clock()
        with self._lock:
            found = self._silent.get(client)
            # those that began together end together: the first need not wait for the others
            waiting = sum(now - since >= SECONDS for since in self._waiting.get(client, ()))
        if found is None or now - found.since < SECONDS or found.calls + waiting < CALLS:
            return None
        return _not_made(found.failure, calls=found.calls + waiting)

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


def _not_made(failure: Failure, *, calls: int) -> Failure:
    message = f"this call was not made, as {calls} in a row had no answer: {failure.message}"
    return replace(failure, message=message)
