from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from plan_worlds import (
    DEFAULT,
    USER,
    Sts,
    accepted,
    caller,
    profile,
    refused,
    settle,
    source_profile,
    untested,
)
from sync_profiles.causes import Cause
from sync_profiles.explain.evidence import Cleared, Topic
from sync_profiles.explain.evidence_others import gather_evidence
from sync_profiles.explain.hints import explain
from sync_profiles.model import Source
from sync_profiles.planning.plan import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_profiles.model import Profile
    from sync_profiles.outcomes import Caller, Outcome, Switch

OTHER = Source(profile="other")
OTHER_USER = "arn:aws:iam::111111111111:user/bob"
DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
CALLERS = {DEFAULT: caller(), OTHER: caller(OTHER_USER, OTHER)}
LINE = "`role_arn` (config, line 1)"


def in_account(account_id: str, name: str) -> str:
    return f"arn:aws:iam::{account_id}:role/{name}"


def hints(
    profiles: tuple[Profile, ...],
    refuses: Callable[[Switch], bool],
    callers: dict[Source, Caller] | None = None,
) -> dict[str, str | None]:
    """Return the hints of the profiles that STS refuses."""
    by_name = {one.name: one for one in (source_profile(), source_profile("other"), *profiles)}
    who = CALLERS if callers is None else callers
    plan = settle(
        by_name,
        Sts(answer=lambda switch: refused() if refuses(switch) else accepted(switch)),
        Wishes(),
        callers=who,
        selected=[one.name for one in profiles],
    )
    evidence = gather_evidence(plan.decisions, who)
    return {
        decision.profile.name: explain(
            decision,
            caller=who[DEFAULT],
            profiles=by_name,
            evidence=evidence[decision.profile.name],
        ).hint
        for decision in plan.decisions
        if decision.profile.name in evidence
    }


def refuses_roles(*names: str) -> Callable[[Switch], bool]:
    return lambda switch: switch.role_arn.rpartition("/")[2] in names


@pytest.mark.parametrize(
    ("profiles", "refuses", "hint"),
    [
        pytest.param(
            (profile("auditor"), profile("owner")),
            refuses_roles("owner"),
            f"check, likeliest first: (1) whether {LINE} is spelt right, for `auditor` is accepted "
            "as `work_api` in the same account; (2) whether the role's trust policy names the "
            "caller; (3) whether the role demands MFA (no `mfa_serial` is set)",
            id="another role of the account is accepted",
        ),
        pytest.param(
            (profile("auditor"), profile("owner", role_arn=in_account("222222222222", "AUDITOR"))),
            refuses_roles("AUDITOR"),
            f"correct {LINE} to end in `role/auditor`, as accepted `auditor` has it",
            id="another case",
        ),
        pytest.param(
            (
                profile("auditor", role_arn=in_account("222222222222", "ops/auditor")),
                profile("owner", role_arn=in_account("222222222222", "auditor")),
            ),
            lambda switch: "ops" not in switch.role_arn,
            f"correct {LINE} to end in `role/ops/auditor`, as accepted `auditor` has it",
            id="another path",
        ),
        pytest.param(
            (profile("auditor"), profile("owner", role_arn=in_account("222222222222", "auditro"))),
            refuses_roles("auditro"),
            f"check, likeliest first: (1) whether {LINE} should end in `role/auditor`, as accepted "
            "`auditor` has it; (2) whether the role's trust policy names the caller; "
            "(3) whether the role demands MFA (no `mfa_serial` is set)",
            id="a typo",
        ),
        pytest.param(
            (profile("auditor", mfa_serial=DEVICE), profile("owner")),
            refuses_roles("owner"),
            "check, likeliest first: (1) whether the role demands MFA: no `mfa_serial` here, but "
            f"in `auditor`, accepted in the same account; (2) whether {LINE} is spelt right, for "
            "`auditor` is accepted as `work_api` in the same account; (3) whether the role's trust "
            "policy names the caller",
            id="no MFA here, but on another",
        ),
        pytest.param(
            (
                profile("far", mfa_serial=DEVICE, role_arn=in_account("333333333333", "far")),
                profile("owner"),
            ),
            refuses_roles("owner"),
            "check, likeliest first: (1) whether the role demands MFA: no `mfa_serial` here, but "
            f"in `far`, accepted elsewhere; (2) whether {LINE} is spelt right, case included; "
            "(3) whether the role's trust policy names the caller",
            id="no MFA here, but in another account",
        ),
        pytest.param(
            (profile("auditor", external_id="x-1"), profile("owner")),
            refuses_roles("owner"),
            "check, likeliest first: (1) the external ID: no `external_id` here, but in "
            f"`auditor`, accepted in the same account; (2) whether {LINE} is spelt right, for "
            "`auditor` is accepted as `work_api` in the same account; (3) whether the role's trust "
            "policy names the caller",
            id="no external ID here, but on another",
        ),
        pytest.param(
            (
                profile("first", role_arn=in_account("222222222222", "shared"), external_id="a"),
                profile("owner", role_arn=in_account("222222222222", "shared"), external_id="b"),
            ),
            lambda switch: switch.external_id == "b",
            "check, likeliest first: (1) the external ID: another than in `first`, accepted for "
            "the same role; (2) what differs from `first`, accepted for the same role",
            id="the same role with another external ID",
        ),
        pytest.param(
            (
                profile("plain", role_arn=in_account("222222222222", "shared")),
                profile(
                    "owner",
                    role_arn=in_account("222222222222", "shared"),
                    region="x-1",
                    client="owner",
                ),
            ),
            lambda switch: switch.client == "owner",
            "check what differs from `plain`, accepted for the same role",
            id="the same role from elsewhere",
        ),
        pytest.param(
            (
                profile("bobs", source="other", role_arn=in_account("222222222222", "shared")),
                profile("owner", role_arn=in_account("222222222222", "shared")),
            ),
            lambda switch: switch.source == DEFAULT,
            "check, likeliest first: (1) whether the role trusts the caller: it lets `bobs` in, "
            "which calls from `other`; (2) whether the role demands MFA (no `mfa_serial` is set); "
            "(3) whether the role demands an external ID (no `external_id` is set)",
            id="the same role lets another caller in",
        ),
        pytest.param(
            (profile("reader"), profile("owner")),
            lambda _: True,
            "check, likeliest first: (1) whether account `222222222222` trusts the caller: none of "
            "2 profiles there from `default` is accepted; (2) whether a policy of the caller "
            f"allows `sts:AssumeRole` there; (3) whether {LINE} is spelt right, case included",
            id="all of the account are refused",
        ),
        pytest.param(
            (profile("far", role_arn=in_account("333333333333", "far")), profile("owner")),
            lambda _: True,
            "check, likeliest first: (1) whether a policy of the caller allows `sts:AssumeRole`: "
            f"none of 2 profiles from `default` is accepted anywhere; (2) whether {LINE} is spelt "
            "right, case included; (3) whether the role's trust policy names the caller",
            id="all of the caller are refused",
        ),
        pytest.param(
            (profile("reader"), profile("owner", "old_name", keep_name=True)),
            refuses_roles("owner"),
            f"check, likeliest first: (1) whether {LINE} is spelt right, for `reader` is accepted "
            "as `work_api` in the same account; (2) whether the role demands the session name "
            "`work_api`, which `owner` lacks: a comment in its section keeps its name; "
            "(3) whether the role's trust policy names the caller",
            id="a comment keeps another name than the wanted one",
        ),
        pytest.param(
            (profile("reader", "robot"), profile("owner")),
            refuses_roles("owner"),
            f"check, likeliest first: (1) whether {LINE} is spelt right, for `reader` is accepted "
            "in the same account; (2) the session name: `reader` is accepted as `robot` in the "
            "same account; (3) whether the role's trust policy names the caller",
            id="another name is accepted in the account",
        ),
        pytest.param(
            (
                profile("hop"),
                profile("direct", role_arn=in_account("222222222222", "shared")),
                profile("owner", source="hop", role_arn=in_account("222222222222", "shared")),
            ),
            lambda switch: switch.parent is not None,
            "check, likeliest first: (1) whether the role trusts the session of `hop`: it lets "
            "`direct` in, which calls from `default`; (2) whether the role has a condition on "
            "`${aws:username}`, which a role's session never meets; (3) whether the role demands "
            "an external ID (no `external_id` is set)",
            id="the second hop of a chain calls as another",
        ),
    ],
)
def test_a_refusal_is_seen_beside_the_other_results(
    profiles: tuple[Profile, ...], refuses: Callable[[Switch], bool], hint: str
) -> None:
    assert hints(profiles, refuses)["owner"] == hint


def test_a_caller_that_is_no_user_is_told_first() -> None:
    callers = {DEFAULT: caller("arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_X_1/jane")}

    assert hints((profile("reader"), profile("owner")), refuses_roles("owner"), callers) == {
        "owner": f"check, likeliest first: (1) whether {LINE} is spelt right, for `reader` is "
        "accepted as `jane` in the same account; (2) whether the role has a condition on "
        "`${aws:username}`, which an Identity Center user never meets; (3) whether the role's "
        "trust policy names the caller"
    }


def test_two_sources_with_the_same_identity_are_one_caller() -> None:
    callers = {DEFAULT: caller(), OTHER: caller(USER, OTHER)}

    found = hints((profile("a", source="other"), profile("b")), lambda _: True, callers)

    assert "none of 2 profiles there from `other` is accepted" in (found["a"] or "")


def test_a_profile_below_a_refused_hop_has_the_hops_evidence() -> None:
    found = hints(
        (profile("reader"), profile("hop"), profile("leaf", source="hop")), refuses_roles("hop")
    )

    assert found["leaf"] == found["hop"]
    assert "`reader` is accepted" in (found["hop"] or "")


def test_without_a_refusal_that_names_no_reason_there_is_nothing_to_tell() -> None:
    assert hints((profile("reader"), profile("owner")), lambda _: False) == {}


@pytest.mark.parametrize(
    ("cause", "policy_type", "is_gathered"),
    [
        (Cause.NOT_AUTHORIZED, None, True),
        (Cause.IMPLICIT_DENY, "role trust", True),
        (Cause.IMPLICIT_DENY, "resource-based", True),
        (Cause.IMPLICIT_DENY, "identity-based", False),
        (Cause.IMPLICIT_DENY, None, False),
        (Cause.EXPLICIT_DENY, "role trust", True),
        (Cause.EXPLICIT_DENY, "identity-based", True),
        (Cause.EXPLICIT_DENY, "service control", False),
    ],
)
def test_a_refusal_that_leaves_the_setting_open_is_seen_beside_the_others(
    cause: Cause, policy_type: str | None, *, is_gathered: bool
) -> None:
    profiles = {one.name: one for one in (source_profile(), profile("reader"), profile("owner"))}
    denied = dataclasses.replace(refused(), cause=cause, policy_type=policy_type)

    def answer(switch: Switch) -> Outcome:
        return denied if switch.role_arn.endswith("owner") else accepted(switch)

    plan = settle(profiles, Sts(answer=answer), Wishes(), selected=("reader", "owner"))

    assert set(gather_evidence(plan.decisions, CALLERS)) == ({"owner"} if is_gathered else set())


def test_what_was_not_tested_proves_nothing() -> None:
    profiles = {one.name: one for one in (source_profile(), profile("reader"), profile("owner"))}

    def answer(switch: Switch) -> Outcome:
        return refused() if switch.role_arn.endswith("owner") else untested()

    plan = settle(profiles, Sts(answer=answer), Wishes(), selected=("reader", "owner"))

    assert gather_evidence(plan.decisions, CALLERS) == {"owner": ()}


def test_a_role_that_somebody_assumes_is_spelt_right() -> None:
    shared = in_account("222222222222", "shared")
    profiles = {
        one.name: one
        for one in (
            source_profile(),
            source_profile("other"),
            profile("bobs", source="other", role_arn=shared),
            profile("owner", role_arn=shared),
        )
    }

    def answer(switch: Switch) -> Outcome:
        return refused() if switch.source == DEFAULT else accepted(switch)

    plan = settle(profiles, Sts(answer=answer), Wishes(), callers=CALLERS)

    assert gather_evidence(plan.decisions, CALLERS)["owner"][0] == Cleared(topic=Topic.ROLE_NAME)
