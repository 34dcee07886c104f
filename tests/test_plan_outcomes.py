"""What a plan does not ask, and what it reports in its place; and which switches it asks."""

from __future__ import annotations

import pytest

from plan_worlds import (
    DEFAULT,
    USER,
    profile,
    role_name,
    settle,
    table_of,
    trusting,
)
from sync_profiles.causes import Cause
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.model import BrokenChain, Profile
from sync_profiles.outcomes import Accepted, Failure, Reason, Switch
from sync_profiles.planning import known_outcomes
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import Change, Verdict, WriteMode

ME = "work_api"


@pytest.mark.parametrize(
    ("setting", "value", "cause", "proves"),
    [
        ("role_session_name", "\n  region=x", Cause.SESSION_NAME_INVALID, True),
        ("role_arn", "\n  region = x", Cause.ROLE_ARN_INVALID, True),
        ("external_id", "\n  region=x", Cause.SETTING_INVALID, True),
        ("mfa_serial", "\n  region=x", Cause.SETTING_INVALID, True),
        ("duration_seconds", "\n  region=x", Cause.SETTING_INVALID, True),
        ("role_arn", "r region=us-east-1", Cause.ROLE_ARN_INVALID, True),
        ("role_arn", "rregion=us-east-1", Cause.ROLE_ARN_INVALID, False),
        ("role_session_name", "bobregion=us-east-1", Cause.SESSION_NAME_INVALID, False),
    ],
)
def test_a_setting_with_another_one_in_it_is_not_sent(
    setting: str, value: str, cause: Cause, *, proves: bool
) -> None:
    settings = {"role_arn": "r", "source_profile": "default", setting: value}
    lines = "".join(f"{key} ={value}\n" for key, value in settings.items())
    keys = "[default]\naws_access_key_id = k\naws_secret_access_key = s\n"
    profiles = read_profiles(config=parse_document(f"{keys}[profile p]\n{lines}")).by_name
    sts = trusting(None, ME)
    [decision] = settle(profiles, sts, SyncOptions(mode=WriteMode.PREVIEW)).decisions
    kept = Change.LEAVE if setting == "role_session_name" else Change.FILL
    assert (decision.change, decision.wanted_name) == (kept, ME)
    assert decision.outcome == Failure(
        cause=cause,
        proves=proves,
        reason=Reason.SWALLOWED_LINE,
        message=f"the value of {setting} has another line or setting in it",
        setting=setting,
    )
    assert sts.asked == []


def test_a_role_of_another_partition_than_its_caller() -> None:
    abroad = "arn:aws-cn:iam::222222222222:role/abroad"
    hop = profile("hop", ME)
    profiles = table_of(
        hop, profile("a", role_arn=abroad), profile("b", role_arn=abroad, source="hop")
    )
    plan = settle(profiles, trusting(ME), SyncOptions(mode=WriteMode.PREVIEW))
    assert [decision.outcome for decision in plan.decisions[1:]] == [
        Failure(
            cause=Cause.PARTITION_MISMATCH,
            proves=True,
            message="the role is in another partition than the caller",
            caller_arn=caller_arn,
        )
        for caller_arn in (USER, hop.role_arn)
    ]


def test_a_profile_whose_chain_is_broken_is_rejected_with_it() -> None:
    plan = settle(table_of(profile("a", source="b")), trusting(ME), SyncOptions())
    [decision] = plan.decisions
    assert isinstance(decision.chain, BrokenChain)
    assert (decision.verdict, decision.change) == (Verdict.REJECTED, Change.LEAVE)
    assert decision.cause is decision.chain.cause is Cause.SOURCE_PROFILE_MISSING


def test_a_duration_that_is_too_long_for_a_device_s_session_is_reported() -> None:
    plan = settle(
        table_of(
            profile("a", ME, mfa_serial="m", duration_seconds="7200"),
            profile("b", "x", mfa_serial="m", duration_seconds="7200"),
            profile("c", ME),
        ),
        trusting(ME),
        SyncOptions(mode=WriteMode.PREVIEW),
    )
    found = [(decision.verdict, decision.untested_duration) for decision in plan.decisions]
    assert found == [(Verdict.ACCEPTED, 7200), (Verdict.FIXABLE, 7200), (Verdict.ACCEPTED, None)]


def test_a_call_of_an_account_that_is_new_is_withheld() -> None:
    options = SyncOptions(mode=WriteMode.PREVIEW, withheld=frozenset({"a"}))
    sts = trusting(ME)
    decisions = settle(table_of(profile("a"), profile("b", ME)), sts, options).decisions
    assert [decision.verdict for decision in decisions] == [Verdict.UNKNOWN, Verdict.ACCEPTED]
    assert decisions[0].outcome == Failure(
        cause=Cause.NOT_TESTED, proves=False, reason=Reason.NEW_ACCOUNT
    )
    assert [role_name(switch) for switch in sts.asked] == ["b"]


def test_a_switch_is_the_last_of_a_chain_under_any_names() -> None:
    hop = profile("hop", external_id="e", mfa_serial="m", duration_seconds="7200")
    hops = (hop, profile("child", source="hop"))
    step = None
    for hop, name in zip(hops, ("x", None), strict=True):
        step = known_outcomes.switch_of(
            hop, source=DEFAULT, parent=step, session_name=name, client="c"
        )
    assert step is not None
    assert step.parent == Switch(
        source=DEFAULT,
        parent=None,
        role_arn=hops[0].role_arn,
        session_name="x",
        external_id="e",
        mfa_serial="m",
        duration_seconds=7200,
        client="c",
    )

    def is_along(*of_chain: Profile, client: str = "c") -> bool:
        *_, route = known_outcomes.routes_along(of_chain, source=DEFAULT, client=client)
        return step in known_outcomes.calls_by_route({step: answer}).get(route, {})

    answer = Accepted(assumed_role_arn="arn")
    assert is_along(*hops)
    assert not is_along(hops[1])
    assert not is_along(*hops, client="d")
    assert not is_along(profile("hop"), hops[1])
    assert not is_along(profile("above"), *hops)
