"""The parts of what `explain` prints about one profile in full, below the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from sync_profiles.explain.candidates import Candidate
from sync_profiles.explain.experiments import TriedExperiment
from sync_profiles.explain.learned import describe_simulation
from sync_profiles.inquiry.explainer import ExplainedProfile, SentCall
from sync_profiles.inquiry.inquire import Inquiry
from sync_profiles.lint.checks import problems_of
from sync_profiles.masked_lines import is_shown, key_in, mask_line, mask_setting
from sync_profiles.model import SESSION_NAME_KEY, Setting, in_parentheses
from sync_profiles.outcomes import Accepted, Caller, Failure, Outcome, Simulation
from sync_profiles.planning.session_name import GENERATED_NAME
from sync_profiles.redaction import HIDDEN
from sync_profiles.secret_shapes import shown_key
from sync_profiles.text import first_line


def chapters(explained: ExplainedProfile, inquiry: Inquiry) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts below the verdict; those without lines are left out."""
    decision = explained.decision
    yield "chain", list(_who_and_how(explained, inquiry))
    answers = ((_request(sent), f"-> {answer(sent.outcome)}") for sent in explained.sent)
    yield "what was sent, and what AWS answered", [line for pair in answers for line in pair]
    read = explained.trust_policy
    if read is not None:
        is_own = read.role_arn == decision.profile.role_arn
        policy = "the role's trust policy" if is_own else f"the trust policy of {read.role_arn}"
        title = f"what {policy} requires (read with profile {read.reader})"
        problem = read.fact or f"the policy is not understood: {read.problem}"
        yield title, list(read.requirements) if read.problem is None else [problem]
    if explained.caller_policies is not None:
        yield "what the caller's own policies say", [_policies(explained.caller_policies)]
    experiments = explained.experiments
    names = set(map(_name_kept, experiments.tried)) - {None}
    tried = [
        line for each in experiments.tried for line in _experiment(each, is_named=len(names) > 1)
    ]
    yield "what was tried", [*tried, *([experiments.note] if experiments.note else [])]
    problems = problems_of(inquiry.problems, {decision.profile.name: decision.chain})
    said = (
        (f"{each.message} {in_parentheses(each.place)}", f"hint: {each.hint}") for each in problems
    )
    yield (
        "problems in the files",
        [line for pair in said if pair[0] != explained.row.explanation.message for line in pair],
    )
    yield (
        "what the files say",
        [
            f"{shown_key(key)} = {shown_value(key, setting)}  {in_parentheses(setting.place)}"
            for key, setting in decision.profile.settings.items()
        ],
    )


def _who_and_how(explained: ExplainedProfile, inquiry: Inquiry) -> Iterator[str]:
    row = explained.row
    if row.chain:
        yield " > ".join((*row.chain, row.decision.profile.name))
    caller = inquiry.report.caller_of(row.decision)
    if isinstance(caller, Caller):
        yield f"caller: {caller.arn}"
    yield f"role: {first_line(row.decision.profile.role_arn)}"
    if row.decision.wanted_name is not None:
        yield f"your session name: {row.decision.wanted_name}"
    yield f"asked: {inquiry.asked_at.isoformat(timespec='seconds')}"


def shown_value(key: str, setting: Setting) -> str:
    """Return a setting's value for display: without secrets, on one line."""
    if not setting.nested or not is_shown(key):
        return mask_setting(key, first_line(setting.value))
    lines = (line.strip() for line in setting.value.splitlines() if line.strip())
    return " ".join(mask_line(line) if is_shown(key_in(line)) else HIDDEN for line in lines)


def _request(sent: SentCall) -> str:
    switch = sent.switch
    parts = [
        f"profile {sent.profile}: AssumeRole {switch.role_arn}",
        f"as `{switch.session_name or f'{GENERATED_NAME}…'}`",
        f"for {switch.sent_duration} s",
        f"with external ID `{switch.external_id}`" if switch.external_id is not None else "",
        f"with MFA `{switch.mfa_serial}`" if switch.mfa_serial is not None else "",
    ]
    return " ".join(part for part in parts if part)


def _policies(found: Simulation | Failure) -> str:
    if isinstance(found, Simulation):
        return describe_simulation(found)
    return f"could not ask `iam:SimulatePrincipalPolicy`: {found.code or found.message}"


def _name_kept(tried: TriedExperiment) -> str | None:
    is_change = any(each.key == SESSION_NAME_KEY for each in tried.experiment.changes)
    return None if is_change else tried.experiment.switch.session_name or f"{GENERATED_NAME}…"


def _experiment(tried: TriedExperiment, *, is_named: bool) -> Iterator[str]:
    """Yield what was tried and the answer; `is_named` says under which session name."""
    name = _name_kept(tried)
    under = f"as `{name}` " if is_named and name is not None else ""
    yield under + "; and ".join(map(_changed, tried.experiment.changes))
    yield f"-> {answer(tried.outcome)}"


def _changed(made: Candidate) -> str:
    key, value = made.key, made.value
    what = f"without `{key}`" if value is None else f"with `{key} = {mask_setting(key, value)}`"
    return f"{what}, {made.origin.words}"


def answer(outcome: Outcome) -> str:
    """Return AWS's answer to a call, or why it was not made."""
    match outcome:
        case Accepted(assumed_role_arn=arn):
            return f"accepted: {arn}"
        case Failure(code=None, message=message) if outcome.is_silence:
            return message
        case Failure(code=None, message=message):
            return f"not sent: {message}" if message else "not sent"
        case Failure(code=code, message=message, request_id=request_id):
            request = f" (request {request_id})" if request_id else ""
            return f"{code}: {message}{request}"
