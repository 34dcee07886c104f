"""Findings about a refusal from other profiles' results."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from examples import answered_examples, answers_of
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
from sync_profiles.explain.ranking import rank
from sync_profiles.explain.suspicions import Topic, Wording, ruled_out
from sync_profiles.model import Profile, Source
from sync_profiles.outcomes import Caller, Outcome, Switch
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import reject_if_stopped

OTHER = Source(profile="other")
OTHER_USER = "arn:aws:iam::111111111111:user/bob"
CALLERS = {DEFAULT: calling(), OTHER: calling(OTHER_USER, OTHER)}
WHO = {"who": "the caller", "origin": "from `default`"}


Ranked = tuple[Wording | None, dict[str, str]]


def in_account(account_id: str, name: str) -> str:
    return f"arn:aws:iam::{account_id}:role/{name}"


def findings(
    profiles: tuple[Profile, ...],
    refuses: Callable[[Switch], bool],
    callers: dict[Source, Caller] | None = None,
) -> dict[str, list[Ranked]]:
    """Return the ranked findings about the profiles that STS refuses."""
    by_name = {one.name: one for one in (source_profile(), source_profile("other"), *profiles)}
    who = CALLERS if callers is None else callers
    plan = settle(
        by_name,
        Sts(answer=lambda switch: refused() if refuses(switch) else accepted(switch)),
        SyncOptions(),
        callers=who,
        selected=[one.name for one in profiles],
    )
    compared = compare_results(plan.decisions, who, by_name)
    ranked = {name: rank(found) for name, found in compared.items()}
    assert all(each.text for found in ranked.values() for each in found)
    return {
        name: [(each.wording, dict(each.facts)) for each in found] for name, found in ranked.items()
    }


def refuses_roles(*names: str) -> Callable[[Switch], bool]:
    return lambda switch: switch.role_arn.rpartition("/")[2] in names


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


def compare(example: str) -> list[str]:
    """Return the ranked findings about the last profile that is refused in an example."""
    lines = [line for line in example.splitlines() if line and not line.startswith("- ")]
    *profiles, refused_names = lines
    by_name = {made.name: made for made in map(profile_of, profiles)}
    names = refused_names.removeprefix("refused: ").split()
    found = findings(
        tuple(by_name.values()),
        lambda switch: any(is_of(switch, by_name[name]) for name in names),
    )
    return [wording.value.format_map(facts) for wording, facts in found[names[-1]] if wording]


@pytest.mark.parametrize("example", answered_examples("comparisons.txt", compare))
def test_a_refusal_is_compared_with_the_other_results(example: str) -> None:
    assert compare(example) == answers_of(example)


def test_two_sources_with_the_same_identity_are_one_caller() -> None:
    callers = {DEFAULT: calling(), OTHER: calling(USER, OTHER)}
    found = findings((profile("a", source="other"), profile("b")), lambda _: True, callers)

    assert found["a"][0] == (
        Wording.ACCOUNT_TRUSTS_NONE,
        {**WHO, "origin": "from `other`", "account": "`222222222222`", "count": "2"},
    )


def test_a_profile_below_a_refused_hop_has_the_hops_findings() -> None:
    found = findings(
        (profile("reader"), profile("hop"), profile("leaf", source="hop")), refuses_roles("hop")
    )

    assert found["leaf"] == found["hop"] != []


def test_without_a_refusal_that_gives_no_reason_there_is_nothing_to_compare() -> None:
    assert findings((profile("reader"), profile("owner")), lambda _: False) == {}


@pytest.mark.parametrize(
    ("cause", "policy_type", "is_compared"),
    [
        (Cause.NOT_AUTHORIZED, None, True),
        (Cause.IMPLICIT_DENY, "role trust", True),
        (Cause.IMPLICIT_DENY, "resource-based", True),
        (Cause.IMPLICIT_DENY, "identity-based", False),
        (Cause.IMPLICIT_DENY, None, False),
        (Cause.EXPLICIT_DENY, "role trust", True),
        (Cause.EXPLICIT_DENY, "identity-based", True),
        (Cause.EXPLICIT_DENY, "service control", False),
    ],
)
def test_only_a_refusal_that_leaves_the_setting_open_is_compared(
    cause: Cause, policy_type: str | None, *, is_compared: bool
) -> None:
    profiles = {one.name: one for one in (source_profile(), profile("reader"), profile("owner"))}
    denied = dataclasses.replace(refused(), cause=cause, policy_type=policy_type)

    def answer(switch: Switch) -> Outcome:
        return denied if switch.role_arn.endswith("owner") else accepted(switch)

    plan = settle(profiles, Sts(answer=answer), SyncOptions(), selected=("reader", "owner"))

    found = compare_results(plan.decisions, CALLERS, profiles)
    assert set(found) == ({"owner"} if is_compared else set())


def test_an_untested_profile_proves_nothing() -> None:
    profiles = {one.name: one for one in (source_profile(), profile("reader"), profile("owner"))}

    def answer(switch: Switch) -> Outcome:
        return refused() if switch.role_arn.endswith("owner") else untested()

    plan = settle(profiles, Sts(answer=answer), SyncOptions(), selected=("reader", "owner"))

    found = compare_results(plan.decisions, CALLERS, profiles)
    assert {name: rank(about) for name, about in found.items()} == {"owner": ()}


def test_a_profile_that_sts_accepts_counts_though_the_aws_cli_stops_at_it() -> None:
    profiles = {one.name: one for one in (source_profile(), profile("reader"), profile("raeder"))}

    def answer(switch: Switch) -> Outcome:
        return refused() if switch.role_arn.endswith("raeder") else accepted(switch)

    plan = settle(profiles, Sts(answer=answer), SyncOptions(), selected=("reader", "raeder"))
    stop = dataclasses.replace(refused(), cause=Cause.REGION_MISSING)
    decisions = [
        reject_if_stopped(each, stop) if each.profile.name == "reader" else each
        for each in plan.decisions
    ]

    first, *_ = rank(compare_results(decisions, CALLERS, profiles)["raeder"])
    assert first.wording is Wording.SIMILAR_ROLE
    assert "(`reader` once fixed works, and ends in `role/reader`)" in first.text


def test_a_role_that_another_caller_assumes_has_no_typo() -> None:
    shared = in_account("222222222222", "shared")
    profiles = {
        one.name: one
        for one in (
            source_profile(),
            source_profile("other"),
            profile("bobs", source="other", role_arn=shared),
            profile("owner", role_arn=shared),
        )
    }

    def answer(switch: Switch) -> Outcome:
        return refused() if switch.source == DEFAULT else accepted(switch)

    plan = settle(profiles, Sts(answer=answer), SyncOptions(), callers=CALLERS)

    assert compare_results(plan.decisions, CALLERS, profiles)["owner"][0] == ruled_out(
        Topic.ROLE_NAME
    )
