"""Questions on the terminal: Ctrl-D means no answer, Ctrl-C ends the run."""

from __future__ import annotations

import getpass
import sys

from sync_profiles.aws.mfa_codes import is_code
from sync_profiles.terminal.boundary import print_error
from sync_profiles.terminal.progress import hidden_display
from sync_profiles.terminal.streams import say, wrapped

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


def ask_code(mfa_serial: str, attempt: int) -> str | None:
    """Ask for a device's six-digit code; return None if the user enters none.

    The serial is one that STS takes: plain ASCII.
    """
    if attempt > 1:
        print_error("AWS rejected the code", hint="wait for the next one: each works once")
    while True:
        try:
            with hidden_display():
                code = getpass.getpass(f"MFA code for {mfa_serial}: ").strip()
        except EOFError:
            say("")
            return None
        except KeyboardInterrupt:
            say("")
            raise
        if not code or is_code(code):
            return code or None
        print_error("this is not an MFA code", hint="enter six digits, or nothing")


def ask_yes_or_no(question: str) -> bool:
    """Ask a yes-or-no question; no answer means no."""
    while True:
        try:
            with hidden_display():
                sys.stderr.write(f"{wrapped(f'{question} [y/N]:')} ")
                sys.stderr.flush()
                line = sys.stdin.readline()
        except KeyboardInterrupt:
            say("")
            raise
        if not line:
            say("")
        answer = _ANSWERS.get(line.strip().lower())
        if answer is not None:
            return answer
