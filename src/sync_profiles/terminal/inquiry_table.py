"""Print everything that is known about the explained profiles as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from sync_profiles.decisions import Verdict
from sync_profiles.lint.checks import problems_of
from sync_profiles.model import place_of
from sync_profiles.outcomes import Accepted, Caller, Failure
from sync_profiles.redaction import mask_setting
from sync_profiles.report import count_verdicts
from sync_profiles.terminal.report_groups import group_rows
from sync_profiles.terminal.report_table import MARKS
from sync_profiles.terminal.screen import as_shown, print_detail, print_wrapped, stdout_console
from sync_profiles.terminal.shell import line_to_explain
from sync_profiles.terminal.streams import is_unicode, say, shown
from sync_profiles.text import first_line, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from sync_profiles.explain.letter import Letter
    from sync_profiles.inquiry import Explained, Inquiry, Sent
    from sync_profiles.model import Setting
    from sync_profiles.outcomes import Outcome
    from sync_profiles.terminal.options import Options

_GENERATED_NAME = "botocore-session-…"


class Letters(NamedTuple):
    """An inquiry of which only the letters are to be printed."""

    inquiry: Inquiry


def print_inquiry(inquiry: Inquiry | Letters, _: Options) -> None:
    """Print one profile in full, several in short, and then the letters; or the letters alone."""
    if isinstance(inquiry, Letters):
        _print_letters(inquiry.inquiry)
        return
    console = stdout_console()
    if len(inquiry.explained) != 1 or len(inquiry.selected) > 1:
        print_wrapped(console, Text(_total(inquiry), style="bold"))
        if inquiry.explained:
            console.print()
    if len(inquiry.explained) == 1:
        _print_in_full(console, inquiry.explained[0], inquiry)
    elif inquiry.explained:
        _print_in_short(console, inquiry)


def _print_in_full(console: Console, explained: Explained, inquiry: Inquiry) -> None:
    _print_verdict(console, [explained], _details(explained))
    for title, lines in _chapters(explained, inquiry):
        if lines:
            console.print()
            print_wrapped(console, Text(as_shown(console, title), style="bold"))
            for line in lines:
                print_detail(console, line)
    for letter in inquiry.letters:
        title = f"letter to an administrator of account {letter.account_id}"
        console.print()
        print_wrapped(console, Text(f"{title} (`--letter` prints only letters)", style="bold"))
        console.print()
        _print_letter(console, letter)


def _print_in_short(console: Console, inquiry: Inquiry) -> None:
    """Print the profiles with the same fact and step together, and below those what they stop.

    Of the letters only the accounts are named: they would push the rest off the screen.
    """
    by_name = {each.decision.profile.name: each for each in inquiry.explained}
    stopped: dict[str, list[Explained]] = {}
    others = []
    for each in inquiry.explained:
        hop = by_name.get(each.decision.blocked_by or "")
        # on its own, a hop may have another answer
        if hop is not None and hop.row.explanation.hint == each.row.explanation.hint:
            stopped.setdefault(hop.decision.profile.name, []).append(each)
        else:
            others.append(each.row)
    groups = group_rows(others, verbose=False)
    groups.sort(key=lambda group: group.lines[0].verdict is Verdict.ACCEPTED)
    for group in groups:
        members = [by_name[line.profile] for line in group.lines]
        alone = len(members) == 1
        details = _details(members[0], in_short=True) if alone else group.details
        _print_verdict(console, members, details)
        for line in group.lines:
            if line.profile in stopped:
                reason = f"the chain stops at {quote(line.profile)}"
                _print_verdict(console, stopped[line.profile], [reason])
        console.print()
    if inquiry.letters:
        print_wrapped(console, Text(_letters_to(inquiry), style="bold"))
    more = "`sync-profiles explain PROFILE` shows one with its chain, calls and settings"
    print_wrapped(console, Text(f"hint: {more}", style="cyan"))


def _letters_to(inquiry: Inquiry) -> str:
    """Return how many letters there are, to whom, and the command that prints them."""
    *first, last = [letter.account_id for letter in inquiry.letters]
    letters, them = f"1 letter to an administrator of account {last}", "it"
    if first:
        accounts = f"accounts {', '.join(first)} and {last}"
        letters, them = f"{len(first) + 1} letters to administrators of {accounts}", "them"
    request = inquiry.request
    line = line_to_explain(
        inquiry.report.paths,
        session_name=request.options.session_name,
        patterns=request.patterns,
    )
    return f"{letters}: `{line} --letter` prints {them}"


def _print_verdict(console: Console, members: list[Explained], details: Sequence[str]) -> None:
    """Print the verdict of profiles that share it, with the fact, the proof and the next step."""
    decision = members[0].decision
    mark, plain_mark, color = MARKS[decision.verdict]
    names = ", ".join(as_shown(console, each.decision.profile.name) for each in members)
    causes = dict.fromkeys(each.decision.cause for each in members)
    cause = "" if None in causes else f" ({', '.join(map(str, causes))})"
    line = Text.assemble(
        (mark if is_unicode(console.encoding) else plain_mark, color),
        (f" {names}: ", "bold"),
        (f"{decision.verdict}{cause}", color),
    )
    print_wrapped(console, line)
    for detail in details:
        print_detail(console, detail)


def _details(explained: Explained, *, in_short: bool = False) -> list[str]:
    """Return the fact, the next step, and what proves them.

    In short, AWS's refusal itself is left out: the fact says it.
    """
    explanation, proof = explained.row.explanation, _proof(explained)
    if in_short and explained.trust_policy is None:
        proof = None
    return [
        explanation.message,
        *([f"hint: {explanation.hint}"] if explanation.hint else []),
        *([f"proof: {proof}"] if proof else []),
    ]


def _proof(explained: Explained) -> str | None:
    """Return the answer of AWS on which the verdict and the next step are based, if there is one.

    That an accepted profile works is proved by its ARN, which is its message.
    """
    decision, read = explained.decision, explained.trust_policy
    match decision.outcome:
        case _ if decision.verdict is Verdict.FIXABLE:
            for sent in reversed(explained.sent):
                if isinstance(sent.outcome, Accepted) and sent.profile == decision.profile.name:
                    proof = quote(sent.outcome.assumed_role_arn)
                    return f"AWS accepts it as {quote(sent.switch.session_name or '')}: {proof}"
            return None
        case Failure() if read is not None and read.hint is not None:
            if read.fact is not None:
                return f"asked by profile {quote(read.reader)}, IAM has no such role"
            unmet = "; ".join(read.unmet) or "it allows the call"
            return f"profile {quote(read.reader)} has read the role's trust policy: {unmet}"
        case Failure(code=str(code), operation=operation, request_id=request_id):
            request = f" (request {request_id})" if request_id else ""
            return f"AWS answered {operation} with {code}{request}"
        case _:
            return None


def _print_letters(inquiry: Inquiry) -> None:
    """Print the letters alone, ready to paste; without any, say so on stderr."""
    console = stdout_console()
    for number, letter in enumerate(inquiry.letters):
        if number:
            console.print("\n")
        _print_letter(console, letter)
    if not inquiry.letters:
        say("no letter: nothing here needs an administrator, as far as AWS says")


def _print_letter(console: Console, letter: Letter) -> None:
    for line in letter.text.splitlines():
        console.print(Text(shown(line)), soft_wrap=True)


def _total(inquiry: Inquiry) -> str:
    """Return how many profiles there are of each verdict, and what a sync does about them."""
    counts = count_verdicts(inquiry.selected)
    shown = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    if not shown:
        return "no profile assumes a role: nothing to explain"
    total = sum(counts.values())
    profiles = f"{total} profiles" if total > 1 else "1 profile"
    line = f"{profiles if inquiry.explained else 'no profile is rejected'}: {shown}"
    if not counts[Verdict.FIXABLE]:
        return line
    them = "the fixable one" if counts[Verdict.FIXABLE] == 1 else "the fixable ones"
    return f"{line}; `{inquiry.report.sync_command}` fixes {them}"


def _chapters(explained: Explained, inquiry: Inquiry) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts below the verdict; those without lines are left out."""
    decision = explained.decision
    yield "chain", list(_who_and_how(explained, inquiry))
    answers = ((_request(sent), f"-> {_answer(sent.outcome)}") for sent in explained.sent)
    yield "what was sent, and what AWS answered", [line for pair in answers for line in pair]
    read = explained.trust_policy
    if read is not None:
        title = f"what the role's trust policy requires (read with profile {read.reader})"
        problem = read.fact or f"the policy is not understood: {read.problem}"
        yield title, list(read.requirements) if read.problem is None else [problem]
    problems = problems_of(inquiry.problems, {decision.profile.name: decision.chain})
    said = ((f"{each.message} {place_of(each.place)}", f"hint: {each.hint}") for each in problems)
    yield (
        "problems in the files",
        [line for pair in said if pair[0] != explained.row.explanation.message for line in pair],
    )
    yield (
        "what the files say",
        [
            f"{key} = {shown_value(key, setting)}  {place_of(setting.place)}"
            for key, setting in explained.settings.items()
        ],
    )


def _who_and_how(explained: Explained, inquiry: Inquiry) -> Iterator[str]:
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
    if not setting.nested:
        return mask_setting(key, first_line(setting.value))
    pairs = (line.partition("=") for line in setting.value.splitlines() if line.strip())
    return " ".join(
        f"{name.strip()} = {mask_setting(name.strip(), value.strip())}" for name, _, value in pairs
    )


def _request(sent: Sent) -> str:
    switch = sent.switch
    parts = [
        f"profile {sent.profile}: AssumeRole {switch.role_arn}",
        f"as `{switch.session_name or _GENERATED_NAME}`",
        f"for {switch.sent_duration} s",
        f"with external ID `{switch.external_id}`" if switch.external_id is not None else "",
        f"with MFA `{switch.mfa_serial}`" if switch.mfa_serial is not None else "",
    ]
    return " ".join(part for part in parts if part)


def _answer(outcome: Outcome) -> str:
    match outcome:
        case Accepted(assumed_role_arn=arn):
            return f"accepted: {arn}"
        case Failure(code=None, message=message):
            return message
        case Failure(code=code, message=message, request_id=request_id):
            request = f" (request {request_id})" if request_id else ""
            return f"{code}: {message}{request}"
