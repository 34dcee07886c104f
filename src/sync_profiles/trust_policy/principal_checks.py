"""Find principals that IAM does not take, and say by a condition what was meant.

Each check takes a statement as JSON has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.policy.grammar import is_principal
from sync_profiles.text import quote
from sync_profiles.trust_policy.policy_findings import (
    Fields,
    PolicyFinding,
    listed_values,
    not_taken,
    replaced,
    with_condition,
)
from sync_profiles.trust_policy.writing import one_or_all

_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|aws\.internal)", re.ASCII)
_SERVICES = "amazonaws.com"
_LABEL = re.compile(r"[a-z0-9-]+", re.ASCII)
#: what an address of the web has around its host
_ADDRESS = re.compile(r"^[a-z]+://|/+$", re.ASCII)
#: identity providers that no account has to set up
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
_WEB_PROVIDERS = {"www.amazon.com", "graph.facebook.com", "accounts.google.com"}
#: the elements of `Principal`, and what belongs under each
_KINDS = {
    "AWS": "an account, a user or a role",
    "Service": "a service",
    "Federated": "an identity provider",
}
_MEMBERS = "name its users, or name their account and let a policy of the group allow the call"
_ANY = re.compile(r"[*?]|\$\{")
#: an account as the console shows it
_HYPHENS = re.compile(r"\b(\d{4})-(\d{4})-(\d{4})\b")


def find_principal_faults(statement: Fields) -> Iterator[PolicyFinding]:
    """Yield the findings about the `Principal` and `NotPrincipal` of a statement."""
    principal, place = statement.get("Principal"), ("Principal",)
    if isinstance(principal, Mapping):
        for check in (_of_another_kind, _unusable, _patterns, _services):
            yield from check(statement, principal)
    elif isinstance(principal, str | list) and principal != "*":
        message = '`Principal` must be an object, as in `{"AWS": …}`'
        yield not_taken(place, message, fixed={**statement, "Principal": {"AWS": principal}})
    if "NotPrincipal" in statement:
        message = "a trust policy has no `NotPrincipal`: say it by a condition"
        yield not_taken(("NotPrincipal",), message, fixed=_without_not_principal(statement))


def _of_another_kind(statement: Fields, principal: Fields) -> Iterator[PolicyFinding]:
    for kind, named in principal.items():
        for text in listed_values(named):
            meant = _kind_of(text)
            if meant is None or meant == kind:
                continue
            left = [one for one in listed_values(named) if one != text]
            there = listed_values(principal.get(meant, []))
            moved = {**principal, kind: one_or_all(left), meant: one_or_all([*there, text])}
            kept = {name: value for name, value in moved.items() if value != []}
            message = f"{quote(str(text))} is {_KINDS[meant]}, and belongs under {quote(meant)}"
            yield not_taken(("Principal", kind), message, fixed={**statement, "Principal": kept})


def _kind_of(text: object) -> str | None:
    """Return the element of `Principal` that a text belongs to, None if that is not certain."""
    if not isinstance(text, str) or text == "cognito-identity.amazonaws.com":
        return None
    arn = parse_arn(text)
    if text in _WEB_PROVIDERS or (arn is not None and arn.kind.endswith("-provider")):
        return "Federated"
    if is_account_id(text) or (arn is not None and arn.service in {"iam", "sts"}):
        return "AWS"
    return "Service" if _SERVICE.fullmatch(text) else None


def _services(statement: Fields, principal: Fields) -> Iterator[PolicyFinding]:
    """Find names of services that are misspelled."""
    place, named = ("Principal", "Service"), listed_values(principal.get("Service", []))
    for text in named:
        meant = meant_service(text) if isinstance(text, str) else None
        if meant is not None:
            message = f"AWS has no service {quote(str(text))}: {quote(meant)} is meant"
            corrected = [meant if one == text else one for one in named]
            fixed = replaced(statement, place, one_or_all(corrected))
            yield not_taken(place, message, fixed=fixed)


def meant_service(text: str) -> str | None:
    """Return the service that a text was meant to be, None if it is one, or like none."""
    bare = _ADDRESS.sub("", text)
    *labels, domain, top = bare.split(".") if "." in bare else [bare, "", ""]
    if _SERVICE.fullmatch(bare):
        return bare if bare != text else None
    if not labels or not all(map(_LABEL.fullmatch, labels)) or is_account_id(bare):
        return None
    if domain and not get_close_matches(f"{domain}.{top}", [_SERVICES], cutoff=0.75):
        return None
    return ".".join([*(label for label in labels if label != "aws"), _SERVICES])


def _unusable(statement: Fields, principal: Fields) -> Iterator[PolicyFinding]:
    """Find groups, and what is a principal but for its spaces or hyphens."""
    place, named = ("Principal", "AWS"), listed_values(principal.get("AWS", []))
    for text in named:
        if not isinstance(text, str) or is_principal(text):
            continue
        meant = _HYPHENS.sub(r"\1\2\3", text.strip(), count=1)
        arn = parse_arn(meant)
        if is_principal(meant):
            spaces = " without spaces around it" * (text != text.strip())
            message = f"{quote(text)} must be {quote(meant)}{spaces}"
            corrected = [meant if one == text else one for one in named]
            fixed = replaced(statement, place, one_or_all(corrected))
            yield not_taken(place, message, fixed=fixed)
        elif arn is not None and arn.kind == "group":
            message = f"{quote(text)} is a group, which cannot be a principal: {_MEMBERS}"
            yield not_taken(place, message)


def _patterns(statement: Fields, principal: Fields) -> Iterator[PolicyFinding]:
    """Find patterns of ARNs, which a principal cannot be."""
    named = listed_values(principal.get("AWS", []))
    for text in named:
        arn = parse_arn(text) if isinstance(text, str) else None
        if arn is None or not is_account_id(arn.account_id) or not _ANY.search(arn.resource):
            continue
        place, meant = ("Principal", "AWS"), caller_arns(str(text))
        root = replaced(statement, place, arn.in_iam("root"))
        fixed = with_condition(root, "ArnLike", "aws:PrincipalArn", one_or_all(meant))
        message = (
            f"a principal has no wildcards and no variables: {quote(str(text))} must be a "
            "condition on `aws:PrincipalArn`"
        )
        yield not_taken(place, message, fixed=fixed if meant and len(named) == 1 else None)


def caller_arns(text: str) -> list[str]:
    """Return what `aws:PrincipalArn` is like for the callers whom a pattern of an ARN means.

    For a session it is the ARN of its role, whose path the session's ARN does not have. The list is
    empty for a pattern of some sessions of a role.
    """
    arn = parse_arn(text)
    if arn is None or arn.kind != "assumed-role":
        return [text]
    name, _, session = arn.resource.partition("/")[2].rpartition("/")
    roles = arn.in_iam("role")
    return [f"{roles}/{name}", f"{roles}/*/{name}"] if session == "*" and name else []


def _without_not_principal(statement: Fields) -> object:
    """Return a Deny with a condition in place of `NotPrincipal`, None if none says the same."""
    named = statement["NotPrincipal"]
    texts = named.get("AWS") if isinstance(named, Mapping) and len(named) == 1 else None
    found = [text for text in listed_values(texts) if isinstance(text, str)]
    accounts = [account for text in found if (account := _account_of(text))]
    arns = [text for text in found if not _account_of(text)]
    is_session = any(":assumed-role/" in text for text in arns)
    if statement.get("Effect") != "Deny" or len(found) != len(listed_values(texts)) or is_session:
        return None
    rest = {key: value for key, value in statement.items() if key != "NotPrincipal"}
    operator, key = (
        ("ArnNotEquals", "aws:PrincipalArn")
        if arns
        else ("StringNotEquals", "aws:PrincipalAccount")
    )
    return with_condition({**rest, "Principal": "*"}, operator, key, arns or accounts)


def _account_of(text: str) -> str | None:
    """Return the account that a principal names as a whole."""
    if is_account_id(text):
        return text
    arn = parse_arn(text)
    return arn.account_id if arn is not None and arn.resource == "root" else None
