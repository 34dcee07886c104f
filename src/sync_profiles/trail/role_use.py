"""Who used a role: its switches by session name, as they come, with what each name says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sync_profiles.trail.session_names import Says, folded, is_own, tool_of, what_it_says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sync_profiles.trail.events import TrailEvent

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_USER_ID = "AIDA"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUse:
    """The switches under one session name, or under `names` names that were made up in one way.

    `users` are the callers' user names, as far as they are known; `by_users` is the number of
    switches whose caller is an IAM user, known or not.
    """

    session_name: str
    says: Says
    switches: int
    first: datetime
    last: datetime
    accounts: tuple[str, ...]
    users: tuple[str, ...]
    addresses: tuple[str, ...]
    tools: tuple[str, ...]
    by_users: int = 0
    names: int = 1


@dataclass(slots=True, kw_only=True)
class _Session:
    first: datetime
    last: datetime
    switches: int = 0
    by_users: int = 0
    is_by_service: bool = True
    # sets that keep their order
    principals: dict[str, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)
    addresses: dict[str, None] = field(default_factory=dict)
    tools: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class RoleUse:
    """Collects switches; those of sync-profiles itself are only counted, with names and addresses.

    `counts` decides which switches to collect; with `keeps_own`, those of sync-profiles too.
    `users` are the user names that are known, by their unique IDs.
    """

    counts: Callable[[TrailEvent], bool]
    keeps_own: bool = False
    own_tests: Counter[str] = field(default_factory=Counter)
    own_addresses: dict[str, None] = field(default_factory=dict)
    _sessions: dict[str, _Session] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)

    def add(self, event: TrailEvent) -> None:
        """Count an event, if it is a switch to collect."""
        if not event.is_switch or not self.counts(event):
            return
        self.learn_user(event)
        name = event.session_name
        if is_own(event.user_agent, event.name) and not self.keeps_own:
            self.own_tests[name] += 1
            self.own_addresses[event.address] = None
            return
        session = self._sessions.setdefault(name, _Session(first=event.time, last=event.time))
        session.switches += 1
        session.by_users += event.principal_id.startswith(_USER_ID)
        session.first = min(session.first, event.time)
        session.last = max(session.last, event.time)
        session.is_by_service &= bool(event.service)
        session.principals[event.principal_id] = None
        session.addresses[event.address] = None
        session.tools[tool_of(event.user_agent)] = None
        if event.account_id:
            session.accounts[event.account_id] = None

    def learn_user(self, event: TrailEvent) -> None:
        """Note who a caller is, which only an event in the caller's own account shows."""
        if event.user_name and event.principal_id:
            self.users[event.principal_id] = event.user_name

    def sessions(self) -> tuple[SessionUse, ...]:
        """Return what was found by session name, the last used first."""
        found = [self._use_of(name, session) for name, session in self._sessions.items()]
        return tuple(sorted(found, key=lambda use: (use.last, use.session_name), reverse=True))

    def _use_of(self, name: str, session: _Session) -> SessionUse:
        users = [self.users.get(principal, "") for principal in session.principals]
        if all(user == name for user in users):
            says = Says.USER
        elif session.is_by_service:
            says = Says.TOOL
        else:
            says = what_it_says(name)
        return SessionUse(
            session_name=name,
            says=says,
            switches=session.switches,
            first=session.first,
            last=session.last,
            accounts=tuple(session.accounts),
            users=tuple(dict.fromkeys(filter(None, users))),
            addresses=tuple(session.addresses),
            tools=tuple(session.tools),
            by_users=session.by_users,
        )


def fold_names(uses: Iterable[SessionUse]) -> Iterator[SessionUse]:
    """Yield the uses, those with names that were made up in one way as one, at the first of them.

    A role that a script assumes every minute has thousands of such names.
    """
    together: dict[tuple[str, Says], list[SessionUse]] = {}
    for use in uses:
        key = (folded(use.session_name) if use.says is Says.NOBODY else use.session_name, use.says)
        together.setdefault(key, []).append(use)
    for (name, _), same in together.items():
        yield same[0] if len(same) == 1 else _merged(name, same)


def _merged(name: str, same: list[SessionUse]) -> SessionUse:
    def all_of(values: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for part in values for value in part))

    return replace(
        same[0],
        session_name=name,
        names=len(same),
        switches=sum(use.switches for use in same),
        by_users=sum(use.by_users for use in same),
        first=min(use.first for use in same),
        last=max(use.last for use in same),
        accounts=all_of(use.accounts for use in same),
        users=all_of(use.users for use in same),
        addresses=all_of(use.addresses for use in same),
        tools=all_of(use.tools for use in same),
    )
