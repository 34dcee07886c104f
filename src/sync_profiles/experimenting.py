"""Run experiments on refused profiles, with credentials that can do nothing, until one succeeds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.explain.candidates import Files, mfa_devices
from sync_profiles.explain.experiments import (
    MOST,
    Experiment,
    Tried,
    open_topics,
    plan_experiments,
    untested_sources,
)
from sync_profiles.explain.suspicions import Topic
from sync_profiles.model import Chain
from sync_profiles.outcomes import Accepted, Caller, Failure
from sync_profiles.planning.known_outcomes import is_along

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync_profiles.aws.switching import Switcher
    from sync_profiles.decisions import Decision
    from sync_profiles.model import BrokenChain, Profile, Source
    from sync_profiles.outcomes import Outcome, Switch
    from sync_profiles.survey import Survey

#: how many further sources are asked who they are
_FURTHER_SOURCES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiments:
    """The experiments on one profile: what was planned, what was sent, and why it ended early."""

    planned: tuple[Experiment, ...] = ()
    tried: tuple[Tried, ...] = ()
    note: str | None = None

    @property
    def proof(self) -> Tried | None:
        """The experiment that was accepted."""
        return next((each for each in self.tried if each.is_accepted), None)


@dataclass(slots=True, kw_only=True)
class Experimenting:
    """Runs the experiments of one run; none is sent twice.

    `expect` announces a call to the progress bar. `session_name` is the name that the command line
    sets for the run, if it does.
    """

    found: Survey
    chains: Mapping[str, Chain | BrokenChain]
    expect: Callable[[int], None]
    session_name: str | None
    _sent: dict[Switch, Outcome] = field(default_factory=dict)
    _callers: dict[Source, Caller | Failure] = field(default_factory=dict)
    _devices: dict[Source, tuple[str, ...]] = field(default_factory=dict)
    _accepted: dict[str, Switch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sent = dict(self.found.outcomes)
        self._callers = dict(self.found.callers)
        self._accepted = dict(_accepted_calls(self.found))

    def run(self, decision: Decision, profile: Profile, caller: Caller) -> Experiments:
        """Try what may be the reason of a refusal, which is that of `profile`."""
        switcher, chain = self.found.switcher, _up_to(profile, decision.chain)
        if decision.verdict is not Verdict.REJECTED or switcher is None or chain is None:
            return Experiments()
        calls = self._refused_calls(decision, profile, chain)
        if not calls:
            return Experiments()
        first, topics = next(iter(calls.items()))
        files = Files(
            profile=profile,
            chain=chain,
            caller=caller,
            wanted_name=decision.wanted_name,
            profiles=self.found.profiles.by_name,
            chains=self.chains,
            accepted=self._accepted,
        )
        files = self._with_devices(files, first, topics, switcher)
        if Topic.TRUST in topics and first.mfa_serial is None:
            self._identify(files, first, switcher)
        planned = plan_experiments(
            files,
            calls,
            sent=self._sent,
            callers=self._callers,
            session_name=self.session_name,
        )
        return self._try(planned, switcher)

    def _refused_calls(
        self, decision: Decision, profile: Profile, chain: Chain
    ) -> dict[Switch, frozenset[Topic]]:
        """Return the refused call, and the one under the name that stays in the file, if any.

        Each has what AWS's answer leaves open. One that is refused for its duration alone comes
        first: its other settings are right.
        """
        hops = [self.found.profiles.by_name[hop] for hop in chain.hops]
        client = decision.profile.client
        refused = {
            switch: outcome
            for switch, outcome in self.found.outcomes.items()
            if switch.role_arn == profile.role_arn
            and isinstance(outcome, Failure)
            and is_along(switch, hops, source=chain.source, client=client)
        }
        first = next((each for each in refused if refused[each] is decision.outcome), None)
        if first is None:
            return {}
        calls = [first]
        if decision.change is Change.LEAVE and decision.blocked_by is None:
            calls += (
                each
                for each in refused
                if each != first and each.parent == first.parent and each.session_name is not None
            )
        no_mfa = {Topic.MFA} if first.mfa_serial is not None else set()
        topics = {each: open_topics(refused[each]) - no_mfa for each in calls}
        ordered = sorted(topics, key=lambda each: Topic.DURATION not in topics[each])
        return {each: topics[each] for each in ordered if topics[each]}

    def _with_devices(
        self, files: Files, refused: Switch, topics: frozenset[Topic], switcher: Switcher
    ) -> Files:
        """Add the caller's devices as IAM lists them, if the files have none of them."""
        is_user = files.is_direct and ":user/" in files.caller.arn
        if Topic.MFA not in topics or not is_user or any(mfa_devices(files)):
            return files
        source = refused.source
        if source not in self._devices:
            answer = switcher.mfa_devices(refused)
            self._devices[source] = () if isinstance(answer, Failure) else answer
        return replace(files, devices=self._devices[source])

    def _identify(self, files: Files, refused: Switch, switcher: Switcher) -> None:
        """Ask further sources of the files who they are."""
        further = untested_sources(files, self._callers)[:_FURTHER_SOURCES]
        self._callers |= switcher.identify({source: [refused.client] for source in further})

    def _try(self, planned: tuple[Experiment, ...], switcher: Switcher) -> Experiments:
        tried: list[Tried] = []
        note = None
        without_code: set[str | None] = set()
        for experiment in planned:
            switch = experiment.switch
            if len(tried) == MOST or switch.mfa_serial in without_code:
                continue
            outcome = self._send(switch, planned, switcher)
            tried.append(Tried(experiment=experiment, outcome=outcome))
            if isinstance(outcome, Accepted):
                break
            if outcome.is_silence or outcome.cause is Cause.THROTTLED:
                note = "the experiments end here, as AWS did not answer"
                break
            if outcome.cause is Cause.MFA_CODE_NEEDED:
                without_code.add(switch.mfa_serial)
        return Experiments(planned=planned, tried=tuple(tried), note=note)

    def _send(self, switch: Switch, planned: tuple[Experiment, ...], switcher: Switcher) -> Outcome:
        if switch not in self._sent:
            if switch.parent is not None:
                roles = {
                    each.switch.role_arn for each in planned if each.switch.parent == switch.parent
                }
                failure = switcher.widen(switch.parent, sorted(roles))
                if failure is not None:
                    return failure
            self.expect(1)
            self._sent |= switcher.run([switch])
        return self._sent[switch]


def _up_to(profile: Profile, chain: Chain | BrokenChain | None) -> Chain | None:
    """Return the part of a chain that ends with a profile."""
    if not isinstance(chain, Chain) or profile.name not in chain.hops:
        return None
    return Chain(source=chain.source, hops=chain.hops[: chain.hops.index(profile.name) + 1])


def _accepted_calls(found: Survey) -> Iterator[tuple[str, Switch]]:
    """Yield the profiles that work, or will after a sync, each with its accepted call."""
    by_role: dict[str, list[Switch]] = defaultdict(list)
    for switch, outcome in found.outcomes.items():
        if isinstance(outcome, Accepted):
            by_role[switch.role_arn].append(switch)
    for decision in found.plan.decisions:
        profile, chain = decision.profile, decision.chain
        if not isinstance(chain, Chain) or decision.blocked_by is not None:
            continue
        hops = [found.profiles.by_name[hop] for hop in chain.hops]
        calls = [
            switch
            for switch in by_role.get(profile.role_arn, ())
            if is_along(switch, hops, source=chain.source, client=profile.client)
        ]
        if calls:
            name = decision.wanted_name if decision.change.writes else profile.session_name
            yield profile.name, max(calls, key=lambda switch: switch.session_name == name)
