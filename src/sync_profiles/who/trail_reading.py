"""Read what CloudTrail has recorded about a profile's role, in its account and in its caller's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import NamedTuple

from sync_profiles.aws.event_history import EventHistory, Reader
from sync_profiles.aws.patience import run_all
from sync_profiles.outcomes import Failure
from sync_profiles.text import shell_line
from sync_profiles.waiting import Stage, stage_of
from sync_profiles.who.events import TrailEvent, parse_event

_HOUR = timedelta(hours=1)
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Lookup(NamedTuple):
    """An attribute of events, with its value; LookupEvents takes one a call."""

    attribute: str
    value: str


class Search(NamedTuple):
    """What to look up in the role's account, one after the other; the first in the caller's, too.

    `add` and `learn` get the events of the two accounts, one at a time. Without `learn`, the
    caller's is not asked.
    """

    own: tuple[Lookup, ...]
    add: Callable[[TrailEvent], None]
    learn: Callable[[TrailEvent], None] | None = None

    def lookups(self, history: EventHistory) -> tuple[Lookup, ...]:
        """Return what to look up in a history."""
        return self.own[: 1 if self.learn else 0] if history.is_callers else self.own


class UnreadHistory(NamedTuple):
    """A history whose events could not be read, and why."""

    history: EventHistory
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedSearch:
    """What was searched with which lookups; `unread` are places that gave no answer."""

    trail: RoleTrail
    search: Search
    since: datetime
    unread: tuple[UnreadHistory, ...] = ()
    is_interrupted: bool = False

    @property
    def unread_of_role(self) -> list[UnreadHistory]:
        """The places in the role's account that gave no answer."""
        return [each for each in self.unread if not each.history.is_callers]

    @property
    def unread_of_callers(self) -> list[UnreadHistory]:
        """The places in the callers' account that gave no answer."""
        return [each for each in self.unread if each.history.is_callers]

    @property
    def is_partial(self) -> bool:
        """Whether there may be more events in the role's account that were not read."""
        return self.is_interrupted or bool(self.unread_of_role)


@dataclass(slots=True, kw_only=True)
class RoleTrail:
    """The trail of a profile's role, and who calls it.

    `user_id` is the caller's unique ID, None if it is not known, as where another role calls this
    one; `user_name` is the name of a caller that is an IAM user, `own_name` that which the caller's
    sessions should have. `histories` are those of the two accounts, by region.
    """

    profile: str
    role_arn: str
    account_id: str
    regions: tuple[str, ...]
    user_id: str | None
    user_name: str | None
    own_name: str | None
    histories: list[EventHistory]
    _lock: Lock = field(default_factory=Lock)
    _is_over: bool = False

    @property
    def users(self) -> dict[str, str]:
        """The caller's own user name by its unique ID, if it is known."""
        if self.user_id is None or self.user_name is None:
            return {}
        return {self.user_id: self.user_name}

    def read(self, search: Search, *, since: datetime) -> FinishedSearch:
        """Read the events since a time; what could not be read is in the answer.

        An interruption ends the reading: what has come so far is the answer, and no more events are
        handed on.
        """
        now = datetime.now(UTC)
        span = now - since
        unit, step = ("hours", _HOUR) if span >= 12 * _HOUR else ("minutes", _HOUR / 60)
        steps = max(1, round(span / step))
        histories = [each for each in self.histories if search.lookups(each)]
        total = steps * sum(len(search.lookups(each)) for each in histories)
        unread = []
        searched = partial(FinishedSearch, trail=self, search=search, since=since)
        try:
            with stage_of(total, f"{unit} of events") as stage:
                work = partial(
                    self._read, search=search, since=since, now=now, stage=stage, steps=steps
                )
                for history, failure in run_all(work, histories, jobs=len(histories)):
                    if failure is not None:
                        unread.append(UnreadHistory(history, failure))
        except KeyboardInterrupt:
            with self._lock:
                self._is_over = True
            return searched(is_interrupted=True)
        return searched(unread=tuple(unread))

    @property
    def other_readers(self) -> tuple[str, ...]:
        """Who reads the role's account because AWS denies it to this profile."""
        readers = (each.reader for each in self.histories if not each.is_callers)
        return _names(reader for reader in readers if reader.profile != self.profile)

    @property
    def denied_readers(self) -> tuple[str, ...]:
        """To whom else AWS denies it."""
        return _names(reader for each in self.histories for reader in each.denied_others)

    def commands(self, search: Search, *, since: datetime) -> Iterator[str]:
        """Yield the command lines of the AWS CLI that look up the same."""
        for history in self.histories:
            for attribute, value in search.lookups(history):
                yield shell_line(
                    [
                        *("aws", "cloudtrail", "lookup-events", "--lookup-attributes"),
                        _as_option(attribute, value),
                        *("--start-time", since.strftime(_TIME)),
                        *("--region", history.region),
                        *(("--profile", name) if (name := history.reader.profile) else ()),
                    ]
                )

    def _read(
        self,
        history: EventHistory,
        *,
        search: Search,
        since: datetime,
        now: datetime,
        stage: Stage,
        steps: int,
    ) -> Failure | None:
        """Read the events of a history; each lookup counts as so many steps of the time."""
        add = search.learn if history.is_callers and search.learn else search.add
        for attribute, value in search.lookups(history):
            done = 0
            query = {
                "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}],
                "StartTime": since,
            }
            for page in history.pages(query):
                if isinstance(page, Failure):
                    return page
                events = [event for text in page if (event := parse_event(text)) is not None]
                with self._lock:
                    if self._is_over:
                        return None
                    for event in events:
                        add(event)
                    if events:  # the newest come first
                        reached = int((now - events[-1].time) / (now - since) * steps)
                        new = max(0, min(reached, steps - 1) - done)
                        stage.advance(new)
                        done += new
            stage.advance(steps - done)
        return None


def _as_option(attribute: str, value: str) -> str:
    """Return an attribute as the AWS CLI takes it; its short form has no commas."""
    if {",", "="} & set(value):
        return json.dumps([{"AttributeKey": attribute, "AttributeValue": value}])
    return f"AttributeKey={attribute},AttributeValue={value}"


def _names(readers: Iterable[Reader]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reader.name for reader in readers))
