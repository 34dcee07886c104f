"""Find out about refusals: what AWS answered, what may be read, and what works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sync_profiles.causes import Cause
from sync_profiles.explain.candidates import Refusal
from sync_profiles.explain.experiments import (
    OF_CALLER_WITH_DEVICE,
    Experiment,
    TriedExperiment,
    proved_step,
)
from sync_profiles.explain.findings import Finding, Topic, proved
from sync_profiles.explain.learned import MFA_WITH_CODE, denied_to_caller, learn, side_that_refuses
from sync_profiles.explain.missing_source import refused_source, source_to_write
from sync_profiles.explain.needed_access import NeededAccess, needed_access_of
from sync_profiles.explain.refused_call import RefusedCall, refused_call_of
from sync_profiles.explain.role_answer import judge_role
from sync_profiles.explain.trust_policy_read import TrustPolicyRead
from sync_profiles.inquiry.experimenter import Experimenter, Experiments
from sync_profiles.inquiry.iam_reading import CallerPolicyReader, RoleReader, with_longest_session
from sync_profiles.model import SESSION_NAME_KEY, Chain, ClientName, Profile
from sync_profiles.outcomes import Failure, Outcome, Side, Simulation, Switch
from sync_profiles.planning.decision import Decision, Verdict
from sync_profiles.planning.known_outcomes import group_by_route, routes_along
from sync_profiles.report import Report, ReportRow
from sync_profiles.text import quote
from sync_profiles.waiting import in_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCall:
    """A call that was sent along the profile's chain, and its answer; `profile` is its hop."""

    profile: str
    switch: Switch
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedProfile:
    """All that is known about one profile.

    `refused` is the call that AWS refused, None if it did not or if who made it is not known.
    `needed_access` is what administrators can allow, if that may help. `caller_policies` is what
    the caller's own policies say, or why they could not be asked; they are asked for where no trust
    policy could be read, or where it leaves the caller's side open. `side` is the one that they
    prove to refuse the call.
    """

    row: ReportRow
    refused: Refusal | None
    sent: tuple[SentCall, ...]
    trust_policy: TrustPolicyRead | None = None
    caller_policies: Simulation | Failure | None = None
    side: Side | None = None
    experiments: Experiments = field(default_factory=Experiments)
    needed_access: NeededAccess | None = None

    @property
    def decision(self) -> Decision:
        """What the tests prove about the profile."""
        return self.row.decision


@dataclass(frozen=True, kw_only=True)  # without slots: what all profiles share is found once
class Explainer:
    """Explains profiles; what one shows is not asked again for the others."""

    report: Report
    roles: RoleReader
    callers: CallerPolicyReader
    experimenter: Experimenter
    asked_at: datetime

    def explain(self, rows: Sequence[ReportRow]) -> tuple[ExplainedProfile, ...]:
        """Read what may be read about each refusal, and then try out what is left open."""
        found = list(map(self._begin, rows))
        self.roles.read_all(each.call for each in map(_by_sts, found) if each is not None)
        found = list(map(self._read_role, in_steps(found, "trust policies")))
        self.callers.read_all(
            refused.call
            for each in found
            if (refused := _by_sts(each)) is not None
            and ((read := each.trust_policy) is None or read.is_open or read.leaves_others)
        )
        found = list(map(self._read_caller, in_steps(found, "explanations")))
        tried = self.experimenter.run(map(self._plan, in_steps(found, "experiments")))
        return tuple(map(self._conclude, found, tried))

    def _begin(self, row: ReportRow) -> ExplainedProfile:
        """Return what the tests have shown, and how long a session may be."""
        row = with_longest_session(row, self.roles, self.experimenter.known.accepted)
        chain, client = row.decision.chain, row.decision.profile.client
        sent = self._sent(chain, client) if isinstance(chain, Chain) else ()
        return ExplainedProfile(row=row, refused=self._refused(row.decision), sent=tuple(sent))

    def _read_role(self, explained: ExplainedProfile) -> ExplainedProfile:
        """Add what the role's trust policy says, about that of two calls which it is nearer to."""
        refused = _by_sts(explained)
        role = self.roles.read(refused.switch, refused.caller) if refused is not None else None
        if refused is None or role is None:
            return explained
        read = judge_role(role, refused)
        if read.needs_device:
            read = judge_role(role, self.experimenter.with_devices(refused))
        decision = _about_call(read.call.session_name, explained.decision, refused.call)
        row = replace(explained.row, decision=decision)
        return replace(explained, row=row, refused=self._refused(decision), trust_policy=read)

    def _read_caller(self, explained: ExplainedProfile) -> ExplainedProfile:
        """Add what the caller's policies say, and what follows from all that was read."""
        row, refused, read = explained.row, explained.refused, explained.trust_policy
        if refused is None:
            return explained
        policies = self.callers.answers.get(refused.switch)
        side = side_that_refuses(policies, refused.call)
        if read is not None:
            read = self._with_sync(read.narrowed(policies, side, refused.call), refused)
            if read.finding is not None and explained.decision.verdict is not Verdict.FIXABLE:
                in_file = (each for each in row.explanation.reasons if each.is_in_file)
                # why there is no such role, or what the role requires in vain, the file shows
                row = _because_of(row, next(in_file, read.finding), read)
        return replace(explained, row=row, trust_policy=read, caller_policies=policies, side=side)

    def _sent(self, chain: Chain, client: ClientName) -> Iterator[SentCall]:
        """Yield the calls along a chain, the source's first, with all session names."""
        hops = [self.report.profiles[hop] for hop in chain.hops]
        routes = routes_along(hops, source=chain.source, client=client)
        for hop, route in zip(chain.hops, routes, strict=True):
            for switch, outcome in self._sent_by_route.get(route, {}).items():
                yield SentCall(profile=hop, switch=switch, outcome=outcome)

    @cached_property
    def _sent_by_route(self) -> Mapping[Switch, Mapping[Switch, Outcome]]:
        return group_by_route(self.report.survey.outcomes)

    @cached_property
    def _names_in_files(self) -> frozenset[tuple[str, str | None]]:
        profiles = self.report.profiles.values()
        return frozenset((each.role_arn, each.session_name) for each in profiles)

    def _with_sync(self, policy: TrustPolicyRead, refused: Refusal) -> TrustPolicyRead:
        """Return the policy with a sync after the step, if that needs names which a sync writes."""
        is_needed = policy.needs_name or self._has_other_names(refused.switch.parent)
        has_step = policy.is_own or policy.not_checked is not None or policy.asks_access
        if not has_step or policy.is_missing or not is_needed:
            return policy
        return policy.followed_by(f"then run {quote(self.report.survey.request.sync_command)}")

    def _refused(self, decision: Decision) -> Refusal | None:
        """Return the call that AWS refused, None if it did not or if who made it is not known."""
        call = refused_call_of(
            decision,
            self.report.background,
            sent=self.report.survey.outcomes,
            refused_at=self.asked_at,
        )
        if call is None:
            return None
        failure = call.failure
        if not failure.is_of_assume_role and failure.cause not in OF_CALLER_WITH_DEVICE:
            return None
        return Refusal(decision=decision, call=call, known=self.experimenter.known)

    def _plan(self, explained: ExplainedProfile) -> tuple[Experiment, ...]:
        """Return what to try, where neither the files nor the trust policy show the reason."""
        read, refused = explained.trust_policy, explained.refused
        if refused is None:
            return self.experimenter.plan_without_source(explained.row)
        if _is_in_file(explained.row):
            return ()
        if read is not None and read.refuses:
            refused = replace(refused, trust_policy=read.policy)
        return self.experimenter.plan(refused, read=read, side=explained.side)

    def _conclude(self, explained: ExplainedProfile, experiments: Experiments) -> ExplainedProfile:
        """Add what follows from the experiments, and whom to ask if none was accepted."""
        explained, refused = replace(explained, experiments=experiments), explained.refused
        if refused is None:
            return self._with_source(explained)
        row, read, policies = explained.row, explained.trust_policy, explained.caller_policies
        if experiments.proof is not None:
            row = _because_of(row, self._proved(explained, refused, experiments.proof), read)
            return replace(explained, row=row)
        if _is_in_file(row) or (read and read.is_own and not read.is_open):
            return explained
        if read is None or read.finding is None:
            learned = learn(
                experiments.planned,
                experiments.tried,
                policies,
                call=refused.call,
                devices=self.experimenter.devices.get(refused.switch.source),
                exists=read is not None,
            )
            row = replace(row, learned=learned)
            if any(each.is_proved for each in learned.findings):  # the next step is the reader's
                return replace(explained, row=row)
        elif (read.naming is not None or read.is_about_mfa) and any(
            each.lacks_code for each in experiments.tried
        ):
            step = f"{MFA_WITH_CODE}; if that does not help, {read.finding.text}"
            row = _because_of(row, proved(read.finding.topic, step), read)
        needed = needed_access_of(explained.decision, refused.call, read=read, side=explained.side)
        return replace(explained, row=row, needed_access=needed)

    def _with_source(self, explained: ExplainedProfile) -> ExplainedProfile:
        """Return the profile with the source from which AWS accepts it, or what AWS refuses."""
        profile, row, proof = explained.decision.profile, explained.row, explained.experiments.proof
        hint, profiles = row.explanation.hint, self.report.profiles
        step = source_to_write(proof, profiles, profile, hint=hint) if proof is not None else None
        if proof is None or step is None:
            note = refused_source(hint, explained.experiments.tried)
            return replace(explained, row=replace(row, learned=replace(row.learned, note=note)))
        command = self._sync_after(proof, profile)
        step += f"; then run {quote(command)}" if command is not None else ""
        return replace(explained, row=_because_of(row, proved(Topic.TRUST, step), None))

    def _proved(
        self, explained: ExplainedProfile, refused: Refusal, proof: TriedExperiment
    ) -> Finding:
        """Return the finding that an experiment has shown the next step."""
        policies, changes = explained.caller_policies, proof.experiment.changes
        command = self._sync_after(proof, refused.profile)
        step = proved_step(proof, refused.profile, sync_command=command)
        is_of_caller = explained.side is Side.CALLER
        is_other_role = any(each.key == "role_arn" for each in changes)
        if is_other_role and is_of_caller and isinstance(policies, Simulation):
            # that another role lets the caller in does not prove that this one is a typo
            denied = denied_to_caller(policies, refused.call)
            step += "; if you mean the role as it is written, " + denied.text
        return proved(proof.experiment.change.topic, step)

    def _sync_after(self, proof: TriedExperiment, profile: Profile) -> str | None:
        """Return the sync that comes after a proved step if the files have other session names."""
        switch, change = proof.experiment.switch, proof.experiment.change
        hop = change.owner if change.key == SESSION_NAME_KEY else None
        keys = {each.key for each in proof.experiment.changes}
        is_written = "role_session_name" in keys and hop is None
        is_sync_needed = not is_written and switch.session_name not in {None, profile.session_name}
        above = switch.parent
        if hop is not None and above is not None:  # the step writes its name
            above = above.parent
        is_sync_needed |= self._has_other_names(above)
        return self.report.survey.request.sync_command if is_sync_needed else None

    def _has_other_names(self, switch: Switch | None) -> bool:
        """Return whether a call, or one above it, has another session name than the files."""
        while switch is not None:
            if (switch.role_arn, switch.session_name) not in self._names_in_files:
                return True
            switch = switch.parent
        return False


def _by_sts(explained: ExplainedProfile) -> Refusal | None:
    """Return the call that STS itself refused, not its MFA device."""
    refused = explained.refused
    return refused if refused is not None and refused.is_by_sts else None


def _about_call(name: str | None, decision: Decision, call: RefusedCall) -> Decision:
    """Return a decision about that of two refused calls which has a session name."""
    other = call.other
    if other is None or other.session_name != name:
        return decision
    failure = other.failure
    return replace(
        decision,
        outcome=failure,
        cause=failure.cause if decision.blocked_by is None else decision.cause,
        switch=other.switch,
    )


def _is_in_file(row: ReportRow) -> bool:
    """Return whether the files show what is right: then nothing is tried, and no one is asked."""
    is_device = row.decision.cause is Cause.MFA_DEVICE_NOT_YOURS  # which one is right, IAM knows
    return not is_device and any(reason.is_in_file for reason in row.explanation.reasons)


def _because_of(row: ReportRow, step: Finding, read: TrustPolicyRead | None) -> ReportRow:
    """Return a row with what was found out in place of guesses.

    A fact about the role that was read replaces AWS's message.
    """
    fact = read.fact if read is not None else None
    return replace(row, learned=replace(row.learned, step=step, fact=fact))
