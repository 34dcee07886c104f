"""Plans with various callers, and with profiles that cannot be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plan_worlds import (
    DEFAULT,
    Short,
    Sts,
    caller,
    profile,
    role_name,
    settle,
    shorten,
    table_of,
    trusting,
    untested,
)
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning import known_outcomes
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import WriteMode

if TYPE_CHECKING:
    from sync_profiles.model import Profile
    from sync_profiles.planning.plan import Plan

MACHINE = "arn:aws:sts::111111111111:assumed-role/ci/i-0123"
PERSON = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_0f/Jane@example.com"
DOWN = Failure(cause=Cause.NETWORK, proves=False, message="Could not connect")
NO_KEYS = Failure(cause=Cause.NO_CREDENTIALS, proves=True)
NO_TEST = Failure(cause=Cause.NOT_TESTED, proves=False, message="no test was asked for")


def decide(
    admin: Profile, sts: Sts, options: SyncOptions, who: Caller | Failure | None = None
) -> Plan:
    return settle(table_of(admin), sts, options, callers={DEFAULT: who or caller()})


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param(None, Change.FILL, id="no name: fill"),
        pytest.param("eve", Change.KEEP, id="another name: keep"),
        pytest.param("work_api", Change.NONE, id="the wanted name: nothing to do"),
    ],
)
def test_a_profile_that_cannot_be_tested_is_unknown(
    name: str | None, change: Change, mode: WriteMode
) -> None:
    plan = decide(
        profile("admin", name, mfa_serial="arn:aws:iam::111111111111:mfa/me"),
        Sts(answer=lambda _: untested()),
        SyncOptions(mode=mode, overwrite=True),
    )

    assert [shorten(each) for each in plan.decisions] == [
        Short(verdict=Verdict.UNKNOWN, change=change, cause=Cause.MFA_CODE_NEEDED)
    ]


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    ("name", "overwrite", "change"),
    [
        pytest.param(None, False, Change.FILL, id="no name: fill"),
        pytest.param("eve", False, Change.KEEP, id="another name: keep"),
        pytest.param("eve", True, Change.KEEP, id="overwrite a name that may work: keep"),
        pytest.param("work_api", True, Change.NONE, id="the wanted name: nothing to do"),
    ],
)
def test_without_a_test_nothing_is_asked(
    name: str | None, change: Change, mode: WriteMode, *, overwrite: bool
) -> None:
    sts = trusting("work_api")
    plan = decide(
        profile("admin", name),
        sts,
        SyncOptions(mode=mode, testing=known_outcomes.Testing.OFF, overwrite=overwrite),
    )

    assert sts.asked == []
    assert [shorten(each) for each in plan.decisions] == [
        Short(verdict=Verdict.UNKNOWN, change=change, cause=Cause.NOT_TESTED)
    ]
    assert plan.decisions[0].outcome == NO_TEST


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    ("arn", "override", "cause", "note"),
    [
        pytest.param(
            MACHINE, None, Cause.NO_WANTED_NAME, "an assumed role has no user name", id="a role"
        ),
        pytest.param(
            "arn:aws:iam::111111111111:root",
            None,
            Cause.NO_WANTED_NAME,
            "the root user has no user name",
            id="root",
        ),
        pytest.param(
            PERSON,
            "x-${aws:username}",
            Cause.NO_WANTED_NAME,
            "`${aws:username}` needs an IAM user as the caller",
            id="a given name with the user's, of a caller without one",
        ),
        pytest.param(
            "arn:aws:iam::111111111111:user/x",
            None,
            Cause.SESSION_NAME_INVALID,
            "`x` cannot be a session name: STS takes 2 to 64 of `A-Z a-z 0-9 _+=,.@-`",
            id="a user name of one character",
        ),
    ],
)
def test_a_caller_without_a_name_is_skipped_and_tested_as_configured(
    arn: str, override: str | None, cause: Cause, note: str, mode: WriteMode
) -> None:
    sts = trusting("eve")
    options = SyncOptions(mode=mode, session_name=override, overwrite=True)
    plan = decide(profile("admin", "eve"), sts, options, caller(arn))

    assert [shorten(each) for each in plan.decisions] == [
        Short(verdict=Verdict.ACCEPTED, change=Change.SKIP, cause=cause, wanted=None, note=note)
    ]
    assert [switch.session_name for switch in sts.asked] == ["eve"]


@pytest.mark.parametrize("mode", WriteMode)
@pytest.mark.parametrize(
    ("nobody", "override", "expected"),
    [
        pytest.param(
            NO_KEYS,
            None,
            Short(
                verdict=Verdict.REJECTED,
                change=Change.SKIP,
                cause=Cause.NO_CREDENTIALS,
                wanted=None,
                note="the source has no identity",
            ),
            id="for certain: rejected",
        ),
        pytest.param(
            NO_KEYS,
            "ci.build",
            Short(
                verdict=Verdict.REJECTED,
                change=Change.FILL,
                cause=Cause.NO_CREDENTIALS,
                wanted="ci.build",
            ),
            id="for certain, with a given name: rejected, and filled",
        ),
        pytest.param(
            DOWN,
            None,
            Short(
                verdict=Verdict.UNKNOWN,
                change=Change.SKIP,
                cause=Cause.NETWORK,
                wanted=None,
                note="the source has no identity",
            ),
            id="without a network: unknown",
        ),
        pytest.param(
            DOWN,
            "ci.build",
            Short(
                verdict=Verdict.UNKNOWN,
                change=Change.FILL,
                cause=Cause.NETWORK,
                wanted="ci.build",
            ),
            id="without a network, with a given name: filled untested",
        ),
    ],
)
def test_a_source_without_an_identity(
    nobody: Failure, override: str | None, expected: Short, mode: WriteMode
) -> None:
    sts = trusting()
    plan = decide(profile("admin"), sts, SyncOptions(mode=mode, session_name=override), nobody)

    assert [shorten(each) for each in plan.decisions] == [expected]
    assert sts.asked == []


@pytest.mark.parametrize("mode", WriteMode)
def test_a_role_of_another_partition_is_rejected_without_a_call(mode: WriteMode) -> None:
    abroad = profile("abroad", role_arn="arn:aws-cn:iam::222222222222:role/abroad")
    below = profile("below", source="hop", role_arn="arn:aws-us-gov:iam::222222222222:role/below")
    sts = trusting("work_api")
    plan = settle(table_of(abroad, profile("hop"), below), sts, SyncOptions(mode=mode))
    found = {each.profile.name: (each.cause, each.change) for each in plan.decisions}
    assert found["abroad"] == found["below"] == (Cause.PARTITION_MISMATCH, Change.FILL)
    assert {role_name(switch) for switch in sts.asked} == {"hop"}
