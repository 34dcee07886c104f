"""Messages and hints about the programs of the files: `credential_process` and `mfa_process`."""

from __future__ import annotations

import re
import shlex

from sync_profiles.explain.case import Case
from sync_profiles.lint.value_checks import words_of_a_shell

#: a path of Windows; the other systems do not give an error its number there
_DRIVE = re.compile(r"[\"']?[A-Za-z]:\\")


def process_failed(case: Case) -> str:
    """Return the message: why a `credential_process` gave no credentials."""
    if case.of_source("credential_process") == "":
        return case.fill("the `credential_process` of {source_words} is empty")
    reason = case.failure_message.partition("custom-process: ")[2] or case.failure_message
    fact = case.fill("the `credential_process` of {source_words} gave no credentials")
    return f"{fact}: {reason}" if reason and "custom-process:" not in reason else fact


def fix_process(case: Case) -> str:
    """Return the hint: how to get credentials from a `credential_process`."""
    command = case.of_source("credential_process")
    if command == "":
        return case.fill("write a command for {at_source[credential_process]}, or remove the line")
    if _is_open(command or ""):
        return case.fill("close the quotation in {at_source[credential_process]}")
    return _without_shell(case) or case.fill(
        "run the command of {at_source[credential_process]} by hand: it must print JSON with "
        "`Version`, `AccessKeyId` and `SecretAccessKey`"
    )


def _is_open(command: str) -> bool:
    """Return whether a quotation in a command is not closed."""
    try:
        shlex.split(command)
    except ValueError:
        return True
    return False


def correct_program(case: Case) -> str:
    """Return the hint: how the program of a `credential_process` is found."""
    if "[Errno 2]" in case.failure_message and _DRIVE.match(
        case.of_source("credential_process") or ""
    ):
        return case.fill(
            "write the path of the program of {at_source[credential_process]} as this system has "
            "it, in double quotes: in WSL, with `/mnt/c/` for `C:\\`, and `/` for every `\\`"
        )
    named = "the program of {at_source[credential_process]}"
    return _without_shell(case) or case.fill(
        _install_where_named(named)
        if ": '/" in case.failure_message
        else f"install {named}, or write its full path, and put the path alone in double quotes if "
        "it has a space in it"
    )


def _install_where_named(program: str) -> str:
    """Return the hint on a program that is not found, though its full path is written.

    The system says the same of a script whose own program is missing.
    """
    return (
        f"correct the path of {program}, or install it there; if it is a script that exists, the "
        "program that its first line names does not"
    )


def _without_shell(case: Case) -> str | None:
    """Return what to write in place of the words that only a shell understands, if any."""
    unread = words_of_a_shell(case.of_source("credential_process") or "")
    if unread is None:
        return None
    return case.fill("no shell runs {at_source[credential_process]}: ") + unread.repair


def correct_program_of_mfa(case: Case) -> str:
    """Return the hint: how the shell finds a program of `mfa_process`."""
    if "`/" in case.failure_message:
        return case.fill(_install_where_named("that program in {at_fault[mfa_process]}"))
    return case.fill("install that program, or write its full path in {at_fault[mfa_process]}")
