"""What a person is asked on the terminal: Ctrl-D means no answer, Ctrl-C ends the run."""

from __future__ import annotations

import getpass
import sys

from sync_profiles.aws.mfa_codes import is_code
from sync_profiles.terminal.boundary import print_error
from sync_profiles.terminal.streams import say, spell_out
from sync_profiles.text import inert

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


def ask_code(mfa_serial: str, attempt: int) -> str | None:
    """Return a code of six digits for a device, None where the person gives none."""
    if attempt > 1:
        print_error("AWS rejected the code", hint="wait for the next one: each works once")
    # getpass opens the terminal itself, in the locale's encoding
    question = spell_out(f"MFA code for {inert(mfa_serial)}: ", "ascii")
    while True:
        try:
            code = getpass.getpass(question).strip()
        except EOFError:
            say("")
            return None
        except KeyboardInterrupt:
            say("")
            raise
        if not code or is_code(code):
            return code or None
        print_error("this is not an MFA code", hint="give the six digits, or nothing")


def ask_yes_or_no(question: str) -> bool:
    """Return the person's answer; none is a no."""
    while True:
        sys.stderr.write(f"{question} [y/N]: ")
        sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            say("")
            raise
        if not line:
            say("")
        answer = _ANSWERS.get(line.strip().lower())
        if answer is not None:
            return answer
