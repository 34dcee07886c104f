"""Read what CloudTrail has recorded about a profile's role, in its account and in its caller's."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.aws.pool import run_all
from sync_profiles.outcomes import Failure
from sync_profiles.trail.events import parse_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sync_profiles.aws.event_history import EventHistory, Reader
    from sync_profiles.survey import Progress
    from sync_profiles.trail.events import TrailEvent

_HOUR = timedelta(hours=1)
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Lookup(NamedTuple):
    """An attribute of events, with its value; LookupEvents takes one a call."""

    attribute: str
    value: str


class Search(NamedTuple):
    """What to look up in the role's account, one after the other, and in the caller's."""

    own: tuple[Lookup, ...]
    callers: tuple[Lookup, ...] = ()


class Unread(NamedTuple):
    """A place whose events could not be read, and why; `is_callers` means the caller's account."""

    account_id: str
    region: str
    is_callers: bool
    failure: Failure


class TrailPlace(NamedTuple):
    """The events of an account in a region; `is_callers` means the caller's account."""

    history: EventHistory
    is_callers: bool


@dataclass(slots=True, kw_only=True)
class RoleTrail:
    """The trail of a profile's role, and who calls it.

    `user_id` is the caller's unique ID, None if it is not known, as where another role calls this
    one; `user_name` is the name of a caller that is an IAM user, `own_name` that which the caller's
    sessions should have. `on_event` and `on_callers_event` get the events of the two accounts, one
    at a time.
    """

    profile: str
    role_arn: str
    account_id: str
    regions: tuple[str, ...]
    user_id: str | None
    user_name: str | None
    own_name: str | None
    progress: Progress
    on_event: Callable[[TrailEvent], None] = field(default=lambda _: None)
    on_callers_event: Callable[[TrailEvent], None] = field(default=lambda _: None)
    _places: list[TrailPlace]
    _lock: Lock = field(default_factory=Lock)
    _is_over: bool = False

    def read(self, search: Search, *, since: datetime, now: datetime) -> list[Unread]:
        """Read the events since a time; return what could not be read.

        After an interruption, no more events are handed on.
        """
        span = now - since
        _, step = bar_of(span)
        steps = max(1, round(span / step))
        places = [place for place in self._places if _lookups(search, place)]
        self.progress.expect(steps * sum(len(_lookups(search, place)) for place in places))
        work = partial(self._read, search=search, since=since, now=now, steps=steps)
        unread = []
        try:
            for place, failure in run_all(work, places, jobs=len(places)):
                if failure is not None:
                    history = place.history
                    unread.append(
                        Unread(history.account_id, history.region, place.is_callers, failure)
                    )
        except BaseException:
            with self._lock:
                self._is_over = True
            raise
        return unread

    @property
    def other_readers(self) -> tuple[str, ...]:
        """Who reads the role's account because AWS denies it to this profile."""
        readers = (place.history.reader for place in self._places if not place.is_callers)
        return _names(reader for reader in readers if reader.profile != self.profile)

    @property
    def denied_readers(self) -> tuple[str, ...]:
        """To whom else AWS denies it."""
        return _names(reader for place in self._places for reader in place.history.denied_others)

    def commands(self, search: Search, *, since: datetime) -> Iterator[str]:
        """Yield the command lines of the AWS CLI that look up the same."""
        for place in self._places:
            for attribute, value in _lookups(search, place):
                yield shlex.join(
                    [
                        *("aws", "cloudtrail", "lookup-events", "--lookup-attributes"),
                        _as_option(attribute, value),
                        *("--start-time", since.strftime(_TIME)),
                        *("--region", place.history.region),
                        *(("--profile", name) if (name := place.history.reader.profile) else ()),
                    ]
                )

    def _read(
        self,
        place: TrailPlace,
        *,
        search: Search,
        since: datetime,
        now: datetime,
        steps: int,
    ) -> Failure | None:
        handle = self.on_callers_event if place.is_callers else self.on_event
        for attribute, value in _lookups(search, place):
            query = {
                "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}],
                "StartTime": since,
            }
            done = 0
            for page in place.history.pages(query):
                if isinstance(page, Failure):
                    return page
                events = [event for text in page if (event := parse_event(text)) is not None]
                with self._lock:
                    if self._is_over:
                        return None
                    for event in events:
                        handle(event)
                    if events:  # the newest come first
                        reached = int((now - events[-1].time) / (now - since) * steps)
                        done = self._advance(done, min(reached, steps - 1))
            with self._lock:
                self._advance(done, steps)
        return None

    def _advance(self, done: int, reached: int) -> int:
        for _ in range(done, reached):
            self.progress.advance()
        return max(done, reached)


def _as_option(attribute: str, value: str) -> str:
    """Return an attribute as the AWS CLI takes it; its short form has no commas."""
    if {",", "="} & set(value):
        return json.dumps([{"AttributeKey": attribute, "AttributeValue": value}])
    return f"AttributeKey={attribute},AttributeValue={value}"


def bar_of(span: timedelta) -> tuple[str, timedelta]:
    """Return what the progress of reading a time span counts, and how long each of it is."""
    return ("hours of events", _HOUR) if span >= 12 * _HOUR else ("minutes of events", _HOUR / 60)


def _names(readers: Iterable[Reader]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reader.name for reader in readers))


def _lookups(search: Search, place: TrailPlace) -> tuple[Lookup, ...]:
    return search.callers if place.is_callers else search.own
