"""What a session of a role did: its calls by operation; those of AWS's own services are folded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync_profiles.trail.session_names import is_own, tool_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sync_profiles.trail.events import TrailEvent

_DOMAIN = ".amazonaws.com"


@dataclass(slots=True, kw_only=True)
class CallUse:
    """How often an operation was called, such as `ec2:DescribeInstances`, and what was refused.

    `errors` counts the calls that AWS refused, by its error code.
    """

    operation: str
    calls: int = 0
    first: datetime
    last: datetime
    errors: Counter[str] = field(default_factory=Counter)
    regions: dict[str, None] = field(default_factory=dict)
    addresses: dict[str, None] = field(default_factory=dict)
    tools: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Activity:
    """Collects calls; those of AWS's services and of sync-profiles itself are only counted.

    `caller_arn` is who made them, None if there are none.
    """

    counts: Callable[[TrailEvent], bool]
    caller_arn: str | None = None
    services: Counter[str] = field(default_factory=Counter)
    own_calls: int = 0
    _calls: dict[str, CallUse] = field(default_factory=dict)

    def add(self, event: TrailEvent) -> None:
        """Count an event, if it is one to collect."""
        if not self.counts(event):
            return
        self.caller_arn = event.caller_arn or self.caller_arn
        if event.service:
            self.services[event.service] += 1
            return
        if is_own(event.user_agent, event.name):
            self.own_calls += 1
            return
        operation = f"{event.source.removesuffix(_DOMAIN)}:{event.name}"
        call = self._calls.setdefault(
            operation, CallUse(operation=operation, first=event.time, last=event.time)
        )
        call.calls += 1
        call.first = min(call.first, event.time)
        call.last = max(call.last, event.time)
        call.regions[event.region] = None
        call.addresses[event.address] = None
        call.tools[tool_of(event.user_agent)] = None
        if event.error:
            call.errors[event.error] += 1

    def calls(self) -> tuple[CallUse, ...]:
        """Return the calls by operation, the last made first."""
        found = self._calls.values()
        return tuple(sorted(found, key=lambda use: (use.last, use.operation), reverse=True))
