"""Who gets in by an Allow statement of a policy, under which names: the judge is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache

from sync_profiles.planning.session_name import is_session_name
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import Condition
from sync_profiles.policy.elements import PolicyInvalid
from sync_profiles.policy.exclusion import holds
from sync_profiles.policy.grammar import Effect, Policy, PolicyKind, Statement, parse_policy
from sync_profiles.policy.judge import Allow, CannotTell, Request, apply, covers_action, judge
from sync_profiles.policy.key_values import time_keys
from sync_profiles.policy.matching import USER_NAME_KEY, is_like, names_user
from sync_profiles.trust_policy.callers import TriedCaller, callers_of
from sync_profiles.trust_policy.name_values import (
    NAMELESS,
    SESSION_NAME_VARIABLE,
    has_wildcard,
    is_about_name,
    is_optional,
    possible_values,
    spellings,
    tried_names,
    unused_letter,
    with_user_name,
)
from sync_profiles.trust_policy.pasted import Path
from sync_profiles.trust_policy.policy_findings import Fields, statements_of
from sync_profiles.trust_policy.writing import ASSUME_ROLE, BY_SAML, BY_WEB_IDENTITY

#: the value of a key that is not the session name
_ANOTHER = "another.value"
#: policies that are kept with what they were asked: one, and those to which it is corrected
_KEPT = 16


@dataclass(frozen=True, eq=False)
class Access:
    """An Allow statement of a policy, and who gets in by it alone.

    `value` is the policy as JSON has it, `fields` the statement there, at `path`.
    """

    statement: Statement
    fields: Fields
    path: Path
    value: object
    policy: Policy
    at: datetime | None = None
    _entered: dict[tuple[TriedCaller, str], bool] = field(default_factory=dict, init=False)
    _let_in: dict[tuple[TriedCaller, str], bool] = field(default_factory=dict, init=False)

    @cached_property
    def callers(self) -> tuple[TriedCaller, ...]:
        """Callers whom it names."""
        return callers_of(self.statement, self.with_denies, self.policy, self.known_keys)

    @property
    def known_keys(self) -> dict[str, str]:
        """The condition keys that all requests have, none if the time is not known."""
        return {} if self.at is None else time_keys(self.at)

    @cached_property
    def with_denies(self) -> Policy:
        """The statement with the policy's Denies."""
        return replace(self.policy, statements=(self.statement, *self.policy.denies))

    @cached_property
    def assuming(self) -> dict[str, str]:
        """The actions by which its services and identity providers assume roles."""
        named = self.statement.named
        return dict.fromkeys(named.services, ASSUME_ROLE) | {
            provider: BY_SAML if ":saml-provider/" in provider else BY_WEB_IDENTITY
            for provider in named.federated
        }

    def allows_action(self, action: str) -> bool:
        """Return whether it is about an action."""
        return covers_action(self.statement.actions, action)

    @cached_property
    def itself(self) -> Policy:
        """The statement alone."""
        return replace(self.policy, statements=(self.statement,))

    def with_conditions(self, conditions: Iterable[Condition]) -> Policy:
        """Return the statement alone, with other conditions."""
        only = replace(self.statement, conditions=tuple(conditions))
        return replace(self.policy, statements=(only,))

    def other_names(self, caller: TriedCaller) -> Iterator[str]:
        """Yield names that are not the caller's: of no user, or made from the caller's own."""
        if not caller.is_namesake:
            yield from self.unowned_names
        is_named = caller.arn in self.statement.named.aws
        for value in self._patterns if is_named else self._variable_values:
            is_own = names_user(value) or self.fits_named_user(value, caller)
            name = caller.filled(value) if is_own and has_wildcard(value) else caller.own_name
            if name != caller.own_name:
                yield name
            if SESSION_NAME_VARIABLE.search(value) and has_wildcard(value):
                own = caller.own_name
                yield from filter(is_session_name, (own[1:], own[:-1], own[1:-1]))

    @cached_property
    def unowned_names(self) -> tuple[str, ...]:
        """Names that belong to no user, and that no condition requires."""
        required = {*map(str.casefold, self.name_values), *(one.own_name for one in self.callers)}
        of_callers = unused_letter(self.name_values)  # whose names may be a part of another one
        letter = unused_letter((*self.name_values, of_callers))
        names = (letter * 9, letter * 2, *NAMELESS)
        return tuple(name for name in names if name not in required)

    @cached_property
    def _variable_values(self) -> tuple[str, ...]:
        return tuple(value for value in self.name_values if "$" in value)

    @cached_property
    def _patterns(self) -> tuple[str, ...]:
        """The values that may be like several names."""
        return tuple(value for value in self.name_values if "$" in value or has_wildcard(value))

    def fits_named_user(self, value: str, caller: TriedCaller) -> bool:
        """Return whether a value with wildcards fits a user whom the statement names."""
        if caller.user_name is None or caller.arn not in self.statement.named.aws:
            return False
        return has_wildcard(value) and is_like(caller.user_name, value)

    @cached_property
    def name_values(self) -> tuple[str, ...]:
        """The values of the conditions on the name, here and in the Denies."""
        return tuple(
            value
            for condition in filter(is_about_name, self.with_denies.conditions)
            for value in condition.values
        )

    @cached_property
    def calls(self) -> tuple[tuple[TriedCaller, str], ...]:
        """The callers, each with the names that the conditions decide about."""
        return tuple(
            (caller, name)
            for caller in self.callers
            for name in dict.fromkeys(self.names_of(caller))
        )

    def names_of(self, caller: TriedCaller) -> Iterator[str]:
        """Yield names that the conditions decide about for a caller, likely ones first."""
        for value in self._variable_values if caller.is_namesake else self.name_values:
            yield from spellings(caller.filled(value))
            yield from caller.session_names_for(value)
        yield from spellings(caller.own_name)
        yield from self.other_names(caller)
        # a namesake differs from others only under names that are made of its own
        tried = tried_names(
            tuple(with_user_name(value, caller.own_name) for value in self.name_values)
        )
        if not caller.is_namesake:
            yield from tried
        elif any(map(has_wildcard, self._variable_values)):
            yield from (name for name in tried if caller.own_name.lower() in name.lower())

    def lets_in(self, caller: TriedCaller, name: str) -> bool:
        """Return whether it may let a caller in under a name, with the policy's Denies."""
        found = self._let_in.get((caller, name))
        if found is None:
            found = self._let_in[caller, name] = caller.may_enter(self.with_denies, name)
        return found

    def admits(self, policy: Policy) -> bool:
        """Return whether a policy may let a caller of this statement in under a name."""
        return any(caller.may_enter(policy, name) for caller, name in self.calls)

    @cached_property
    def entering(self) -> list[TriedCaller]:
        """The callers who get in under a name."""
        return [
            one
            for one in self.callers
            if any(self.lets_in(one, name) for name in self.names_of(one))
        ]

    @property
    def named_roles(self) -> list[TriedCaller]:
        """The roles and sessions that it names and that get in."""
        named = set(self.statement.named.aws)
        roles = (one for one in self.entering if one.user_name is None)
        return [one for one in roles if not named.isdisjoint({one.arn, one.principal_arn})]

    def enters(self, caller: TriedCaller, name: str) -> bool:
        """Return whether a caller gets in under a name, whatever else may be required of it.

        Where a condition compares the name with a value that only AWS knows, such as a tag, the
        caller does not get in under any name that it likes.
        """
        if (caller, name) not in self._entered:
            requests = (caller.request(name, other_keys) for other_keys in self._other_keys(caller))
            enters = self.lets_in(caller, name) and any(map(self._accepts, requests))
            self._entered[caller, name] = enters
        return self._entered[caller, name]

    def _other_keys(self, caller: TriedCaller) -> Iterator[dict[str, str | None]]:
        """Yield values of the keys that are compared with the name and that only AWS knows."""
        context = caller.request(caller.own_name).context
        conditions = self.with_denies.conditions
        on_name = (key for one in filter(is_about_name, conditions) for key in one.keys)
        keys = {key.lower() for key in on_name if not context.knows(key)}
        compared = (value for c in conditions if c.key.lower() in keys for value in c.values)
        values = (_ANOTHER, caller.own_name, None, *compared) if keys else (None,)
        for value in dict.fromkeys(values):
            possible = {key: possible_values([value], context.given(key)) for key in keys}
            yield {key: next(iter(found)) for key, found in possible.items()}

    def _accepts(self, request: Request) -> bool:
        """Return whether a request may be accepted, as far as the name is concerned surely."""
        if not isinstance(judge(self.with_denies, request), Allow | CannotTell):
            return False
        asked = request.under(self.policy)
        return not any(
            isinstance(apply(statement, asked), CannotTell)
            and any(
                is_about_name(c) and holds(c, asked.context) is Answer.UNKNOWN for c in conditions
            )
            for statement in self.with_denies.statements
            if (conditions := statement.conditions)
        )

    def enters_as_another(self, caller: TriedCaller) -> bool:
        """Return whether a caller gets in under a name that is not its own."""
        return any(self.enters(caller, name) for name in self.other_names(caller))

    @cached_property
    def impostors(self) -> tuple[TriedCaller, ...]:
        """Users who get in under a name that is not their own."""
        return tuple(
            caller
            for caller in self.callers
            if caller.user_name is not None and self.enters_as_another(caller)
        )

    @cached_property
    def name_conditions(self) -> tuple[Condition, ...]:
        """The conditions on the session name, or that compare the user's name with it."""
        return tuple(each for each in self.statement.conditions if is_about_name(each))

    @property
    def requires_user_name(self) -> bool:
        """Whether a condition requires the user's name, or compares with it alone."""
        for each in self.name_conditions:
            is_given = "true" not in str(each.values).lower()
            is_met = is_given if each.operator.name == "Null" else not is_optional(each)
            if each.key.lower() == USER_NAME_KEY and is_met:
                return True
            if each.values and all(map(names_user, each.values)) and not each.operator.negated:
                return True
        return False


def accesses_of(value: object, at: datetime | None = None) -> tuple[Access, ...]:
    """Return the Allow statements of a policy as accesses, at a time if it is known.

    There are none if IAM does not take it. Of one policy they are the same: they keep what they
    were asked.
    """
    return _accesses_of(json.dumps(value), at)


@lru_cache(maxsize=_KEPT)
def _accesses_of(text: str, at: datetime | None) -> tuple[Access, ...]:
    value = json.loads(text)
    try:
        policy = parse_policy(value if isinstance(value, dict) else {}, kind=PolicyKind.TRUST)
    except PolicyInvalid:
        return ()
    return tuple(
        Access(statement, fields, path, value, policy, at)
        for statement, (path, fields) in zip(policy.statements, statements_of(value), strict=True)
        if statement.effect is Effect.ALLOW
    )
