"""Laws of a plan, tried on random forests of chains and random trust policies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given, settings

from plan_forests import CALLERS, Names, World, worlds
from plan_worlds import Sts, role_name
from rounds import EXAMPLES
from sync_profiles.outcomes import Caller
from sync_profiles.planning.decision import Change, Decision, Verdict, WriteMode
from sync_profiles.planning.plan import Plan
from sync_profiles.planning.session_name import wanted_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan for a world, the tests that were sent for it, and the names that it leaves."""

    world: World
    mode: WriteMode
    sts: Sts
    plan: Plan
    after: Names

    @classmethod
    def of(cls, world: World, mode: WriteMode) -> Planned:
        sts = Sts(answer=world.answer)
        plan = world.plan(mode, sts)
        return cls(world=world, mode=mode, sts=sts, plan=plan, after=world.after(plan).names)


@settings(max_examples=3 * EXAMPLES)
@given(worlds)
def test_the_laws_of_a_plan(world: World) -> None:
    check, sync = Planned.of(world, WriteMode.PREVIEW), Planned.of(world, WriteMode.WRITE)
    a_profile_that_worked_works_afterwards(sync)
    the_verdicts_of_a_check_are_true(check)
    the_verdicts_of_a_sync_are_true(sync)
    assert [*map(summary, check.plan.decisions)] == [*map(summary, sync.plan.decisions)]
    assert world.after(sync.plan).plan(WriteMode.WRITE).changes == ()
    only_selected_profiles_change_and_to_the_wanted_name(sync)
    the_table_decides(check)
    a_change_that_is_not_made_for_another_profile_would_break_it(sync)
    two_switches_are_enough_and_three_below_a_change(check)
    two_switches_are_enough_and_three_below_a_change(sync)


def summary(decision: Decision) -> tuple[str, Change, str | None, str | None]:
    return decision.profile.name, decision.change, decision.wanted_name, decision.note


def a_profile_that_worked_works_afterwards(sync: Planned) -> None:
    world = sync.world
    broken = [
        name
        for name in world.trusts
        if world.is_testable(name)
        and world.works(name, world.names)
        and not world.works(name, sync.after)
    ]
    assert broken == []


def the_verdicts_of_a_check_are_true(check: Planned) -> None:
    for decision in check.plan.decisions:
        name = decision.profile.name
        now = check.world.works(name, check.world.names)
        match decision.verdict:
            case Verdict.ACCEPTED:
                assert now
            case Verdict.FIXABLE:
                assert (now, check.world.works(name, check.after)) == (False, True)
            case Verdict.REJECTED:
                assert not now
            case Verdict.UNKNOWN:
                assert not check.world.is_testable(name)


def the_verdicts_of_a_sync_are_true(sync: Planned) -> None:
    for decision in sync.plan.decisions:
        name = decision.profile.name
        match decision.verdict:
            case Verdict.ACCEPTED:
                assert sync.world.works(name, sync.after)
            case Verdict.REJECTED:
                assert not sync.world.works(name, sync.after)
            case Verdict.UNKNOWN:
                assert not sync.world.is_testable(name)
            case Verdict.FIXABLE:
                raise AssertionError(decision)


def only_selected_profiles_change_and_to_the_wanted_name(sync: Planned) -> None:
    world = sync.world
    in_order = [name for name in world.profiles if name in world.selected]
    assert [decision.profile.name for decision in sync.plan.decisions] == in_order
    for decision in sync.plan.decisions:
        who = CALLERS[world.source(decision.profile.name)]
        wanted = wanted_name(who if isinstance(who, Caller) else None, override=world.session_name)
        assert decision.wanted_name == (wanted if isinstance(wanted, str) else None)
        if decision.change.writes:
            assert not decision.profile.keep_name
            assert decision.wanted_name not in {None, decision.profile.session_name}


#: (configured name, accepted as configured, accepted with the wanted name) -> the decision
TABLE = {
    ("none", False, False): Change.FILL,
    ("none", False, True): Change.FILL,
    ("none", True, False): Change.LEAVE,
    ("none", True, True): Change.FILL,
    ("another", False, False): Change.LEAVE,
    ("another", False, True): Change.FIX,
    ("another", True, False): Change.KEEP,
    ("another", True, True): Change.KEEP,
}


def the_table_decides(check: Planned) -> None:
    world, after = check.world, check.after
    for decision in check.plan.decisions:
        name, wanted = decision.profile.name, decision.wanted_name
        if wanted is None or decision.profile.keep_name or not world.is_testable(name):
            continue
        works_now = world.works(name, world.names)
        works_as_wanted = world.works(name, after | {name: wanted})
        would_break = works_now and not world.works(name, after | {name: world.names[name]})
        if wanted == world.names[name]:
            expected = Change.NONE
        elif world.names[name] is None:
            works_unnamed = world.works(name, after | {name: None})
            expected = TABLE["none", works_unnamed, works_as_wanted]
        elif works_as_wanted and (world.overwrite or would_break):
            expected = Change.FIX
        else:
            expected = TABLE["another", works_now, works_as_wanted]
        if is_withheld(decision):
            assert expected.writes
            expected = Change.LEAVE
        assert decision.change is expected


def a_change_that_is_not_made_for_another_profile_would_break_it(sync: Planned) -> None:
    world = sync.world
    for decision in filter(is_withheld, sync.plan.decisions):
        changed = sync.after | {decision.profile.name: decision.wanted_name}
        assert any(
            world.works(other, world.names) and not world.works(other, changed)
            for other in world.trusts
        )


def two_switches_are_enough_and_three_below_a_change(planned: Planned) -> None:
    """Below a change, a profile is judged as it is, as it will be, and under the wanted name.

    That holds for each place from which it is tried: its own, and those of the ends below it.
    """
    world = planned.world
    changed = {decision.profile.name for decision in planned.plan.changes}
    withheld = {each.profile.name for each in planned.plan.decisions if is_withheld(each)}
    asked = Counter((role_name(switch), switch.client) for switch in planned.sts.asked)
    for (name, place), count in asked.items():
        ends = {world.profiles[end].client for end in world.trusts if name in world.hops(end)}
        assert place in ends
        above = set(world.hops(name)[1:])
        if not above & withheld:  # else it was judged below that change, and without it again
            assert count <= (3 if above & changed else 2)


def is_withheld(decision: Decision) -> bool:
    return (decision.note or "").startswith("as `")
