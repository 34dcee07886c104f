"""Which values `explain` tries where AWS gives no reason, and from which sources it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hint_cases import (
    CALLER,
    KEYS,
    NOT_AUTHORIZED,
    SSO_USER,
    answered,
    keys,
    profile,
    refused_beside,
    switch,
)
from sync_profiles.explain.candidate_devices import mfa_devices, unused_devices
from sync_profiles.explain.candidate_roles import role_arns
from sync_profiles.explain.candidates import external_ids, session_names
from sync_profiles.explain.experiments import open_topics, plan_experiments
from sync_profiles.explain.holders import MOST
from sync_profiles.explain.other_callers import other_regions, roles_as_source
from sync_profiles.model import Source
from sync_profiles.outcomes import Caller, Failure, Switch
from time_bounds import HAS_CPU_CLOCK, cpu_seconds

DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
DEVICE_NOT_YOURS = answered(
    "AccessDenied",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
    "number is valid and associated with this user",
    "GetSessionToken",
)
EXPIRED = answered("ExpiredToken", "expired", "GetCallerIdentity")


def test_a_session_is_tried_under_its_own_name() -> None:
    found = session_names(
        refused_beside(keys("default"), caller=SSO_USER, wanted_name=None, source_profile="default")
    )
    assert [(each.value, each.origin.words) for each in found] == [
        ("jane", "the session name of the caller")
    ]


def test_a_name_that_a_sync_writes_is_of_no_line_yet() -> None:
    other = profile("works", source_profile="default")
    own = keys("default")
    of = refused_beside(own, other, wanted_name=None, accepted=["works"], source_profile="default")
    of = replace(of, call=replace(of.call, caller=SSO_USER))
    origins = [each.origin for each in session_names(of) if each.value == "work_api"]
    assert [(each.words, each.place) for each in origins] == [
        ("as `[profile works]` works with it", None)
    ]


def test_a_source_that_is_no_profile_sets_nothing() -> None:
    source = "Environment"
    other = profile("other", mfa_serial=DEVICE, external_id="x-1", credential_source=source)
    of = refused_beside(other, credential_source=source)
    found = {each.origin.profile for find in (external_ids, mfa_devices) for each in find(of)}
    assert found == {"other"}


def test_what_a_profile_without_a_role_sets_is_tried() -> None:
    foreign = keys("foreign", mfa_serial="arn:aws:iam::999999999999:mfa/work_api")
    others = keys("others", mfa_serial=f"{DEVICE}-2")
    spare, *unfit = (
        replace(each, settings={k: s for k, s in each.settings.items() if k not in KEYS})
        for each in (
            keys("spare", mfa_serial=DEVICE, external_id="x-1"),
            keys("elsewhere", mfa_serial="arn:aws:iam::999999999999:mfa/ann"),
            keys("without codes", mfa_serial="arn:aws:iam::111111111111:u2f/user/work_api/key"),
        )
    )
    of = refused_beside(keys("default"), foreign, others, spare, *unfit, source_profile="default")
    found = [each for find in (external_ids, unused_devices) for each in find(of)]
    assert [(each.value, each.origin.profile) for each in found] == [
        ("x-1", "spare"),
        (DEVICE, "spare"),
    ]
    # it may be another user's: no hint names it unless AWS has accepted it
    assert [*mfa_devices(of)] == []


def test_another_account_of_the_same_word_comes_first() -> None:
    accounts = {"vendor-ops": "333333333333", "admin-dev": "444444444444"}
    others = (
        profile(
            name,
            role_arn=f"arn:aws:iam::{account}:role/ops",
            source_profile="default",
            external_id=name,
        )
        for name, account in accounts.items()
    )
    of = refused_beside(keys("default"), *others, accepted=accounts, source_profile="default")
    assert [each.value for each in external_ids(of)] == ["admin-dev", "vendor-ops"]


def test_a_name_of_a_program_comes_before_those_that_may_be_a_colleague_s() -> None:
    others = (
        profile(name, source_profile="default", role_session_name=name)
        for name in ("carol", "deployment", "dave")
    )
    of = refused_beside(keys("default"), *others, source_profile="default")
    names = [each.value for each in session_names(of) if each.origin.profile is not None]
    assert names == ["deployment", "carol", "dave"]


def sources_tried(refused: Switch, failure: Failure = NOT_AUTHORIZED) -> list[str | None]:
    """Return the sources from which a refused call is tried."""
    callers: dict[Source, Caller | Failure] = {}
    others = []
    by_name: dict[str, Caller | Failure] = {
        "works": Caller(
            source=Source(profile="works keys"), arn=replace(CALLER.arn, resource="user/bob")
        ),
        "far": Caller(
            source=Source(profile="far keys"), arn=replace(CALLER.arn, account_id="999999999999")
        ),
        "expired": EXPIRED,
        "same": CALLER,
        "china": replace(CALLER, arn=replace(CALLER.arn, partition="aws-cn")),
    }
    for name, caller in by_name.items():
        device = f"arn:aws:iam::111111111111:mfa/of-{name}"
        other = profile(name, source_profile=f"{name} keys", mfa_serial=device)
        others += [keys(f"{name} keys"), other]
        callers[Source(profile=f"{name} keys")] = caller
    of = refused_beside(
        keys("default"), *others, source_profile="default", accepted=["works"], callers=callers
    )
    of = replace(of, call=replace(of.call, failure=failure))
    topics = open_topics(failure, has_device=refused.mfa_serial is not None)
    planned = plan_experiments(of, {refused: topics}, sent={})
    changes = [each.change for each in planned]
    return [each.value for each in changes if each.key == "source_profile"]


def test_a_call_is_tried_from_each_source_of_another_identity_in_its_partition() -> None:
    refused = switch(profile(source_profile="default"), "work_api")
    assert sources_tried(refused) == ["works keys", "far keys", "works"]
    # the device is of one source, and a role calls without it
    assert sources_tried(replace(refused, mfa_serial=DEVICE)) == ["works"]


def test_a_role_that_is_called_like_a_hub_is_the_first_to_be_tried_as_the_source() -> None:
    arn = "arn:aws:iam::333333333333:role/{}".format
    others = [
        profile(name, source_profile="default", role_arn=arn(role), external_id=name)
        for name, role in (("ops", "ops"), ("acme", "identity-hub"), ("acme-jump", "switch"))
    ]
    of = refused_beside(
        keys("default"), *others, accepted=["ops", "acme", "acme-jump"], source_profile="default"
    )
    planned = plan_experiments(
        of,
        {of.switch: open_topics(NOT_AUTHORIZED, has_device=False)},
        sent={},
    )
    tried = [each.change.value for each in planned if each.change.key == "source_profile"]
    assert tried == ["acme", "acme-jump", "ops"]


@pytest.mark.parametrize(
    ("device", "tried"),
    [
        ("arn:aws:iam::999999999999:mfa/phone", ["far keys"]),
        ("arn:aws:iam::111111111111:mfa/bob", ["works keys"]),
        ("arn:aws:iam::111111111111:mfa/of-works", ["works keys"]),
        ("arn:aws:iam::111111111111:mfa/phone", []),
        ("GAHT12345678", []),
    ],
)
def test_a_device_that_is_not_the_caller_s_is_tried_from_sources_that_it_may_belong_to(
    device: str, tried: list[str]
) -> None:
    refused = replace(switch(profile(source_profile="default"), "work_api"), mfa_serial=device)
    assert sources_tried(refused, DEVICE_NOT_YOURS) == tried


def test_nothing_is_tried_where_no_setting_is_open() -> None:
    for refused in (EXPIRED, answered("ValidationError", "no")):
        assert open_topics(refused, has_device=False) == frozenset()
    assert list(role_arns(refused_beside(role_arn="?", credential_source="Environment"))) == []


@pytest.mark.parametrize(
    ("token", "tried"),
    [
        pytest.param({}, [], id="another key"),
        pytest.param({"aws_session_token": "t"}, ["again"], id="a session, which may have MFA"),
    ],
)
def test_another_source_of_the_same_user_is_tried(token: dict[str, str], tried: list[str]) -> None:
    again = keys("again")
    again = replace(again, settings={**again.settings, **profile("t", **token).settings})
    other = profile("q", source_profile="again")
    source = Source(profile="again")
    callers: dict[Source, Caller | Failure] = {source: replace(CALLER, source=source)}
    of = refused_beside(keys("default"), again, other, source_profile="default", callers=callers)
    planned = plan_experiments(
        of,
        {switch(of.profile, "work_api"): open_topics(NOT_AUTHORIZED, has_device=False)},
        sent={},
    )
    changes = [each.change for each in planned]
    assert [each.value for each in changes if each.key == "source_profile"] == tried


@pytest.mark.skipif(not HAS_CPU_CLOCK, reason="the bound is on CPU time")
@pytest.mark.parametrize(
    "account_id",
    [
        pytest.param(lambda _: "222222222222", id="in one account"),
        pytest.param(lambda n: f"{n:012}", id="each in an account of its own"),
    ],
)
@pytest.mark.parametrize(
    ("name", "sets"),
    [
        pytest.param("{}/admin", "x-{}", id="each with values of its own"),
        pytest.param("team{}", "x", id="all with the same values"),
    ],
)
def test_many_refusals_are_compared_quickly(
    account_id: Callable[[int], str], name: str, sets: str
) -> None:
    roles = [f"arn:aws:iam::{account_id(n)}:role/{name.format(n)}" for n in range(500)]
    refused = [
        profile(
            f"p{n}",
            role_arn=role_arn,
            source_profile="default",
            **dict.fromkeys(("external_id", "role_session_name", "mfa_serial"), sets.format(n)),
        )
        for n, role_arn in enumerate(roles)
    ]
    of = refused_beside(keys("default"), *refused, source_profile="default")
    with cpu_seconds(6):  # comparing each with each takes far longer
        for each in refused:
            planned = plan_experiments(
                replace(of, call=replace(of.call, profile=each)),
                {switch(each, "work_api"): open_topics(NOT_AUTHORIZED, has_device=False)},
                sent={},
            )
            assert 0 < len(planned) < 10 * MOST


@pytest.mark.skipif(not HAS_CPU_CLOCK, reason="the bound is on CPU time")
def test_the_regions_of_many_profiles_are_found_quickly() -> None:
    works = [profile(f"w{n}", source_profile="default", region=f"r-{n % 9}") for n in range(1500)]
    names = [each.name for each in works]
    of = refused_beside(keys("default"), *works, accepted=names, source_profile="default")
    with cpu_seconds(3):
        assert all(len([*other_regions(of, of.switch)]) == 9 for _ in works)


@pytest.mark.skipif(not HAS_CPU_CLOCK, reason="the bound is on CPU time")
def test_the_roles_that_may_be_sources_of_many_profiles_are_found_quickly() -> None:
    roles = [f"arn:aws:iam::{n:012}:role/admin" for n in range(5000)]
    works = [profile(f"w{n}", role_arn=arn) for n, arn in enumerate(roles)]
    names = [each.name for each in works]
    known = refused_beside(keys("default"), *works, accepted=names, source_profile="default").known
    with cpu_seconds(4):  # comparing each with each takes far longer
        found = [next(roles_as_source(known, "999999999999")).value for _ in works]
    assert set(found) == {"w0"}
