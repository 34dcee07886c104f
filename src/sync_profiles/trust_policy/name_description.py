"""Put conditions on the session name into words that are true of all calls tried. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.answer import Answer, all_of
from sync_profiles.policy.conditions import Condition
from sync_profiles.policy.exclusion import holds
from sync_profiles.policy.grammar import Statement
from sync_profiles.policy.matching import USER_NAME_KEY, Context, matches, variables_of
from sync_profiles.text import quote
from sync_profiles.trust_policy.callers import TriedCaller
from sync_profiles.trust_policy.name_values import SESSION_NAME_KEY, has_wildcard, without_default
from sync_profiles.trust_policy.wording import list_texts

ANY = "under any session name"
OWN_NAME = "under their own user name"
OWN_NAME_ONLY = f"{OWN_NAME} only"
#: how many values are tried one by one, times the calls: in seconds
_MOST_TRIED = 100_000


def values_of(condition: Condition) -> list[str]:
    """Return what the session name must, or must not, be like; no name has a literal wildcard."""
    if condition.key.lower() == USER_NAME_KEY:
        return [USER_NAME_VARIABLE]
    has_patterns = condition.operator.name in {"StringLike", "StringNotLike"}
    return [value for value in condition.values if has_patterns or not has_wildcard(value)]


@dataclass(frozen=True)
class Description:
    """What conditions and Denies require of the name in calls of users, or of sessions of roles."""

    contexts: tuple[Context, ...]
    caller: TriedCaller
    conditions: tuple[Condition, ...]
    denies: tuple[Statement, ...]

    @property
    def text(self) -> str | None:
        """The description in words, None if none is true."""
        is_part = self._missing is not None and Answer.YES in self._met  # of the names documented
        if is_part or not any(wanted for _, wanted in self._wanted):
            return None
        ignoring = [one.operator.name.endswith("IgnoreCase") for one in self._all]
        operators = ("StringLike", "StringEqualsIgnoreCase")[: 1 + any(ignoring)]
        for name in reversed(operators) if all(ignoring) else operators:
            for limits in self._limits:
                for values in self._attempts(name, limits):
                    if values and self._is_alike((*limits, _on_name(name, values))):
                        return self._words(name, values, limits)
        return None

    @cached_property
    def _all(self) -> tuple[Condition, ...]:
        return (*self.conditions, *(one for deny in self.denies for one in deny.conditions))

    @cached_property
    def _met(self) -> list[Answer]:
        """Whether each call meets the conditions, and no Deny applies."""
        found = []
        for context in self.contexts:
            denied = (
                all_of(holds(one, context) for one in deny.conditions) for deny in self.denies
            )
            met = (holds(one, context) for one in self.conditions)
            found.append(all_of((*met, *(~answer for answer in denied))))
        return found

    @cached_property
    def _wanted(self) -> list[tuple[Context, bool]]:
        """Whether each call is to meet a description, if AWS documents it."""
        found = [
            (context, answer is not Answer.NO)
            for context, answer in zip(self.contexts, self._met, strict=True)
            if self._missing or answer is not Answer.UNKNOWN
        ]
        return sorted(found, key=lambda each: each[1])  # what is not to meet it decides sooner

    @cached_property
    def _missing(self) -> str | None:
        """A variable that the callers do not have, of whose comparison AWS says two things."""
        context = self.caller.request(self.caller.own_name).context
        negated = (value for one in self._all if one.operator.negated for value in one.values)
        variables = (variable for value in negated for variable in variables_of(value))
        return next(
            (
                f"${{{key}}}"
                for key, default in variables
                if default is None and context.knows(key) and not context.values(key)
            ),
            None,
        )

    @cached_property
    def _limits(self) -> tuple[tuple[Condition, ...], ...]:
        """Restrictions of the names, the simplest first: none, to the own one, to all but some."""
        refused = self._values_in(one for one in self.conditions if one.operator.negated)
        own = (_on_name("StringEquals", [USER_NAME_VARIABLE]),)
        excluded = [
            (_on_name(operator, refused),)
            for operator in ("StringNotLike", "StringNotEqualsIgnoreCase")
            if refused
        ]
        return ((), own, *excluded, *((*own, *each) for each in excluded))

    @cached_property
    def _values(self) -> tuple[str, ...]:
        """What the name may have to be like."""
        required = (one for one in self.conditions if not one.operator.negated)
        denied = (one for deny in self.denies for one in deny.conditions)
        return self._values_in((*required, *denied))

    def _values_in(self, conditions: Iterable[Condition]) -> tuple[str, ...]:
        is_of_users = self.caller.user_name is not None
        values = (value for condition in conditions for value in values_of(condition))
        return tuple(dict.fromkeys(without_default(v, is_of_users=is_of_users) for v in values))

    def _attempts(self, name: str, limits: Sequence[Condition]) -> Iterator[Sequence[str]]:
        """Yield what the name may be like, the simplest first."""
        values = [value for value in self._values if self._is_name(value)]
        if name != "StringLike":  # `*` would be a letter
            values = [value for value in values if not has_wildcard(value)]
        yield ["*"] * (name == "StringLike" and all(one.operator.negated for one in limits))
        yield [value for value in values if value == USER_NAME_VARIABLE]
        yield [value for value in values if value != USER_NAME_VARIABLE]
        yield values
        if len(values) * len(self.contexts) > _MOST_TRIED:
            return
        admitted = [value for value in values if self._admits((*limits, _on_name(name, [value])))]
        yield [value for value in admitted if value != USER_NAME_VARIABLE]
        yield admitted

    def _is_name(self, value: str) -> bool:
        """Return whether a value may admit a name, whatever its unknown variables are."""
        name, has_variables = self.caller.filled(value), self.contexts[0].has_variables
        context = replace(self.caller.request(name).context, has_variables=has_variables)
        return is_session_name(name) and matches(value, name, context) not in {None, Answer.NO}

    def _is_alike(self, conditions: Sequence[Condition]) -> bool:
        return all(_holds(conditions, context) is wanted for context, wanted in self._wanted)

    def _admits(self, conditions: Sequence[Condition]) -> bool:
        """Return whether all calls that meet conditions, of which there are some, are wanted."""
        met = (wanted for context, wanted in self._wanted if _holds(conditions, context))
        return next(met, False)

    @property
    def remark(self) -> str:
        """Why the text leaves something open, as the end of a sentence."""
        if self._missing is None:
            return ""
        return (
            f": they have no {quote(self._missing)}, and AWS's documents leave open how it is "
            "compared then"
        )

    def _words(self, name: str, values: Sequence[str], limits: Sequence[Condition]) -> str:
        others = list_texts(value for value in values if value != USER_NAME_VARIABLE)
        case = ", in upper or lower case"
        excluded = [one for one in limits if one.operator.negated]
        ignoring = case * any(one.operator.name.endswith("IgnoreCase") for one in excluded)
        refused = "".join(list_texts(one.values) + ignoring for one in excluded)
        if values[0] == "*":
            text = f"{ANY} but {refused}" if refused else ANY
        else:
            if USER_NAME_VARIABLE in values:
                text = f"{OWN_NAME}, or as {others}" if others else OWN_NAME_ONLY
            else:
                text = f"as {others}"
            if len(limits) > len(excluded):
                text += ", if that is their own user name"
            text += case * name.endswith("IgnoreCase")
            text += f", but not as {refused}" * bool(refused)
        return text if self._missing is None else f"{text} or not at all"


def _holds(conditions: Sequence[Condition], context: Context) -> bool:
    return all(holds(one, context) is not Answer.NO for one in conditions)


def _on_name(operator: str, values: Sequence[str]) -> Condition:
    return Condition.of(operator, SESSION_NAME_KEY, values)
