"""Test one random laptop: compare the program's reports with the AWS CLI, and with the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from aws_witness import name_of_witness
from e2e import Ended, Home
from sync_profiles.causes import Cause
from sync_profiles.explain.findings import Topic
from sync_profiles.sandbox import Sandbox
from truth.following import can_be_followed, follow
from truth.laptops import CODES, Case, Fault, Laptop

Explained = dict[str, dict[str, Any]]

#: the causes and the topics of reasons that name a fault
NAMES: dict[Fault, set[str]] = {
    Fault.NONE: set(),
    Fault.ROLE_NAME: {Topic.ROLE_NAME},
    Fault.ACCOUNT: {Topic.ROLE_NAME},
    Fault.EXTERNAL_ID: {Topic.EXTERNAL_ID},
    Fault.MFA: {Topic.MFA},
    Fault.FIXED_NAME: {Topic.SESSION_NAME},
    Fault.NOT_TRUSTED: {Topic.TRUST},
    Fault.OLD_VERSION: {Topic.TRUST, Topic.USER_NAME},
    Fault.ADDRESS: {Topic.TRUST},
    Fault.OTHER_SOURCE: {Topic.TRUST},
    Fault.PERMISSION: {Topic.PERMISSION},
    Fault.DENIED: {Cause.EXPLICIT_DENY},
    Fault.DURATION: {Cause.DURATION_TOO_LONG, Cause.CHAINED_DURATION_TOO_LONG, Topic.DURATION},
    Fault.CHAINED_DURATION: {Cause.CHAINED_DURATION_TOO_LONG, Topic.DURATION},
    Fault.PARTITION: {Cause.PARTITION_MISMATCH},
    Fault.SOURCE: {Cause.SOURCE_REFUSED},
}
#: the settings that a trust policy, once it is read, says to change
SETTINGS: dict[Fault, tuple[str, ...]] = {
    Fault.EXTERNAL_ID: ("`external_id",),
    Fault.MFA: ("`mfa_serial",),
    Fault.FIXED_NAME: ("session name", "`role_session_name"),
}


class Named(NamedTuple):
    """What is said of one rejected profile.

    `is_open` means that AWS gives no reason. `place` is that of the fault among the reasons that
    `check` names, None where it is not named; `is_proved`, that `explain` names the fault alone.
    It could do so where `is_read`, that is, a profile may read the role's trust policy, or where
    `is_in_files`, that is, another profile has the right value.
    """

    fault: Fault
    is_open: bool
    place: int | None
    is_proved: bool
    is_read: bool
    is_in_files: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The results for one laptop.

    `verdicts` counts those of a check and of a sync that the AWS CLI can judge; not the unknown
    ones, and those of a duration that a test by MFA cannot ask for. `errors` are the verdicts that
    are not what it does, proofs of what is not true, and hints that lead nowhere or make another
    profile worse, of the `followed` ones; `named` is about the rejected profiles.
    """

    profiles: int
    verdicts: Counter[str]
    followed: int
    errors: tuple[str, ...]
    named: tuple[Named, ...]


def try_laptop(laptop: Laptop, home: Home) -> Trial:
    """Check, explain and sync a laptop, and ask the AWS CLI about each profile before and after.

    Then start again, and follow the hints instead.
    """
    with Sandbox(laptop.world) as sandbox:
        home = home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(laptop.config, laptop.credentials)
        names = [case.name for case in laptop.cases]
        codes = iter(CODES)
        checked = home.run("check", "--output", "json", "--mfa-code", next(codes))
        explained = home.run("explain", "--output", "json", "--mfa-code", next(codes)).profiles
        for name, profile in explained.items():  # a code is good for one device
            if "`--mfa-code CODE`" in (profile["hint"] or ""):
                alone = ("explain", name, "--output", "json", "--mfa-code", next(codes))
                explained[name] = home.run(*alone).profiles[name]
        worked_before = _ask(home, names, codes)
        synced = home.run("--output", "json", "--mfa-code", next(codes))
        worked_after = _ask(home, names, codes)
        hints = _hints(laptop, explained)
        home.write(follow(laptop.config, hints.values()))
        followed = home.run("--output", "json", "--mfa-code", next(codes))
    judged = [
        (command, profile, profile["profile"] in worked)
        for command, ended, worked in (
            ("check", checked, worked_before),
            ("sync", synced, worked_after),
        )
        for profile in ended.profiles.values()
        if profile["verdict"] != "unknown" and "for an hour: " not in profile["message"]
    ]
    return Trial(
        profiles=len(names),
        verdicts=Counter(profile["verdict"] for _, profile, _ in judged),
        errors=(
            *(
                f"{command}: {profile['profile']} is {profile['verdict']} ({profile['cause']}), "
                f"and {name_of_witness()} {'accepts' if works else 'refuses'} it"
                for command, profile, works in judged
                if (profile["verdict"] == "accepted") != works
            ),
            *_wrong_proofs(laptop, explained),
            *_wrong_hints(hints, checked, followed),
        ),
        followed=len(hints),
        named=tuple(_named(laptop, checked, explained)),
    )


def _ask(home: Home, names: list[str], codes: Iterator[str]) -> set[str]:
    return home.working_profiles(names, mfa_codes=[next(codes) for _ in names])


def _hints(laptop: Laptop, explained: Explained) -> dict[str, str]:
    """Return the hints to follow: those that guess nothing, and say what to change to what.

    A device's name, which a hint says how to look up, is filled in. A role of another partition is
    meant as it is written here, and no source has keys for it.
    """
    known = {case.name: case for case in _known(laptop)}
    return {
        name: profile["hint"].replace(":mfa/NAME", f":mfa/{known[name].right.rpartition('/')[2]}")
        for name, profile in explained.items()
        if name in known
        and known[name].fault is not Fault.PARTITION
        and profile["hint"] is not None
        and profile["blocked_by"] is None
        and (not profile["reasons"] or _is_proved(profile))
        and can_be_followed(profile["hint"])
    }


def _wrong_hints(hints: dict[str, str], checked: Ended, followed: Ended) -> Iterator[str]:
    """Yield the hints that do not lead out of the trouble, and the profiles that they break.

    `followed` is a sync after all hints were followed.
    """
    for name, hint in hints.items():
        verdict = followed.profiles[name]["verdict"]
        if verdict not in {"accepted", "unknown"}:
            yield f"hint followed: {name} is {verdict}: {hint}"
    for name, profile in followed.profiles.items():
        was, now = checked.profiles[name]["verdict"], profile["verdict"]
        if was == "accepted" and now not in {"accepted", "unknown"}:
            yield f"hints followed: {name} was accepted, and is {now}"


def _known(laptop: Laptop) -> Iterator[Case]:
    """Yield the profiles without those whose wrong ARN is that of another role, by chance.

    What that role requires is then as true as that the ARN is wrong; so is what is required of its
    session.
    """
    roles = {role.arn for role in laptop.world.roles}
    others = {
        case.name
        for case in laptop.cases
        if case.fault in {Fault.ROLE_NAME, Fault.ACCOUNT} and case.settings["role_arn"] in roles
    }
    for case in laptop.cases:
        if others.isdisjoint({case.name, case.settings.get("source_profile")}):
            yield case


def _wrong_proofs(laptop: Laptop, explained: Explained) -> Iterator[str]:
    """Yield what `explain` proves of a profile that something else is wrong with."""
    for case in _known(laptop):
        profile = explained.get(case.name)
        if profile is not None and _is_proved(profile) and _place(case.fault, profile) is None:
            (reason,) = profile["reasons"]
            if reason["statement"].startswith("accepted with `source_profile = "):
                continue  # a source that the role lets in is a way out, whatever is wrong
            yield f"explain: {case.name} has {case.fault}, not: {reason['statement']}"


def _named(laptop: Laptop, checked: Ended, explained: Explained) -> Iterator[Named]:
    for case in _known(laptop):
        profile = checked.profiles[case.name]
        if profile["verdict"] == "rejected":
            proof = explained[case.name]
            yield Named(
                fault=case.fault,
                is_open=profile["cause"] not in NAMES[case.fault] and not _is_proved(profile),
                place=_place(case.fault, profile),
                is_proved=_place(case.fault, proof) == 1
                and (not proof["reasons"] or _is_proved(proof)),
                is_read=proof["trust_policy"] is not None,
                is_in_files=bool(case.right) and f" = {case.right}\n" in laptop.config,
            )


def _is_proved(profile: dict[str, Any]) -> bool:
    return any(reason["certain"] for reason in profile["reasons"])


def _place(fault: Fault, profile: dict[str, Any]) -> int | None:
    """Return at which place a profile's cause or its reasons name a fault, counted from 1."""
    names = NAMES[fault]
    if profile["cause"] in names:
        return 1
    for place, reason in enumerate(profile["reasons"], 1):
        is_read = reason["certain"] and reason["topic"] == Topic.TRUST
        is_setting = is_read and any(
            each in reason["statement"] for each in SETTINGS.get(fault, ())
        )
        if reason["topic"] in names or is_setting:
            return place
    return None
