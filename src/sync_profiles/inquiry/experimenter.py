"""Run experiments on refused profiles, with credentials that can do nothing, until one succeeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from sync_profiles.aws.questions import devices_question
from sync_profiles.causes import Cause
from sync_profiles.explain.candidates import Refusal, mfa_devices
from sync_profiles.explain.experiments import (
    OF_CALLER_WITH_DEVICE,
    OF_DEVICE,
    Experiment,
    TriedExperiment,
    open_topics,
    plan_experiments,
)
from sync_profiles.explain.findings import Topic
from sync_profiles.explain.known_values import KnownValues
from sync_profiles.explain.lookups import MOST
from sync_profiles.explain.missing_source import calls_from_others, lacks_source, sources_to_ask
from sync_profiles.explain.other_callers import sources_on_own_lines
from sync_profiles.explain.trust_policy_read import TrustPolicyRead
from sync_profiles.model import Source
from sync_profiles.outcomes import Accepted, Failure, Outcome, Side, Switch
from sync_profiles.planning.decision import Change, Verdict
from sync_profiles.report import ReportRow
from sync_profiles.survey import Survey

#: how many calls the experiments of a run may send: most leave a denial in someone's CloudTrail
MOST_OF_RUN = 240
#: what may help if the caller's policies refuse; else only what works for others
_BY_CALLER = frozenset({Topic.ROLE_NAME, Topic.TRUST, Topic.REGION})
#: why a test was not made that an experiment may still make, or show why not
_WITHOUT_CODE = {Cause.MFA_CODE_NEEDED, Cause.MFA_CODE_REJECTED}
#: how many further sources are asked who they are
_FURTHER_SOURCES = 3


@dataclass(slots=True, kw_only=True)
class Experiments:
    """The experiments on one profile: what is planned, what was tried, and why it ended early.

    `is_cut` means that others of the run took what it may send.
    """

    planned: tuple[Experiment, ...] = ()
    tried: list[TriedExperiment] = field(default_factory=list)
    note: str | None = None
    is_cut: bool = False
    _without_code: set[tuple[Source, str | None]] = field(default_factory=set)

    @property
    def proof(self) -> TriedExperiment | None:
        """The experiment that was accepted."""
        return next((each for each in self.tried if each.is_accepted), None)

    def next(self) -> Experiment | None:
        """Return the next experiment, None after the last one."""
        if self.proof is not None or self.note is not None or len(self.tried) == MOST:
            return None
        done = [each.experiment for each in self.tried]
        return next(
            (
                each
                for each in self.planned
                if each not in done and _device_of(each.switch) not in self._without_code
            ),
            None,
        )

    def add(self, experiment: Experiment, outcome: Outcome) -> None:
        """Add an answer; a device that takes no code from a source is not tried there again."""
        tried = TriedExperiment(experiment=experiment, outcome=outcome)
        self.tried.append(tried)
        if isinstance(outcome, Accepted):
            return
        has_duration = experiment.switch.duration_seconds is not None
        if tried.is_too_long and has_duration:  # the rest is right
            self.planned = (experiment.without_duration, *self.planned)
        if outcome.is_silence or outcome.cause is Cause.THROTTLED:
            self.note = "the experiments end here, as AWS did not answer"
        if outcome.cause in OF_DEVICE and experiment.switch.mfa_serial is not None:
            self._without_code.add(_device_of(experiment.switch))

    def cut(self) -> None:
        """End the experiments, as the run may send no more."""
        self.is_cut = True
        self.note = f"the experiments end here, as a run sends at most {MOST_OF_RUN} calls for them"


def _device_of(switch: Switch) -> tuple[Source, str | None]:
    """Return the source and the device of which a switch needs a code."""
    return switch.source, switch.mfa_serial


@dataclass(slots=True, kw_only=True)
class Experimenter:
    """Runs the experiments of one run; none is sent twice.

    `devices` are those of callers, as far as IAM was asked for them, or why it does not list them.
    """

    found: Survey
    known: KnownValues
    devices: dict[Source, tuple[str, ...] | Failure] = field(default_factory=dict)
    _sent: dict[Switch, Outcome] = field(default_factory=dict)
    _further: Iterator[Source] = field(init=False)

    def __post_init__(self) -> None:
        self._sent = {
            switch: outcome
            for switch, outcome in self.found.outcomes.items()
            if not (isinstance(outcome, Failure) and outcome.cause in _WITHOUT_CODE)
        }
        self._further = (
            source for source in self.known.sources_with_keys if source not in self.known.callers
        )

    def run(self, planned: Iterable[tuple[Experiment, ...]]) -> list[Experiments]:
        """Try what is planned on refusals, one thing after the other for each of them.

        The next experiments of all are sent together; once the run may not send all of them, the
        most likely ones. Calls of their hops under other names count, too.
        """
        found = [Experiments(planned=each) for each in planned]
        left = MOST_OF_RUN
        while True:
            nexts = [(of, each) for of in found if (each := of.next()) is not None]
            if not nexts:
                return found
            ordered = sorted((each for _, each in nexts), key=lambda each: -each.likelihood)
            new: dict[Switch, None] = {}
            for each in ordered:
                calls = dict.fromkeys(self._not_sent(each.switch))
                if len(new | calls) <= left:
                    new |= calls
            self._send(new)
            left -= len(new)
            for experiments, experiment in nexts:
                if experiment.switch in self._sent:
                    experiments.add(experiment, self._sent[experiment.switch])
                else:
                    experiments.cut()

    def plan(
        self, refused: Refusal, *, read: TrustPolicyRead | None, side: Side | None
    ) -> tuple[Experiment, ...]:
        """Return what to try on a refusal.

        `read` is what was read of the role, `side` the one that is known to refuse.
        """
        is_not_sent = refused.call.failure.cause in OF_CALLER_WITH_DEVICE
        if refused.decision.verdict is not Verdict.REJECTED and not is_not_sent:
            return ()
        left = read.open_topics if read is not None else frozenset(Topic)
        if side is Side.CALLER:
            left &= _BY_CALLER | {Topic.SESSION_NAME, Topic.EXTERNAL_ID}
        calls = {each: topics & left for each, topics in _refused_calls(refused).items()}
        if not any(calls.values()):
            return ()
        first, topics = next(iter(calls.items()))
        if Topic.MFA in topics:
            refused = self.with_devices(refused)
        has_device = first.mfa_serial is not None
        works = first.source in self.known.background.sources_that_work
        asks = Topic.TRUST in topics and not (has_device and refused.is_by_sts)
        unused = [Source(profile=each.name) for each in self.known.unused_keys[:_FURTHER_SOURCES]]
        if asks:
            own = (source for _, source in sources_on_own_lines(refused) if source.profile)
            further = [*own, *islice(self._further, _FURTHER_SOURCES)]
            self._identify(first, further if works and not has_device else further + unused)
        planned = self._planned(refused, calls)
        name = refused.profile.session_name
        is_strange = name not in {None, refused.decision.wanted_name, *self.known.names_that_work}
        if asks and works and not has_device and (is_strange or len(planned) < MOST):
            self._identify(first, unused)
            planned = self._planned(refused, calls)
        free = frozenset(Topic)
        if side is Side.CALLER:
            free = _BY_CALLER | {Topic.MFA}  # a role as the source calls without a device
        elif read is not None and read.naming is not None:
            free = frozenset({Topic.MFA})  # the caller's own policies may require it
        return tuple(each for each in planned if self._is_free(each, free))

    def plan_without_source(self, row: ReportRow) -> tuple[Experiment, ...]:
        """Return what to try for a profile that names no usable source."""
        profile, survey = row.decision.profile, self.found
        if not lacks_source(self.known, row.decision, hint=row.explanation.hint):
            return ()
        sources = islice(sources_to_ask(profile, self.known), _FURTHER_SOURCES)
        survey.further_calls.identify({source: [profile.client] for source in sources})
        return calls_from_others(profile, self.known)

    def _is_free(self, experiment: Experiment, free: frozenset[Topic]) -> bool:
        """Return whether each change is about one of these topics, or works for another profile."""
        accepted = self.known.accepted
        return all(
            each.topic in free or each.origin.profile in accepted for each in experiment.changes
        )

    def with_devices(self, refused: Refusal) -> Refusal:
        """Add the caller's devices as IAM lists them, if the files have none of them."""
        is_user = refused.call.user_name is not None
        if not is_user or any(mfa_devices(refused)):
            return refused
        source = refused.switch.source
        if source not in self.devices:
            by_key = replace(refused.switch, mfa_serial=None)  # a wrong device opens no session
            self.devices[source] = self.found.further_calls.ask_iam(by_key, devices_question())
        return replace(refused, devices=self.devices[source])

    def _planned(
        self, refused: Refusal, calls: Mapping[Switch, frozenset[Topic]]
    ) -> tuple[Experiment, ...]:
        return plan_experiments(refused, calls, sent=self._sent)

    def _identify(self, refused: Switch, further: Iterable[Source]) -> None:
        """Ask further sources with keys in the files, which may make the call, who they are."""
        self.found.further_calls.identify({source: [refused.client] for source in further})

    def _not_sent(self, switch: Switch) -> Iterator[Switch]:
        """Yield what is left to send for a call: those of the hops above it, and itself."""
        if switch.parent is not None:
            yield from self._not_sent(switch.parent)
        if switch not in self._sent:
            yield switch

    def _send(self, switches: Iterable[Switch]) -> None:
        new = [switch for switch in switches if switch not in self._sent]
        parents = {each.parent: None for each in new if each.parent is not None}
        if parents:
            self._send(parents)
        for switch in new:
            above = self._sent[switch.parent] if switch.parent is not None else None
            if isinstance(above, Failure):
                self._sent[switch] = above
        new = [switch for switch in new if switch not in self._sent]
        roles: dict[Switch, set[str]] = defaultdict(set)
        for switch in new:
            if switch.parent is not None:
                roles[switch.parent].add(switch.role_arn)
        if not new:
            return
        for parent, wider in roles.items():
            failure = self.found.further_calls.widen(parent, sorted(wider))
            if failure is not None:
                self._sent |= {switch: failure for switch in new if switch.parent == parent}
        left = [switch for switch in new if switch not in self._sent]
        self._sent |= self.found.further_calls.run(left)


def _refused_calls(refused: Refusal) -> dict[Switch, frozenset[Topic]]:
    """Return the refused call, and the one under the name that stays in the file, if any.

    Each has what AWS's answer leaves open. One that is refused for its duration alone comes first:
    its other settings are right.
    """
    decision, call = refused.decision, refused.call
    is_kept = decision.change is Change.LEAVE and decision.blocked_by is None
    has_device = call.switch.mfa_serial is not None
    topics = {
        each.switch: open_topics(each.failure, has_device=has_device)
        for each in (call.under_both_names if is_kept else (call,))
    }
    ordered = sorted(topics, key=lambda each: Topic.DURATION not in topics[each])
    return {each: topics[each] for each in ordered if topics[each]}
