"""Plans for chains in several regions: a hop is tried in the region of the chain's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plan_worlds import answering, profile, role_name, settle, table_of, trusting
from sync_profiles.decisions import Change, Verdict
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import WriteMode

if TYPE_CHECKING:
    from sync_profiles.outcomes import Switch
    from sync_profiles.planning.plan import Plan

ME = "work_api"
ACCEPTED, REJECTED = Verdict.ACCEPTED, Verdict.REJECTED
LEAVE, NONE = Change.LEAVE, Change.NONE


def summary(plan: Plan) -> list[tuple[str, Verdict, Change]]:
    return [(each.profile.name, each.verdict, each.change) for each in plan.decisions]


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    ("region", "hop_is", "below_is", "above_is"),
    [
        pytest.param("west", ACCEPTED, REJECTED, ACCEPTED, id="of the hop: not of those below"),
        pytest.param("east", REJECTED, ACCEPTED, REJECTED, id="of those below: not of the hop"),
    ],
)
def test_a_hop_is_tried_at_the_place_of_the_end_of_each_chain(
    region: str, hop_is: Verdict, below_is: Verdict, above_is: Verdict, mode: WriteMode
) -> None:
    """The hop accepts calls from one region only; its answer elsewhere proves nothing."""

    def lets_in(switch: Switch) -> bool:
        return role_name(switch) != "hop" or switch.client == region

    profiles = table_of(
        profile("hop", ME, client="west"),
        profile("below", ME, source="hop", client="east"),
        profile("with it", ME, source="hop", client="west"),
    )
    sts = answering(lets_in)
    plan = settle(profiles, sts, SyncOptions(mode=mode))

    assert summary(plan) == [
        ("hop", hop_is, NONE),
        ("below", below_is, NONE),
        ("with it", above_is, NONE),
    ]
    blocked = [each.profile.name for each in plan.decisions if each.blocked_by == "hop"]
    assert blocked == (["below"] if region == "west" else ["with it"])
    working = "with it" if region == "west" else "below"
    assert {(role_name(switch), switch.client) for switch in sts.asked} == {
        ("hop", "west"),
        ("hop", "east"),
        (working, region),
    }
    assert len(sts.asked) == 3


@pytest.mark.parametrize("mode", WriteMode)
def test_a_session_of_one_place_is_not_used_at_another(mode: WriteMode) -> None:
    """The global endpoint's sessions are unknown in a region that an account opts in to."""
    profiles = table_of(
        profile("hop", ME, client="global"), profile("below", ME, source="hop", client="cape")
    )
    sts = answering(lambda switch: switch.parent is None or switch.parent.client == switch.client)
    plan = settle(profiles, sts, SyncOptions(mode=mode))
    assert summary(plan) == [("hop", ACCEPTED, NONE), ("below", ACCEPTED, NONE)]
    assert [(role_name(switch), switch.client) for switch in sts.asked] == [
        ("hop", "global"),
        ("hop", "cape"),
        ("below", "cape"),
    ]


@pytest.mark.parametrize("mode", WriteMode)
def test_a_hop_above_many_profiles_costs_one_call_for_each_further_place(
    mode: WriteMode,
) -> None:
    places = ("here", "there", "elsewhere")
    below = [profile(f"p{n}", ME, source="hop", client=places[n % 3]) for n in range(99)]
    sts = trusting(ME)
    plan = settle(table_of(profile("hop", ME, client="here"), *below), sts, SyncOptions(mode=mode))
    assert {each.verdict for each in plan.decisions} == {ACCEPTED}
    asked = [(role_name(switch), switch.client) for switch in sts.asked]
    assert sorted(place for name, place in asked if name == "hop") == sorted(places)
    assert len(asked) == len(places) + len(below)


@pytest.mark.parametrize("mode", WriteMode)
def test_a_name_that_helps_the_hop_and_breaks_a_chain_elsewhere_is_not_written(
    mode: WriteMode,
) -> None:
    def lets_in(switch: Switch) -> bool:
        is_hop_elsewhere = role_name(switch) == "hop" and switch.client == "east"
        return not is_hop_elsewhere or switch.session_name is None

    profiles = table_of(
        profile("hop", client="west"), profile("below", ME, source="hop", client="east")
    )
    plan = settle(profiles, answering(lets_in), SyncOptions(mode=mode))
    assert summary(plan) == [("hop", ACCEPTED, LEAVE), ("below", ACCEPTED, NONE)]
    assert plan.decisions[0].note == "as `work_api` it would break profile `below` down the chain"
