"""Findings about a refusal from other profiles' results."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pytest

from examples import answered_examples, answers_of
from plan_worlds import (
    DEFAULT,
    USER,
    Sts,
    accepted,
    answering,
    calling,
    profile,
    refused,
    settle,
    source_profile,
    untested,
)
from sync_profiles.causes import Cause
from sync_profiles.explain.comparison import compare_results
from sync_profiles.explain.findings import Topic
from sync_profiles.explain.ranking import rank
from sync_profiles.explain.weights import Weight
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


def ranked(example: str) -> dict[str, list[str]]:
    """Return the ranked findings about each profile that is refused in an example."""
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
    compared = compare_results(decisions, callers, by_name)
    found = {name: [each.text for each in rank(about)] for name, about in compared.items()}
    assert all(text for texts in found.values() for text in texts)
    return found


def compare(example: str) -> list[str]:
    """Return the ranked findings about the last profile that is refused in an example."""
    last = example.partition("refused: ")[2].partition("\n")[0].split()[-1]
    return ranked(example).get(last, [])


@pytest.mark.parametrize("example", answered_examples("comparisons.txt", compare))
def test_a_refusal_is_compared_with_the_other_results(example: str) -> None:
    assert compare(example) == answers_of(example)


def test_without_a_refusal_that_gives_no_reason_there_is_nothing_to_compare() -> None:
    assert ranked("reader\nowner\n") == {}
    assert ranked("reader\nowner\nuntested: reader\nrefused: owner\n") == {"owner": []}


@pytest.mark.parametrize(
    "by",
    [
        "not-authorized",
        "implicit-deny",
        "implicit-deny role trust",
        "explicit-deny service control",
    ],
)
def test_every_refusal_by_policies_is_compared(by: str) -> None:
    assert set(ranked(f"reader\nowner\nby: {by}\nrefused: owner\n")) == {"owner"}


def weight_of(topic: Topic, made: Sequence[Profile], lets_in: Callable[[Switch], bool]) -> float:
    """Return how likely a topic is for `it`, the last of these profiles."""
    names = [each.name for each in made]
    by_name = {"default": source_profile("default"), **dict(zip(names, made, strict=True))}
    callers = {DEFAULT: calling()}
    plan = settle(by_name, answering(lets_in), SyncOptions(), callers=callers, selected=names)
    found = compare_results(plan.decisions, callers, by_name)["it"]
    return sum(each.weight for each in found if each.topic is topic)


@pytest.mark.parametrize(
    ("own", "is_likely"),
    [
        pytest.param("ACME-42", True, id="in another case"),
        pytest.param("acme-4", False, id="with another number"),
        pytest.param("acne-42", True, id="with a typo"),
        pytest.param("acme", True, id="without its end"),
        pytest.param("other", False, id="a different one"),
    ],
)
def test_an_external_id_that_is_like_one_that_works_is_likely_wrong(
    own: str, *, is_likely: bool
) -> None:
    far, it = map(profile_of, ("far role=333333333333/far id=acme-42", f"it id={own}"))
    weight = weight_of(Topic.EXTERNAL_ID, [far, it], lambda sent: not is_of(sent, it))
    assert (weight >= Weight.LIKE_ID) is is_likely


@pytest.mark.parametrize(("others", "is_likely"), [(3, True), (0, False)])
def test_another_name_is_likely_if_most_profiles_work_under_one(
    others: int, *, is_likely: bool
) -> None:
    lines = [f"far{n} role=33333333333{n}/far name=robot" for n in range(others)]
    made = [*map(profile_of, lines), profile_of("it name=robots")]
    weight = weight_of(Topic.SESSION_NAME, made, lambda sent: sent.session_name == "robot")
    assert (weight > 1) is is_likely
