"""Find out about one profile: what its chain was answered, what may be read, and what works."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from sync_profiles.decisions import Verdict
from sync_profiles.experimenting import Experimenting, Experiments
from sync_profiles.explain.experiments import proved_step
from sync_profiles.explain.explanation import Explanation
from sync_profiles.explain.learned import learn, side_that_refuses
from sync_profiles.explain.policy_reading import TrustPolicyRead, missing_role, read_trust_policy
from sync_profiles.explain.refusal import Refusal, refusal_of
from sync_profiles.explain.refused_call import refused_call_of
from sync_profiles.explain.suspicions import Finding, Statement, Weight
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller, Failure, Simulation
from sync_profiles.planning.known_outcomes import is_along

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.explain.suspicions import Topic
    from sync_profiles.model import Profile, Setting
    from sync_profiles.outcomes import Outcome, Switch
    from sync_profiles.report import Report, Row
    from sync_profiles.role_reading import CallerReading, RoleRead, RoleReading
    from sync_profiles.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call that was sent along the profile's chain, and its answer; `profile` is its hop."""

    profile: str
    switch: Switch
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """All that is known about one profile; `refusal` is what administrators can allow, if any.

    `caller_policies` is what the caller's own policies say, or why they could not be asked; they
    and the experiments are only asked for where no trust policy could be read.
    """

    row: Row
    settings: Mapping[str, Setting]
    sent: tuple[Sent, ...]
    trust_policy: TrustPolicyRead | None = None
    caller_policies: Simulation | Failure | None = None
    experiments: Experiments = field(default_factory=Experiments)
    refusal: Refusal | None = None

    @property
    def decision(self) -> Decision:
        """What the tests prove about the profile."""
        return self.row.decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains profiles one after the other; what one shows is not asked again for the next."""

    report: Report
    found: Survey
    roles: RoleReading
    callers: CallerReading
    experimenting: Experimenting
    asked_at: datetime

    def explain(self, row: Row) -> Explained:
        """Read what may be read about a refusal, and try out what is left open."""
        decision = row.decision
        chain, profile = decision.chain, decision.profile
        client = profile.client
        explained = Explained(
            row=row,
            settings=profile.settings,
            sent=tuple(_sent(self.found, chain, client=client)) if isinstance(chain, Chain) else (),
        )
        caller = self.report.caller_of(decision)
        if not isinstance(caller, Caller):
            return explained
        call = refused_call_of(
            decision,
            caller=caller,
            profiles=self.report.profiles,
            sent=self.found.outcomes,
            refused_at=self.asked_at,
        )
        if call is None:
            return explained
        explained = self._find_out(explained, call, caller)
        read, proof = explained.trust_policy, explained.experiments.proof
        if proof is not None or (read is not None and read.own_step is not None):
            return explained
        policies = explained.caller_policies
        simulation = policies if isinstance(policies, Simulation) else None
        side = None if simulation is None else side_that_refuses(simulation, call)
        return replace(explained, refusal=refusal_of(decision, call, read=read, side=side))

    def _find_out(self, explained: Explained, call: RefusedCall, caller: Caller) -> Explained:
        """Read the role's trust policy, or else the caller's policies, and run experiments."""
        row, decision = explained.row, explained.decision
        refused = decision.outcome
        if not isinstance(refused, Failure) or not refused.is_of_switch:
            return explained
        switch = next(each for each, answer in self.found.outcomes.items() if answer is refused)
        profile = self.report.profiles[decision.blocked_by or decision.profile.name]
        role = self.roles.read(switch, caller)
        if role is not None:
            read = _judge_role(role, refused, call, profile)
            return replace(explained, row=_with_hint(row, read), trust_policy=read)
        policies = self.callers.read(switch, call)
        experiments = self.experimenting.run(decision, profile, caller)
        explained = replace(explained, caller_policies=policies, experiments=experiments)
        if experiments.proof is not None:
            tried = experiments.proof.experiment.switch.session_name
            is_written = experiments.proof.experiment.key == "role_session_name"
            command = self.report.sync_command
            is_sync_needed = not is_written and tried not in {None, profile.session_name}
            step = proved_step(
                experiments.proof, profile, sync_command=command if is_sync_needed else None
            )
            proved = _proved(row, experiments.proof.experiment.topic, step)
            return replace(explained, row=proved)
        learned = learn(
            experiments.planned,
            experiments.tried,
            policies if isinstance(policies, Simulation) else None,
            call=call,
            profile=profile,
        )
        explain = partial(row.explain, learned=learned)
        return replace(explained, row=replace(row, explain=explain))


def _sent(found: Survey, chain: Chain, *, client: str) -> Iterator[Sent]:
    """Yield the calls along a chain, the source's first, with all session names."""
    hops = [found.profiles.by_name[hop] for hop in chain.hops]
    for depth, hop in enumerate(chain.hops, start=1):
        for switch, outcome in found.outcomes.items():
            if is_along(switch, hops[:depth], source=chain.source, client=client):
                yield Sent(profile=hop, switch=switch, outcome=outcome)


def _with_hint(row: Row, read: TrustPolicyRead) -> Row:
    """Return a row with the next step that the role's trust policy suggests, if any.

    A row that a sync fixes is returned unchanged.
    """
    if read.hint is None or row.decision.verdict is Verdict.FIXABLE:
        return row
    return _proved(row, read.topic, read.hint, fact=read.fact)


def _proved(row: Row, topic: Topic, step: str, *, fact: str | None = None) -> Row:
    """Return a row with a step that is proved, alone; `fact` replaces AWS's message."""
    finding = Finding(topic, Weight.CERTAIN, Statement.PROVED, {"step": step})
    message = fact or row.explanation.message
    explanation = Explanation(message=message, hint=step, reasons=(finding,))
    return replace(row, explain=lambda: explanation)


def _judge_role(
    role: RoleRead, refused: Failure, call: RefusedCall, profile: Profile
) -> TrustPolicyRead:
    """Apply what was read of a role to the refused call."""
    if role.trust_policy is None:
        return missing_role(reader=role.reader, call=call, profile=profile)
    return read_trust_policy(
        role.trust_policy, reader=role.reader, refused=refused, call=call, profile=profile
    )
