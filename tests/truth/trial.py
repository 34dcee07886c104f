"""Test one random laptop: compare the program's reports with the AWS CLI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from e2e import Home
from sync_profiles.causes import Cause
from sync_profiles.explain.suspicions import Topic
from sync_profiles.sandbox import Sandbox
from truth.worlds import CODES, Fault, Laptop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from e2e import Ended

    Run = Callable[..., Ended]

#: the causes and the topics of reasons that name a fault
NAMES: dict[Fault, set[str]] = {
    Fault.ROLE_NAME: {Topic.ROLE_NAME},
    Fault.ACCOUNT: {Topic.ROLE_NAME},
    Fault.EXTERNAL_ID: {Topic.EXTERNAL_ID},
    Fault.MFA: {Topic.MFA},
    Fault.FIXED_NAME: {Topic.SESSION_NAME},
    Fault.NOT_TRUSTED: {Topic.TRUST},
    Fault.OLD_VERSION: {Topic.TRUST},
    Fault.ADDRESS: {Topic.TRUST},
    Fault.OTHER_SOURCE: {Topic.TRUST},
    Fault.PERMISSION: {Topic.PERMISSION},
    Fault.DENIED: {Cause.EXPLICIT_DENY},
    Fault.DURATION: {Cause.DURATION_TOO_LONG},
    Fault.CHAINED_DURATION: {Cause.CHAINED_DURATION_TOO_LONG},
    Fault.PARTITION: {Cause.PARTITION_MISMATCH},
    Fault.SOURCE: {Cause.SOURCE_REFUSED},
}


class Named(NamedTuple):
    """What is said of one rejected profile.

    `place` is that of its fault among the reasons, None where it is not named; `is_proved` means
    that nothing had to be guessed: AWS said what is wrong, or the source profile is refused.
    """

    fault: Fault
    is_proved: bool
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The results for one laptop.

    `disagreements` are the profiles whose verdict is not what the AWS CLI does; `named` is about
    the rejected ones.
    """

    profiles: int
    disagreements: tuple[str, ...]
    named: tuple[Named, ...]


def try_laptop(laptop: Laptop, directory: Path, environment: dict[str, str], run: Run) -> Trial:
    """Check and sync a laptop, and ask the AWS CLI about each profile before and after."""
    with Sandbox(laptop.world) as sandbox:
        home = Home(
            path=directory, environment={**environment, "AWS_ENDPOINT_URL": sandbox.endpoint_url}
        )
        home.write(laptop.config, laptop.credentials)
        names = [case.name for case in laptop.cases]
        codes = iter(CODES)
        checked = run(home, "check", "--output", "json", "--mfa-code", next(codes))
        worked_before = _ask(home, names, codes)
        synced = run(home, "--output", "json", "--mfa-code", next(codes))
        worked_after = _ask(home, names, codes)
    return Trial(
        profiles=len(names),
        disagreements=(
            *_disagreements("check", checked, worked_before),
            *_disagreements("sync", synced, worked_after),
        ),
        named=tuple(_named(laptop, checked)),
    )


def _ask(home: Home, names: list[str], codes: Any) -> set[str]:  # noqa: ANN401 - an iterator
    return home.working_profiles(names, mfa_codes=[next(codes) for _ in names])


def _disagreements(command: str, ended: Ended, worked: set[str]) -> list[str]:
    return [
        f"{command}: {name} is {profile['verdict']} ({profile['cause']}), and the AWS CLI "
        f"{'accepts' if name in worked else 'refuses'} it"
        for name, profile in ended.profiles.items()
        if (profile["verdict"] == "accepted") != (name in worked)
    ]


def _named(laptop: Laptop, checked: Ended) -> list[Named]:
    faults = {case.name: case.fault for case in laptop.cases}
    return [
        Named(
            fault=faults[name],
            is_proved=profile["cause"] != Cause.NOT_AUTHORIZED
            or all(reason["certain"] for reason in profile["reasons"]),
            place=_place(NAMES.get(faults[name], set()), profile),
        )
        for name, profile in checked.profiles.items()
        if profile["verdict"] == "rejected"
    ]


def _place(names: set[str], profile: dict[str, Any]) -> int | None:
    """Return at which place a profile's cause or its reasons name a fault, counted from 1."""
    if profile["cause"] in names:
        return 1
    topics = [reason["topic"] for reason in profile["reasons"]]
    return next((place for place, topic in enumerate(topics, 1) if topic in names), None)
