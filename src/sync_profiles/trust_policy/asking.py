"""Answer one question about a trust policy: whether a call is accepted, and by which statement.

The call is one that a profile makes: it passes no session tags and no source identity. Those that a
session inherits from the one before it, only AWS knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.policy.grammar import Effect, Policy
from sync_profiles.policy.judge import (
    Allow,
    CannotTell,
    Element,
    ExplicitDeny,
    ImplicitDeny,
    Miss,
    Naming,
    Request,
    judge,
)
from sync_profiles.policy.key_values import (
    INHERITED_BY_SESSIONS,
    NEVER_OF_LONG_TERM_KEYS,
    NEVER_OF_PROFILES,
    NEVER_OF_USERS,
    keys_of,
    time_keys,
)
from sync_profiles.policy.matching import USER_NAME_KEY, VARIABLES_VERSION, Context, names_user
from sync_profiles.text import quote
from sync_profiles.trust_policy.callers import keys_of_providers, unknown_to_aws
from sync_profiles.trust_policy.wording import describe_condition, list_principals
from sync_profiles.trust_policy.writing import ASSUME_ROLE

_SOME_ROLE = "arn:aws:iam::000000000000:role/example"
#: parts of the keys that the question may say, and how; a session's ARN lacks its role's path
_SAID_BY = (
    ("principaltag/", "say it with `--tag`"),
    ("aws:principalarn", "ask with `--as` and the role's ARN"),
)
_OPEN = "cannot tell: "
_NOT_DOCUMENTED = "and AWS's documents leave open how it compares that"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A call to assume a role.

    `caller` is a user, a role or its session. `tags` are the caller's own, as far
    as they are known. A user calls with a long-term access key, with `mfa` with a code beside it.
    """

    caller: Arn
    session_name: str
    asked_at: datetime
    role: Arn | None = None
    mfa: bool = False
    external_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


#: callers whom AWS lets assume no role, by the kind in their ARNs
_NO_ROLES = {"root": "the root user", "federated-user": "a federated user"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswer:
    """Whether a policy accepts a call: None if only AWS can tell; `reason` then begins with that.

    `number` is that of the statement that decides, None if none does alone.
    """

    accepted: bool | None
    number: int | None = None
    reason: str


def ask(policy: Policy, question: Question) -> CallAnswer:
    """Return whether a trust policy accepts a call, and why."""
    caller, role = question.caller, question.role
    if caller.kind in _NO_ROLES:
        return CallAnswer(accepted=False, reason=f"{_NO_ROLES[caller.kind]} cannot assume roles")
    if role is not None and caller.partition != role.partition:
        return CallAnswer(accepted=False, reason="no role is assumed across partitions")
    request = _request(question, policy)
    answer = _answer(policy, question, request)
    answers = {
        f"if the session is {quote(str(session))}": of_session
        for session in _sessions_named(policy, caller)
        if (of_session := _answer(policy, question, replace(request, caller=session))).accepted
        is not answer.accepted
    }
    if not answers:
        return answer
    answers["if it is another one"] = answer
    texts = (f"{when}, {one.reason.removeprefix(_OPEN)}" for when, one in answers.items())
    return CallAnswer(accepted=None, reason=_OPEN + "; ".join(texts))


def _answer(policy: Policy, question: Question, request: Request) -> CallAnswer:
    found = judge(policy, request)
    context = request.under(policy).context
    match found:
        case Allow(statement=statement, others=others):
            names = " or ".join(one.name for one in (statement, *others))
            reason = f"{names} allows it{_also_needed(found.naming, question)}"
            number = None if others else statement.number
            return CallAnswer(accepted=True, number=number, reason=reason)
        case ExplicitDeny(statement=statement, others=(_, *_) as others):
            by_effect = {
                effect: " or ".join(
                    one.name for one in (statement, *others) if one.effect is effect
                )
                for effect in Effect
            }
            reason = f"{by_effect[Effect.DENY]} denies all that {by_effect[Effect.ALLOW]} allows"
            return CallAnswer(accepted=False, number=statement.number, reason=reason)
        case ExplicitDeny(statement=statement):
            where = " and ".join(describe_condition(c, context) for c in statement.conditions)
            reason = f"{statement.name} denies it{f', as {where}' if where else ''}"
            return CallAnswer(accepted=False, number=statement.number, reason=reason)
        case CannotTell(statement=statement, keys=keys):
            known = " and ".join(map(quote, keys))
            open_keys = " ".join(key.lower() for key in keys if not context.values(key))
            why = "whose value only AWS knows" if open_keys else _NOT_DOCUMENTED
            more = [how for part, how in _SAID_BY if part in open_keys]
            why += f"; {more[0]}" if more else ""
            name = statement.name
            reason = f"{_OPEN}{name} has the condition key {known}, {why}"
            return CallAnswer(accepted=None, number=statement.number, reason=reason)
        case ImplicitDeny(misses=misses):
            return _not_allowed(misses, context)
        case _:
            assert_never(found)


def _request(question: Question, policy: Policy) -> Request:
    caller, role = question.caller, question.role
    keys, given = keys_of(caller)
    keys |= {
        **time_keys(question.asked_at),
        **{f"aws:PrincipalTag/{name}": value for name, value in question.tags.items()},
        "sts:ExternalId": question.external_id,
        "sts:RoleSessionName": question.session_name,
    }
    absent = NEVER_OF_PROFILES | unknown_to_aws(policy)
    if caller.kind == "user":
        absent |= NEVER_OF_USERS | keys_of_providers(policy)
        absent |= NEVER_OF_LONG_TERM_KEYS | INHERITED_BY_SESSIONS
        if question.mfa:
            keys["aws:MultiFactorAuthAge"] = "0"
    if question.mfa:
        keys["aws:MultiFactorAuthPresent"] = "true"
    if role is not None:
        keys["aws:ResourceAccount"] = role.account_id
    return Request(
        action=ASSUME_ROLE,
        resource=_SOME_ROLE if role is None else str(role),
        caller=caller.session("") if caller.kind == "role" else caller,
        context=Context.of(keys, absent=absent, given=given),
    )


def _sessions_named(policy: Policy, caller: Arn) -> Iterator[Arn]:
    """Yield the sessions of a role that a policy names, if the caller is asked for as a role."""
    texts = (text for statement in policy.statements for text in statement.named.aws)
    for arn in filter(None, map(parse_arn, texts)):
        if caller.kind == "role" and arn == caller.session(arn.name):
            yield arn


def _also_needed(naming: Naming | None, question: Question) -> str:
    """Return what else must allow the call, in the caller's account."""
    role = question.role
    needed = f", and a policy of the caller must allow {quote(ASSUME_ROLE)} as well"
    if naming is Naming.ACCOUNT:
        return needed
    if role is None:
        return f"{needed} if the role is in another account"
    return "" if question.caller.account_id == role.account_id else needed


def _not_allowed(misses: tuple[Miss, ...], context: Context) -> CallAnswer:
    """Return why no statement allows a call: what those require that name the caller, if any do."""
    nearest = [miss for miss in misses if miss.element is Element.CONDITION]
    reasons = [_why_not(miss, context) for miss in nearest or misses]
    return CallAnswer(
        accepted=False,
        number=nearest[0].statement.number if len(nearest) == 1 else None,
        reason="; ".join(reasons) or "no statement allows anything",
    )


def _why_not(miss: Miss, context: Context) -> str:
    name = miss.statement.name
    match miss.element:
        case Element.PRINCIPAL:
            return f"{name} names {list_principals(miss.statement)}, not the caller"
        case Element.ACTION | Element.RESOURCE:
            return f"{name} is not about {quote(ASSUME_ROLE)}"
        case Element.CONDITION:
            unmet = " and ".join(describe_condition(each, context) for each in miss.conditions)
            return f"{name} requires that {unmet}{_without_value(miss, context)}"
        case _:
            assert_never(miss.element)


def _without_value(miss: Miss, context: Context) -> str:
    """Return why the caller's user name, if conditions have its variable, is not filled in."""
    if not any(names_user(text) for each in miss.conditions for text in each.values):
        return ""
    if not context.has_variables:
        return f": without `Version` `{VARIABLES_VERSION}` the variable is plain text"
    is_known = context.values(USER_NAME_KEY) is not None
    return "" if is_known else ": the caller is not an IAM user, and has no user name"
