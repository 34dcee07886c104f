"""The decision table of a sync, row by row, in both tenses; and what the table leaves out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from plan_worlds import (
    DEFAULT,
    Short,
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
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Decision, Verdict
from sync_profiles.model import BrokenChain, Chain
from sync_profiles.outcomes import Accepted, Failure
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import WriteMode

ME = "work_api"
FILL, FIX, KEEP, LEAVE, NONE = Change.FILL, Change.FIX, Change.KEEP, Change.LEAVE, Change.NONE
ACCEPTED, FIXABLE, REJECTED = Verdict.ACCEPTED, Verdict.FIXABLE, Verdict.REJECTED
KEPT = "a comment in its section keeps its name"
CAUSES = {REJECTED: Cause.NOT_AUTHORIZED, FIXABLE: Cause.SESSION_NAME}


@dataclass(frozen=True)
class Row:
    """A name, the names that the role lets in, and what follows.

    `verdict` is the one before the write; `asks` are the names that a sync tests, in its order,
    `check_asks` those that `check` tests.
    """

    name: str | None
    trusts: tuple[str | None, ...]
    change: Change
    verdict: Verdict
    asks: list[str | None]
    check_asks: list[str | None]
    overwrite: bool = False
    keep_name: bool = False
    note: str | None = None


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(
            Row(None, (ME,), FILL, FIXABLE, [ME], [ME, None]),
            id="no name, only the wanted one accepted: fill",
        ),
        pytest.param(
            Row(None, (ME, None), FILL, ACCEPTED, [ME], [ME, None]),
            id="no name, any accepted: fill",
        ),
        pytest.param(
            Row(None, (), FILL, REJECTED, [ME, None], [ME, None]),
            id="no name, none accepted: fill",
        ),
        pytest.param(
            Row(None, (None,), LEAVE, ACCEPTED, [ME, None], [ME, None]),
            id="no name, accepted only so: leave",
        ),
        pytest.param(
            Row("", (ME,), FILL, FIXABLE, [ME], [ME, None]),
            id="an empty name counts as missing: fill",
        ),
        pytest.param(
            Row(ME, (ME,), NONE, ACCEPTED, [ME], [ME]),
            id="the wanted name, accepted: nothing to do",
        ),
        pytest.param(
            Row(ME, (None, "eve"), NONE, REJECTED, [ME], [ME]),
            id="the wanted name, refused: nothing to do",
        ),
        pytest.param(
            Row("eve", (ME,), FIX, FIXABLE, ["eve", ME], ["eve", ME]),
            id="another name, only the wanted one accepted: fix",
        ),
        pytest.param(
            Row("Work_API", (ME,), FIX, FIXABLE, ["Work_API", ME], ["Work_API", ME]),
            id="the wanted name in another case is another name: fix",
        ),
        pytest.param(
            Row("eve", ("eve", ME), KEEP, ACCEPTED, ["eve"], ["eve"]),
            id="another name, both accepted: keep",
        ),
        pytest.param(
            Row("eve", ("eve",), KEEP, ACCEPTED, ["eve"], ["eve"]),
            id="another name, accepted only so: keep",
        ),
        pytest.param(
            Row("eve", (), LEAVE, REJECTED, ["eve", ME], ["eve", ME]),
            id="another name, none accepted: leave",
        ),
        pytest.param(
            Row("eve", ("eve", ME), FIX, ACCEPTED, [ME], [ME, "eve"], overwrite=True),
            id="overwriting another name, both accepted: fix",
        ),
        pytest.param(
            Row("eve", (ME,), FIX, FIXABLE, [ME], [ME, "eve"], overwrite=True),
            id="overwriting another name, only the wanted one accepted: fix",
        ),
        pytest.param(
            Row(
                "eve",
                ("eve",),
                KEEP,
                ACCEPTED,
                [ME, "eve"],
                [ME, "eve"],
                overwrite=True,
                note=f"`{ME}` was refused",
            ),
            id="overwriting another name, accepted only so: keep",
        ),
        pytest.param(
            Row("eve", (), LEAVE, REJECTED, [ME, "eve"], [ME, "eve"], overwrite=True),
            id="overwriting another name, none accepted: leave",
        ),
        pytest.param(
            Row(
                "eve",
                (ME,),
                KEEP,
                REJECTED,
                ["eve"],
                ["eve"],
                overwrite=True,
                keep_name=True,
                note=KEPT,
            ),
            id="a comment keeps another name, even one refused, even from overwriting",
        ),
        pytest.param(
            Row(None, (ME, None), KEEP, ACCEPTED, [None], [None], keep_name=True, note=KEPT),
            id="a comment keeps a profile without a name",
        ),
        pytest.param(
            Row(ME, (ME,), NONE, ACCEPTED, [ME], [ME], keep_name=True),
            id="a comment has nothing to keep if the name is the wanted one",
        ),
    ],
)
def test_the_table(row: Row, mode: WriteMode) -> None:
    admin = profile("admin", row.name, keep_name=row.keep_name)
    sts = trusting(*row.trusts)
    options = SyncOptions(mode=mode, overwrite=row.overwrite)
    plan = settle(table_of(admin), sts, options)

    written = mode is WriteMode.WRITE and row.change.writes and row.verdict is not REJECTED
    verdict = ACCEPTED if written else row.verdict
    proof = {
        ACCEPTED: session("admin", ME if written else admin.session_name),
        FIXABLE: None,
        REJECTED: None,
    }[verdict]
    assert plan.decisions == (
        Decision(
            profile=admin,
            chain=Chain(source=DEFAULT, hops=("admin",)),
            wanted_name=ME,
            verdict=verdict,
            change=row.change,
            cause=CAUSES.get(verdict),
            outcome=Accepted(assumed_role_arn=proof) if proof else refused(),
            note=row.note,
        ),
    )
    asks = row.asks if mode is WriteMode.WRITE else row.check_asks
    assert [switch.session_name for switch in sts.asked] == asks
    assert plan.changes == (plan.decisions if row.change.writes else ())


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
