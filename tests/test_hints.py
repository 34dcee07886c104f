from __future__ import annotations

import dataclasses

import pytest

from hint_cases import (
    CALLER,
    NOT_AUTHORIZED,
    ROLE,
    SOURCE,
    SSO_USER,
    answered,
    decision,
    profile,
)
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.explain.explanation import Explanation
from sync_profiles.explain.hints import WRITERS, explain, explain_source
from sync_profiles.model import BrokenChain, FileKind, Place, Source
from sync_profiles.outcomes import Accepted, Caller, Failure

ON_THIS_MACHINE = Failure(cause=Cause.STS_ERROR, proves=False, message="'a'")


def test_every_cause_has_its_writer() -> None:
    assert set(WRITERS) == set(Cause)


@pytest.mark.parametrize("caller", [CALLER, SSO_USER, None], ids=["user", "sso", "nobody"])
@pytest.mark.parametrize("failure", [None, NOT_AUTHORIZED, ON_THIS_MACHINE])
@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_message_and_a_hint_in_our_style(
    cause: Cause, failure: Failure | None, caller: Caller | None
) -> None:
    outcome = dataclasses.replace(failure, cause=cause) if failure is not None else None
    found = explain(decision(outcome=outcome, cause=cause), caller=caller)

    for text in (found.message, found.hint):
        assert text
        assert text.isprintable()
        assert not text.endswith(".")
        assert text.count("`") % 2 == 0
        assert text[0] == "`" or text[0].islower() or text.startswith(("AWS ", "STS "))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_source_has_a_message_and_a_hint(cause: Cause) -> None:
    for source in (SOURCE, Source(credential_source="Environment")):
        found = explain_source(source, Failure(cause=cause, proves=True))

        assert found.message
        assert found.hint


def test_a_name_that_a_sync_mends() -> None:
    named = decision(
        NOT_AUTHORIZED,
        subject=profile(role_session_name="old_name"),
        verdict=Verdict.FIXABLE,
        cause=Cause.SESSION_NAME,
        change=Change.FIX,
    )
    unnamed = dataclasses.replace(named, profile=profile(), change=Change.FILL)

    assert explain(named, caller=CALLER) == Explanation(
        message="refused as `old_name`, accepted as `work_api`", hint="run `sync-profiles`"
    )
    assert explain(unnamed, caller=CALLER).message == (
        "refused as `botocore-session-…`, accepted as `work_api`"
    )


def test_an_accepted_profile_shows_its_proof() -> None:
    proof = "arn:aws:sts::222222222222:assumed-role/admin_role/other"
    accepted = decision(
        outcome=Accepted(assumed_role_arn=proof), verdict=Verdict.ACCEPTED, change=Change.NONE
    )
    kept = dataclasses.replace(
        accepted, profile=profile(role_session_name="other"), change=Change.KEEP
    )
    noted = dataclasses.replace(kept, note="a comment in its section keeps its name")

    assert explain(dataclasses.replace(accepted, wanted_name=None), caller=CALLER) == Explanation(
        message=f"`{proof}`"
    )
    assert explain(kept, caller=CALLER) == Explanation(
        message=f"`{proof}`, which differs from the wanted name `work_api`"
    )
    assert explain(noted, caller=CALLER).hint == (
        "the name stays: a comment in its section keeps its name"
    )


def test_a_profile_that_was_not_to_be_tested() -> None:
    failure = Failure(cause=Cause.NOT_TESTED, proves=False, message="no test was asked for")
    untested = decision(failure, verdict=Verdict.UNKNOWN)

    assert explain(untested, caller=CALLER) == Explanation(
        message="not tested: no test was asked for", hint="leave `--no-test` out to test it"
    )


def test_a_broken_chain_says_where() -> None:
    broken = dataclasses.replace(
        decision(cause=Cause.SOURCE_LOOP),
        chain=BrokenChain(
            cause=Cause.SOURCE_LOOP,
            message="the source profiles run in a circle",
            hint="let one name a profile with keys",
            place=Place(file=FileKind.CONFIG, line=14),
        ),
    )

    assert explain(broken, caller=None) == Explanation(
        message="the source profiles run in a circle (config, line 14)",
        hint="let one name a profile with keys",
    )


def test_a_hop_that_is_refused_at_the_place_of_another_is_explained_by_that_place() -> None:
    failure = answered("RegionDisabledException", "STS is not activated in this region")
    leaf = dataclasses.replace(
        profile("leaf", source_profile="hop", region="af-south-1"), client="leaf"
    )
    blocked = decision(
        failure,
        subject=leaf,
        cause=Cause.SOURCE_REFUSED,
        hops=("hop", "leaf"),
        blocked_by="hop",
    )
    assert explain(blocked, caller=CALLER, profiles={"hop": profile("hop")}) == Explanation(
        message="the chain stops at `hop`, called with the region and endpoint of `leaf`: STS is "
        "not active in `af-south-1` for account `111111111111`",
        hint="set `region` (config, line 13) to another one, or ask an administrator of account "
        "`111111111111` to activate STS in `af-south-1`",
    )


def test_a_chain_that_stops_further_up_is_explained_by_its_hop() -> None:
    failure = answered("ValidationError", "DurationSeconds exceeds the MaxSessionDuration")
    blocked = decision(
        failure,
        subject=profile("leaf", source_profile="hop"),
        cause=Cause.SOURCE_REFUSED,
        hops=("hop", "leaf"),
        blocked_by="hop",
    )
    hop = profile("hop", duration_seconds="43200")

    assert explain(blocked, caller=CALLER, profiles={"hop": hop}) == Explanation(
        message=f"the chain stops at `hop`: `duration_seconds` `43200` is longer than `{ROLE}` "
        "grants",
        hint="lower `duration_seconds` (config, line 12) to `3600`, which every role grants",
    )
    assert explain(blocked, caller=CALLER) == Explanation(
        message="the chain stops at `hop`: `duration-too-long`",
        hint="mend `hop` first: `sync-profiles explain hop` tells how",
    )


def test_the_source_without_an_identity_is_explained_with_its_place() -> None:
    failure = answered("ExpiredToken", "expired", "GetCallerIdentity")
    keys = profile("default", aws_access_key_id="A", aws_session_token="T")

    assert explain_source(SOURCE, failure, profiles={"default": keys}) == Explanation(
        message="the credentials of profile `default` have expired",
        hint="put fresh keys beside `aws_session_token` (config, line 13)",
    )
    by_profile = explain(decision(failure), caller=failure, profiles={"default": keys})
    assert by_profile == explain_source(SOURCE, failure, profiles={"default": keys})


def test_an_accepted_switch_without_a_region_is_told_by_its_cause() -> None:
    stopped = decision(
        outcome=Accepted(assumed_role_arn="arn:aws:sts::1:assumed-role/x/y"),
        cause=Cause.REGION_MISSING,
    )

    assert explain(stopped, caller=CALLER).message == (
        "profile `admin` has no region, and the AWS CLI stops without one"
    )


def test_a_web_identity_has_no_chain() -> None:
    listed = dataclasses.replace(
        decision(cause=Cause.WEB_IDENTITY, verdict=Verdict.UNKNOWN), chain=None
    )

    assert explain(listed, caller=None) == Explanation(
        message="the role is assumed with a web identity token, which is not tested",
        hint="set `role_session_name` in `[profile admin]` (config, line 10) by hand where the "
        "role demands a name",
    )
