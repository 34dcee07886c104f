"""Findings about a refusal from other profiles' results."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pytest

from examples import answered_examples, answers_of
from hint_cases import with_basis
from plan_worlds import (
    DEFAULT,
    USER,
    Sts,
    accepted,
    calling,
    profile,
    refused,
    settle,
    source_profile,
    untested,
)
from sync_profiles.causes import Cause
from sync_profiles.explain.comparison import compare_results
from sync_profiles.explain.findings import Finding
from sync_profiles.explain.ranking import rank
from sync_profiles.model import Profile, Source
from sync_profiles.outcomes import Outcome, Switch
from sync_profiles.planning.decision import SyncOptions, reject_if_stopped

OTHER = Source(profile="other")
OTHER_USER = "arn:aws:iam::111111111111:user/bob"


def in_account(account_id: str, name: str) -> str:
    return f"arn:aws:iam::{account_id}:role/{name}"


def profile_of(line: str) -> Profile:
    """Return a profile by its name and what it does not have as the others do."""
    name, *words = line.split()
    given = dict(word.split("=", 1) for word in words)
    account_id, _, role = given.get("role", f"222222222222/{name}").partition("/")
    settings = {"role_arn": in_account(account_id, role)}
    if "mfa" in given:
        settings["mfa_serial"] = "arn:aws:iam::111111111111:mfa/work_api"
    if "id" in given:
        settings["external_id"] = given["id"]
    return profile(
        name,
        given.get("name"),
        source=given.get("source", "default"),
        client=given.get("client", "default"),
        keep_name="keep" in given,
        **settings,
    )


def is_of(switch: Switch, refused_one: Profile) -> bool:
    """Return whether a switch is sent for a profile, or is equal to one that is."""
    source = refused_one.text("source_profile")
    above = switch.source.profile if switch.parent is None else switch.parent.role_arn
    return (
        (switch.role_arn, switch.client) == (refused_one.role_arn, refused_one.client)
        and switch.external_id == refused_one.text("external_id")
        and above in {source, in_account("222222222222", source or "")}
    )


def compared(example: str) -> Mapping[str, Sequence[Finding]]:
    """Return the findings about each profile that is refused in an example."""
    facts: dict[str, list[str]] = {}
    by_name = {name: source_profile(name) for name in ("default", "other")}
    lines = [line for line in example.splitlines() if line and not line.startswith("- ")]
    for line in lines:
        fact, is_fact, words = line.partition(": ")
        if is_fact:
            facts[fact] = words.split()
        else:
            made = profile_of(line)
            by_name[made.name] = made
    cause, *policy_type = facts.get("by", [Cause.NOT_AUTHORIZED])
    refusal = dataclasses.replace(
        refused(), cause=Cause(cause), policy_type=" ".join(policy_type) or None
    )

    def answer(switch: Switch) -> Outcome:
        if any(is_of(switch, by_name[name]) for name in facts.get("untested", [])):
            return untested()
        is_refused = any(is_of(switch, by_name[name]) for name in facts.get("refused", []))
        return refusal if is_refused else accepted(switch)

    (other_user,) = facts.get("other is", [USER if "one caller" in facts else OTHER_USER])
    other = calling(other_user, OTHER)
    callers = {DEFAULT: calling(), OTHER: other}
    names = list(by_name)[2:]
    plan = settle(by_name, Sts(answer=answer), SyncOptions(), callers=callers, selected=names)
    stop = dataclasses.replace(refused(), cause=Cause.REGION_MISSING)
    stopped = facts.get("stopped", [])
    decisions = [
        reject_if_stopped(each, stop) if each.profile.name in stopped else each
        for each in plan.decisions
    ]
    return compare_results(decisions, callers, by_name)


def compare(example: str) -> list[str]:
    """Return the ranked findings about the last profile that is refused in an example.

    Where it asks for the weight of a topic, return that instead: no sentence may tell it.
    """
    found = compared(example)
    if "refused: " not in example:
        return [f"compared: {', '.join(found) or 'nothing'}"]
    last = example.partition("refused: ")[2].partition("\n")[0].split()[-1]
    topic = example.partition("weight of: ")[2].partition("\n")[0]
    if topic:
        return [f"{sum(each.weight for each in found[last] if each.topic == topic):g}"]
    ranked = rank(found[last])
    assert all(each.text for each in ranked)
    return list(map(with_basis, ranked))


@pytest.mark.parametrize("example", answered_examples("comparisons.txt", compare))
def test_a_refusal_is_compared_with_the_other_results(example: str) -> None:
    assert compare(example) == answers_of(example)
