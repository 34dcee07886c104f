"""Which values `explain` tries where AWS gives no reason, and from which sources it calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hint_cases import CALLER, NOT_AUTHORIZED, SOURCE, SSO_USER, answered, profile, switch
from sync_profiles.config.chains import resolve_chains
from sync_profiles.explain.candidate_roles import role_arns
from sync_profiles.explain.candidates import (
    Files,
    device_to_get,
    external_ids,
    mfa_devices,
    session_names,
)
from sync_profiles.explain.experiments import open_topics, plan_experiments
from sync_profiles.model import Chain, Profile, Source
from sync_profiles.outcomes import Caller, Failure, Switch

DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "s"}
EXPIRED = answered("ExpiredToken", "expired", "GetCallerIdentity")


def keys(name: str) -> Profile:
    made = profile(name, **KEYS)
    settings = {key: value for key, value in made.settings.items() if key != "role_arn"}
    return replace(made, settings=settings)


def files(
    *others: Profile,
    caller: Caller = CALLER,
    wanted_name: str | None = "work_api",
    accepted: Iterable[str] = (),
    **settings: str,
) -> Files:
    """Return the files of a refused profile, with others; those that are named are accepted."""
    refused = profile(**settings)
    profiles = {each.name: each for each in (refused, *others)}
    chains = resolve_chains(profiles)
    chain = chains[refused.name]
    assert isinstance(chain, Chain)
    return Files(
        profile=refused,
        chain=chain,
        caller=caller,
        wanted_name=wanted_name,
        profiles=profiles,
        chains=chains,
        accepted={name: switch(profiles[name], "work_api") for name in accepted},
    )


def test_a_session_is_tried_under_its_own_name() -> None:
    found = session_names(
        files(keys("default"), caller=SSO_USER, wanted_name=None, source_profile="default")
    )
    assert [(each.value, each.origin.words) for each in found] == [
        ("jane", "the session name of the caller")
    ]


def test_a_source_that_is_no_profile_sets_nothing() -> None:
    source = "Environment"
    other = profile("other", mfa_serial=DEVICE, external_id="x-1", credential_source=source)
    of = files(other, credential_source=source)
    found = {each.origin.profile for find in (external_ids, mfa_devices) for each in find(of)}
    assert found == {"other"}


def sources_tried(refused: Switch) -> list[str | None]:
    """Return the sources from which a refused call is tried."""
    callers: dict[Source, Caller | Failure] = {SOURCE: CALLER}
    others = []
    by_name: dict[str, Caller | Failure] = {
        "works": replace(CALLER, arn=CALLER.arn.replace("work_api", "bob")),
        "expired": EXPIRED,
        "same": CALLER,
        "china": replace(CALLER, arn=CALLER.arn.replace("aws", "aws-cn")),
    }
    for name, caller in by_name.items():
        others += [keys(f"{name} keys"), profile(name, source_profile=f"{name} keys")]
        callers[Source(profile=f"{name} keys")] = caller
    of = files(keys("default"), *others, source_profile="default", accepted=["works"])
    topics = open_topics(NOT_AUTHORIZED, has_device=refused.mfa_serial is not None)
    planned = plan_experiments(of, {refused: topics}, sent={}, callers=callers, session_name=None)
    return [each.value for each in planned if each.key == "source_profile"]


def test_a_call_is_tried_from_each_source_of_another_identity_in_its_partition() -> None:
    refused = switch(profile(source_profile="default"), "work_api")
    assert sources_tried(refused) == ["works keys"]
    assert sources_tried(replace(refused, mfa_serial=DEVICE)) == []  # the device is of one source


def test_nothing_is_tried_where_no_setting_is_open() -> None:
    for refused in (EXPIRED, answered("ValidationError", "no")):
        assert open_topics(refused, has_device=False) == frozenset()
    of = files(caller=replace(CALLER, arn="?"), role_arn="?", credential_source="Environment")
    assert device_to_get(of) is None
    assert list(role_arns(of)) == []
