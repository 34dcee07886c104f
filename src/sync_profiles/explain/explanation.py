"""Turn a decision into a message and a hint: the fact, and the next step; and who can take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sync_profiles.causes import Cause, Fixer
from sync_profiles.explain.background import Background
from sync_profiles.explain.case import Case, Text
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.explain.findings import NOTHING_LEARNED, Finding, Learned
from sync_profiles.explain.ranking import rank_reasons
from sync_profiles.explain.texts_network import profile_that_called
from sync_profiles.explain.variant_table import VARIANTS
from sync_profiles.known_keys import IDENTITY_CENTER_KEYS
from sync_profiles.lint.chain_checks import problem_behind
from sync_profiles.model import BrokenChain, Chain, Problem, Profile, Source, own_place
from sync_profiles.outcomes import TRUST_POLICY, Accepted, Failure
from sync_profiles.planning.decision import NAME_IS_KEPT, Change, Decision, Verdict
from sync_profiles.text import Phrase, quote

#: of a profile whose call was not sent, or not refused
_NOT_SENT = Failure(cause=Cause.NOT_TESTED, proves=False)
#: how the message on a test begins that was not made, or that proves nothing
_NOT_TESTED = "not tested: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The fact and the next step, each one sentence without a full stop or a secret.

    `reasons` are those in the hint, the most likely first; empty if AWS gives the reason.
    """

    message: str
    hint: str | None = None
    reasons: tuple[Finding, ...] = ()

    @property
    def fact(self) -> str:
        """The message without `not tested: ` at its beginning."""
        return self.message.removeprefix(_NOT_TESTED)

    def for_profile_below(self) -> Explanation:
        """Return this for a profile further down the chain, whose texts always name this one."""
        hint = None if self.hint is None else str(self.hint)
        return replace(self, message=str(self.message), hint=hint)


def explain(
    decision: Decision, background: Background, learned: Learned = NOTHING_LEARNED
) -> Explanation:
    """Return what is known about a profile, and the next step.

    `learned` is what further calls about it have shown: a step that they prove is in place of
    guesses.
    """
    found = _explain(decision, background, learned)
    if learned.then is not None:
        found = replace(found, hint=f"{found.hint or ''}, then {learned.then}")
    if learned.step is None:
        return found
    message, step = learned.fact or found.message, learned.step
    found = Explanation(message=message, hint=step.text, reasons=(step,))
    return found if decision.blocked_by is None else found.for_profile_below()


def _explain(decision: Decision, background: Background, learned: Learned) -> Explanation:
    if isinstance(decision.chain, BrokenChain):
        problems, profiles = background.problems_by_profile, background.profiles
        behind = problem_behind(decision.chain, problems, profiles) if problems else None
        return _as_in_file(behind or decision.chain, learned, row=decision.profile)
    case = _case_of(decision, decision.chain, background, learned)
    if decision.verdict is Verdict.ACCEPTED:
        return _accepted(decision, case)
    if decision.verdict is Verdict.FIXABLE:
        return _fixable(decision, case)
    if decision.blocked_by is not None:
        return _blocked(decision.blocked_by, case)
    return _look_up(case)


def explain_source(source: Source, failure: Failure, background: Background) -> Explanation:
    """Return why a source has no identity, and the next step."""
    # a source is asked as the profiles that start from it make their calls
    profiles, called = background.profiles, background.callers_of_hosts
    words = failure.message.partition("?")[0]  # the query is the source's own
    if failure.is_silence and words not in called:
        calling = [each for each in profiles.values() if each.role_arn]
        called[words] = profile_that_called(words, calling, background.overrides)
    return _look_up(
        Case(
            cause=failure.cause,
            failure=failure,
            source=source,
            background=background,
            profile=profiles.get(source.profile or ""),
            end=called[words] if failure.is_silence else profiles.get(source.client or ""),
            problems=background.problems_of(source.profile),
        ),
        is_test=False,
    )


def _case_of(
    decision: Decision, chain: Chain | None, background: Background, learned: Learned
) -> Case:
    """Return the facts about the call to explain: the profile's own, or that of a hop above it."""
    profiles, hop = background.profiles, decision.blocked_by
    failure = decision.failure or _NOT_SENT
    profile = decision.profile if hop is None else profiles.get(hop, decision.profile)
    if chain is not None:
        chain = chain.up_to(profile.name) or chain
    # a web identity is its own source
    source = Source(profile=profile.name) if chain is None else chain.source
    source_profile, is_above = profiles.get(source.profile or ""), hop is not None
    if failure.is_of_web_identity and source_profile is not None:
        profile, is_above = source_profile, True
    note = decision.note if not is_above else NAME_IS_KEPT if profile.keep_name else None
    compared: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    if decision.verdict is not Verdict.ACCEPTED:
        compared = background.compared.get(decision.profile.name, ())
        problems = background.problems_of(hop or decision.profile.name, source.profile)
    return Case(
        cause=_cause_of(decision, failure),
        failure=failure,
        source=source,
        background=background,
        profile=profile,
        end=decision.profile if is_above else None,
        chain=chain,
        wanted_name=decision.wanted_name,
        note=note,
        findings=(*learned.findings, *compared),
        learned=learned,
        problems=problems,
    )


def _cause_of(decision: Decision, failure: Failure) -> Cause:
    """Return the cause to explain: what a sync fixes, or else that of the hop or of the profile."""
    if decision.verdict is Verdict.FIXABLE:
        return Cause.SESSION_NAME
    return failure.cause if decision.blocked_by is not None else decision.cause or failure.cause


def _look_up(case: Case, *, is_test: bool = True) -> Explanation:
    """Return the texts from the tables for a case.

    A case that is not about a test, but about who a source is, does not say "not tested".
    """
    row = TABLE[case.cause]
    message, hint = row.message or row.when + "{said}", row.hint
    problem = None
    if case.failure.cause is case.cause:
        variant = VARIANTS.get(case.failure.variant) if case.failure.variant else None
        if variant is not None:
            message, hint = variant.message or message, variant.hint or hint
        else:
            case = replace(case, reasons=rank_reasons(case))
        problem = _problem_with_value(case)  # what `check` says of the value, if anything
    if problem is not None:
        found = _as_in_file(problem, case.learned, row=case.explained_profile)
    else:
        found = Explanation(message=_render(message, case) or "", hint=_render(hint, case))
    is_unsent = case.cause is Cause.STS_ERROR and case.failure.operation is None
    if is_test and (is_unsent or not row.proves) and not found.message.startswith("not tested"):
        found = replace(found, message=_NOT_TESTED + found.message)
    found = replace(found, reasons=case.reasons)
    return found.for_profile_below() if case.reasons and case.end is not None else found


def _problem_with_value(case: Case) -> Problem | None:
    named = (case.failure.setting or "").partition("=")[0].strip()
    faulty = TABLE[case.cause].settings
    if named and named not in IDENTITY_CENTER_KEYS:  # those of a login are not read then
        faulty = tuple(key for key in faulty if key not in IDENTITY_CENTER_KEYS)
    if case.cause is Cause.SETTING_INVALID and not named and case.profile is not None:
        blocks = (key for key, setting in case.profile.settings.items() if setting.nested)
        faulty = (*faulty, *blocks)  # botocore stops at one, and does not say at which
    return case.problem_with(named, *faulty)


def _as_in_file(
    problem: Problem | BrokenChain, learned: Learned, *, row: Profile | None
) -> Explanation:
    """Return what is wrong in a file, and what was tried to correct it in vain."""
    note = f"; {learned.note}" if learned.note is not None else ""
    message = problem.message + own_place(problem.place)
    found = Explanation(message=message, hint=problem.hint + note)
    return found if row is not None and problem.profile == row.name else found.for_profile_below()


def _render(text: Text, case: Case) -> str | None:
    return case.fill(text) if isinstance(text, str) else text(case)


def _accepted(decision: Decision, case: Case) -> Explanation:
    arn = decision.outcome.assumed_role_arn if isinstance(decision.outcome, Accepted) else ""
    message = Phrase(quote(arn) if arn else "accepted", "accepted") + _longer(decision, case)
    name, wanted = decision.profile.session_name, decision.wanted_name
    if decision.cause is not None:
        return Explanation(message=message, hint=_look_up(case).hint)
    if decision.note is not None:
        return Explanation(message=message + f"; not changed: {decision.note}")
    if wanted not in {None, name} and decision.change is Change.KEEP:
        message += f"; its session name differs from your name {quote(wanted or '')}"
    if wanted not in {None, name} and decision.change is Change.LEAVE:
        hint = f"leave it without a session name: AWS refuses {quote(wanted or '')}"
        return Explanation(message=message, hint=hint)
    return Explanation(message=message)


def _longer(decision: Decision, case: Case) -> str:
    if decision.untested_duration is None:
        return ""
    role = "the first role of its chain" if case.is_chained else "the role"
    seconds = quote(str(decision.untested_duration))
    if case.learned.longest_session is not None:
        return f", for an hour: {role} allows {seconds} seconds, according to IAM"
    return (
        f", for an hour: whether {role} allows {seconds} seconds is not tested, because a test by "
        "MFA can ask for an hour at most"
    )


def _fixable(decision: Decision, case: Case) -> Explanation:
    found = _look_up(case)
    longer = _longer(decision, case)
    if decision.blocked_by is None:
        return replace(found, message=found.message + longer) if longer else found
    hop = quote(decision.blocked_by)
    is_source = decision.profile.text("source_profile") == decision.blocked_by
    where = f"its source profile {hop}" if is_source else f"{hop} further up its chain"
    message = f"refused because {where} is; works once the names are written" + longer
    return Explanation(message=message, hint=found.hint)


def _blocked(hop: str, case: Case) -> Explanation:
    where, found = f"the chain stops at {quote(hop)}", _look_up(case)
    if case.end is not None and case.profile is not None and case.end.client != case.profile.client:
        # on its own, the hop may work
        where += f", called with the region and endpoint of {quote(case.end.name)}"
    return replace(found, message=f"{where}: " + found.message)


def fixer_of(decision: Decision, reasons: Sequence[Finding] = ()) -> Fixer:
    """Return who can fix a profile or, if a hop above it is refused, who can fix that hop.

    `reasons` are those of its explanation: what is certain from the files is for you to fix.
    """
    match decision.verdict:
        case Verdict.ACCEPTED:
            return Fixer.NONE
        case Verdict.FIXABLE:
            return Fixer.SYNC
        case Verdict.UNKNOWN:
            return Fixer.UNTESTED
        case Verdict.REJECTED:
            if any(each.is_of_files for each in reasons):
                return Fixer.YOU
            return _fixer_of_refused(decision, reasons)


def _fixer_of_refused(decision: Decision, reasons: Sequence[Finding]) -> Fixer:
    failure = decision.failure or _NOT_SENT
    row = TABLE[_cause_of(decision, failure)]
    # the policy may have a condition that a setting would meet, or name the role that was meant;
    # what is needed beside AssumeRole, no setting changes
    may_be_setting = row.also is None and (
        failure.policy_type in TRUST_POLICY
        or (failure.may_be_for_mfa and _may_lack_mfa(decision, failure))
        or bool(reasons)
    )
    is_of_administrator = row.fixed_by is Fixer.ADMINISTRATOR
    return Fixer.EITHER if is_of_administrator and may_be_setting else row.fixed_by


def _may_lack_mfa(decision: Decision, failure: Failure) -> bool:
    caller = failure.caller_arn
    is_own = decision.blocked_by is None
    has_device = is_own and decision.profile.text("mfa_serial") is not None
    return caller is not None and caller.kind == "user" and not has_device
