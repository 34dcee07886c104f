"""The decision table of a sync, row by row, in both tenses; and what the table leaves out."""

from __future__ import annotations

import pytest

from examples import DATA
from plan_worlds import (
    DEFAULT,
    Short,
    Sts,
    answering,
    profile,
    refused,
    role_name,
    session,
    settle,
    shorten,
    table_of,
    trusting,
)
from sync_profiles.answers import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Decision, Verdict
from sync_profiles.model import BrokenChain, Chain
from sync_profiles.outcomes import Accepted, Failure
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import WriteMode

ME = "work_api"
FILL, FIX, KEEP, LEAVE, NONE = Change.FILL, Change.FIX, Change.KEEP, Change.LEAVE, Change.NONE
ACCEPTED, FIXABLE, REJECTED = Verdict.ACCEPTED, Verdict.FIXABLE, Verdict.REJECTED
#: why a name is kept, by what the run is told
KEPT = {"keep": "a comment in its section keeps its name", "overwrite": f"`{ME}` was refused"}
CAUSES = {REJECTED: Cause.NOT_AUTHORIZED, FIXABLE: Cause.SESSION_NAME}


NAMES = {"me": ME, "-": None, "''": ""}


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(line, id=line.rpartition(" | ")[2])
        for line in (DATA / "decisions.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ],
)
def test_the_table(row: str, mode: WriteMode) -> None:
    cells = [cell.split() for cell in row.split("|")]
    [own], trusts, run_with, [change_text], [verdict_text], asks, check_asks, _ = cells
    change, before = Change(change_text), Verdict(verdict_text)
    admin = profile("admin", NAMES.get(own, own), keep_name="keep" in run_with)
    sts = trusting(*(NAMES.get(name, name) for name in trusts))
    options = SyncOptions(mode=mode, overwrite="overwrite" in run_with)
    plan = settle(table_of(admin), sts, options)

    written = mode is WriteMode.WRITE and change.writes and before is not REJECTED
    verdict = ACCEPTED if written else before
    proof = session("admin", ME if written else admin.session_name)
    assert plan.decisions == (
        Decision(
            profile=admin,
            chain=Chain(source=DEFAULT, hops=("admin",)),
            wanted_name=ME,
            verdict=verdict,
            change=change,
            cause=CAUSES.get(verdict),
            outcome=Accepted(assumed_role_arn=proof) if verdict is ACCEPTED else refused(),
            note=KEPT[run_with[-1]] if run_with and change is KEEP else None,
        ),
    )
    expected = [NAMES.get(name, name) for name in (asks if mode is WriteMode.WRITE else check_asks)]
    assert [switch.session_name for switch in sts.asked] == expected
    assert plan.changes == (plan.decisions if change.writes else ())


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    ("name", "let_in", "change", "cause"),
    [
        pytest.param("robot", "robot", LEAVE, Cause.DURATION_TOO_LONG, id="the name in the file"),
        pytest.param("robot", ME, LEAVE, Cause.DURATION_TOO_LONG, id="the wanted name"),
        pytest.param("robot", "other", LEAVE, Cause.NOT_AUTHORIZED, id="neither"),
        pytest.param(None, None, LEAVE, Cause.DURATION_TOO_LONG, id="none, and not the wanted one"),
        pytest.param(None, ME, FILL, Cause.DURATION_TOO_LONG, id="the wanted name, not none"),
    ],
)
def test_a_duration_is_too_long_only_for_a_name_that_the_role_lets_in(
    name: str | None, let_in: str | None, change: Change, cause: Cause, mode: WriteMode
) -> None:
    too_long = failure_of_answer(
        "AssumeRole",
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )
    sts = Sts(answer=lambda switch: too_long if switch.session_name == let_in else refused())
    plan = settle(table_of(profile("admin", name)), sts, SyncOptions(mode=mode))
    (decision,) = plan.decisions
    assert (decision.verdict, decision.change, decision.cause) == (REJECTED, change, cause)


@pytest.mark.parametrize("mode", WriteMode)
def test_equal_switches_are_asked_once(mode: WriteMode) -> None:
    twins = [profile(name, role_arn="arn:aws:iam::1:role/r", client="a") for name in "ab"]
    sts = trusting(ME)
    plan = settle(table_of(*twins), sts, SyncOptions(mode=mode))

    assert [(each.profile.name, each.change) for each in plan.decisions] == [
        ("a", FILL),
        ("b", FILL),
    ]
    asks = [ME] if mode is WriteMode.WRITE else [ME, None]
    assert [switch.session_name for switch in sts.asked] == asks


@pytest.mark.parametrize("mode", WriteMode)
def test_a_broken_chain_is_rejected_without_a_switch(mode: WriteMode) -> None:
    lost = profile("lost", source="nowhere")
    sts = trusting("work_api")
    plan = settle(table_of(lost), sts, SyncOptions(mode=mode), callers={})

    (decision,) = plan.decisions
    assert shorten(decision) == Short(
        verdict=REJECTED,
        change=LEAVE,
        cause=Cause.SOURCE_PROFILE_MISSING,
        wanted=None,
    )
    assert isinstance(decision.chain, BrokenChain)
    assert sts.asked == []


@pytest.mark.parametrize("mode", WriteMode)
def test_a_web_identity_is_skipped(mode: WriteMode) -> None:
    pod = profile("pod", source=None, web_identity_token_file="/token")
    sts = trusting("work_api")
    plan = settle(table_of(pod), sts, SyncOptions(mode=mode), callers={})

    (decision,) = plan.decisions
    assert shorten(decision) == Short(
        verdict=Verdict.UNKNOWN, change=Change.SKIP, cause=Cause.WEB_IDENTITY, wanted=None
    )
    assert decision.chain is None
    assert sts.asked == []


@pytest.mark.parametrize("mode", WriteMode)
def test_a_profile_that_stops_the_aws_cli_is_rejected_but_gets_its_name(
    mode: WriteMode,
) -> None:
    stop = Failure(
        cause=Cause.REGION_MISSING,
        proves=True,
        message="no region is set",
    )
    names = ("admin", "closed", "works")
    plan = settle(
        table_of(*map(profile, names)),
        answering(
            lambda switch: switch.session_name == "work_api" and role_name(switch) != "closed"
        ),
        SyncOptions(mode=mode),
        stops={"admin": stop, "closed": stop},
    )

    fixable = mode is WriteMode.PREVIEW
    assert [shorten(each) for each in plan.decisions] == [
        Short(verdict=REJECTED, change=FILL, cause=Cause.REGION_MISSING),
        Short(verdict=REJECTED, change=FILL, cause=Cause.NOT_AUTHORIZED),
        Short(
            verdict=FIXABLE if fixable else ACCEPTED,
            change=FILL,
            cause=Cause.SESSION_NAME if fixable else None,
        ),
    ]
    assert plan.decisions[0].outcome == stop
