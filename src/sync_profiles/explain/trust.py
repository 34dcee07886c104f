"""Evaluate a role's real trust policy for a call, and find a setting that would satisfy it.

Each change of the profile is checked against the policy before it is suggested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property, partial, reduce
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.model import place_of
from sync_profiles.planning.session_name import is_session_name
from sync_profiles.policy.conditions import holds
from sync_profiles.policy.grammar import Effect, Policy
from sync_profiles.policy.judge import ImplicitDeny, judge
from sync_profiles.policy.matching import Scope, expand
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import Profile
    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Statement

#: how many of a policy's values for one key are tried
_MOST = 20
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


class Answer(Enum):
    """An answer about a policy; UNKNOWN if it depends on values that only AWS knows."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class PolicyCheck:
    """A trust policy applied to one call."""

    policy: Policy
    call: RefusedCall

    @cached_property
    def scope(self) -> Scope:
        """The values of the call that the policy can refer to."""
        return Scope(context=self.call.request.context, version=self.policy.version)

    def allows_call(self) -> Answer:
        """Return whether the trust policy allows the call, as far as it decides that."""
        answers: dict[Effect, set[Answer]] = {effect: set() for effect in Effect}
        for statement in self.policy.statements:
            answers[statement.effect].add(self.applies(statement))
        denies, allows = answers[Effect.DENY], answers[Effect.ALLOW]
        if Answer.YES in denies or allows <= {Answer.NO}:
            return Answer.NO
        return (
            Answer.UNKNOWN if Answer.UNKNOWN in denies or Answer.YES not in allows else Answer.YES
        )

    def applies(self, statement: Statement) -> Answer:
        """Return whether a statement is about the call: its caller, action and conditions."""
        bare = Policy(version=self.policy.version, statements=(replace(statement, conditions=()),))
        if isinstance(judge(bare, self.call.request), ImplicitDeny):
            return Answer.NO
        return self.meets_all(statement)

    def meets_all(self, statement: Statement) -> Answer:
        """Return whether the call meets all conditions of a statement."""
        found = {self.meets(condition) for condition in statement.conditions}
        return next(
            (answer for answer in (Answer.NO, Answer.UNKNOWN) if answer in found), Answer.YES
        )

    def meets(self, condition: Condition) -> Answer:
        """Return whether the call meets a condition."""
        key = condition.key.lower()
        has_value = self.scope.context.values(key) is not None
        # without a value nothing is compared, so no variable matters
        texts = condition.values if has_value and self.scope.knows_variables else ()
        is_known = has_value or key in self.call.known_keys
        if not is_known or any(self._needs_unknown(text) for text in texts):
            return Answer.UNKNOWN
        return Answer.YES if holds(condition, self.scope) else Answer.NO

    def expand_without(self, text: str, keys: frozenset[str]) -> str | None:
        """Expand a text's variables; those of `keys` without a value expand to nothing.

        Return None if the text has other variables without a value.
        """
        context = self.scope.context
        absent = {key: "" for key in keys if context.values(key) is None}
        known = Scope(context=context.with_values(absent), version=self.scope.version)
        return expand(text, known)

    def _needs_unknown(self, text: str) -> bool:
        """Return whether text has a variable whose value only AWS knows."""
        return (
            expand(text, self.scope) is None
            and self.expand_without(text, self.call.known_keys) is None
        )


class _Change(NamedTuple):
    """A change in the profile, as the start of a sentence, and its effect on the call."""

    step: str
    make: Callable[[RefusedCall], RefusedCall]


def required_change(policy: Policy, call: RefusedCall, profile: Profile) -> str | None:
    """Return what to change in the profile so that a trust policy that refuses it allows it.

    `call` is the profile's call. Its external ID, MFA device and session name can be changed, the
    name only if the role accepts any that matches a pattern; the fewest changes win. The result is
    None if no change helps, or if the policy does not refuse the call. A condition that only AWS
    can check does not count for or against a change.
    """
    check = PolicyCheck(policy=policy, call=call)
    if check.allows_call() is not Answer.NO:
        return None
    ways = product(
        (None, *islice(_external_ids(check, profile), _MOST)),
        (None, *_mfa_device(call, profile)),
        (None, *islice(_session_names(check, profile), _MOST)),
    )
    some = ([change for change in way if change is not None] for way in ways)
    for changes in sorted(some, key=len):
        changed = reduce(lambda made, change: change.make(made), changes, call)
        if PolicyCheck(policy=policy, call=changed).allows_call() is not Answer.NO:
            steps = " and ".join(change.step for change in changes)
            return f"{steps}: the role's trust policy requires it"
    return None


def _external_ids(check: PolicyCheck, profile: Profile) -> Iterator[_Change]:
    for text in _compared_values(check.policy, "sts:externalid"):
        value = expand(text, check.scope)
        if value is not None and _EXTERNAL_ID.fullmatch(value):
            step = _set("external_id", value, profile)
            yield _Change(step, partial(replace, external_id=value))


def _mfa_device(call: RefusedCall, profile: Profile) -> Iterator[_Change]:
    """Yield an MFA device if an IAM user's own key makes the call; no other key can use a code."""
    if call.user_name is None or not call.has_long_term_key:
        return
    step = f"add `mfa_serial`, the ARN of your MFA device, to {_section(profile)}"
    yield _Change(step, partial(replace, has_mfa=True))


def _session_names(check: PolicyCheck, profile: Profile) -> Iterator[_Change]:
    """Yield names that contain the user's own, in a form that the policy may require."""
    own = check.call.user_name or check.call.session_name or ""
    for text in _compared_values(check.policy, "sts:rolesessionname"):
        name = (expand(text, check.scope) or "").replace("*", own, 1)
        if name != text and is_session_name(name):
            step = _set("role_session_name", name, profile)
            yield _Change(step, partial(replace, session_name=name))


def _compared_values(policy: Policy, key: str) -> dict[str, None]:
    """Return the values that conditions compare a key with, each once, in order."""
    return {
        value: None
        for statement in policy.statements
        for condition in statement.conditions
        if condition.key.lower() == key
        for value in condition.values
    }


def _set(key: str, value: str, profile: Profile) -> str:
    setting = profile.settings.get(key)
    if setting is None:
        return f"add {quote(f'{key} = {value}')} to {_section(profile)}"
    return f"set {quote(key)} {place_of(setting.place)} to {quote(value)}"


def _section(profile: Profile) -> str:
    return f"{quote(f'[{profile.section}]')} {place_of(profile.place)}"
