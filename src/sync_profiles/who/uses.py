"""Collect what events say about a role: its switches by session name, its calls by operation.

A user agent names the tool. The calls of sync-profiles itself are only counted; those of AWS's own
services are kept apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from sync_profiles.planning.session_name import NameOwner, folded, likely_owner
from sync_profiles.who.events import TrailEvent

#: a set that keeps its order
Ordered = dict[str, None]

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_USER_ID = "AIDA"
_DOMAIN = ".amazonaws.com"


_OWN_CALLS = frozenset(
    {
        *("AssumeRole", "GetCallerIdentity", "GetSessionToken", "LookupEvents"),
        *("GetRole", "ListRoles", "ListMFADevices", "SimulatePrincipalPolicy"),
    }
)
_OWN = re.compile(r"(?<!\S)sync-profiles/")
#: the tools whose user agents begin with that of an SDK or a library
_PRODUCTS = re.compile(r"AWS Internal|(?<![\w-])(?:Terraform|aws-cdk|aws-cli|Boto3)/[\w.-]+")
#: user agents of AWS's console, and of a browser where the console passes that on
_CONSOLE = re.compile(r"signin\.|console\.|AWS Signin\b|Mozilla/")


def is_own(user_agent: str, operation: str) -> bool:
    """Return whether a call says that sync-profiles made it, and sync-profiles makes such calls.

    Anyone can send its user agent, so it hides no other calls.
    """
    return operation in _OWN_CALLS and _OWN.search(user_agent) is not None


def tool_of(user_agent: str) -> str:
    """Return the tool that a user agent names, with its version."""
    text = user_agent.strip("[] ")
    if _CONSOLE.match(text):
        return "a browser"
    found = _PRODUCTS.search(text)
    return found[0] if found else text.partition(" ")[0]


@dataclass(slots=True, kw_only=True)
class Use:
    """How often a session name or an operation, such as `ec2:DescribeInstances`, was used.

    `errors` counts the calls that AWS refused, by its error code. `by_users` is the number of those
    whose caller is an IAM user, known or not. `users` are the callers' user names, as far as they
    are known, `principals` their unique IDs, `unnamed` those whose user name is not known, and
    `owner` is whose name a session name is; `names` is the number of names that were made up in one
    way and are counted together. `roles` are those that the calls named, `mfa_devices` those whose
    codes were sent.
    """

    name: str
    count: int = 0
    first: datetime
    last: datetime
    principals: Ordered = field(default_factory=dict)
    accounts: Ordered = field(default_factory=dict)
    roles: Ordered = field(default_factory=dict)
    source_identities: Ordered = field(default_factory=dict)
    mfa_devices: Ordered = field(default_factory=dict)
    regions: Ordered = field(default_factory=dict)
    addresses: Ordered = field(default_factory=dict)
    tools: Ordered = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    by_users: int = 0
    is_by_service: bool = True
    users: Ordered = field(default_factory=dict)
    unnamed: Ordered = field(default_factory=dict)
    owner: NameOwner = NameOwner.UNKNOWN
    names: int = 1

    def add(self, event: TrailEvent) -> None:
        """Count an event."""
        self.count += 1
        self.first, self.last = min(self.first, event.time), max(self.last, event.time)
        self.principals[event.principal_id] = None
        for found, value in (
            (self.roles, event.role_arn),
            (self.source_identities, event.source_identity),
            (self.mfa_devices, event.mfa_device),
            (self.accounts, event.account_id),
        ):
            if value:
                found[value] = None
        self.regions[event.region] = None
        self.addresses[event.address] = None
        self.tools[tool_of(event.user_agent)] = None
        self.by_users += event.principal_id.startswith(_USER_ID)
        self.is_by_service &= bool(event.service)
        if event.error:
            self.errors[event.error] += 1


def _count(uses: dict[str, Use], name: str, event: TrailEvent) -> None:
    """Count an event under a name."""
    uses.setdefault(name, Use(name=name, first=event.time, last=event.time)).add(event)


def _newest_first(uses: dict[str, Use]) -> tuple[Use, ...]:
    """Return the uses, the last used first."""
    return tuple(sorted(uses.values(), key=lambda use: (use.last, use.name), reverse=True))


@dataclass(slots=True)
class Activity:
    """Collects the calls of sessions.

    `counts` decides which calls to collect. `caller_arn` is who made them, None if there are none.
    """

    counts: Callable[[TrailEvent], bool]
    caller_arn: str | None = None
    services: Counter[str] = field(default_factory=Counter)
    own_calls: int = 0
    _uses: dict[str, Use] = field(default_factory=dict)
    _by_services: dict[str, Use] = field(default_factory=dict)

    def add(self, event: TrailEvent) -> None:
        """Count an event, if it is one to collect."""
        if not self.counts(event):
            return
        self.caller_arn = event.caller_arn or self.caller_arn
        operation = f"{event.source.removesuffix(_DOMAIN)}:{event.name}"
        if event.service:
            self.services[event.service] += 1
            _count(self._by_services, operation, event)
        elif is_own(event.user_agent, event.name):
            self.own_calls += 1
        else:
            _count(self._uses, operation, event)

    def calls(self) -> tuple[Use, ...]:
        """Return the calls by operation, the last made first."""
        return _newest_first(self._uses)

    def service_calls(self) -> tuple[Use, ...]:
        """Return the calls of AWS's services in the same way."""
        return _newest_first(self._by_services)


@dataclass(slots=True)
class SessionStarts:
    """Collects switches to a role, or other starts of a session.

    `counts` decides which of them to collect; with `keeps_own`, those of sync-profiles too.
    `users` are the user names that are known, by their unique IDs.
    """

    counts: Callable[[TrailEvent], bool]
    keeps_own: bool = False
    users: dict[str, str] = field(default_factory=dict)
    own_tests: Counter[str] = field(default_factory=Counter)
    own_addresses: Ordered = field(default_factory=dict)
    _uses: dict[str, Use] = field(default_factory=dict)

    def add(self, event: TrailEvent) -> None:
        """Count an event, if it is one to collect."""
        if not event.starts_session or not self.counts(event):
            return
        self.learn_user(event)
        if is_own(event.user_agent, event.name) and not self.keeps_own:
            self.own_tests[event.session_name] += 1
            self.own_addresses[event.address] = None
        else:
            _count(self._uses, event.session_name, event)

    def learn_user(self, event: TrailEvent) -> None:
        """Note who a caller is, which only an event in the caller's own account shows."""
        if event.user_name and event.principal_id:
            self.users[event.principal_id] = event.user_name

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names of the tests of sync-profiles; those made up in one way are one."""
        return tuple(dict.fromkeys(map(folded, self.own_tests)))

    def by_name(self) -> tuple[Use, ...]:
        """Return the role's uses, one for each session name, the most recent first."""
        return tuple(map(self._with_users, _newest_first(self._uses)))

    def _with_users(self, use: Use) -> Use:
        users = {principal: self.users.get(principal, "") for principal in use.principals}
        if use.name and all(user == use.name for user in users.values()):
            owner = NameOwner.USER
        elif use.is_by_service:
            owner = NameOwner.TOOL
        else:
            owner = likely_owner(use.name)
        return replace(
            use,
            owner=owner,
            users=dict.fromkeys(filter(None, users.values())),
            unnamed={each: None for each, user in users.items() if each and not user},
        )


def fold_names(uses: Iterable[Use]) -> Iterator[Use]:
    """Yield the uses, those with names that were made up in one way as one, at the first of them.

    A role that a script assumes every minute has thousands of such names.
    """
    together: dict[tuple[str, NameOwner], list[Use]] = {}
    for use in uses:
        name = folded(use.name) if use.owner is NameOwner.NOBODY else use.name
        together.setdefault((name, use.owner), []).append(use)
    for (name, _), same in together.items():
        yield same[0] if len(same) == 1 else _merged(name, same)


def _merged(name: str, same: list[Use]) -> Use:
    def all_of(values: Iterable[Ordered]) -> Ordered:
        return {value: None for part in values for value in part}

    return replace(
        same[0],
        name=name,
        names=len(same),
        count=sum(use.count for use in same),
        by_users=sum(use.by_users for use in same),
        first=min(use.first for use in same),
        last=max(use.last for use in same),
        principals=all_of(use.principals for use in same),
        accounts=all_of(use.accounts for use in same),
        users=all_of(use.users for use in same),
        unnamed=all_of(use.unnamed for use in same),
        source_identities=all_of(use.source_identities for use in same),
        mfa_devices=all_of(use.mfa_devices for use in same),
        addresses=all_of(use.addresses for use in same),
        tools=all_of(use.tools for use in same),
    )
