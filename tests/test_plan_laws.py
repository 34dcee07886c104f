"""Laws of a plan, tried on random forests of chains and random trust policies."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from plan_forests import CALLERS, World, worlds
from plan_worlds import Sts, role_name
from sync_profiles.decisions import Change, Decision, Verdict
from sync_profiles.outcomes import Caller
from sync_profiles.planning.session_name import wanted_name
from sync_profiles.planning.verdict import WriteMode

EXAMPLES = 250


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_a_profile_that_worked_works_afterwards(world: World) -> None:
    after = world.after(world.plan(WriteMode.WRITE)).names
    broken = [
        name
        for name in world.trusts
        if world.is_testable(name)
        and world.works(name, world.names)
        and not world.works(name, after)
    ]
    assert broken == []


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_the_results_of_check_are_true(world: World) -> None:
    plan = world.plan(WriteMode.PREVIEW)
    after = world.after(plan).names
    for decision in plan.decisions:
        name = decision.profile.name
        works = (world.works(name, world.names), world.works(name, after))
        match decision.verdict:
            case Verdict.ACCEPTED:
                assert works == (True, works[1])
            case Verdict.FIXABLE:
                assert works == (False, True)
            case Verdict.REJECTED:
                assert works == (False, works[1])
            case Verdict.UNKNOWN:
                assert not world.is_testable(name)


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_the_results_of_a_sync_are_true(world: World) -> None:
    plan = world.plan(WriteMode.WRITE)
    after = world.after(plan).names
    for decision in plan.decisions:
        name = decision.profile.name
        match decision.verdict:
            case Verdict.ACCEPTED:
                assert world.works(name, after)
            case Verdict.REJECTED:
                assert not world.works(name, after)
            case Verdict.UNKNOWN:
                assert not world.is_testable(name)
            case Verdict.FIXABLE:
                raise AssertionError(decision)


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_a_second_sync_changes_nothing(world: World) -> None:
    after = world.after(world.plan(WriteMode.WRITE))
    assert after.plan(WriteMode.WRITE).changes == ()


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_a_dry_run_shows_the_changes_of_the_sync(world: World) -> None:
    now, then = ([summary(each) for each in world.plan(mode).decisions] for mode in WriteMode)
    assert now == then


def summary(decision: Decision) -> tuple[str, Change, str | None, str | None]:
    return decision.profile.name, decision.change, decision.wanted_name, decision.note


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_only_selected_profiles_change_and_to_the_wanted_name(world: World) -> None:
    plan = world.plan(WriteMode.WRITE)
    in_order = [name for name in world.profiles if name in world.selected]
    assert [decision.profile.name for decision in plan.decisions] == in_order
    for decision in plan.decisions:
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


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_the_table_decides(world: World) -> None:
    plan = world.plan(WriteMode.PREVIEW)
    after = world.after(plan).names
    for decision in plan.decisions:
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


@settings(max_examples=EXAMPLES)
@given(worlds)
def test_a_change_that_is_not_made_for_another_profile_would_break_it(world: World) -> None:
    plan = world.plan(WriteMode.WRITE)
    after = world.after(plan).names
    for decision in plan.decisions:
        name = decision.profile.name
        if is_withheld(decision):
            changed = after | {name: decision.wanted_name}
            assert any(
                world.works(other, world.names) and not world.works(other, changed)
                for other in world.trusts
            )


@settings(max_examples=EXAMPLES)
@given(worlds, st.sampled_from(WriteMode))
def test_two_switches_are_enough_and_three_below_a_change(world: World, mode: WriteMode) -> None:
    """Below a change, a profile is judged as it is, as it will be, and under the wanted name.

    That holds for each place from which it is tried: its own, and those of the ends below it.
    """
    sts = Sts(answer=world.answer)
    plan = world.plan(mode, sts)
    changed = {decision.profile.name for decision in plan.changes}
    withheld = {each.profile.name for each in plan.decisions if is_withheld(each)}
    asked = Counter((role_name(switch), switch.client) for switch in sts.asked)
    for (name, place), count in asked.items():
        assert place in {
            world.profiles[end].client for end in world.trusts if name in world.hops(end)
        }
        above = set(world.hops(name)[1:])
        if not above & withheld:  # else it was judged below that change, and without it again
            assert count <= (3 if above & changed else 2)


def is_withheld(decision: Decision) -> bool:
    return (decision.note or "").startswith("as `")
