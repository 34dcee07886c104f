"""Under which names callers get in: the simplest condition on the name that admits them.

The conditions of a statement on the session name, and the Denies that only require one, are put
into one condition: what the name is like, what it is not. It is given only if `policy/` answers
every call that is tried by it as by them. What it does not cover is left as the policy has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice, product

from sync_profiles.arn import parse_arn
from sync_profiles.planning.session_name import is_session_name
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import Condition
from sync_profiles.policy.exclusion import holds
from sync_profiles.policy.grammar import Effect, Statement
from sync_profiles.policy.judge import covers_action, naming_of
from sync_profiles.policy.matching import USER_NAME_KEY, Context, names_user, variables_of
from sync_profiles.trust_policy.access import Access
from sync_profiles.trust_policy.callers import TriedCaller
from sync_profiles.trust_policy.name_description import ANY, Description, values_of
from sync_profiles.trust_policy.name_values import (
    SESSION_NAME_KEY,
    VARIABLE,
    are_few,
    is_about_name,
    possible_values,
    texts_of_variable,
)
from sync_profiles.trust_policy.writing import ASSUME_ROLE

_ITSELF = {f"${{{SESSION_NAME_KEY}}}"}
#: of how many variables all values are tried with those of the others
_MOST_UNKNOWN = 2
#: how many values with a variable are compared in the calls that are tried: in seconds
_MOST_COMPARISONS = 100_000
_SOME = "under some session names"


@dataclass(frozen=True, slots=True)
class EnteredNames:
    """Under which names callers get in, in words; and the conditions and Denies that say so.

    `remark` is the end of the sentence.
    """

    text: str
    remark: str = ""
    conditions: tuple[Condition, ...] = ()
    denies: tuple[Statement, ...] = ()


def entered_names(access: Access, callers: Sequence[TriedCaller]) -> EnteredNames | None:
    """Return under which names callers of one kind get in, or None if they do not."""
    among = set(callers)
    calls = [(c, name) for c, name in access.calls if c in among and is_session_name(name)]
    if not any(access.lets_in(caller, name) for caller, name in calls):
        return None
    naming = tuple(filter(_is_naming, access.statement.conditions))
    left = {deny: _left_of(deny, callers, access) for deny in access.policy.denies}
    never = tuple(deny for deny, each in left.items() if each is None)
    denies = {
        deny: each
        for deny, each in left.items()
        if each and _only_requires_name(each) and _names_all(deny, callers, access)
    }
    required = [each for each in naming if not each.operator.negated]
    required.sort(key=lambda each: not any(map(names_user, values_of(each))))
    attempts = [(naming, denies), *(((one,), {}) for one in required)]
    unknown = _unknown_variables(access, callers[0])
    is_one = len(naming) + len(denies) == 1
    texts = [text for each in unknown.values() for text in each]
    are_many = (
        len(unknown) > _MOST_UNKNOWN
        or any(len(VARIABLE.findall(text)) > 1 for text in texts)
        or not are_few(access.name_values)
    )
    if are_many and not is_one:
        attempts = attempts[1:]  # the calls that are tried do not tell them apart
    contexts = tuple(_contexts(access, calls, unknown))
    if len(contexts) * sum("$" in value for value in access.name_values) > _MOST_COMPARISONS:
        attempts = []
    for conditions, covered in attempts:
        described = Description(contexts, callers[0], conditions, tuple(covered.values()))
        text = described.text
        if text is not None:
            others = _compared(access) - set(conditions)
            said = _SOME if text == ANY and others else text
            return EnteredNames(said, described.remark, conditions, (*covered, *never))
    return EnteredNames(_SOME if _compared(access) else ANY, denies=never)


def _unknown_variables(access: Access, caller: TriedCaller) -> dict[str, list[str]]:
    """Return the variables whose values only AWS knows, each with the texts that have it."""
    context = caller.request(caller.own_name).context
    found: dict[str, list[str]] = {}
    for text in access.name_values:
        for variable in variables_of(text):
            if not context.knows(variable.key):
                found.setdefault(variable.key.lower(), []).append(text)
    return found


def _contexts(
    access: Access, calls: Iterable[tuple[TriedCaller, str]], unknown: Mapping[str, Sequence[str]]
) -> Iterator[Context]:
    """Yield the calls, with such values of the unknown variables as the name may be made of."""
    for caller, name in calls:
        context = caller.request(name).under(access.policy).context
        if not unknown:
            yield context
            continue
        values = [
            possible_values(
                (
                    *(name, name.swapcase(), f"{name}.", None),
                    *(part for text in texts for part in texts_of_variable(text, name)),
                ),
                context.given(key),
            )
            for key, texts in unknown.items()
        ]
        most = max(map(len, values))
        aligned = zip(*(islice(cycle(each), most) for each in values), strict=True)
        for place in product(*values) if len(unknown) <= _MOST_UNKNOWN else aligned:
            known = dict(zip(unknown, place, strict=True))
            yield caller.request(name, known).under(access.policy).context


def _compared(access: Access) -> set[Condition]:
    return {each for each in access.name_conditions if each.operator.name != "Null"}


def _is_naming(condition: Condition) -> bool:
    """Return whether a condition says what the session name is, or that it is the user's name."""
    key = condition.key.lower()
    is_swapped = key == USER_NAME_KEY and set(map(str.lower, condition.values)) == _ITSELF
    return key == SESSION_NAME_KEY or is_swapped


def _left_of(deny: Statement, callers: Sequence[TriedCaller], access: Access) -> Statement | None:
    """Return a Deny without conditions that all callers meet, None if it never applies to them.

    The callers whom `*` names are of other accounts, too.
    """
    accounts = {"*", *(caller.called_by.account_id for caller in callers)}
    named = ((text, parse_arn(text)) for text in deny.named.aws)
    is_named = any((text if arn is None else arn.account_id) in accounts for text, arn in named)
    if not is_named and "*" not in access.statement.named.aws:
        return None
    requests = (caller.request(caller.own_name) for caller in callers)
    contexts = [request.under(access.policy).context for request in requests]
    answers = {
        condition: {holds(condition, context) for context in contexts}
        for condition in deny.conditions
        if not is_about_name(condition) or condition.operator.name == "Null"
    }
    if {Answer.NO} in answers.values():
        return None
    left = (each for each in deny.conditions if answers.get(each) != {Answer.YES})
    return replace(deny, conditions=tuple(left))


def _names_all(deny: Statement, callers: Sequence[TriedCaller], access: Access) -> bool:
    """Return whether a Deny names all callers, of whom some are tried."""
    named = deny.named.aws
    if "*" in named or "*" in access.statement.named.aws:
        return "*" in named
    return all(any(naming_of(text, one.called_by) for text in named) for one in callers)


def _only_requires_name(deny: Statement) -> bool:
    return (
        deny.effect is Effect.DENY
        and covers_action(deny.actions, ASSUME_ROLE)
        and bool(deny.conditions)
        and all(_is_naming(each) and each.operator.negated for each in deny.conditions)
    )
