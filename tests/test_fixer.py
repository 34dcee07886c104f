"""Who can fix a refused profile."""

from __future__ import annotations

import pytest

from e2e import Home, keys, role_profile
from hint_cases import DENIED, USER, answered, decision, profile
from sync_profiles.causes import Cause, Fixer
from sync_profiles.decisions import Change, Verdict
from sync_profiles.explain.fixer import fixer_of
from sync_profiles.outcomes import Failure
from sync_profiles.sandbox import story as s

BY_THE_CALLERS = f"{DENIED} because no identity-based policy allows the sts:AssumeRole action"
BY_THE_TRUST = f"{DENIED} because no resource-based policy allows the sts:AssumeRole action"
BY_A_DENY = f"{DENIED} with an explicit deny in a service control policy"
BY_ONES_OWN_DENY = f"{DENIED} with an explicit deny in an identity-based policy"
BY_A_TRUST_DENY = f"{DENIED} with an explicit deny in a resource-based policy"


@pytest.mark.parametrize(
    ("failure", "fixer"),
    [
        pytest.param(answered("AccessDenied", DENIED), Fixer.EITHER, id="no reason"),
        pytest.param(
            answered("AccessDenied", BY_THE_CALLERS),
            Fixer.ADMINISTRATOR,
            id="no policy of the caller allows it",
        ),
        pytest.param(
            answered("AccessDenied", BY_THE_TRUST),
            Fixer.EITHER,
            id="the trust policy does not, as for want of an external ID",
        ),
        pytest.param(
            answered("AccessDenied", BY_A_DENY), Fixer.ADMINISTRATOR, id="a policy denies it"
        ),
        pytest.param(
            answered("AccessDenied", BY_ONES_OWN_DENY),
            Fixer.EITHER,
            id="a policy of the caller denies it, as for want of MFA",
        ),
        pytest.param(
            answered("AccessDenied", BY_A_TRUST_DENY),
            Fixer.EITHER,
            id="the trust policy denies it, as for want of MFA",
        ),
        pytest.param(
            answered("RegionDisabledException"), Fixer.EITHER, id="the region is not in use"
        ),
        pytest.param(Failure(cause=Cause.SETTING_INVALID, proves=True), Fixer.YOU, id="a setting"),
    ],
)
def test_who_can_fix_it(failure: Failure, fixer: Fixer) -> None:
    refused = decision(failure)
    assert fixer_of(refused) is fixer
    below = decision(
        cause=Cause.SOURCE_REFUSED,
        outcome=refused.outcome,
        hops=("hop", "admin"),
        blocked_by="hop",
    )
    assert fixer_of(below) is fixer


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
def test_no_mfa_device_of_the_user_lifts_a_deny(message: str, settings: dict[str, str]) -> None:
    refused = decision(answered("AccessDenied", message), subject=profile(**settings))
    assert fixer_of(refused) is Fixer.ADMINISTRATOR


def test_a_name_that_is_kept_is_for_the_reader_to_fix() -> None:
    kept = decision(answered("AccessDenied", DENIED), change=Change.KEEP)
    assert fixer_of(kept) is Fixer.YOU


@pytest.mark.parametrize(
    ("role_arn", "title"),
    [
        pytest.param(
            f"{s.STRANGERS_ROLE.arn} # ours", "you can fix these (1)", id="a comment in the value"
        ),
        pytest.param(
            f'"{s.STRANGERS_ROLE.arn}"', "you can fix these (1)", id="quotes in the value"
        ),
        pytest.param(
            "arn:aws:iam::222222222222:user/r", "you can fix these (1)", id="the ARN of a user"
        ),
        pytest.param(
            s.STRANGERS_ROLE.arn,
            "you or an administrator can fix these: run `sync-profiles explain` (1)",
            id="nothing that the file shows",
        ),
    ],
)
def test_what_the_file_shows_is_yours_to_fix(empty_home: Home, role_arn: str, title: str) -> None:
    empty_home.write(role_profile("p", role_arn, "keys"), keys("keys", s.WORK_API.credentials))
    assert title in empty_home.run("check").stdout


def test_a_sync_fixes_what_is_fixable() -> None:
    fixable = decision(answered("AccessDenied", DENIED), verdict=Verdict.FIXABLE)
    assert fixer_of(fixable) is Fixer.SYNC
