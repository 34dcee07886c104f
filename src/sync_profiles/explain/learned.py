"""What experiments and the caller's own policies say about a refusal that AWS did not explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sync_profiles.causes import Cause
from sync_profiles.explain.candidates import Candidate
from sync_profiles.explain.experiments import (
    NO_DEVICE,
    Experiment,
    TriedExperiment,
    describe_change,
)
from sync_profiles.explain.findings import (
    Basis,
    Finding,
    Learned,
    Topic,
    correct_if_typo,
    proved,
    ruled_out,
)
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.requirements import NOT_KNOWN
from sync_profiles.explain.weights import Weight
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.outcomes import PERMISSIONS_BOUNDARY, SERVICE_CONTROL, Failure, Side, Simulation
from sync_profiles.policy.key_values import is_of_mfa
from sync_profiles.text import join, listed, quote, shell_word
from sync_profiles.trust_policy.writing import ASSUME_ROLE

#: what was tried on a topic, for one value and for several
_VALUES = {
    Topic.EXTERNAL_ID: ("another external ID", "{} other external IDs"),
    Topic.SESSION_NAME: ("another session name", "{} other session names"),
    Topic.MFA: ("MFA", "MFA"),
    Topic.ROLE_NAME: ("another spelling of the role", "{} other spellings of the role"),
    Topic.TRUST: ("another source", "{} other sources"),
    Topic.REGION: ("another region", "{} other regions"),
    Topic.DURATION: ("the default duration", "the default duration"),
}
#: settings that were left out in a call, which is not a value that was tried for them
_LEFT_OUT = {Topic.EXTERNAL_ID: "external_id", Topic.MFA: "mfa_serial"}
MFA_WITH_CODE = (
    "to try MFA too, run it on a terminal, or with `--mfa-code CODE` for this profile alone"
)
#: policies that limit others
_LIMITS = {
    PERMISSIONS_BOUNDARY: "the permissions boundary",
    SERVICE_CONTROL: "the service control policies",
}


def learn(
    planned: Sequence[Experiment],
    tried: Sequence[TriedExperiment],
    policies: Simulation | Failure | None,
    *,
    call: RefusedCall,
    devices: tuple[str, ...] | Failure | None,
    exists: bool,
) -> Learned:
    """Return what follows from experiments of which none was accepted, and the caller's policies.

    `policies` is what those say, or why they could not be asked; `devices` are as in `Learned`.
    With `exists`, the role is known to exist.
    """
    refused = [
        each.experiment
        for each in tried
        if each.is_refused and not (call.failure.may_name_roles and _is_another_role_let_by(each))
    ]
    # whether MFA helps is not known then, but the value of the files is no help
    useless = [each.experiment for each in tried if each.has_device_of_other]
    done = {each.switch for each in [*refused, *useless]}
    topics = {each.change.topic for each in refused}
    left = {
        each.change.topic
        for each in planned
        if each.switch not in done
        and each.change.value is not None
        and each.changes[1:] in {(), (NO_DEVICE,)}
    }
    tests_mfa = _tests_mfa(policies, call)
    is_without_mfa = Topic.MFA in topics or call.is_denied_for_its_name or tests_mfa is False
    keys: list[str] = []
    if tests_mfa is False and isinstance(policies, Simulation) and policies.missing:
        tested = listed(map(quote, policies.missing))
        keys.append(f"the caller's policies test {tested}, which {NOT_KNOWN}")
    findings = [ruled_out(Topic.MFA)] if is_without_mfa else []
    findings = [*_first_step(tried, call)] or findings
    if isinstance(policies, Simulation):
        findings += _of_caller(policies, call, exists=exists)
    if exists:
        findings.append(ruled_out(Topic.ROLE_NAME))
    return Learned(
        findings=tuple(findings),
        tried=frozenset({*topics, *(each.change.topic for each in useless)} - left),
        note="; ".join([*keys, *_notes(refused, tried)]) or None,
        devices=devices,
        tests_mfa=Topic.MFA not in topics and tests_mfa is True,
    )


def _tests_mfa(policies: Simulation | Failure | None, call: RefusedCall) -> bool | None:
    """Return whether the caller's policies test MFA, if they deny the call; None if not known.

    The keys without a value are those of all these policies, and a call without MFA gives none.
    """
    if not isinstance(policies, Simulation) or policies.decision != "explicitDeny":
        return None
    if not call.failure.is_denied_by_callers_policy or any(map(is_of_mfa, call.keys)):
        return None
    return any(map(is_of_mfa, policies.missing))


def _first_step(tried: Sequence[TriedExperiment], call: RefusedCall) -> Iterator[Finding]:
    """Yield the change after which AWS no longer refuses the call for the same cause.

    That cause is a deny of the caller's own policies, or a device that is not the caller's. The
    call is still refused, for another one, which may need a further change. Changes of the role, or
    of the source where a policy denies the call, do not count: these make it another call.
    """
    is_of_device = call.failure.cause is Cause.MFA_DEVICE_NOT_YOURS
    others = {Topic.ROLE_NAME} if is_of_device else {Topic.TRUST, Topic.ROLE_NAME}
    found: dict[Topic, Candidate] = {}
    for each in tried if call.failure.is_denied_by_callers_policy or is_of_device else ():
        other, made = each.outcome, each.experiment.change
        is_other = isinstance(other, Failure) and other.cause is not call.failure.cause
        is_own = others.isdisjoint(change.topic for change in each.experiment.changes)
        has_device = not is_of_device or each.experiment.switch.mfa_serial is not None
        if each.is_refused and is_other and is_own and has_device and made.value is not None:
            found.setdefault(made.topic, made)
    if Topic.MFA in found or (found and not is_of_device):
        step = "AWS accepts your code " if is_of_device else "that policy does not deny the call "
        changes = [describe_change(made, call.profile) for made in found.values()]
        step += "; or ".join(changes if is_of_device else changes[:1])
        again = quote(f"sync-profiles explain {shell_word(call.profile.name)}")
        step += f"; then run {again}, as something else refuses the call, too"
        yield proved(next(iter(found)), step)


def _is_another_role_let_by(each: TriedExperiment) -> bool:
    """Return whether a policy that denies the call does not deny it for another role.

    It may name the one role to deny it, or the other one as one of those that it does not deny.
    """
    changes, outcome = each.experiment.changes, each.outcome
    is_of_role = [change.topic for change in changes] == [Topic.ROLE_NAME]
    is_denied = isinstance(outcome, Failure) and outcome.cause is Cause.EXPLICIT_DENY
    return is_of_role and each.is_refused and not is_denied


def _notes(refused: Sequence[Experiment], tried: Sequence[TriedExperiment]) -> Iterator[str]:
    changes = [each.change for each in refused]
    words = _words({(each.topic, each.value) for each in changes})
    if words is not None:
        yield f"tried without success: {words}"
    is_tried = any(each.topic is Topic.MFA and each.value is not None for each in changes)
    lack_code = (each.experiment.change.topic for each in tried if each.lacks_code)
    if not is_tried and Topic.MFA in lack_code:
        yield MFA_WITH_CODE
    for each in tried:
        made = each.experiment.change
        if each.lacks_code and made.owner is not None and made.key == SESSION_NAME_KEY:
            as_name = f"under the name {quote(made.value or '')}"
            yield f"{quote(made.owner.name)} was not tried {as_name}: its MFA code is used up"


def _words(values: Iterable[tuple[Topic, str | None]]) -> str | None:
    """Return what was tried: `2 other external IDs and MFA`."""
    different = set(values)
    left_out = {topic: key for topic, key in _LEFT_OUT.items() if (topic, None) in different}
    counts = Counter(
        topic for topic, value in different if value is not None or topic not in left_out
    )
    texts = [
        one if counts[topic] == 1 else several.format(counts[topic])
        for topic, (one, several) in _VALUES.items()
        if counts[topic]
    ]
    texts += [f"a call without `{key}`" for key in left_out.values()]
    return listed(texts) if texts else None


def side_that_refuses(policies: Simulation | Failure | None, call: RefusedCall) -> Side | None:
    """Return which side refuses a call, if the caller's own policies as IAM has them prove it.

    They do not if keys are missing that may matter.

    Within one account, a trust policy that names the caller needs no such policy.
    """
    if not isinstance(policies, Simulation):
        return None
    if policies.decision == "allowed":
        is_known = set(map(str.lower, policies.missing)) <= call.absent_unless_known
        return Side.ROLE if is_known and not call.failure.is_denied_by_callers_policy else None
    if policies.missing or policies.is_divided:
        return None
    is_open = call.is_within_account and policies.decision == "implicitDeny"
    return None if is_open else Side.CALLER


def _of_caller(simulation: Simulation, call: RefusedCall, *, exists: bool) -> list[Finding]:
    match side_that_refuses(simulation, call):
        case Side.CALLER:
            correct = "" if exists else correct_if_typo(call.profile.at("role_arn"))
            return [denied_to_caller(simulation, call, correct=correct)]
        case Side.ROLE:
            return [ruled_out(Topic.PERMISSION)]
        case None if SERVICE_CONTROL in simulation.limits:
            return [may_be_limited(simulation)]
        case None:
            return []


def may_be_limited(simulation: Simulation) -> Finding:
    """Return that a policy that limits the caller's own may refuse the call."""
    text = f"{_why_not(simulation, 'it')}, as far as `iam:SimulatePrincipalPolicy` can tell"
    return Finding(Topic.PERMISSION, Weight.SIMULATED, text)


def denied_to_caller(simulation: Simulation, call: RefusedCall, *, correct: str = "") -> Finding:
    """Return whom to ask about the caller's own policies; `correct` begins the sentence."""
    principal = quote(str(call.called_by))
    refused = join("", [f"{quote(ASSUME_ROLE)} on ", call.profile.quoted_role])
    if simulation.decision == "explicitDeny":
        change = "exclude " + refused + f" for {principal} from the deny"
    elif PERMISSIONS_BOUNDARY in simulation.limits:
        change = "allow " + refused + f" in the permissions boundary of {principal}, and in a "
        change += "policy unless one allows it already"
    else:
        change = "allow " + refused + f" for {principal}"
    text = correct + f"ask an administrator of account {quote(call.called_by.account_id)} to "
    text += change + f": {_why_not(simulation, 'it')}, according to `iam:SimulatePrincipalPolicy`"
    return Finding(Topic.PERMISSION, Weight.CERTAIN, text, Basis.SIMULATION)


def describe_simulation(simulation: Simulation) -> str:
    """Return what the caller's own policies say, as one sentence."""
    call = f"{quote(ASSUME_ROLE)} on the role"
    if simulation.decision == "allowed":
        named = f": {quote(', '.join(simulation.policies))}" if simulation.policies else ""
        text = f"they allow {call}{named}"
    else:
        text = _why_not(simulation, call)
    if simulation.missing:
        keys = ", ".join(map(quote, simulation.missing))
        text += f", without {keys}, which they test"
    elif simulation.decision == "allowed":
        text += "; so it is the role that refuses"
    return text


def _why_not(simulation: Simulation, call: str) -> str:
    """Return which policies refuse a call; those that only limit others are named by their kind."""
    limits, is_denied = simulation.limits, simulation.decision == "explicitDeny"
    is_by_boundary = limits == (PERMISSIONS_BOUNDARY,)
    if is_denied and (simulation.policies or is_by_boundary):
        named = quote(", ".join(simulation.policies)) if simulation.policies else _LIMITS[limits[0]]
        return f"{named} denies {call}"
    if limits:
        does = "does" if is_by_boundary else "do"
        return f"{' and '.join(map(_LIMITS.__getitem__, limits))} {does} not allow {call}"
    return f"{'a policy denies' if is_denied else 'no policy allows'} {call}"
