"""Who mends a refused profile, as the title of its group says it."""

from __future__ import annotations

import pytest

from hint_cases import DENIED, USER, answered, decision, profile
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.explain.remedies import Remedy, remedy_for
from sync_profiles.outcomes import Failure

BY_THE_CALLERS = f"{DENIED} because no identity-based policy allows the sts:AssumeRole action"
BY_THE_TRUST = f"{DENIED} because no resource-based policy allows the sts:AssumeRole action"
BY_A_DENY = f"{DENIED} with an explicit deny in a service control policy"
BY_ONES_OWN_DENY = f"{DENIED} with an explicit deny in an identity-based policy"
BY_A_TRUST_DENY = f"{DENIED} with an explicit deny in a resource-based policy"


@pytest.mark.parametrize(
    ("failure", "remedy"),
    [
        pytest.param(answered("AccessDenied", DENIED), Remedy.EITHER, id="no reason"),
        pytest.param(
            answered("AccessDenied", BY_THE_CALLERS),
            Remedy.ADMINISTRATOR,
            id="no policy of the caller allows it",
        ),
        pytest.param(
            answered("AccessDenied", BY_THE_TRUST),
            Remedy.EITHER,
            id="the trust policy does not, as for want of an external ID",
        ),
        pytest.param(
            answered("AccessDenied", BY_A_DENY), Remedy.ADMINISTRATOR, id="a policy denies it"
        ),
        pytest.param(
            answered("AccessDenied", BY_ONES_OWN_DENY),
            Remedy.EITHER,
            id="a policy of the caller denies it, as for want of MFA",
        ),
        pytest.param(
            answered("AccessDenied", BY_A_TRUST_DENY),
            Remedy.EITHER,
            id="the trust policy denies it, as for want of MFA",
        ),
        pytest.param(
            answered("RegionDisabledException"), Remedy.EITHER, id="the region is not in use"
        ),
        pytest.param(
            Failure(cause=Cause.SETTING_INVALID, proves=True), Remedy.YOURSELF, id="a setting"
        ),
    ],
)
def test_whose_it_is_to_mend(failure: Failure, remedy: Remedy) -> None:
    refused = decision(failure)
    assert remedy_for(refused) is remedy
    below = decision(
        cause=Cause.SOURCE_REFUSED,
        outcome=refused.outcome,
        hops=("hop", "admin"),
        blocked_by="hop",
    )
    assert remedy_for(below) is remedy


@pytest.mark.parametrize(
    ("message", "settings"),
    [
        pytest.param(BY_ONES_OWN_DENY, {"mfa_serial": "arn:aws:iam::1:mfa/x"}, id="with a device"),
        pytest.param(
            BY_ONES_OWN_DENY.replace(USER, "arn:aws:sts::111111111111:assumed-role/hop/work_api"),
            {},
            id="a role's session, which has none",
        ),
    ],
)
def test_no_device_of_the_persons_own_lifts_a_deny(message: str, settings: dict[str, str]) -> None:
    refused = decision(answered("AccessDenied", message), subject=profile(**settings))
    assert remedy_for(refused) is Remedy.ADMINISTRATOR


def test_a_name_that_is_kept_is_the_persons_own_to_mend() -> None:
    kept = decision(answered("AccessDenied", DENIED), change=Change.KEEP)
    assert remedy_for(kept) is Remedy.YOURSELF


def test_what_a_sync_mends_is_told_with_the_command() -> None:
    mended = decision(answered("AccessDenied", DENIED), verdict=Verdict.FIXABLE)
    title = remedy_for(mended).title(sync_command="sync-profiles -p x")
    assert title == "mended by `sync-profiles -p x`"
