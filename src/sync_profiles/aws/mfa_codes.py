"""Where MFA codes come from: `--mfa-code`, a profile's `mfa_process`, or the person."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sync_profiles.arn import gives_codes
from sync_profiles.causes import Cause
from sync_profiles.masked_lines import mask_program
from sync_profiles.outcomes import Failure, Variant
from sync_profiles.programs import Program
from sync_profiles.secret_shapes import mask_words
from sync_profiles.text import quote

#: seconds for one `mfa_process`, and for all of a run
PROCESS_TIMEOUT = 60.0
ALL_PROCESSES_TIMEOUT = 120.0
_ANY_CODE = "000000"
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
# the exit status of a shell, what it means, and what a shell says: `sh: 1: ykman: not found`
_OF_SHELL = {
    126: ("cannot execute", Variant.MFA_PROGRAM_NOT_EXECUTABLE),
    127: ("does not find", Variant.MFA_PROGRAM_MISSING),
}
_SAID_BY_SHELL = re.compile(r": ([^:\n]+): [^:\n]+$", re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class MfaCodes:
    """Codes for devices, each device asked for on its own.

    `given` is the code of the command line: it is used once, for the first device of the caller.
    `processes` maps a device to the command whose output is its code. `ask` asks the person; it is
    None where there is no terminal, and returns None where the person gives none.
    """

    given: str | None
    processes: Mapping[str, str]
    ask: Callable[[str, int], str | None] | None
    _given_is_used: bool = field(default=False)
    _ran: set[str] = field(default_factory=set)
    _seconds_left: float = field(default_factory=lambda: ALL_PROCESSES_TIMEOUT)

    def code(self, mfa_serial: str, *, attempt: int) -> str | Failure:
        """Return a fresh code for a device, or why there is none; `attempt` counts from 1."""
        if not gives_codes(mfa_serial):
            return _ANY_CODE  # the call fails with every code
        if self.given is not None and not self._given_is_used:
            self._given_is_used = True
            return self.given
        if mfa_serial in self.processes:
            if attempt > 1 and mfa_serial in self._ran:  # it would give the same code again
                return _no_code("`mfa_process` gave a code that was rejected")
            self._ran.add(mfa_serial)
            return self._code_of_process(self.processes[mfa_serial])
        if self.ask is not None:
            given = self.ask(mfa_serial, attempt)
            return given or _no_code("no MFA code was given", Variant.CODE_NOT_GIVEN)
        if self.given is not None:
            return _no_code("the MFA code was used for another device", Variant.CODE_USED)
        return _no_code("there is no terminal to ask for an MFA code")

    def learn(self, code: str, answer: object) -> None:
        """Keep the given code for another device where AWS refused the device, which used none."""
        is_of_device = isinstance(answer, Failure) and answer.cause is Cause.MFA_DEVICE_NOT_YOURS
        if is_of_device and code == self.given:
            self._given_is_used = False

    def _code_of_process(self, command: str) -> str | Failure:
        """Run one after the other, as two may need the same key; all together are bounded."""
        if self._seconds_left <= 0:
            return _no_code(
                f"those of other devices took {ALL_PROCESSES_TIMEOUT:g} seconds",
                Variant.MFA_PROCESS_NOT_RUN,
            )
        since = time.monotonic()
        try:
            return _run(command, min(PROCESS_TIMEOUT, self._seconds_left))
        finally:
            self._seconds_left -= time.monotonic() - since


def is_code(text: str) -> bool:
    """Return whether text looks like a code of an MFA device: six digits."""
    return _CODE.fullmatch(text) is not None


def _run(command: str, seconds: float) -> str | Failure:
    try:
        program = Program(  # noqa: S604 - as aws-vault runs it, whose setting it is
            command, seconds=seconds, may_ask=True, shell=True, stdin=subprocess.DEVNULL
        )
        stdout, stderr = program.communicate()
    except subprocess.TimeoutExpired:  # its text holds the command, which may hold a secret
        return _no_code(f"no answer in {round(seconds, 1):g} seconds", Variant.MFA_PROCESS_SILENT)
    except (OSError, ValueError) as error:
        return _no_code(mask_words(f"mfa_process: {error}"), Variant.MFA_PROCESS)
    code = stdout.decode("utf-8", "replace").strip()
    if program.returncode != 0 or not is_code(code):
        if program.returncode in _OF_SHELL:
            what, variant = _OF_SHELL[program.returncode]
            name = mask_program(_program_named(command, stderr.decode("utf-8", "replace")))
            said = f"a program {quote(name)}" if name else "one of its programs"
            return _no_code(f"the shell {what} {said}", variant)
        return _no_code(
            f"mfa_process ended with exit status {program.returncode} and printed "
            f"{'a code' if is_code(code) else 'no code of six digits'}",
            Variant.MFA_PROCESS,
        )
    return code


def _program_named(command: str, said: str) -> str:
    """Return the program of a command that the shell names; no other words of either."""
    started = (
        re.search(rf"(?:^|[;|&(])\s*[\"']?({re.escape(name)})", command)
        for name in _SAID_BY_SHELL.findall(said)
    )
    return next((found[1] for found in started if found is not None), "")


def _no_code(message: str, variant: Variant | None = None) -> Failure:
    return Failure(cause=Cause.MFA_CODE_NEEDED, proves=False, variant=variant, message=message)
