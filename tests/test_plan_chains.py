"""Plans for role chains: each change is judged by all profiles that depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plan_worlds import (
    DEFAULT,
    Sts,
    answering,
    parent_session,
    profile,
    refused,
    role_name,
    session,
    settle,
    table_of,
    trusting,
    untested,
)
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Decision, Verdict
from sync_profiles.model import Chain
from sync_profiles.outcomes import Accepted
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import WriteMode

if TYPE_CHECKING:
    from sync_profiles.outcomes import Switch
    from sync_profiles.planning.plan import Plan

ME = "work_api"
ACCEPTED, FIXABLE, REJECTED = Verdict.ACCEPTED, Verdict.FIXABLE, Verdict.REJECTED
UNKNOWN = Verdict.UNKNOWN
FILL, FIX, KEEP, LEAVE, NONE = Change.FILL, Change.FIX, Change.KEEP, Change.LEAVE, Change.NONE


def asks_of(sts: Sts) -> list[tuple[str, str | None]]:
    return [(role_name(switch), switch.session_name) for switch in sts.asked]


def called_from(switch: Switch, hop: str, *names: str | None) -> bool:
    """Return whether the caller is the hop's session with one of the names."""
    return parent_session(switch) in {session(hop, name) for name in names}


def summary(plan: Plan) -> list[tuple[str, Verdict, Change]]:
    return [(each.profile.name, each.verdict, each.change) for each in plan.decisions]


@pytest.mark.parametrize("mode", WriteMode)
def test_a_child_of_a_fixable_hop_is_fixable(mode: WriteMode) -> None:
    hop, child = profile("hop"), profile("child", ME, source="hop")
    sts = trusting(ME)
    plan = settle(table_of(hop, child), sts, SyncOptions(mode=mode))

    now = mode is WriteMode.PREVIEW
    assert plan.decisions == (
        Decision(
            profile=hop,
            chain=Chain(source=DEFAULT, hops=("hop",)),
            wanted_name=ME,
            verdict=FIXABLE if now else ACCEPTED,
            change=FILL,
            cause=Cause.SESSION_NAME if now else None,
            outcome=refused() if now else Accepted(assumed_role_arn=session("hop", ME)),
        ),
        Decision(
            profile=child,
            chain=Chain(source=DEFAULT, hops=("hop", "child")),
            wanted_name=ME,
            verdict=FIXABLE if now else ACCEPTED,
            change=NONE,
            cause=Cause.SOURCE_REFUSED if now else None,
            outcome=refused() if now else Accepted(assumed_role_arn=session("child", ME)),
            blocked_by="hop" if now else None,
        ),
    )
    assert asks_of(sts) == (
        [("hop", ME), ("hop", None), ("child", ME)] if now else [("hop", ME), ("child", ME)]
    )


@pytest.mark.parametrize("mode", WriteMode)
def test_all_below_a_refused_hop_is_rejected_by_its_refusal(mode: WriteMode) -> None:
    profiles = table_of(
        profile("last", ME, source="middle"),
        profile("middle", source="hop"),
        profile("hop", "eve"),
    )
    sts = trusting()
    plan = settle(profiles, sts, SyncOptions(mode=mode))

    assert [
        (each.profile.name, each.verdict, each.change, each.cause, each.blocked_by, each.outcome)
        for each in plan.decisions
    ] == [
        ("last", REJECTED, NONE, Cause.SOURCE_REFUSED, "hop", refused()),
        ("middle", REJECTED, FILL, Cause.SOURCE_REFUSED, "hop", refused()),
        ("hop", REJECTED, LEAVE, Cause.NOT_AUTHORIZED, None, refused()),
    ]
    assert asks_of(sts) == [("hop", "eve"), ("hop", ME)]


@pytest.mark.parametrize("mode", WriteMode)
def test_all_below_an_untested_hop_is_unknown_and_filled(mode: WriteMode) -> None:
    profiles = table_of(
        profile("hop"), profile("child", source="hop"), profile("other", "eve", source="hop")
    )
    sts = Sts(answer=lambda _: untested())
    plan = settle(profiles, sts, SyncOptions(mode=mode))

    assert [
        (each.profile.name, each.verdict, each.change, each.cause, each.blocked_by)
        for each in plan.decisions
    ] == [
        ("hop", UNKNOWN, FILL, Cause.MFA_CODE_NEEDED, None),
        ("child", UNKNOWN, FILL, Cause.MFA_CODE_NEEDED, "hop"),
        ("other", UNKNOWN, KEEP, Cause.MFA_CODE_NEEDED, "hop"),
    ]


def trusts_eve_below(switch: Switch) -> bool:
    """Accept `hop` with any name, and `child` only from the session `eve` of `hop`."""
    return role_name(switch) == "hop" or called_from(switch, "hop", "eve")


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize("name", [None, ME, "eve"], ids=["unnamed", "wanted", "another"])
def test_a_change_that_would_break_a_profile_further_down_is_not_made(
    name: str | None, mode: WriteMode
) -> None:
    hop = profile("hop", "eve")
    profiles = table_of(hop, profile("child", name, source="hop"))
    sts = answering(trusts_eve_below)
    plan = settle(profiles, sts, SyncOptions(mode=mode, overwrite=True))

    wanted_too = NONE if name == ME else FILL if name is None else FIX
    assert summary(plan) == [("hop", ACCEPTED, LEAVE), ("child", ACCEPTED, wanted_too)]
    assert plan.decisions[0] == Decision(
        profile=hop,
        chain=Chain(source=DEFAULT, hops=("hop",)),
        wanted_name=ME,
        verdict=ACCEPTED,
        change=LEAVE,
        outcome=Accepted(assumed_role_arn=session("hop", "eve")),
        note="as `work_api` it would break profile `child` down the chain",
    )


@pytest.mark.parametrize("mode", WriteMode)
def test_a_change_that_would_break_an_unselected_profile_is_not_made(mode: WriteMode) -> None:
    profiles = table_of(profile("hop", "eve"), profile("child", source="hop"))
    options = SyncOptions(mode=mode, overwrite=True)
    plan = settle(profiles, answering(trusts_eve_below), options, selected={"hop"})

    assert summary(plan) == [("hop", ACCEPTED, LEAVE)]


@pytest.mark.parametrize("mode", WriteMode)
def test_unselected_profiles_that_no_change_affects_are_not_tested(mode: WriteMode) -> None:
    profiles = table_of(
        profile("hop", ME), profile("child", source="hop"), profile("other", source="hop")
    )
    sts = trusting(ME)
    plan = settle(profiles, sts, SyncOptions(mode=mode), selected={"other"})

    assert summary(plan) == [("other", FIXABLE if mode is WriteMode.PREVIEW else ACCEPTED, FILL)]
    names = [("hop", ME), ("other", ME), ("other", None)]
    assert asks_of(sts) == (names if mode is WriteMode.PREVIEW else names[:2])


@pytest.mark.parametrize("mode", WriteMode)
def test_a_profile_that_a_change_would_break_takes_the_wanted_name_if_that_helps(
    mode: WriteMode,
) -> None:
    def lets_in(switch: Switch) -> bool:
        same = switch.parent is not None and switch.parent.session_name == switch.session_name
        return role_name(switch) == "hop" or same

    profiles = table_of(profile("hop", "eve"), profile("child", "eve", source="hop"))
    plan = settle(profiles, answering(lets_in), SyncOptions(mode=mode, overwrite=True))
    kept = settle(profiles, answering(lets_in), SyncOptions(mode=mode))

    assert summary(plan) == [("hop", ACCEPTED, FIX), ("child", ACCEPTED, FIX)]
    assert summary(kept) == [("hop", ACCEPTED, KEEP), ("child", ACCEPTED, KEEP)]


@pytest.mark.parametrize("mode", WriteMode)
def test_a_change_is_dropped_if_a_dependent_profile_may_not_follow(mode: WriteMode) -> None:
    """`middle` works under a new `hop` only as `work_api`, which `last` does not trust."""

    def lets_in(switch: Switch) -> bool:
        match role_name(switch):
            case "middle":
                return called_from(switch, "hop", switch.session_name) or (
                    called_from(switch, "hop", None) and switch.session_name == "eve"
                )
            case "last":
                return called_from(switch, "middle", "eve")
            case _:
                return True

    profiles = table_of(
        profile("hop"),
        profile("middle", "eve", source="hop"),
        profile("last", ME, source="middle"),
    )
    plan = settle(profiles, answering(lets_in), SyncOptions(mode=mode))

    assert [(each.profile.name, each.change, each.note) for each in plan.decisions] == [
        ("hop", LEAVE, "as `work_api` it would break profile `middle` down the chain"),
        ("middle", KEEP, None),
        ("last", NONE, None),
    ]
    assert [each.verdict for each in plan.decisions] == [ACCEPTED, ACCEPTED, ACCEPTED]


@pytest.mark.parametrize("mode", WriteMode)
def test_the_first_of_several_profiles_that_would_break_is_named(mode: WriteMode) -> None:
    def lets_in(switch: Switch) -> bool:
        return role_name(switch) == "hop" or called_from(switch, "hop", None)

    profiles = table_of(
        profile("hop"), profile("first", "eve", source="hop"), profile("second", source="hop")
    )
    plan = settle(profiles, answering(lets_in), SyncOptions(mode=mode))

    assert [(each.profile.name, each.change, each.note) for each in plan.decisions] == [
        ("hop", LEAVE, "as `work_api` it would break profile `first` down the chain"),
        ("first", KEEP, None),
        ("second", FILL, None),
    ]


@pytest.mark.parametrize("mode", WriteMode)
def test_each_chain_is_judged_on_its_own(mode: WriteMode) -> None:
    """One of two children would break: the other is as fixable as it is without the change."""

    def lets_in(switch: Switch) -> bool:
        return role_name(switch) != "strict" or called_from(switch, "hop", "eve")

    profiles = table_of(
        profile("strict", "eve", source="hop"),
        profile("loose", source="hop"),
        profile("hop", "eve"),
        profile("alone", "eve"),
    )
    plan = settle(profiles, answering(lets_in), SyncOptions(mode=mode, overwrite=True))

    assert summary(plan) == [
        ("strict", ACCEPTED, FIX),
        ("loose", ACCEPTED, FILL),
        ("hop", ACCEPTED, LEAVE),
        ("alone", ACCEPTED, FIX),
    ]
