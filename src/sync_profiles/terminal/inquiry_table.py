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
from sync_profiles.terminal.screen import print_detail, print_wrapped, stdout_console
from sync_profiles.terminal.streams import say
from sync_profiles.text import first_line, inert

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Print everything that is known about the explained profiles, or the letters alone."""
    if isinstance(inquiry, Letters):
        _print_letters(inquiry.inquiry)
        return
    console = stdout_console()
    if not inquiry.explained:
        print_wrapped(console, Text(_nothing_to_explain(inquiry), style="bold"))
    for explained in inquiry.explained:
        for title, lines in _chapters(explained, inquiry):
            console.print()
            print_wrapped(console, Text(inert(title), style="bold"))
            for line in lines:
                print_detail(console, line)
    for letter in inquiry.letters:
        console.print()
        names = ", ".join(inert(name) for name in letter.profiles)
        print_wrapped(console, Text(f"letter about {names}, to copy", style="bold"))
        console.print()
        _print_letter(console, letter)


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
        console.print(Text(inert(line)), soft_wrap=True)


def _nothing_to_explain(inquiry: Inquiry) -> str:
    """Return that no profile needs a person, and how many there are of each verdict."""
    counts = count_verdicts(inquiry.selected)
    shown = [f"{count} {verdict}" for verdict, count in counts.items() if count]
    if not shown:
        return "no profile assumes a role: nothing to explain"
    line = f"no profile is rejected: {', '.join(shown)}"
    if not counts[Verdict.FIXABLE]:
        return line
    them = "it" if counts[Verdict.FIXABLE] == 1 else "them"
    return f"{line}; run `{inquiry.report.sync_command}` to fix {them}"


def _chapters(explained: Explained, inquiry: Inquiry) -> Iterator[tuple[str, list[str]]]:
    decision = explained.decision
    yield f"profile {decision.profile.name}", list(_who_and_how(explained, inquiry))
    yield (
        "what the files say",
        [
            f"{key} = {shown_value(key, setting)}  {place_of(setting.place)}"
            for key, setting in explained.settings.items()
        ],
    )
    if explained.sent:
        answers = ((_request(sent), f"-> {_answer(sent.outcome)}") for sent in explained.sent)
        yield "what was sent, and what AWS answered", [line for pair in answers for line in pair]
    problems = problems_of(inquiry.problems, {decision.profile.name: decision.chain})
    if problems:
        told = (
            (f"{problem.message} {place_of(problem.place)}", f"hint: {problem.hint}")
            for problem in problems
        )
        yield "problems in the files", [line for pair in told for line in pair]
    if explained.trust_policy is not None:
        read = explained.trust_policy
        title = f"what the role's trust policy requires (read with profile {read.reader})"
        problem = read.fact or f"the policy is not understood: {read.problem}"
        yield title, list(read.requirements) if read.problem is None else [problem]
    cause = f" ({decision.cause})" if decision.cause is not None else ""
    explanation = explained.row.explanation
    yield (
        f"verdict: {decision.verdict}{cause}",
        [
            explanation.message,
            *([f"hint: {explanation.hint}"] if explanation.hint else []),
        ],
    )


def _who_and_how(explained: Explained, inquiry: Inquiry) -> Iterator[str]:
    row = explained.row
    if row.chain:
        yield f"chain: {' > '.join((*row.chain, row.decision.profile.name))}"
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
