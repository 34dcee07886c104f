"""Describe what the refused role's real trust policy requires, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import assert_never

from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.planning.session_name import GENERATED_NAME, is_session_name
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import Condition
from sync_profiles.policy.exclusion import holds
from sync_profiles.policy.grammar import Effect, Policy, Statement
from sync_profiles.policy.judge import Allow, CannotTell, Element, Miss, Request, apply
from sync_profiles.policy.key_values import is_of_mfa
from sync_profiles.policy.matching import NOTHING_KNOWN, Context, names_user, variables_of
from sync_profiles.text import quote
from sync_profiles.trust_policy.condition_keys import describe_slips
from sync_profiles.trust_policy.name_values import is_user_name
from sync_profiles.trust_policy.wording import describe_condition, list_principals, list_texts
from sync_profiles.trust_policy.writing import ASSUME_ROLE

#: how a requirement ends that the call meets
MET = ": met"
#: how one ends that only AWS can check
NOT_KNOWN = "cannot be checked from here"
#: what is said of a Deny that refuses the call
OVERRIDES = "it overrides every allow"
#: what a statement allows whose `NotAction` is to assume the role
_NOT_THIS = f"all but {quote(ASSUME_ROLE)}"
#: why a key has no value
_ABSENT = {
    "aws:multifactorauthage": "the profile has no `mfa_serial`",
    "aws:multifactorauthpresent": "the profile has no `mfa_serial`",
    "sts:externalid": "the profile has no `external_id`",
    "sts:sourceidentity": "no profile can set one",
    "aws:username": "this caller has none",
}


def describe_requirements(
    policy: Policy, call: RefusedCall, *, only: Statement | None = None
) -> tuple[str, ...]:
    """Return what a trust policy, or one statement of it, requires of a call, as sentences.

    They say what is met, follow the order of the statements, and have no full stop. Nothing is
    concluded from values that only AWS knows, such as the caller's organization. Statements that
    allow only services are left out if others remain, and so are those that trust the caller for
    another action if one trusts it to assume the role.
    """
    request = call.request.under(policy)
    context = request.context
    aside: list[str] = []
    found: list[str] = []
    trusts = any(_trusts(each, request) for each in policy.statements)
    for statement in policy.statements if only is None else [only]:
        name = statement.name
        if statement.effect is Effect.DENY:
            found += _describe_deny(name, statement, request)
            continue
        applied = apply(statement, request)
        match applied:
            case CannotTell():
                found += _describe_conditions(name, statement, call, context)
            case Allow():
                found += _describe_conditions(name, statement, call, context)
                found.append(_describe_allow(name, applied, call))
            case Miss(element=Element.ACTION):
                actions = statement.actions
                others = f"{list_texts(actions.patterns)}, not {quote(ASSUME_ROLE)}"
                allowed = f"{name} allows " + (_NOT_THIS if actions.negated else others)
                (aside if trusts else found).append(allowed)
            case Miss(element=Element.PRINCIPAL):
                if statement.named.aws:
                    found.append(f"{name} names {list_principals(statement)}: not {_caller(call)}")
                    found += _describe_conditions(name, statement, call, context)
                else:
                    aside.append(f"{name} names {list_principals(statement)}")
            case Miss():
                found += _describe_conditions(name, statement, call, context)
            case _:
                assert_never(applied)
    return tuple(found or aside)


def describe_undecided(policy: Policy, call: RefusedCall, judgement: CannotTell) -> str:
    """Return what AWS alone can check of the statement that decides, or of its keys."""
    required = [
        each.removesuffix(f": {NOT_KNOWN}")
        for each in describe_requirements(policy, call, only=judgement.statement)
        if each.endswith(NOT_KNOWN)
    ]
    return "; ".join(required) or list_texts(judgement.keys)


def _trusts(statement: Statement, request: Request) -> bool:
    """Return whether a statement allows the caller to assume the role, perhaps on conditions."""
    unconditional = replace(statement, conditions=())
    is_allow = statement.effect is Effect.ALLOW
    return is_allow and isinstance(apply(unconditional, request), Allow)


def _describe_allow(name: str, applied: Allow, call: RefusedCall) -> str:
    allowed = f"{name} allows the call"
    if not call.needs_identity_policy(applied.naming):
        return allowed
    return f"{allowed}, and a policy of {_caller(call)} must allow {quote(ASSUME_ROLE)} as well"


def _describe_deny(name: str, statement: Statement, request: Request) -> Iterator[str]:
    """Yield the conditions and the effect of a deny that applies, or may apply."""
    applied, context = apply(statement, request), request.context
    if isinstance(applied, Miss):
        return
    conditions = " and ".join(
        describe_condition(condition, context) for condition in statement.conditions
    )
    where = f" where {conditions}" if conditions else ""
    outcome = OVERRIDES
    if isinstance(applied, CannotTell):
        where += _without_value(statement.conditions, context)
        outcome = NOT_KNOWN
    slips = describe_slips(one.key for one in statement.conditions)
    outcome += f" ({slips})" if slips else ""
    yield f"{name} denies the call{where}: {outcome}"


def _describe_conditions(
    name: str, statement: Statement, call: RefusedCall, context: Context
) -> Iterator[str]:
    for condition in statement.conditions:
        answer = holds(condition, context)
        required = describe_condition(condition, context)
        match answer:
            case Answer.YES:
                outcome = MET.removeprefix(": ")
            case Answer.UNKNOWN:
                outcome = NOT_KNOWN
                required += _without_value([condition], context)
            case Answer.NO:
                outcome = f"not met, {_found_instead(condition, call, context)}"
            case _:
                assert_never(answer)
        yield f"{name} requires that {required}: {outcome}"


def _without_value(conditions: Iterable[Condition], context: Context) -> str:
    """Return that the caller has no value of a variable: AWS's documents leave open what follows.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    texts = (text for one in conditions for text in one.values if context.has_variables)
    return next(
        (
            f" (this caller has no {quote(f'${{{key}}}')})"
            for key, default in chain.from_iterable(map(variables_of, texts))
            if default is None and context.knows(key) and not context.values(key)
        ),
        "",
    )


def _found_instead(condition: Condition, call: RefusedCall, context: Context) -> str:
    """Return the actual value, for a condition that is not met."""
    key = condition.key.lower()
    slips = _slips_in(condition, context)
    if slips:
        return f"and never can be, as {slips}"
    values = context.values(key)
    if not context.knows(key):
        anyone = replace(NOTHING_KNOWN, has_variables=context.has_variables)
        is_never = condition.operator.name == "Null" or holds(condition, anyone) is Answer.NO
        no_one = "and never can be, as the key has no such value"
        return no_one if is_never else "this caller has another one"
    if call.is_of_identity_center and is_of_mfa(key):
        return "a session of IAM Identity Center has none"
    if not values:
        return _ABSENT.get(key, "there is none")
    never = _why_never(condition, call, context)
    if never is not None:
        return f"and never can be, as {never}"
    if key == "sts:rolesessionname" and call.session_name is None:
        return f"none is set, so it is {quote(f'{GENERATED_NAME}…')} and the time"
    return f"it is {list_texts(values)}"


def _slips_in(condition: Condition, context: Context) -> str:
    """Return which typo keeps a condition from being met, empty if none does."""
    of_values = [
        describe_slips(each.key for each in variables_of(text) if each.default is None)
        for text in condition.values
        if context.has_variables
    ]
    return describe_slips([condition.key]) or (of_values[0] if of_values and all(of_values) else "")


def _why_never(condition: Condition, call: RefusedCall, context: Context) -> str | None:
    """Return why no value of the key can meet a condition, or None if one may."""
    operator, texts = condition.operator, condition.values
    if operator.negated or not operator.name.startswith(("String", "Arn")) or not texts:
        return None
    if not context.has_variables:
        is_plain = all("${" in text for text in texts)
        return "without `Version` `2012-10-17` it is plain text" if is_plain else None
    if not all(names_user(text) for text in texts):
        return None
    if call.user_name is None:
        return "the caller is not an IAM user"
    is_name = condition.key.lower() == "sts:rolesessionname"
    is_whole = all(map(is_user_name, texts))  # what only contains it may be a name
    if is_name and is_whole and not is_session_name(call.user_name):
        return f"{quote(call.user_name)} cannot be a session name"
    return None


def _caller(call: RefusedCall) -> str:
    return f"the caller {quote(str(call.called_by))}"
