"""Findings about a refusal from other profiles' results."""

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
from sync_profiles.explain.comparison import compare_results
from sync_profiles.explain.suspicions import Statement, Topic, rank, ruled_out
from sync_profiles.model import Source
from sync_profiles.planning.plan import SyncOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_profiles.model import Profile
    from sync_profiles.outcomes import Caller, Outcome, Switch

OTHER = Source(profile="other")
OTHER_USER = "arn:aws:iam::111111111111:user/bob"
DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
CALLERS = {DEFAULT: caller(), OTHER: caller(OTHER_USER, OTHER)}
SETTING = {"setting": "`role_arn` (config, line 1)"}
WHO = {"who": "the caller", "origin": "from `default`"}
IN_ACCOUNT, SAME_ROLE = "in the same account", "for the same role"


Ranked = tuple[Statement | None, dict[str, str]]


def in_account(account_id: str, name: str) -> str:
    return f"arn:aws:iam::{account_id}:role/{name}"


def findings(
    profiles: tuple[Profile, ...],
    refuses: Callable[[Switch], bool],
    callers: dict[Source, Caller] | None = None,
) -> dict[str, list[Ranked]]:
    """Return the ranked findings about the profiles that STS refuses."""
    by_name = {one.name: one for one in (source_profile(), source_profile("other"), *profiles)}
    who = CALLERS if callers is None else callers
    plan = settle(
        by_name,
        Sts(answer=lambda switch: refused() if refuses(switch) else accepted(switch)),
        SyncOptions(),
        callers=who,
        selected=[one.name for one in profiles],
    )
    ranked = {name: rank(found) for name, found in compare_results(plan.decisions, who).items()}
    assert all(each.text for found in ranked.values() for each in found)
    return {
        name: [(each.statement, dict(each.facts)) for each in found]
        for name, found in ranked.items()
    }


def refuses_roles(*names: str) -> Callable[[Switch], bool]:
    return lambda switch: switch.role_arn.rpartition("/")[2] in names


@pytest.mark.parametrize(
    ("profiles", "refuses", "expected"),
    [
        pytest.param(
            (profile("auditor"), profile("owner")),
            refuses_roles("owner"),
            [(Statement.TYPO_SAME_NAME, {"other": "`auditor`", "name": "`work_api`"})],
            id="another role of the account is accepted",
        ),
        pytest.param(
            (profile("auditor"), profile("owner", role_arn=in_account("222222222222", "AUDITOR"))),
            refuses_roles("AUDITOR"),
            [
                (
                    Statement.OTHER_CASE,
                    {**SETTING, "resource": "`role/auditor`", "other": "`auditor`"},
                )
            ],
            id="another case",
        ),
        pytest.param(
            (
                profile("auditor", role_arn=in_account("222222222222", "ops/auditor")),
                profile("owner", role_arn=in_account("222222222222", "auditor")),
            ),
            lambda switch: "ops" not in switch.role_arn,
            [
                (
                    Statement.OTHER_CASE,
                    {**SETTING, "resource": "`role/ops/auditor`", "other": "`auditor`"},
                )
            ],
            id="another path",
        ),
        pytest.param(
            (profile("auditor"), profile("owner", role_arn=in_account("222222222222", "auditro"))),
            refuses_roles("auditro"),
            [
                (
                    Statement.SIMILAR_ROLE,
                    {**SETTING, "resource": "`role/auditor`", "other": "`auditor`"},
                )
            ],
            id="a typo",
        ),
        pytest.param(
            (profile("auditor", mfa_serial=DEVICE), profile("owner")),
            refuses_roles("owner"),
            [
                (Statement.MFA_ELSEWHERE, {"other": "`auditor`", "where": IN_ACCOUNT}),
                (Statement.TYPO_SAME_NAME, {"other": "`auditor`", "name": "`work_api`"}),
            ],
            id="no MFA here, but on another",
        ),
        pytest.param(
            (
                profile("far", mfa_serial=DEVICE, role_arn=in_account("333333333333", "far")),
                profile("owner"),
            ),
            refuses_roles("owner"),
            [(Statement.MFA_ELSEWHERE, {"other": "`far`", "where": "elsewhere"})],
            id="no MFA here, but in another account",
        ),
        pytest.param(
            (profile("auditor", external_id="x-1"), profile("owner")),
            refuses_roles("owner"),
            [
                (
                    Statement.EXTERNAL_ID_ELSEWHERE,
                    {"other": "`auditor`", "where": IN_ACCOUNT},
                ),
                (Statement.TYPO_SAME_NAME, {"other": "`auditor`", "name": "`work_api`"}),
            ],
            id="no external ID here, but on another",
        ),
        pytest.param(
            (
                profile("first", role_arn=in_account("222222222222", "shared"), external_id="a"),
                profile("owner", role_arn=in_account("222222222222", "shared"), external_id="b"),
            ),
            lambda switch: switch.external_id == "b",
            [
                (Statement.OTHER_EXTERNAL_ID, {"other": "`first`", "where": SAME_ROLE}),
                (Statement.DIFFERENCE, {"other": "`first`"}),
            ],
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
            [(Statement.DIFFERENCE, {"other": "`plain`"})],
            id="the same role from elsewhere",
        ),
        pytest.param(
            (
                profile("bobs", source="other", role_arn=in_account("222222222222", "shared")),
                profile("owner", role_arn=in_account("222222222222", "shared")),
            ),
            lambda switch: switch.source == DEFAULT,
            [
                (
                    Statement.ROLE_TRUSTS_OTHER,
                    {"who": "the caller", "other": "`bobs`", "origin": "from `other`"},
                )
            ],
            id="the same role accepts another caller",
        ),
        pytest.param(
            (profile("reader"), profile("owner")),
            lambda _: True,
            [
                (
                    Statement.ACCOUNT_TRUSTS_NONE,
                    {**WHO, "account": "`222222222222`", "count": "2"},
                ),
                (Statement.NO_PERMISSION_IN_ACCOUNT, WHO),
            ],
            id="all of the account are refused",
        ),
        pytest.param(
            (profile("far", role_arn=in_account("333333333333", "far")), profile("owner")),
            lambda _: True,
            [(Statement.NO_PERMISSION_ANYWHERE, {**WHO, "count": "2"})],
            id="all of the caller are refused",
        ),
        pytest.param(
            (profile("reader"), profile("owner", "old_name", keep_name=True)),
            refuses_roles("owner"),
            [(Statement.TYPO_SAME_NAME, {"other": "`reader`", "name": "`work_api`"})],
            id="a comment keeps another name than the wanted one",
        ),
        pytest.param(
            (profile("reader", "robot"), profile("owner")),
            refuses_roles("owner"),
            [
                (
                    Statement.OTHER_SESSION_NAME,
                    {"other": "`reader`", "name": "`robot`", "where": IN_ACCOUNT},
                ),
                (Statement.TYPO, {"other": "`reader`", "name": "`work_api`"}),
            ],
            id="another name is accepted in the account",
        ),
        pytest.param(
            (
                profile("hop"),
                profile("direct", role_arn=in_account("222222222222", "shared")),
                profile("owner", source="hop", role_arn=in_account("222222222222", "shared")),
            ),
            lambda switch: switch.parent is not None,
            [
                (
                    Statement.ROLE_TRUSTS_OTHER,
                    {
                        "who": "the session of profile `hop`",
                        "other": "`direct`",
                        "origin": "from `default`",
                    },
                )
            ],
            id="the second hop of a chain calls as another",
        ),
    ],
)
def test_a_refusal_is_compared_with_the_other_results(
    profiles: tuple[Profile, ...], refuses: Callable[[Switch], bool], expected: list[Ranked]
) -> None:
    assert findings(profiles, refuses)["owner"] == expected


HERE, THERE, NEAR = "222222222222", "333333333333", "222222222221"


def at(name: str, account_id: str, role_name: str, source: str = "default") -> Profile:
    return profile(name, source=source, role_arn=in_account(account_id, role_name))


@pytest.mark.parametrize(
    ("others", "refused_profile", "text"),
    [
        pytest.param(
            [at("prod-reader", HERE, "reader")],
            at("prod-owner", HERE, "ownre"),
            "a typo in `role_arn` (config, line 1) (it does not end in `owner`, as the profile is "
            "named)",
            id="the profile's own name",
        ),
        pytest.param(
            [at("mine", HERE, "boss")],
            at("yours", HERE, "TeamAdminstrator"),
            "a typo in `role_arn` (config, line 1) (`adminstrator`, which looks like "
            "`administrator`)",
            id="a common word",
        ),
        pytest.param(
            [at("reader", HERE, "reader"), at("viewer", HERE, "viewer")],
            at("owner", NEAR, "owner"),
            "a typo in the account ID of `role_arn` (config, line 1) (`reader` has `222222222222`)",
            id="an account like another but for one digit",
        ),
        pytest.param(
            [
                *(at(f"web-{name}", THERE, f"web-{name}") for name in ("a", "b", "c", "d")),
                at("ops-a", HERE, "ops-a"),
            ],
            at("web-e", HERE, "web-e"),
            "another account in `role_arn` (config, line 1) (most `web` profiles have "
            "`333333333333`)",
            id="the account of others with such a name",
        ),
        pytest.param(
            [at(name, HERE, f"team/{name}") for name in ("a", "b", "c", "d", "e", "f")],
            at("g", HERE, "g"),
            "a typo in the path of `role_arn` (config, line 1) (others in the account begin with "
            "`/team/`)",
            id="the path of the account's other roles",
        ),
        pytest.param(
            [at(name, HERE, name) for name in ("a", "b", "c", "d", "e", "f")],
            at("g", HERE, "G"),
            "a typo or a wrong case in `role_arn` (config, line 1) (the other roles are in lower "
            "case)",
            id="the case of the other roles",
        ),
        pytest.param(
            [
                profile("reader", external_id="x-1", role_arn=in_account(THERE, "reader")),
                at("auditor", HERE, "auditor"),
            ],
            profile("owner", external_id="x-1"),
            "`external_id` (config, line 1) is that of another account (`reader` has it, in "
            "account `333333333333`)",
            id="the external ID of another account",
        ),
        pytest.param(
            [at(name, HERE, name, "other") for name in ("reader", "auditor", "viewer")],
            at("owner", HERE, "owner"),
            "the role does not trust the caller (`reader`, in the same account, calls from "
            "`other`)",
            id="the source of the account's other profiles",
        ),
        pytest.param(
            [
                profile(f"{name}-owner", mfa_serial=DEVICE, role_arn=in_account(THERE, "owner"))
                for name in ("web", "ops")
            ],
            at("owner", HERE, "owner"),
            "the role requires MFA (no `mfa_serial` here, but in `web-owner`, which works "
            "elsewhere)",
            id="the device that roles of this name require elsewhere",
        ),
    ],
)
def test_what_is_unlike_the_others_is_the_likeliest_reason(
    others: list[Profile], refused_profile: Profile, text: str
) -> None:
    ended = findings(
        (*others, refused_profile), lambda switch: switch.role_arn == refused_profile.role_arn
    )
    (statement, facts), *_ = ended[refused_profile.name]
    assert statement is not None
    assert statement.value.format_map(facts) == text


def test_two_sources_with_the_same_identity_are_one_caller() -> None:
    callers = {DEFAULT: caller(), OTHER: caller(USER, OTHER)}
    found = findings((profile("a", source="other"), profile("b")), lambda _: True, callers)

    assert found["a"][0] == (
        Statement.ACCOUNT_TRUSTS_NONE,
        {**WHO, "origin": "from `other`", "account": "`222222222222`", "count": "2"},
    )


def test_a_profile_below_a_refused_hop_has_the_hops_findings() -> None:
    found = findings(
        (profile("reader"), profile("hop"), profile("leaf", source="hop")), refuses_roles("hop")
    )

    assert found["leaf"] == found["hop"] != []


def test_without_a_refusal_that_gives_no_reason_there_is_nothing_to_compare() -> None:
    assert findings((profile("reader"), profile("owner")), lambda _: False) == {}


@pytest.mark.parametrize(
    ("cause", "policy_type", "is_compared"),
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
def test_only_a_refusal_that_leaves_the_setting_open_is_compared(
    cause: Cause, policy_type: str | None, *, is_compared: bool
) -> None:
    profiles = {one.name: one for one in (source_profile(), profile("reader"), profile("owner"))}
    denied = dataclasses.replace(refused(), cause=cause, policy_type=policy_type)

    def answer(switch: Switch) -> Outcome:
        return denied if switch.role_arn.endswith("owner") else accepted(switch)

    plan = settle(profiles, Sts(answer=answer), SyncOptions(), selected=("reader", "owner"))

    assert set(compare_results(plan.decisions, CALLERS)) == ({"owner"} if is_compared else set())


def test_an_untested_profile_proves_nothing() -> None:
    profiles = {one.name: one for one in (source_profile(), profile("reader"), profile("owner"))}

    def answer(switch: Switch) -> Outcome:
        return refused() if switch.role_arn.endswith("owner") else untested()

    plan = settle(profiles, Sts(answer=answer), SyncOptions(), selected=("reader", "owner"))

    found = compare_results(plan.decisions, CALLERS)
    assert {name: rank(about) for name, about in found.items()} == {"owner": ()}


def test_a_role_that_another_caller_assumes_has_no_typo() -> None:
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

    plan = settle(profiles, Sts(answer=answer), SyncOptions(), callers=CALLERS)

    assert compare_results(plan.decisions, CALLERS)["owner"][0] == ruled_out(Topic.ROLE_NAME)
