"""Callers to try a policy with: whom its statements name, and under which session names.

A caller is a user or a session of a role; what a policy asks of it besides its name is not known,
and may be met. So what the judge does not refuse, someone may do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from sync_profiles.arn import Arn, is_account_id, is_partition, parse_arn
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.grammar import Policy, Statement
from sync_profiles.policy.judge import Allow, CannotTell, Request, judge
from sync_profiles.policy.key_values import NEVER_OF_PEOPLE, NEVER_OF_USERS, keys_of
from sync_profiles.policy.matching import USER_NAME_KEY, Context, expand, is_like, variables_of
from sync_profiles.trust_policy.condition_keys import is_misspelled, is_of_provider
from sync_profiles.trust_policy.name_values import (
    SESSION_NAME_KEY,
    SESSION_NAME_VARIABLE,
    VARIABLE,
    are_few,
    filled_pattern,
    spellings,
    tried_names,
    unused_letter,
)
from sync_profiles.trust_policy.writing import ASSUME_ROLE

#: an account that no policy names
STRANGER = "999999999999"
_SOMEONE = "someone"
_USER_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_ANY_USER = re.compile(r"user/(?:.*/)?[^/]*[*?$][^/]*", re.DOTALL)
#: the other parts of an ARN, or of a pattern for one; a variable has a colon of its own
_BEFORE_RESOURCE = re.compile(r"^(?:(?:[^:$]|\$\{[^}]*\}|\$(?!\{))*:){1,5}")
_PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
_ANY_ROLE = "arn:aws:iam::222222222222:role/example"


@dataclass(frozen=True)
class TriedCaller:
    """Someone who may assume a role; `user_name` is None for a session of a role.

    `absent` are the keys that its requests never have: those that AWS does not know or only its
    services have, and for a user those of identity providers; `known` are those that all requests
    have. A namesake is a user who is called like a session name of the policy and differs from
    others only under that name, so that long lists of names take no time.
    """

    arn: str
    principal_arn: str
    user_name: str | None
    absent: frozenset[str] = frozenset()
    known: tuple[tuple[str, str], ...] = ()
    is_namesake: bool = False

    def __hash__(self) -> int:  # of what tells most of them apart: they are looked up all the time
        return hash(self.arn)

    @cached_property
    def called_by(self) -> Arn:
        """The parts of its ARN."""
        return _parsed(self.arn)

    @cached_property
    def _context(self) -> Context:
        """What is known of all its requests."""
        keys, given = keys_of(_parsed(self.principal_arn))
        return Context.of({**dict(self.known), **keys}, absent=self.absent, given=given)

    def request(
        self, session_name: str, other_keys: Mapping[str, str | None] | None = None
    ) -> Request:
        """Return the request to assume a role, of which only the caller and the name are known.

        `other_keys` have their values, None for those that the request does not have.
        """
        return Request(
            action=ASSUME_ROLE,
            resource=_ANY_ROLE,
            caller=self.called_by,
            context=self._context.with_keys({SESSION_NAME_KEY: session_name, **(other_keys or {})}),
        )

    def may_enter(
        self,
        policy: Policy,
        session_name: str,
        other_keys: Mapping[str, str | None] | None = None,
    ) -> bool:
        """Return whether a policy may let the caller in under a name, which STS must take."""
        found = judge(policy, self.request(session_name, other_keys))
        return is_session_name(session_name) and isinstance(found, Allow | CannotTell)

    def filled(self, value: str) -> str:
        """Return a name that a policy's value admits for the caller."""
        if "$" not in value:
            return filled_pattern(value)
        own = expand(value, self.request(self.own_name).context) or value.replace(
            USER_NAME_VARIABLE, self.own_name
        )
        return filled_pattern(VARIABLE.sub(self._stand_in, own))

    def _stand_in(self, variable: re.Match[str]) -> str:
        """Return a text that a variable may be whose value only AWS knows."""
        given = (self._context.given(each.key) for each in variables_of(variable[0]))
        patterns = (pattern for patterns in given for pattern in patterns or () if pattern != "*")
        return next(map(filled_pattern, patterns), _SOMEONE)

    def session_names_for(self, value: str) -> Iterator[str]:
        """Yield the session name with which a value that has it as a variable is the own name."""
        before, *rest = SESSION_NAME_VARIABLE.split(value)
        if len(rest) == 1:
            yield self.own_name.removeprefix(before.rpartition("/")[2]).removesuffix(rest[0])

    @property
    def own_name(self) -> str:
        """The session name that the caller should have; a role's session has any."""
        return self.user_name or _SOMEONE


def callers_of(
    statement: Statement, among: Policy, policy: Policy, known: Mapping[str, str]
) -> tuple[TriedCaller, ...]:
    """Return callers whom a statement names under `AWS`, users first.

    They are made from the conditions of `among`, the part of the policy that decides about them.
    """
    found: list[TriedCaller] = []
    for text in statement.named.aws:
        arn = parse_arn(text)
        if text == "*" or is_account_id(text):
            accounts = (STRANGER, *_accounts_of(among)) if text == "*" else (text,)
            for account, partition in product(accounts, _partitions_of(policy)):
                found += _of_account(account, partition, among)
        elif arn is not None and arn.resource == "root":
            found += _of_account(arn.account_id, arn.partition, among)
        elif arn is not None:
            found += _of_arn(text)
    of_roles = unknown_to_aws(policy) | NEVER_OF_PEOPLE
    of_users = of_roles | NEVER_OF_USERS | keys_of_providers(policy)
    made = dict.fromkeys(
        replace(
            caller,
            absent=of_roles if caller.user_name is None else of_users,
            known=tuple(known.items()),
        )
        for caller in found
    )
    return tuple(sorted(made, key=lambda caller: caller.user_name is None))


def keys_of_providers(policy: Policy) -> frozenset[str]:
    """Return the keys and variables of a policy that identity providers give, in lower case.

    No request of a user has one; a session that a provider opened keeps some of them.
    """
    return frozenset(filter(is_of_provider, _keys_of(policy)))


def unknown_to_aws(policy: Policy) -> frozenset[str]:
    """Return the keys and variables of a policy, in lower case, that AWS does not have."""
    return frozenset(filter(is_misspelled, _keys_of(policy)))


def _keys_of(policy: Policy) -> Iterator[str]:
    return (key.lower() for condition in policy.conditions for key in condition.keys)


def _of_account(account: str, partition: str, policy: Policy) -> Iterator[TriedCaller]:
    """Yield users and role sessions of an account, among them such as the conditions name."""
    root = f"arn:{partition}:iam::{account}"
    compared = list(_compared(policy))
    named = [value for key, value in compared if key == SESSION_NAME_KEY]
    names = (_SOMEONE, *(filled_pattern(value) for value in named if "$" not in value))
    resources = [
        resource
        for key, value in compared
        if key == "aws:principalarn"
        for text in _with_names(value, names)
        for resource in _resources_like(_BEFORE_RESOURCE.sub("", text))
    ]
    users = [
        text
        for key, value in compared
        if key == USER_NAME_KEY
        for text in _with_names(value, names)
    ]
    values = (*named, *users)
    filled = (filled_pattern(text) for text in users if "$" not in text)
    people = (unused_letter((*values, *resources)) * 5, *filled)
    alike: tuple[str, ...] = ()
    if are_few(values):
        people, alike = (*people, *tried_names(tuple(users))), tried_names(values)
    if any(one.operator.name.endswith("IgnoreCase") for one in policy.conditions):
        names = tuple(spelling for name in names for spelling in spellings(name))
    tried = {
        **dict.fromkeys((*people, *alike, *names), True),
        **dict.fromkeys(people, False),
    }
    folders = [text.rpartition("/")[0] for text in resources if _ANY_USER.search(text)]
    paths = ["user", *map(filled_pattern, folders)]
    if resources:
        paths.append("user/path")  # a pattern may be about users without one
    for path in dict.fromkeys(paths):
        for name, is_namesake in tried.items():
            for caller in _of_arn(f"{root}:{path}/{name}"):
                yield replace(caller, is_namesake=is_namesake)
    for resource in (f"role/{_SOMEONE}", *resources):
        yield from _of_arn(f"{root}:{filled_pattern(resource)}")


def _resources_like(pattern: str) -> list[str]:
    """Return the resources, in an ARN, of a role and a user that a pattern may match."""
    bare = pattern.lstrip("*")
    has_kind = bare.startswith(("role/", "user/", "assumed-role/")) or bare in {"", "root"}
    if bare == pattern or has_kind:
        return [bare]
    kinds = ("role",) if "AWSReservedSSO_" in bare else ("role", "user")
    return [f"{kind}/{bare.removeprefix('/')}" for kind in kinds]


def _with_names(value: str, names: Sequence[str]) -> list[str]:
    """Return a value for each of the session names that it may be made of."""
    if SESSION_NAME_VARIABLE.search(value) is None:
        return [value]
    return [SESSION_NAME_VARIABLE.sub(name, value) for name in names]


def _parsed(text: str) -> Arn:
    arn = parse_arn(text)
    assert arn is not None  # noqa: S101 - callers are made of ARNs alone
    return arn


def _of_arn(text: str) -> Iterator[TriedCaller]:
    arn = parse_arn(text)
    if arn is None:
        return
    if arn.kind == "user" and _USER_NAME.fullmatch(arn.name):
        yield TriedCaller(text, text, arn.name)
    elif arn.kind == "role":
        yield TriedCaller(str(arn.session(_SOMEONE)), text, None)
    elif arn.kind == "assumed-role":
        yield TriedCaller(text, text, None)  # its role may have any path


def _compared(policy: Policy) -> Iterator[tuple[str, str]]:
    return ((one.key.lower(), value) for one in policy.conditions for value in one.values)


def _partitions_of(policy: Policy) -> tuple[str, ...]:
    """Return the partitions that a policy's ARNs name; no role is assumed across them."""
    principals = (text for one in policy.statements for text in one.named.everyone)
    texts = (*principals, *(value for _, value in _compared(policy)))
    parts = {text.split(":")[1]: None for text in texts if text.startswith("arn:")}
    like = (each for each in _PARTITIONS if any(is_like(each, part) for part in parts))
    return tuple(filter(is_partition, parts)) or (next(like, "aws"),)


def _accounts_of(policy: Policy) -> tuple[str, ...]:
    """Return the accounts that a policy's conditions name, and those beside them if they order."""
    texts = "\n".join(value for _, value in _compared(policy))
    accounts = re.findall(r"(?<![0-9])[0-9]{12}(?![0-9])", texts)
    parts = re.findall(r"(?<![^:\n])([0-9?]*)(\*?)([0-9?]*)(?![^:\n])", texts)
    filled = (
        begin.ljust(12 - len(end) if star else 0, "0") + end
        for begin, star, end in parts
        if begin or end
    )
    accounts += filter(is_account_id, (each.replace("?", "0") for each in filled))
    compared = (one for one in policy.conditions if one.key.lower() == "aws:principalaccount")
    names = (one.operator.name for one in compared)
    steps = (0, -1, 1) if any(name.startswith(("Numeric", "Date")) for name in names) else (0,)
    return tuple(dict.fromkeys(f"{int(each) + step:012}" for each in accounts for step in steps))
