"""Read what CloudTrail has recorded about a profile's role, in its account and in its caller's.

The role's account is asked with a session of the role that may do nothing else. The caller's
account, which alone knows the caller's user name, is asked with the caller's own credentials; it
may refuse.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.accepted_calls import accepted_roles
from sync_profiles.aws.event_history import EventHistory, LimitedSession
from sync_profiles.aws.pool import run_all
from sync_profiles.aws.session_policies import lookup_policy
from sync_profiles.config.profiles import parse_texts
from sync_profiles.errors import RunError
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.session_name import NoName, user_name, wanted_name
from sync_profiles.report import Report, rows
from sync_profiles.selection import nothing_selected
from sync_profiles.survey import survey
from sync_profiles.trail.events import parse_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sync_profiles.aws.calls import Sts
    from sync_profiles.aws.credentials import Credentials
    from sync_profiles.config.profiles import ParsedTexts
    from sync_profiles.outcomes import Switch
    from sync_profiles.report import Row
    from sync_profiles.survey import Adapters, Progress, Request, Survey
    from sync_profiles.sync import Files
    from sync_profiles.trail.events import TrailEvent

#: where the global endpoint of STS records
GLOBAL_REGION = "us-east-1"
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


class _Place(NamedTuple):
    history: EventHistory
    is_callers: bool
    profile: str | None


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
    _places: list[_Place]
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
                        *(("--profile", place.profile) if place.profile is not None else ()),
                    ]
                )

    def _read(
        self,
        place: _Place,
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
    return ("hours", _HOUR) if span >= 12 * _HOUR else ("minutes", _HOUR / 60)


def prepare_trail(
    files: Files,
    name: str,
    request: Request,
    adapters: Adapters,
    *,
    make_sts: Callable[[ParsedTexts], Sts],
    regions: Sequence[str],
    progress: Progress,
) -> RoleTrail:
    """Test a profile, and find out where its role's events are; raise `RunError` if it is refused.

    `regions` are looked up beside the profile's own and that of the global endpoints.
    """
    texts = parse_texts(files.read(), files.paths)
    profile = texts.profiles.by_name.get(name)
    if profile is None or not profile.is_assume_role:
        raise nothing_selected(texts, name)
    found = survey(texts, request.only(frozenset({name})), adapters)
    report = Report(command="check", paths=files.paths, survey=found, problems=())
    row = next(row for row in rows(report) if row.decision.profile.name == name)
    switch, role = _accepted(found, row), profile.role
    if switch is None or role is None or found.switcher is None:
        explanation = row.explanation
        raise RunError(
            f"profile `{name}` cannot be used: {explanation.message}", hint=explanation.hint
        )
    sts, switcher = make_sts(texts), found.switcher
    own = sts.region(client=profile.client) or GLOBAL_REGION
    of_partition = [GLOBAL_REGION] if role.partition == "aws" else []
    everywhere = tuple(dict.fromkeys([own, *of_partition, *regions]))
    make = partial(EventHistory, sts=sts, patience=switcher.patience, client=profile.client)
    session = LimitedSession(
        partial(switcher.ask_with, switch, sts.open_session, role=switch, policy=lookup_policy())
    )
    places = [
        _Place(make(session=session, account_id=role.account_id, region=region), False, name)  # noqa: FBT003 - named in `_Place`
        for region in everywhere
    ]
    caller = report.caller_of(row.decision)
    name_of_caller = wanted_name(caller if isinstance(caller, Caller) else None)
    direct = caller if isinstance(caller, Caller) and switch.parent is None else None
    if direct is not None and direct.account_id != role.account_id:
        session = LimitedSession(partial(switcher.ask_with, switch, _own_credentials))
        chain = row.decision.chain
        source = chain.source.profile if isinstance(chain, Chain) else None
        places += [
            _Place(make(session=session, account_id=direct.account_id, region=region), True, source)  # noqa: FBT003 - as above
            for region in everywhere
        ]
    return RoleTrail(
        profile=name,
        role_arn=profile.role_arn,
        account_id=role.account_id,
        regions=everywhere,
        user_id=(direct.user_id or None) if direct is not None else None,
        user_name=user_name(direct) if direct is not None else None,
        own_name=switch.session_name if isinstance(name_of_caller, NoName) else name_of_caller,
        progress=progress,
        _places=places,
    )


def _lookups(search: Search, place: _Place) -> tuple[Lookup, ...]:
    return search.callers if place.is_callers else search.own


def _accepted(found: Survey, row: Row) -> Switch | None:
    """Return an accepted test of the profile, as it is or as a sync would write it."""
    role = row.decision.profile.role
    if role is None:
        return None
    accepted = accepted_roles(found).get(role.account, ())
    return next((switch for _, switch in accepted if switch.role_arn == str(role)), None)


def _own_credentials(credentials: Credentials, *, client: str) -> Credentials:
    del client
    return credentials
