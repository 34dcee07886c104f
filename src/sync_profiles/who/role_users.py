"""Answer who used a role, what a session of it did, and who is behind a temporary key."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sync_profiles.arn import parse_arn
from sync_profiles.planning.session_name import folded
from sync_profiles.text import lasting
from sync_profiles.waiting import waiting_for
from sync_profiles.who.events import TrailEvent
from sync_profiles.who.trail_reading import Lookup, RoleTrail, Search, Searched
from sync_profiles.who.uses import Activity, SessionStarts, Use

#: seconds between two looks for one's own switches; the last one repeats
LOOKS_AFTER = (4.0, 8.0, 15.0, 30.0)
#: seconds: events take about 5 minutes
LONGEST_WAIT = 15 * 60.0
#: how far a later look goes back: events may come in another order
_LATER_LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The caller's own name, and the tests of sync-profiles under it.

    `waited` is how many seconds have passed between the first look and the last one.
    """

    name: str
    tests: int
    waited: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """The switches to a role by session name; with `me`, those of the caller alone.

    `own_names` and `own_addresses` are those of the tests of sync-profiles; names that were made up
    in one way are one.
    """

    searched: Searched
    sessions: tuple[Use, ...]
    own_tests: int
    own_names: tuple[str, ...]
    own_addresses: tuple[str, ...]
    me: Me | None = None

    @property
    def switches_as_me(self) -> int:
        """The number of switches under the caller's own name, tests included."""
        if self.me is None:
            return 0
        named = (use.count for use in self.sessions if use.name == self.me.name)
        return sum(named) + self.me.tests


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsMade:
    """What was done under a session name, or with a key; `issued` is what issued that.

    The session of a key has no name if it is not a role's.
    """

    searched: Searched
    session_name: str | None
    key: str | None
    role_arn: str | None
    issued: Use | None
    activity: Activity


def find_users(trail: RoleTrail, *, since: datetime) -> Users:
    """Find the switches to the role, and in the caller's account whose they are."""
    lookup = Lookup("ResourceName", trail.role_arn)
    found = SessionStarts(lambda event: event.role_arn == trail.role_arn, users=trail.users)
    search = Search((lookup,), found.add, callers=(lookup,), add_callers=found.learn_user)
    return _users_of(found, trail.read(search, since=since))


def find_me(trail: RoleTrail, *, name: str, since: datetime, waits: bool) -> Users:
    """Find the caller's own switches; with `waits`, look again until one has the caller's name."""
    began = time.monotonic()
    first = _find_me(trail, name=name, since=since)
    found, waited = first, 0.0
    pauses = itertools.chain(LOOKS_AFTER, itertools.repeat(LOOKS_AFTER[-1]))
    while waits and not found.switches_as_me and waited < LONGEST_WAIT:
        if found.searched.unread or found.searched.is_interrupted:
            break
        after = f" in {lasting(waited)}" if waited else ""
        try:
            with waiting_for(f"no event{after} yet: they take about 5 minutes, Ctrl-C ends"):
                time.sleep(next(pauses))
        except KeyboardInterrupt:
            me = Me(name=name, tests=0, waited=time.monotonic() - began)
            return replace(first, searched=replace(first.searched, is_interrupted=True), me=me)
        recent = max(since, datetime.now(UTC) - _LATER_LOOK)
        found = _find_me(trail, name=name, since=recent)
        waited = time.monotonic() - began
    if found is first:
        return first
    new = tuple(use for use in found.sessions if use.name == name)
    tests = found.me.tests if found.me is not None else 0
    return replace(
        first,
        searched=replace(found.searched, since=since),
        sessions=(*new, *first.sessions),
        own_tests=first.own_tests + tests,
        own_names=tuple(dict.fromkeys((*found.own_names, *first.own_names))),
        own_addresses=tuple(dict.fromkeys((*found.own_addresses, *first.own_addresses))),
        me=Me(name=name, tests=tests, waited=waited),
    )


def _find_me(trail: RoleTrail, *, name: str, since: datetime) -> Users:
    def is_mine(event: TrailEvent) -> bool:
        if event.role_arn != trail.role_arn:
            return False
        if trail.user_id is None:
            return event.session_name == name
        return event.principal_id == trail.user_id

    found = SessionStarts(is_mine, users=trail.users)
    lookup = Lookup("ResourceName", trail.role_arn)
    searched = trail.read(Search((lookup,), found.add), since=since)
    return _users_of(found, searched, me=Me(name=name, tests=found.own_tests[name]))


def _users_of(found: SessionStarts, searched: Searched, *, me: Me | None = None) -> Users:
    return Users(
        searched=searched,
        sessions=found.by_name(),
        own_tests=found.own_tests.total(),
        own_names=tuple(dict.fromkeys(map(folded, found.own_tests))),
        own_addresses=tuple(found.own_addresses),
        me=me,
    )


def find_calls(trail: RoleTrail, *, name: str, since: datetime) -> CallsMade:
    """Find what was done under a session name of the role."""
    role = parse_arn(trail.role_arn)
    role_name = role.name if role is not None else ""
    suffix = f":{trail.account_id}:assumed-role/{role_name}/{name}"  # another account's is no match
    activity = Activity(lambda event: event.caller_arn.endswith(suffix))
    searched = trail.read(Search((Lookup("Username", name),), activity.add), since=since)
    return CallsMade(
        searched=searched,
        session_name=name,
        key=None,
        role_arn=trail.role_arn,
        issued=None,
        activity=activity,
    )


def find_holder(trail: RoleTrail, *, key: str, since: datetime) -> CallsMade:
    """Find who is behind a temporary key of the role's account, and what was done with it."""
    found = SessionStarts(lambda event: event.issued_key == key, keeps_own=True, users=trail.users)
    activity = Activity(lambda event: event.access_key_id == key)

    def add(event: TrailEvent) -> None:
        found.add(event)
        activity.add(event)

    issued = Lookup("ResourceName", key)
    search = Search(
        own=(issued, Lookup("AccessKeyId", key)),
        add=add,
        callers=(issued,),
        add_callers=found.learn_user,
    )
    searched = trail.read(search, since=since)
    session = next(iter(found.by_name()), None)
    return CallsMade(
        searched=searched,
        session_name=(session.name or None) if session is not None else None,
        key=key,
        role_arn=next(iter(session.roles), None) if session is not None else None,
        issued=session,
        activity=activity,
    )
