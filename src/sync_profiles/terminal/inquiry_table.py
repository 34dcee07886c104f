"""Print everything that is known about the explained profiles as text."""

from __future__ import annotations

from collections.abc import Sequence

from sync_profiles.explain.letter import Letter
from sync_profiles.inquiry.explainer import ExplainedProfile
from sync_profiles.inquiry.inquire import Inquiry
from sync_profiles.outcomes import Accepted, Failure
from sync_profiles.planning.decision import Verdict
from sync_profiles.report import verdicts_in_words
from sync_profiles.terminal.inquiry_chapters import chapters
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_groups import group_rows
from sync_profiles.terminal.report_table import mark_of
from sync_profiles.terminal.report_view import hint_on_nothing, remark_on_problems
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.streams import say
from sync_profiles.text import counted, first_of, listed, quote, shell_word

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
    for title, lines in chapters(explained, inquiry):
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
