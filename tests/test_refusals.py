"""What is said of refused calls and of sources by `data/refusals.txt`, and of each cause."""

from __future__ import annotations

import dataclasses

import pytest

from examples import answered_examples, answers_of, examples
from hint_cases import (
    BELOW,
    CALLER,
    DENIED,
    NOT_AUTHORIZED,
    SESSION,
    SSO_USER,
    Said,
    answered,
    decision,
    denied,
    knowing,
    lines_of,
    local,
    profile,
    said,
    said_of,
)
from plan_worlds import DEFAULT, calling
from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.profiles import Profiles
from sync_profiles.explain.explanation import Explanation, explain, explain_source, fixer_of
from sync_profiles.explain.overrides import Overrides
from sync_profiles.explain.variant_table import VARIANTS
from sync_profiles.model import Source
from sync_profiles.outcomes import Caller, Failure, Variant

CALLERS = {"an Identity Center user": SSO_USER, "not known": None}
KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "s"}
BY_DENY = denied(f"{DENIED} with an explicit deny in an identity-based policy")
BY_NO_POLICY = f"{DENIED} because no {{}} policy allows the sts:AssumeRole action"


def refused(example: str) -> list[str]:
    """Return what is said of an example: of the call of a profile, or of its source."""
    facts, settings = {}, {}
    for line in example.splitlines():
        fact, colon, value = line.partition(": ")
        key, equals, text = line.partition(" = ")
        if equals and key.islower() and not colon:
            settings[key] = text
        elif colon and not line.startswith("- "):
            facts[fact] = value.replace("DENIED", DENIED).replace("OF HOP", SESSION)
        elif line.startswith("AWS"):
            facts["AWS"] = line
    return lines_of(source_of(facts, settings) if "asked" in facts else call_of(facts, settings))


def call_of(facts: dict[str, str], settings: dict[str, str]) -> Said:
    """Return what is said of the call of a profile with these settings."""
    if "roles above it" in facts:
        names = [f"p{number}" for number in range(int(facts["roles above it"]) + 1)]
        made = {
            name: profile(name, source_profile=above)
            for name, above in zip(names, [*names[1:], "default"], strict=True)
        }
        chain = resolve_chain({**made, "default": profile("default", **KEYS)}, "p0")
        return said(dataclasses.replace(decision(cause=Cause.CHAIN_TOO_LONG), chain=chain))
    (call,) = {fact for fact in facts if fact.startswith(("AWS", "here"))}
    code, _, message = facts[call].partition(": ")
    if call == "here":
        failure = local_of(code, facts, message=message)
    else:
        failure = answered(code, message, call.removeprefix("AWS to ").replace("AWS", "AssumeRole"))
    failure = dataclasses.replace(failure, request_id=facts.get("request"))
    if "stops at" in facts:
        hop = facts["stops at"]
        of = decision(failure, cause=Cause.SOURCE_REFUSED, hops=(hop, "admin"), blocked_by=hop)
        return said(of)
    hops = BELOW if "below" in facts else ("admin",)
    given = facts.get("caller")
    caller = CALLER if given is None else CALLERS[given] if given in CALLERS else calling(given)
    if "other source" not in facts:
        return said_of(failure, caller=caller, hops=hops, **settings)
    other = calling(facts["other source"], Source(profile="other"))
    of = decision(failure, subject=profile(**settings), hops=hops)
    return explain(of, knowing({}, CALLER, other)), fixer_of(of)


def local_of(cause: str, facts: dict[str, str], *, message: str) -> Failure:
    """Return a failure of this machine, perhaps in one of several ways, or of a setting."""
    variant = Variant[facts["variant"]] if "variant" in facts else None
    return local(Cause(cause), variant, message=message, setting=facts.get("setting"))


def source_of(facts: dict[str, str], settings: dict[str, str]) -> Explanation:
    """Return what is said of a source, which a failure is about."""
    operation, code = facts["asked"].split(", ")
    if operation == "nothing":
        failure = local_of(code, facts, message=facts.get("says", "no such file"))
    else:
        failure = answered(code, "no", operation)
    source = Source(credential_source=facts["source"]) if "source" in facts else DEFAULT
    given = (each.partition("=") for each in facts.get("environment", "").split())
    overrides = Overrides.of({name: value or "x" for name, _, value in given}, Profiles())
    known = knowing({"default": profile("default", **settings)}, overrides=overrides)
    return explain_source(source, failure, known)


@pytest.mark.parametrize("example", answered_examples("refusals.txt", refused))
def test_a_refusal_is_explained(example: str) -> None:
    assert refused(example) == answers_of(example)


def test_every_cause_is_explained_where_nothing_else_is_known() -> None:
    rows = {sentence for sentence, _ in examples("refusals.txt")}
    named = [*Cause, *(variant.name for variant in VARIANTS)]
    assert [each for each in named if not any(f"{each}, where" in row for row in rows)] == []


@pytest.mark.parametrize(
    "failure",
    [
        *(local(cause) for cause in Cause),
        *(NOT_AUTHORIZED, BY_DENY, answered("RegionDisabledException")),
        *(denied(BY_NO_POLICY.format(kind)) for kind in ("identity-based", "role trust")),
    ],
)
def test_who_can_fix_a_hop_can_fix_what_is_below_it(failure: Failure) -> None:
    below = decision(
        failure, cause=Cause.SOURCE_REFUSED, hops=BELOW, blocked_by="hop", subject=profile("leaf")
    )
    assert fixer_of(below) is fixer_of(decision(failure))


@pytest.mark.parametrize("caller", [CALLER, SSO_USER, None], ids=["user", "sso", "unknown"])
@pytest.mark.parametrize("failure", [NOT_AUTHORIZED, local(Cause.STS_ERROR, message="`a`")])
@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_message_and_a_hint_in_our_style(
    cause: Cause, failure: Failure, caller: Caller | None
) -> None:
    of = decision(dataclasses.replace(failure, cause=cause), cause=cause)
    found = explain(of, knowing({}, *filter(None, [caller])))

    for text in (found.message, found.hint):
        assert text
        assert text.isprintable()
        assert not text.endswith(".")
        assert text.count("`") % 2 == 0
        assert text[0] == "`" or text[0].islower() or text.startswith(("AWS ", "STS "))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_source_has_a_message_and_a_hint(cause: Cause) -> None:
    for source in (DEFAULT, Source(credential_source="Environment")):
        found = explain_source(source, local(cause), knowing({}))

        assert found.message
        assert found.hint


def test_a_refusal_of_a_source_is_explained_alike_for_its_profiles() -> None:
    failure = answered("ExpiredToken", "expired", "GetCallerIdentity")
    known = knowing({"default": profile("default", **KEYS, aws_session_token="T")}, failure)

    assert explain(decision(failure), known) == explain_source(DEFAULT, failure, known)


def test_braces_in_what_aws_or_a_file_says_are_text() -> None:
    failure = answered("{role}", "{words} {0} {")
    odd = decision(failure, subject=profile("{x}", role_arn="{y}"))
    found = explain(odd, knowing({}, CALLER))

    assert found.message == "AWS answered `{role}` to AssumeRole: {words} {0} {"
    owner = calling("arn:aws:iam::999999999999:user/bob", Source(profile="{z}"))
    of_owner = {"mfa_serial": "arn:aws:iam::999999999999:mfa/bob", "source_profile": "{s}"}
    subject = profile("{x}", role_arn="{y}", **of_owner)
    for cause in Cause:
        of = decision(local(cause, message="{0} {"), subject=subject)
        assert explain(of, knowing({}, CALLER, owner)).message
