"""One made-up laptop, tried: what the program reports beside what the AWS CLI does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from e2e import Home
from sync_profiles.sandbox import Sandbox
from truth.worlds import CODES, Fault, Laptop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from e2e import Ended

    Run = Callable[..., Ended]

#: what a message or a hint says that names the fault
_WORDS = {
    Fault.ROLE_NAME: r"role_arn|role name|should end in|does not exist",
    Fault.EXTERNAL_ID: r"external.id",
    Fault.MFA: r"\bMFA\b|mfa_serial",
    Fault.FIXED_NAME: r"session name",
    Fault.NOT_TRUSTED: r"\btrusts?\b|trust policy",
    Fault.OLD_VERSION: r"Version|trust policy",
    Fault.PERMISSION: r"policy of|identity-based|permission",
    Fault.DENIED: r"den(?:y|ies|ied)",
    Fault.DURATION: r"duration_seconds",
    Fault.PARTITION: r"partition",
    Fault.SOURCE: r"chain|source profile",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one laptop.

    `disagreements` are the profiles whose verdict is not what the AWS CLI does. `named` has, for
    each rejected profile, its fault, and at which place among the reasons it is named; None where
    it is not.
    """

    profiles: int
    disagreements: tuple[str, ...]
    named: tuple[tuple[Fault, int | None], ...]


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


def _named(laptop: Laptop, checked: Ended) -> list[tuple[Fault, int | None]]:
    faults = {case.name: case.fault for case in laptop.cases}
    return [
        (faults[name], _place(faults[name], profile))
        for name, profile in checked.profiles.items()
        if profile["verdict"] == "rejected"
    ]


def _place(fault: Fault, profile: dict[str, Any]) -> int | None:
    """Return at which place a profile's message and hint name the fault, counted from 1."""
    if fault not in _WORDS:
        return None
    pattern = re.compile(_WORDS[fault], re.IGNORECASE)
    reasons = re.split(r"\(\d\) ", profile["hint"] or "")
    texts = [profile["message"] if len(reasons) == 1 else "", *reasons]
    found = [place for place, text in enumerate(texts) if pattern.search(text)]
    if not found:
        return None
    return max(1, found[0] - 1) if len(reasons) > 1 else 1
