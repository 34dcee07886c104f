"""Plan experiments: calls that differ from a refused one in one thing, the most likely first.

The values are those that the user's own files hold, so that the one that is accepted is a fix with
its proof. The most likely ones are tried together, too, as a role may require several things.

The refused call is the one under the wanted name if a sync writes that name: a role that requires
the name and, say, MFA accepts no call that has only the device. If the file keeps another name,
which is refused too, the call under that name is varied as well, with less hope: with more, if
other profiles work under that name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations

from sync_profiles.arn import parse_arn
from sync_profiles.causes import Cause
from sync_profiles.explain.candidate_roles import is_same_role, role_arns
from sync_profiles.explain.candidates import (
    Candidate,
    Origin,
    Refusal,
    external_ids,
    mfa_devices,
    session_names,
    unused_devices,
)
from sync_profiles.explain.file_signs import remove, set_to, without_other_source
from sync_profiles.explain.findings import Topic
from sync_profiles.explain.other_callers import calls_of_renamed_hop, other_regions, other_sources
from sync_profiles.explain.ranking import topics_left_by
from sync_profiles.explain.weights import Likelihood
from sync_profiles.known_keys import SOURCE_KEYS
from sync_profiles.model import SESSION_NAME_KEY, Profile, own_place
from sync_profiles.outcomes import Accepted, Failure, Outcome, Switch
from sync_profiles.text import join, quote

_DURATIONS = {
    Cause.DURATION_TOO_LONG,
    Cause.CHAINED_DURATION_TOO_LONG,
    Cause.DURATION_OUT_OF_RANGE,
}
#: why a device, or its code, is of no use
OF_DEVICE = {Cause.MFA_CODE_NEEDED, Cause.MFA_CODE_REJECTED, Cause.MFA_DEVICE_NOT_YOURS}
_NOT_SENT = Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS
#: why a caller cannot call with a device: it, or another caller, may do so without it, or with it
OF_CALLER_WITH_DEVICE = {Cause.MFA_DEVICE_NOT_YOURS, _NOT_SENT}
NO_DEVICE = Candidate("mfa_serial", None, Likelihood.NO_DEVICE, Origin("without MFA"))
_UNSENT_DEVICE = NO_DEVICE._replace(likelihood=Likelihood.CERTAIN)
_NO_DURATION = Candidate(
    "duration_seconds", None, Likelihood.CERTAIN, Origin("with the role's default")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A call with settings changed: the first one, which it is about, and perhaps more."""

    switch: Switch
    changes: tuple[Candidate, ...]
    likelihood: int

    @property
    def change(self) -> Candidate:
        """The change that it is about."""
        return self.changes[0]

    @property
    def without_duration(self) -> Experiment:
        """The same with the role's default duration."""
        switch = replace(self.switch, duration_seconds=None)
        return replace(self, switch=switch, changes=(*self.changes, _NO_DURATION))


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedExperiment:
    """An experiment and AWS's answer; `outcome` also says why it could not be sent."""

    experiment: Experiment
    outcome: Outcome

    @property
    def is_accepted(self) -> bool:
        """Whether the experiment proves a fix."""
        return isinstance(self.outcome, Accepted)

    @property
    def lacks_code(self) -> bool:
        """Whether it was not sent because there is no code of the MFA device."""
        return isinstance(self.outcome, Failure) and self.outcome.cause is Cause.MFA_CODE_NEEDED

    @property
    def is_refused(self) -> bool:
        """Whether AWS refused it, so that it is known not to help; not just its device or code."""
        if not isinstance(self.outcome, Failure) or not self.outcome.is_of_assume_role:
            return False
        return self.outcome.cause not in {*_DURATIONS, *OF_DEVICE}

    @property
    def has_device_of_other(self) -> bool:
        """Whether AWS says that the device is not the caller's, and it or the source is changed."""
        is_alone = len(self.experiment.changes) == 1
        failure = self.outcome if isinstance(self.outcome, Failure) and is_alone else None
        return failure is not None and failure.cause is Cause.MFA_DEVICE_NOT_YOURS

    @property
    def is_too_long(self) -> bool:
        """Whether its duration alone was refused: STS checks that last."""
        return isinstance(self.outcome, Failure) and self.outcome.cause in _DURATIONS


def open_topics(refused: Failure, *, has_device: bool) -> frozenset[Topic]:
    """Return what experiments on a refusal may be about: what AWS's answer leaves open.

    `has_device` means that the refused call was made with MFA.
    """
    if refused.cause in OF_CALLER_WITH_DEVICE:
        return frozenset({Topic.MFA, Topic.TRUST})
    if refused.is_of_assume_role and refused.cause in _DURATIONS:
        return frozenset({Topic.DURATION})
    if refused.is_of_assume_role and refused.cause is Cause.SETTING_INVALID:
        return frozenset({Topic.EXTERNAL_ID})  # the setting of which STS itself says so
    if not (refused.is_of_assume_role and refused.is_denial):
        return frozenset()
    return topics_left_by(refused) - ({Topic.MFA} if has_device else set())


def plan_experiments(
    refused: Refusal,
    calls: Mapping[Switch, frozenset[Topic]],
    *,
    sent: Mapping[Switch, Outcome],
) -> tuple[Experiment, ...]:
    """Return all possible experiments, the most likely first; none equals a refused call.

    `calls` are the profile's refused calls, the one to vary first at the beginning, each with
    what AWS's answer to it leaves open. `sent` has all calls of the run: the answer of an
    experiment that is accepted there is known already.
    """
    found: list[Experiment] = []
    together: list[Experiment] = []
    for number, (base, less) in enumerate(_less_likely(refused, calls)):
        topics = calls[base]
        candidates = [
            candidate
            for find in _FINDERS
            for candidate in find(refused)
            if candidate.topic in topics
            and (number == 0 or candidate.topic is not Topic.SESSION_NAME)
        ]
        varied = [(candidate, _with(base, candidate)) for candidate in candidates]
        if Topic.TRUST in topics and number == 0:
            varied += calls_of_renamed_hop(refused, base)
            varied += other_sources(refused, base)
        if Topic.REGION in topics:
            varied += other_regions(refused, base)
        found += (
            Experiment(
                switch=switch,
                changes=(change, *([NO_DEVICE] if _lacks_device(switch, base) else [])),
                likelihood=change.likelihood - less * (switch.session_name == base.session_name),
            )
            for change, switch in varied
        )
        if Topic.MFA in topics and base.mfa_serial is not None:
            is_sure = refused.call.failure.cause is _NOT_SENT  # no session presents a device
            found.append(_without(base, _UNSENT_DEVICE if is_sure else NO_DEVICE))
        if Topic.DURATION in topics:
            found.append(_without(base, _NO_DURATION))
        if number == 0 or not less:
            together += _together(base, candidates, refused.profile)
    found += together  # after single ones that are as likely
    different: dict[Switch, Experiment] = {}
    for experiment in sorted(found, key=lambda each: -each.likelihood):
        switch = experiment.switch
        is_refused = switch in sent and not isinstance(sent[switch], Accepted)
        if switch not in calls and not is_refused:
            different.setdefault(switch, experiment)
    return tuple(different.values())


def _less_likely(refused: Refusal, calls: Collection[Switch]) -> Iterator[tuple[Switch, int]]:
    """Yield the calls, each with how much less likely an experiment under its name is."""
    works = [each for each in calls if each.session_name in refused.known.names_that_work]
    user = (refused.call.user_name or refused.caller.arn.name).lower()
    for number, each in enumerate(calls):
        less = Likelihood.LESS_IF_NAME_WORKS if each in works else Likelihood.LESS_IF_NAME_IN_DOUBT
        is_own = number > 0 and user in (each.session_name or "").lower()  # no colleague's: `ops-a`
        is_first = number == 0 and (each in works or not works)
        yield each, 0 if is_own or is_first or works == [each] else less


def _together(
    base: Switch, candidates: Iterable[Candidate], profile: Profile
) -> Iterator[Experiment]:
    """Yield calls with two changes or all, each the most likely of its topic.

    A role may require several things, and refuses each alone. A name that the profile has already
    is sent, but is not a change.
    """
    best: dict[Topic, Candidate] = {}
    for each in sorted(candidates, key=lambda each: -each.likelihood):
        if each.likelihood >= Likelihood.ENOUGH_FOR_TWO and _with(base, each) != base:
            best.setdefault(each.topic, each)
    groups = [*combinations(best.values(), 2), *combinations(best.values(), max(3, len(best)))]
    for group in groups:
        changes = tuple(each for each in group if each.value != profile.text(each.key))
        likelihood = group[-1].likelihood - len(group) - 1
        yield Experiment(switch=reduce(_with, group, base), changes=changes, likelihood=likelihood)


def _without_external_id(refused: Refusal) -> Iterator[Candidate]:
    """Yield the removal of the profile's external ID, which a role may refuse, too."""
    key = "external_id"
    if refused.profile.text(key):
        other = refused.known.works_without_id.get(refused.call.role.account)
        words = f"as {other.header} works" if other is not None else "as most roles require none"
        likelihood = Likelihood.NO_ID if other is None else Likelihood.NO_ID_AS_OTHERS
        yield Candidate(key, None, likelihood, Origin(words))


def _lacks_device(switch: Switch, base: Switch) -> bool:
    return switch.mfa_serial is None and base.mfa_serial is not None  # a role is the source


def _without(base: Switch, removal: Candidate) -> Experiment:
    switch = _with(base, removal)
    return Experiment(switch=switch, changes=(removal,), likelihood=removal.likelihood)


def _with(base: Switch, candidate: Candidate) -> Switch:
    return base.with_setting(candidate.key, candidate.value)


def proved_step(tried: TriedExperiment, profile: Profile, *, sync_command: str | None) -> str:
    """Return the proved fix: what was accepted, where the value is from, and the line to change.

    `sync_command` is the command that writes the name with which it was accepted, if the file has
    another one.
    """
    switch = tried.experiment.switch
    is_cut = switch.sent_duration < (switch.duration_seconds or 0)
    changes = [describe_change(each, each.owner or profile) for each in tried.experiment.changes]
    step = f"accepted{' for an hour' if is_cut else ''} " + join("; and ", changes)
    if conditions := list(_conditions(tried, profile)):
        step += ", if " if len(changes) == 1 else "; make these changes only if "
        step += " and ".join(conditions)
    return step if sync_command is None else step + f", then run {quote(sync_command)}"


def _conditions(tried: TriedExperiment, profile: Profile) -> Iterator[str]:
    """Yield what only the reader knows: that AWS accepts the call does not prove it."""
    role, used = profile.role, parse_arn(tried.experiment.switch.role_arn)
    is_other = role is not None and used is not None and not is_same_role(role, used)
    if is_other or any(change.is_taken for change in tried.experiment.changes):
        yield "you mean that role"
    elif any(
        change.key in SOURCE_KEYS and change.value != profile.text(change.key)
        for change in tried.experiment.changes
    ):
        yield "you mean that role and that source"  # of another profile, or person
    if any(
        change.key == SESSION_NAME_KEY and change.origin.profile is not None  # not the caller's own
        for change in tried.experiment.changes
    ):
        yield "that name is not a colleague's"


def describe_change(made: Candidate, profile: Profile) -> str:
    """Return with which setting a call was accepted, and which line of the profile to change."""
    key, value = made.key, made.value
    if value is None:
        return f"without {quote(key)}: " + remove(
            key, profile, "it" + own_place(profile.place_of(key))
        )
    change = made.origin.change or set_to(key, None, profile)
    change += without_other_source(key, profile)
    return f"with {quote(f'{key} = {value}')}, {made.origin.words}: " + change


_FINDERS: tuple[Callable[[Refusal], Iterator[Candidate]], ...] = (
    external_ids,
    session_names,
    mfa_devices,
    unused_devices,
    role_arns,
    _without_external_id,
)
