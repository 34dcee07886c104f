"""What a run knows besides the profile, or the source, that is explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sync_profiles.causes import Cause
from sync_profiles.explain.comments import NO_COMMENTS, Comments
from sync_profiles.explain.comparison import compare_results
from sync_profiles.explain.findings import Finding
from sync_profiles.explain.overrides import NO_OVERRIDES, Overrides
from sync_profiles.explain.results import name_of
from sync_profiles.model import Chain, Problem, Profile, Source
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.decision import Decision
from sync_profiles.text import quote


@dataclass(frozen=True, kw_only=True)  # without slots: what all explanations share is found once
class Background:
    """What all explanations of a run share.

    `profiles` are all of the files: texts refer to the sections of sources and hops, and to
    `overrides` of their settings; `comments` are those of both files. `callers` are those of all
    sources. The other `decisions` show what is likely if AWS gives no reason; `problems` are those
    of the files. `sync_step` is what writes the session names.
    """

    profiles: Mapping[str, Profile]
    callers: Mapping[Source, Caller | Failure] = field(default_factory=dict)
    overrides: Overrides = NO_OVERRIDES
    comments: Comments = NO_COMMENTS
    decisions: Sequence[Decision] = ()
    problems: Sequence[Problem] = ()
    sync_step: str = "run `sync-profiles`"

    @cached_property
    def known_callers(self) -> tuple[Caller, ...]:
        """The callers of the sources that have one."""
        return tuple(each for each in self.callers.values() if isinstance(each, Caller))

    @cached_property
    def callers_of_hosts(self) -> dict[str, Profile | None]:
        """The profiles that called hosts which did not answer, by the words of the error."""
        return {}

    @cached_property
    def compared(self) -> Mapping[str, tuple[Finding, ...]]:
        """What the profiles' results suggest about each other, by profile."""
        return compare_results(self.decisions, self.callers, self.profiles)

    @cached_property
    def devices_that_work(self) -> Mapping[Source, str]:
        """An MFA device with which a source's own calls work, and for whom, as a phrase."""
        found: dict[Source, str] = {}
        for each in self.decisions:
            device, chain = each.profile.text("mfa_serial"), each.chain
            if (
                device
                and isinstance(chain, Chain)
                and chain.above is None
                and each.is_accepted_by_sts
            ):
                found.setdefault(chain.source, f"{quote(device)}, with which {name_of(each)} works")
        return found

    @cached_property
    def refused_devices(self) -> Mapping[Source, frozenset[str]]:
        """The MFA devices that AWS says are not the caller's, by the source that calls."""
        found: dict[Source, set[str]] = {}
        for each in self.decisions:
            if each.cause is Cause.MFA_DEVICE_NOT_YOURS and isinstance(each.chain, Chain):
                device = each.profile.text("mfa_serial")
                found.setdefault(each.chain.source, set()).update([device] if device else [])
        return {source: frozenset(devices) for source, devices in found.items()}

    @cached_property
    def sources_that_work(self) -> frozenset[Source]:
        """The sources from which AWS accepts a profile, as it is or once fixed."""
        chains = (each.chain for each in self.decisions if each.is_accepted_by_sts)
        return frozenset(chain.source for chain in chains if isinstance(chain, Chain))

    @cached_property
    def problems_by_profile(self) -> Mapping[str | None, Sequence[Problem]]:
        """The problems of the files, by profile."""
        found: dict[str | None, list[Problem]] = {}
        for problem in self.problems:
            found.setdefault(problem.profile, []).append(problem)
        return found

    def problems_of(self, *names: str | None) -> tuple[Problem, ...]:
        """Return the problems of these profiles."""
        found = map(self.problems_by_profile.get, dict.fromkeys(names))
        return tuple(problem for problems in found for problem in problems or ())
