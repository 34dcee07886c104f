"""Which values `explain` tries where AWS gives no reason, and from which sources it calls.

`data/candidates.txt` has the profiles, the refused one last, and what is tried, likeliest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from examples import answered_examples, answers_of
from hint_cases import CALLER, KEYS, NOT_AUTHORIZED, answered, keys, profile, refused_beside, switch
from plan_worlds import calling
from sync_profiles.explain.candidate_roles import role_arns
from sync_profiles.explain.candidates import Candidate, Refusal, mfa_devices
from sync_profiles.explain.experiments import Experiment, open_topics, plan_experiments
from sync_profiles.explain.lookups import MOST
from sync_profiles.explain.other_callers import other_regions, roles_as_source
from sync_profiles.model import Profile, Source
from sync_profiles.outcomes import Caller, Failure
from time_bounds import HAS_CPU_CLOCK, cpu_seconds

#: what AWS says, by its name in the examples
SAID = {
    "nothing": NOT_AUTHORIZED,
    "the device is not the caller's": answered(
        "AccessDenied",
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
        "serial number is valid and associated with this user",
        "GetSessionToken",
    ),
    "expired": answered("ExpiredToken", "expired", "GetCallerIdentity"),
    "no": answered("ValidationError", "no"),
}
USER = "arn:aws:iam::111111111111:user/{}"
#: sources of others, and profiles that name them
SOURCES = "accepted: works\ndefault keys\n" + "".join(
    f"caller of {name}-keys: {caller}\n{name}-keys keys\n"
    f"{name} source_profile={name}-keys mfa_serial=arn:aws:iam::111111111111:mfa/of-{name}\n"
    for name, caller in {
        "works": USER.format("bob"),
        "far": USER.format("team/work_api").replace("1" * 12, "9" * 12),
        "expired": "expired",
        "same": USER.format("team/work_api"),
        "china": USER.format("team/work_api").replace("aws", "aws-cn"),
    }.items()
)
in_time = pytest.mark.skipif(not HAS_CPU_CLOCK, reason="the bound is on CPU time")


def profile_of(line: str) -> Profile:
    """Return a profile: its name, `keys` where it has some, `none` without a role, its settings."""
    name, *words = line.split()
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    if "keys" in words or "none" in words:
        made = keys(name, **settings)
        left = made.settings if "keys" in words else made.settings.keys() - KEYS.keys()
        return replace(made, settings={key: made.settings[key] for key in left})
    usual = {} if "credential_source" in settings else {"source_profile": "default"}
    return profile(name, **usual | settings)


def caller_of(text: str, source: str) -> Caller | Failure:
    return SAID.get(text) or calling(text, Source(profile=source))


def refusal_of(example: str) -> Refusal:
    """Return the refusal of the last profile of an example."""
    facts, profiles = {}, []
    for line in example.replace("SOURCES\n", SOURCES).splitlines():
        fact, is_fact, value = line.partition(": ")
        if is_fact and not line.startswith("- "):
            facts[fact] = value
        elif line and not line.startswith("- "):
            profiles.append(profile_of(line))
    *others, refused = profiles
    callers = {
        Source(profile=source): caller_of(text, source)
        for fact, text in facts.items()
        if (source := fact.removeprefix("caller of ")) != fact
    }
    of = refused_beside(
        *others,
        refused=refused,
        wanted_name=None if "wanted name" in facts else "work_api",
        accepted=facts.get("accepted", "").split(),
        callers=callers,
    )
    called = calling(facts["caller"]) if "caller" in facts else CALLER
    call = replace(of.call, caller=called, failure=SAID[facts.get("AWS says", "nothing")])
    return replace(of, call=call)


def experiments_of(refused: Refusal) -> tuple[Experiment, ...]:
    base, failure = refused.call.switch, refused.call.failure
    topics = open_topics(failure, has_device=base.mfa_serial is not None)
    return plan_experiments(refused, {base: topics}, sent={})


def told(found: Candidate) -> str:
    change = f"{found.key} = {found.value}" if found.value is not None else f"no {found.key}"
    return f"{change}: {found.origin.words}"


def candidates(example: str) -> list[str]:
    """Return what is tried, and the devices that a hint may name; or all roles that may be."""
    refused = refusal_of(example)
    if "\nonly: role_arn\n" in f"\n{example}":
        roles = sorted(role_arns(refused), key=lambda each: -each.likelihood)
        own = refused.call.profile.role_arn
        taken = {each.value: " (which one has for itself)" * each.is_taken for each in roles}
        return [f"{role}{more}" for role, more in taken.items() if role != own]
    tried = (" and ".join(map(told, each.changes)) for each in experiments_of(refused))
    return [*tried, *(f"a hint may name {told(each)}" for each in mfa_devices(refused))]


@pytest.mark.parametrize("example", answered_examples("candidates.txt", candidates))
def test_what_is_tried(example: str) -> None:
    assert candidates(example) == answers_of(example)


def beside(others: Iterable[Profile], *, accepted: Iterable[str] = ()) -> Refusal:
    """Return a refusal beside many other profiles."""
    return refused_beside(keys("default"), *others, accepted=accepted, source_profile="default")


@in_time
@pytest.mark.parametrize("account_id", ["222222222222", "{n:012}"])
@pytest.mark.parametrize(("name", "sets"), [("{n}/admin", "x-{n}"), ("team{n}", "x")])
def test_many_refusals_are_compared_quickly(account_id: str, name: str, sets: str) -> None:
    roles = [f"arn:aws:iam::{account_id}:role/{name}".format(n=n) for n in range(500)]
    refused = [
        profile(
            f"p{n}",
            role_arn=role_arn,
            source_profile="default",
            **dict.fromkeys(("external_id", "role_session_name", "mfa_serial"), sets.format(n=n)),
        )
        for n, role_arn in enumerate(roles)
    ]
    of = beside(refused)
    with cpu_seconds(6):  # comparing each with each takes far longer
        for each in refused:
            call = replace(of.call, profile=each, switch=switch(each, "work_api"))
            assert 0 < len(experiments_of(replace(of, call=call))) < 10 * MOST


@in_time
def test_a_long_name_is_compared_quickly() -> None:
    role = "arn:aws:iam::222222222222:role/"
    with cpu_seconds(5):  # each end of it, with all of it, takes minutes
        name = f"{'aB' * 16_000} role_arn={role}{'Ab' * 30}"
        assert candidates(f"only: role_arn\ndefault keys\n{name}\n")


@in_time
def test_the_regions_of_many_profiles_are_found_quickly() -> None:
    works = [profile(f"w{n}", source_profile="default", region=f"r-{n % 9}") for n in range(1500)]
    of = beside(works, accepted=[each.name for each in works])
    with cpu_seconds(3):
        assert all(len([*other_regions(of, of.switch)]) == 9 for _ in works)


@in_time
def test_the_roles_that_may_be_sources_of_many_profiles_are_found_quickly() -> None:
    roles = [f"arn:aws:iam::{n:012}:role/admin" for n in range(5000)]
    works = [profile(f"w{n}", role_arn=arn) for n, arn in enumerate(roles)]
    known = beside(works, accepted=[each.name for each in works]).known
    with cpu_seconds(4):  # comparing each with each takes far longer
        found = [next(roles_as_source(known, "999999999999")).value for _ in works]
    assert set(found) == {"w0"}
