"""Many switches under a quota: once STS throttles one, those that share its quota wait.

AWS counts the calls of an account in a region, not those of a program: to send on while throttled
takes the quota from everybody else there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from sync_profiles.aws.pool import run_all
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from sync_profiles.outcomes import Outcome

Item = TypeVar("Item")


def in_rounds(
    send: Callable[[Item], Outcome],
    items: Sequence[Item],
    *,
    quota: Callable[[Item], Hashable],
    jobs: int,
    pauses: Sequence[float],
) -> Iterator[tuple[Item, Outcome]]:
    """Send all items, up to `jobs` at once; yield each with its outcome as it comes.

    Of the items with one `quota`, none is sent in a round after one was throttled; the next round
    begins after a pause, in seconds.  A round without any other answer was in vain: the next one
    has half the jobs and the next pause.  When no pause is left, what is left is throttled.
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


def _is_throttled(outcome: Outcome) -> bool:
    return isinstance(outcome, Failure) and outcome.cause is Cause.THROTTLED
