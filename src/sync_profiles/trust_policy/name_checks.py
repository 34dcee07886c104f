"""Find conditions on the session name that let other names in, or no one; the judge is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from sync_profiles.arn import parse_arn
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import Condition, Quantifier
from sync_profiles.policy.exclusion import excluding, holds
from sync_profiles.policy.grammar import Policy
from sync_profiles.policy.judge import naming_of
from sync_profiles.policy.key_values import NEVER_OF_PEOPLE
from sync_profiles.policy.matching import NOTHING_KNOWN, USER_NAME_KEY, variables_of
from sync_profiles.text import quote
from sync_profiles.trust_policy import rewriting
from sync_profiles.trust_policy.access import Access, accesses_of
from sync_profiles.trust_policy.callers import TriedCaller
from sync_profiles.trust_policy.name_values import (
    NAMELESS,
    SESSION_NAME_KEY,
    has_wildcard,
    is_about_name,
    is_optional,
    is_wide,
)
from sync_profiles.trust_policy.policy_findings import Code, PolicyFinding
from sync_profiles.trust_policy.principal_checks import caller_arns
from sync_profiles.trust_policy.wording import describe_missed, describe_unnamed, list_texts
from sync_profiles.trust_policy.writing import ASSUME_ROLE

_UNLESS_SERVICE = " (right only for a third party's service, which sends the external ID)"


def find_name_faults(access: Access) -> Iterator[PolicyFinding]:
    """Yield the findings about the session name that a statement requires, or does not."""
    without = list(_without_user_name(access))
    yield from without or _never_met(access)
    optional = list(map(partial(_keeping_roles, access), _optional(access)))
    yield from optional
    yield from _defaults(access)
    if not access.impostors:
        return
    wide = list(map(partial(_keeping_roles, access), _wide_names(access)))
    yield from wide
    if not wide and not optional:
        is_any = any(
            access.enters(c, name) for c in access.impostors for name in access.unowned_names
        )
        yield PolicyFinding(
            code=Code.NO_SESSION_NAME_CONDITION,
            path=("Condition",),
            message=("any session name is" if is_any else "names that are not the caller's are")
            + " accepted: there is no condition on `sts:RoleSessionName`"
            + _UNLESS_SERVICE * _requires_external_id(access),
            fixed=rewriting.require_own_name(access),
        )


def _keeping_roles(access: Access, finding: PolicyFinding) -> PolicyFinding:
    """Return a finding about the names of people, whose correction leaves named roles alone."""
    return replace(finding, fixed=rewriting.keep_roles(access, finding.fixed))


def _requires_external_id(access: Access) -> bool:
    """Return whether a statement requires an external ID, as third parties' services send it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    keys = (each.key for each in access.statement.conditions if not is_optional(each))
    return "sts:externalid" in map(str.lower, keys)


def _without_user_name(access: Access) -> Iterator[PolicyFinding]:
    """Find principals that have no user name, of which one is required."""
    named = access.statement.named
    if not access.requires_user_name:
        return
    without = _without_name_conditions(access)
    shut_out = []
    for text in named.aws:
        calls = [
            (caller, name) for caller, name in access.calls if naming_of(text, caller.called_by)
        ]
        would = [caller for caller, name in calls if caller.may_enter(without, name)]
        enters = any(caller.may_enter(access.itself, name) for caller, name in calls)
        if not enters and would and all(caller.user_name is None for caller in would):
            shut_out.append(text)
    others = [*named.services, *named.federated]
    if not shut_out and not others:
        return
    kind = "a session of a role" if shut_out else "it"
    yield PolicyFinding(
        code=Code.PRINCIPAL_WITHOUT_USER_NAME,
        path=("Principal",),
        message=f"{quote((shut_out or others)[0])} never gets in: {kind} has no `aws:username`",
        fixed=rewriting.without_user_name(access, shut_out, others),
    )


def _never_met(access: Access) -> Iterator[PolicyFinding]:
    """Find conditions that keep out everyone whom a statement names."""
    conditions = access.statement.conditions
    found = [each for each in map(partial(_unmet, access), conditions) if each]
    found = found or [
        PolicyFinding(
            code=Code.CONDITION_NEVER_MET,
            path=("Condition",),
            message=f"the conditions on {quote(condition.key)} exclude each other",
        )
        for condition in excluding(conditions)[:1]
    ]
    under = " under `AWS`" if access.assuming else ""
    yield from found
    is_never_met = not found and not access.admits(access.itself)
    if is_never_met and access.admits(access.with_conditions(())):
        unnamed = unnamed_users(access)
        yield PolicyFinding(
            code=Code.CONDITION_NEVER_MET,
            path=("Condition",),
            message=describe_unnamed(unnamed[0].own_name)
            if len(unnamed) == len(access.callers)
            else f"no one whom this statement names{under} can meet its conditions",
        )


def unnamed_users(access: Access) -> list[TriedCaller]:
    """Return the users whom a statement names, and who would get in had they another name."""
    without = _without_name_conditions(access)
    return [
        one
        for one in access.callers
        if one.user_name is not None
        and one.arn in access.statement.named.aws
        and not is_session_name(one.user_name)
        and one.may_enter(without, NAMELESS[0])
    ]


def _without_name_conditions(access: Access) -> Policy:
    return access.with_conditions(
        each for each in access.statement.conditions if not is_about_name(each)
    )


def _unmet(access: Access, condition: Condition) -> PolicyFinding | None:
    """Return the finding about a condition that no request meets, and how it was meant."""
    operator, key, values = condition.operator, condition.key.lower(), condition.values
    written = quote(operator.written)
    fixed: object = None
    missed = describe_missed(condition, access.known_keys, access.policy.version)
    if not missed and (not values or is_optional(condition)):
        return None
    if operator.name.startswith("StringEquals") and values and all(map(has_wildcard, values)):
        message = f"{written} takes {quote(values[0])} literally: it has no wildcards"
        is_on_name = key == SESSION_NAME_KEY
        own = [USER_NAME_VARIABLE if is_on_name and is_wide(value) else value for value in values]
        new = list(dict.fromkeys(own))
        fixed = rewriting.with_operator(access.fields, condition, "StringLike", new)
    elif key == "aws:principalarn" and all(":assumed-role/" in v for v in values):
        message = f"{quote(condition.key)} of a session is the ARN of its role"
        roles = [arn for value in values for arn in caller_arns(value)]
        if roles:
            fixed = rewriting.with_operator(access.fields, condition, "ArnLike", roles)
    elif key == "aws:principalarn" and (roots := _accounts_of_root(values)):
        message = f"{quote(values[0])} is the account's root user, which assumes no roles"
        fixed = rewriting.with_operator(
            access.fields, condition, "StringEquals", roots, "aws:PrincipalAccount"
        )
    elif _compares_no_names(condition):
        message = f"{written} does not compare names"
        fixed = rewriting.with_operator(access.fields, condition, "StringLike")
    elif key in NEVER_OF_PEOPLE and access.callers:
        message = f"{quote(condition.key)} is only in the calls of AWS's services"
    elif missed:
        message = missed
    elif holds(condition, NOTHING_KNOWN) is Answer.NO:
        message = f"{quote(condition.key)} is never {list_texts(values)}"
        fixed = rewriting.with_values_of_key(access.fields, condition)
    else:
        return None
    return PolicyFinding(
        code=Code.CONDITION_NEVER_MET,
        path=condition.path,
        message=message,
        fixed=fixed if fixed is not None and _admits(fixed, access.policy.version) else None,
    )


def _accounts_of_root(values: Sequence[str]) -> list[str]:
    """Return the accounts of the ARNs if all of them name root users, otherwise none."""
    arns = [arn for value in values if (arn := parse_arn(value)) and arn.resource == "root"]
    return [arn.account_id for arn in arns] if len(arns) == len(values) else []


def _compares_no_names(condition: Condition) -> bool:
    """Return whether a condition on a name has an operator for something else."""
    key, operator = condition.key.lower(), condition.operator
    is_on_name = is_about_name(condition) and key in {SESSION_NAME_KEY, USER_NAME_KEY}
    return is_on_name and not operator.name.startswith(("String", "Null"))


def _admits(statement: object, version: str) -> bool:
    """Return whether a statement may let in someone whom it names."""
    (access,) = accesses_of({"Version": version, "Statement": [statement]})
    is_asked = access.calls and access.allows_action(ASSUME_ROLE)
    return not is_asked or access.admits(access.itself)


def _optional(access: Access) -> Iterator[PolicyFinding]:
    """Find conditions on the name that hold without it, or for every other one."""
    users = [caller for caller in access.callers if caller.user_name is not None]
    roles = [caller for caller in access.callers if users and caller.user_name is None]
    if not users and access.requires_user_name:  # no one whom it names has one
        return
    for condition in access.name_conditions:
        if not is_optional(condition):
            continue
        operator = condition.operator
        is_needed = access.impostors or any(map(access.enters_as_another, roles))
        is_loose = operator.if_exists or operator.quantifier is Quantifier.ALL
        compares = operator.name in {"StringEquals", "StringEqualsIgnoreCase", "StringLike"}
        if not is_needed and not (is_loose and compares):
            continue
        if operator.name == "Null":
            reason = "only asks whether there is one, not for which"
        elif operator.negated:
            reason = "lets everyone in under any other name"
        else:
            reason = "also holds for a request without one"
        is_entered = any(user.may_enter(access.policy, user.own_name) for user in users)
        # every call has a session name: required, it shuts no one out
        is_harmless = condition.key.lower() == SESSION_NAME_KEY and is_loose and compares
        yield PolicyFinding(
            code=Code.CONDITION_OPTIONAL,
            path=condition.path,
            message=f"{quote(str(operator))} on {quote(condition.key)} {reason}",
            fixed=rewriting.require_name_plainly(access.fields, condition)
            if access.impostors or is_entered or is_harmless
            else None,
        )


def _wide_names(access: Access) -> Iterator[PolicyFinding]:
    """Find values with wildcards that admit a name which is not the caller's."""
    for condition in access.name_conditions:
        own = {
            value: [c.own_name for c in access.callers if access.fits_named_user(value, c)]
            for value in condition.values
        }
        wide = [value for value in condition.values if is_wide(value) or own[value]]
        if wide and condition.operator.name in {"StringLike", "ArnLike", "ArnEquals"}:
            names = [name for value in wide if not is_wide(value) for name in own[value]]
            is_on_name = condition.key.lower() in {SESSION_NAME_KEY, USER_NAME_KEY}
            yield PolicyFinding(
                code=Code.OTHER_NAMES_ADMITTED,
                path=condition.path,
                message=f"{quote(wide[0])} also admits names that are not the caller's",
                fixed=rewriting.replace_values(access.fields, condition, wide, names)
                if is_on_name
                else rewriting.require_own_name(access),
            )


def _defaults(access: Access) -> Iterator[PolicyFinding]:
    """Find variables whose default is a name for callers without a user name."""
    for condition in access.name_conditions:
        for value in condition.values:
            defaults = [v.default for v in variables_of(value) if v.key.lower() == USER_NAME_KEY]
            if not any(
                default is not None and access.enters(caller, caller.filled(value))
                for default in defaults
                for caller in access.callers
                if caller.user_name is None
            ):
                continue
            yield PolicyFinding(
                code=Code.OTHER_NAMES_ADMITTED,
                path=condition.path,
                message=f"{quote(value)} also admits callers without a user name, as "
                f"{' or '.join(quote(each) for each in defaults if each is not None)}",
                fixed=rewriting.replace_values(access.fields, condition, [value]),
            )
