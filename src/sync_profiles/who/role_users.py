"""Answer who used a role, what a session of it did, and who is behind a temporary key."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sync_profiles.arn import parse_arn
from sync_profiles.text import lasting
from sync_profiles.waiting import waiting_for
from sync_profiles.who.events import TrailEvent
from sync_profiles.who.trail_reading import FinishedSearch, Lookup, RoleTrail, Search
from sync_profiles.who.uses import Activity, SessionStarts, Use

#: seconds between two looks for one's own switches; the last one repeats
LOOKS_AFTER = (4.0, 8.0, 15.0, 30.0)
#: seconds: events take about 5 minutes
LONGEST_WAIT = 15 * 60.0
#: how far a later look goes back: events may come in another order
_LATER_LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """The switches to a role; with `me`, those of the caller, who has that name, alone.

    `waited` is how many seconds have passed between the first look and the last one.
    """

    searched: FinishedSearch
    switches: SessionStarts
    me: str | None = None
    waited: float = 0.0

    @property
    def tests_as_me(self) -> int:
        """The number of tests of sync-profiles under the caller's own name."""
        return 0 if self.me is None else self.switches.own_tests[self.me]

    @property
    def switches_as_me(self) -> int:
        """The number of switches under the caller's own name, tests included."""
        named = (use.count for use in self.switches.by_name() if use.name == self.me)
        return sum(named) + self.tests_as_me


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsMade:
    """What was done under a session name, or with a key; `issued` is what issued that.

    The session of a key has no name if it is not a role's.
    """

    searched: FinishedSearch
    activity: Activity
    session_name: str | None
    role_arn: str | None
    key: str | None = None
    issued: Use | None = None


def find_users(trail: RoleTrail, *, since: datetime) -> Users:
    """Find the switches to the role, and in the caller's account whose they are."""
    lookup = Lookup("ResourceName", trail.role_arn)
    found = SessionStarts(lambda event: event.role_arn == trail.role_arn, users=trail.users)
    search = Search((lookup,), found.add, learn=found.learn_user)
    return Users(searched=trail.read(search, since=since), switches=found)


def find_me(trail: RoleTrail, *, name: str, since: datetime, waits: bool) -> Users:
    """Find the caller's own switches; with `waits`, look again until one has the caller's name."""
    seen: set[TrailEvent] = set()  # a later look finds them again

    def is_new(event: TrailEvent) -> bool:
        is_mine = (
            event.session_name == name
            if trail.user_id is None
            else event.principal_id == trail.user_id
        )
        if event.role_arn != trail.role_arn or not is_mine or event in seen:
            return False
        seen.add(event)
        return True

    switches = SessionStarts(is_new, users=trail.users)
    search = Search((Lookup("ResourceName", trail.role_arn),), switches.add)
    began = time.monotonic()
    found = Users(searched=trail.read(search, since=since), switches=switches, me=name)
    pauses = itertools.chain(LOOKS_AFTER, itertools.repeat(LOOKS_AFTER[-1]))
    while waits and not found.switches_as_me and found.waited < LONGEST_WAIT:
        searched = found.searched
        if searched.unread or searched.is_interrupted:
            break
        after = f" in {lasting(found.waited)}" if found.waited else ""
        try:
            with waiting_for(f"no event{after} yet: they take about 5 minutes, Ctrl-C ends"):
                time.sleep(next(pauses))
            searched = trail.read(search, since=max(since, datetime.now(UTC) - _LATER_LOOK))
        except KeyboardInterrupt:
            searched = replace(searched, is_interrupted=True)
        searched = replace(searched, since=since)
        found = replace(found, searched=searched, waited=time.monotonic() - began)
    return found


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
        role_arn=trail.role_arn,
        activity=activity,
    )


def find_holder(trail: RoleTrail, *, key: str, since: datetime) -> CallsMade:
    """Find who is behind a temporary key of the role's account, and what was done with it."""
    found = SessionStarts(lambda event: event.issued_key == key, keeps_own=True, users=trail.users)
    activity = Activity(lambda event: event.access_key_id == key)

    def add(event: TrailEvent) -> None:
        found.add(event)
        activity.add(event)

    lookups = Lookup("ResourceName", key), Lookup("AccessKeyId", key)
    search = Search(lookups, add, learn=found.learn_user)
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
