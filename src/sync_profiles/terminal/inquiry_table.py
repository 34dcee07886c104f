"""Print everything that is known about the explained profiles as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync_profiles.explain.candidates import Candidate
from sync_profiles.explain.experiments import TriedExperiment
from sync_profiles.explain.learned import describe_simulation
from sync_profiles.explain.letter import Letter
from sync_profiles.inquiry.explainer import ExplainedProfile, SentCall
from sync_profiles.inquiry.inquire import Inquiry
from sync_profiles.lint.checks import problems_of
from sync_profiles.masked_lines import is_shown, key_in, mask_line, mask_setting
from sync_profiles.model import SESSION_NAME_KEY, Setting, in_parentheses
from sync_profiles.outcomes import Accepted, Caller, Failure, Outcome, Simulation
from sync_profiles.planning.decision import Verdict
from sync_profiles.planning.session_name import GENERATED_NAME
from sync_profiles.redaction import HIDDEN
from sync_profiles.report import verdicts_in_words
from sync_profiles.secret_shapes import shown_key
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_groups import group_rows
from sync_profiles.terminal.report_table import mark_of
from sync_profiles.terminal.report_view import hint_on_nothing, remark_on_problems
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.streams import say
from sync_profiles.text import counted, first_line, first_of, listed, quote, shell_word

#: how many accounts are named to which letters go; more are counted
_MOST_ACCOUNTS = 5


def print_inquiry(inquiry: Inquiry, _: Options) -> None:
    """Print one profile in full, several in short, and then the letters."""
    screen = Screen()
    if len(inquiry.explained) != 1 or len(inquiry.selected) > 1:
        screen.line(_total(inquiry), style="bold")
        if inquiry.explained:
            screen.gap()
        elif not inquiry.selected:
            hint = hint_on_nothing(inquiry.report)
            line = remark_on_problems(inquiry.report) if hint is None else f"hint: {hint}"
            if line is not None:
                screen.line(line)
    if len(inquiry.explained) == 1:
        _print_in_full(screen, inquiry.explained[0], inquiry)
    elif inquiry.explained:
        _print_in_short(screen, inquiry)


def _print_in_full(screen: Screen, explained: ExplainedProfile, inquiry: Inquiry) -> None:
    _print_verdict(screen, [explained], _details(explained))
    if explained.decision.cause is not None:
        # in one piece, so that terminals recognize the address
        screen.unbroken(f"   docs: {explained.decision.cause.page}")
    for title, lines in _chapters(explained, inquiry):
        if lines:
            screen.gap()
            screen.line(title, style="bold")
            for line in lines:
                screen.detail(line)
    for letter in inquiry.letters:
        title = f"letter to an administrator of account {letter.account_id}"
        screen.gap()
        screen.line(f"{title} (`--letter` prints only letters)", style="bold")
        screen.gap()
        _print_letter(screen, letter)


def _print_in_short(screen: Screen, inquiry: Inquiry) -> None:
    """Print the profiles with the same fact and step together.

    Of the letters only the accounts are named: they would push the rest off the screen.
    """
    by_name = {each.decision.profile.name: each for each in inquiry.explained}
    rows = [each.row for each in inquiry.explained]
    groups = group_rows(rows, verbose=False, listed=len(rows))
    groups.sort(key=lambda group: group.lines[0].verdict is Verdict.ACCEPTED)
    for group in groups:
        members = [by_name[line.profile] for line in group.lines]
        own = [each for each in members if each.decision.blocked_by is None]
        proofs = {_proof(each, in_short=True) for each in own}
        details = [*group.details, *(f"proof: {p}" for p in proofs if p and len(proofs) == 1)]
        if len(members) == len(own) == 1:
            details = _details(own[0], in_short=True)
        _print_verdict(screen, members, details)
        screen.gap()
    if inquiry.letters:
        screen.line(_letters_to(inquiry), style="bold")
    more = "`sync-profiles explain PROFILE` shows one with its chain, calls and settings"
    screen.line(f"hint: {more}")


def _letters_to(inquiry: Inquiry) -> str:
    accounts = [letter.account_id for letter in inquiry.letters]
    letters, them = f"1 letter to an administrator of account {accounts[0]}", "it"
    if len(accounts) > 1:
        is_few = len(accounts) <= _MOST_ACCOUNTS
        named = listed(accounts) if is_few else first_of(accounts, _MOST_ACCOUNTS)
        to = f"administrators of accounts {named}"
        letters, them = f"{len(accounts)} letters to {to}", "them"
    line = " ".join(
        ["sync-profiles explain", *map(shell_word, inquiry.report.survey.request.patterns)]
    )
    return f"{letters}: `{line} --letter` prints {them}"


def _print_verdict(screen: Screen, members: list[ExplainedProfile], details: Sequence[str]) -> None:
    """Print the verdict of profiles that share it, with the fact, the proof and the next step."""
    decision = members[0].decision
    mark, color = mark_of(decision.verdict, screen)
    names = ", ".join(each.decision.profile.name for each in members)
    causes = dict.fromkeys(each.decision.cause for each in members)
    cause = "" if None in causes else f" ({', '.join(map(str, causes))})"
    screen.line((mark, color), (f" {names}: ", "bold"), (f"{decision.verdict}{cause}", color))
    for detail in details:
        screen.detail(detail)


def _details(explained: ExplainedProfile, *, in_short: bool = False) -> list[str]:
    """Return the fact, the next step, and what proves them."""
    explanation, proof = explained.row.explanation, _proof(explained, in_short=in_short)
    return [
        explanation.message,
        *([f"hint: {explanation.hint}"] if explanation.hint else []),
        *([f"proof: {proof}"] if proof else []),
    ]


def _proof(explained: ExplainedProfile, *, in_short: bool) -> str | None:
    """Return the answer of AWS on which the verdict and the next step are based, if there is one.

    That an accepted profile works is proved by its ARN, which is its message. In short, AWS's
    refusal itself is left out: the fact says it.
    """
    decision, read = explained.decision, explained.trust_policy
    proved = explained.experiments.proof
    match decision.outcome:
        case _ if in_short and read is None and proved is None:
            return None
        case _ if proved is not None and isinstance(proved.outcome, Accepted):
            return f"AWS accepted it: {quote(proved.outcome.assumed_role_arn)}"
        case _ if decision.verdict is Verdict.FIXABLE:
            for sent in reversed(explained.sent):
                if isinstance(sent.outcome, Accepted) and sent.profile == decision.profile.name:
                    proof = quote(sent.outcome.assumed_role_arn)
                    return f"AWS accepts it as {quote(sent.switch.session_name or '')}: {proof}"
            return None
        case Failure() if read is not None and read.finding is not None:
            if read.fact is not None:
                return f"IAM says so to profile {quote(read.reader)}"
            unmet = "; ".join(read.unmet) or "it allows the call"
            return f"profile {quote(read.reader)} has read the role's trust policy: {unmet}"
        case Failure(code=str(code), operation=operation, request_id=request_id):
            request = f" (request {request_id})" if request_id else ""
            return f"AWS answered {operation} with {code}{request}"
        case _:
            return None


def print_letters(inquiry: Inquiry, _: Options) -> None:
    """Print the letters alone, ready to paste; without any, say so on stderr."""
    screen = Screen()
    for number, letter in enumerate(inquiry.letters):
        if number:
            screen.console.print("\n")
        _print_letter(screen, letter)
    if not inquiry.letters and any(each.experiments.proof for each in inquiry.explained):
        say("no letter: AWS accepted another call, which `explain` shows without `--letter`")
    elif not inquiry.letters:
        say("no letter: as far as AWS says, no administrator has to change a policy")


def _print_letter(screen: Screen, letter: Letter) -> None:
    for line in letter.text.splitlines():
        screen.unbroken(line)


def _total(inquiry: Inquiry) -> str:
    if not inquiry.selected:
        return "no profile assumes a role: nothing to explain"
    total = counted(len(inquiry.selected), "profile")
    lead = total if inquiry.explained else "no profile is rejected"
    line = f"{lead}: {verdicts_in_words(inquiry.selected)}"
    fixable = [each for each in inquiry.selected if each.verdict is Verdict.FIXABLE]
    if not fixable:
        return line
    them = "the fixable one" if len(fixable) == 1 else "the fixable ones"
    return f"{line}; `{inquiry.report.survey.request.sync_command}` fixes {them}"


def _chapters(explained: ExplainedProfile, inquiry: Inquiry) -> Iterator[tuple[str, list[str]]]:
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
