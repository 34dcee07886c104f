"""Codes come from the option once, then from a program, then from the person."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sync_profiles.aws import mfa_codes
from sync_profiles.aws.mfa_codes import MfaCodes, is_code
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Reason

if TYPE_CHECKING:
    from pathlib import Path

PHONE = "arn:aws:iam::111111111111:mfa/phone"
KEYRING = "arn:aws:iam::111111111111:mfa/keyring"


NO_CODE = Failure(cause=Cause.MFA_CODE_NEEDED, proves=False)
NOT_GIVEN = replace(NO_CODE, reason=Reason.CODE_NOT_GIVEN, message="no MFA code was given")
USED = replace(NO_CODE, reason=Reason.CODE_USED, message="the MFA code was used for another device")


def program(source: str) -> str:
    """Return the command line of a program, as a profile's `mfa_process` has it."""
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(source)}"


def needed(reason: str) -> Failure:
    return replace(NO_CODE, message=reason)


def failed(text: str) -> Failure:
    return replace(NO_CODE, reason=Reason.MFA_PROCESS, message=text)


def code_of(command: str) -> str | Failure:
    return MfaCodes(given=None, processes={PHONE: command}, ask=None).code(PHONE, attempt=1)


class Person:
    """Answers with one code after another, and notes what it was asked."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, mfa_serial: str, attempt: int) -> str | None:
        """Answer as a terminal does."""
        self.asked.append((mfa_serial, attempt))
        return self.answers.pop(0)


def test_the_given_code_is_used_once_and_then_the_person_is_asked() -> None:
    person = Person("222222", "333333")
    codes = MfaCodes(given="111111", processes={}, ask=person)
    assert [
        codes.code(PHONE, attempt=1),
        codes.code(PHONE, attempt=2),
        codes.code(KEYRING, attempt=1),
    ] == ["111111", "222222", "333333"]
    assert person.asked == [(PHONE, 2), (KEYRING, 1)]


def test_the_given_code_is_used_once_and_then_there_is_none_without_a_terminal() -> None:
    codes = MfaCodes(given="111111", processes={}, ask=None)
    assert codes.code(PHONE, attempt=1) == "111111"
    assert codes.code(KEYRING, attempt=1) == USED
    # rejected, it is not for another
    assert codes.code(PHONE, attempt=2) == needed("there is no terminal to ask for an MFA code")


def test_a_person_may_give_none() -> None:
    codes = MfaCodes(given=None, processes={}, ask=Person(None, ""))
    assert codes.code(PHONE, attempt=1) == NOT_GIVEN
    assert codes.code(PHONE, attempt=2) == NOT_GIVEN


def test_a_program_gives_the_code_of_its_own_device_and_nobody_is_asked() -> None:
    person = Person("222222")
    codes = MfaCodes(given=None, processes={PHONE: program("print(123456)")}, ask=person)
    assert codes.code(PHONE, attempt=1) == "123456"
    assert person.asked == []
    assert codes.code(KEYRING, attempt=1) == "222222"


def test_a_program_whose_code_was_rejected_is_not_run_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = program(f"open({str(log)!r}, 'a').write('ran '); print(123456)")
    codes = MfaCodes(given=None, processes={PHONE: command}, ask=None)
    assert codes.code(PHONE, attempt=1) == "123456"
    assert codes.code(PHONE, attempt=2) == needed("`mfa_process` gave a code that was rejected")
    assert log.read_text("utf-8") == "ran "


def test_a_program_is_run_where_the_given_code_was_rejected() -> None:
    codes = MfaCodes(given="111111", processes={PHONE: program("print(123456)")}, ask=None)
    assert [codes.code(PHONE, attempt=1), codes.code(PHONE, attempt=2)] == ["111111", "123456"]


def test_a_program_is_run_for_every_caller_of_its_device() -> None:
    codes = MfaCodes(given=None, processes={PHONE: program("print(123456)")}, ask=None)
    assert [codes.code(PHONE, attempt=1), codes.code(PHONE, attempt=1)] == ["123456", "123456"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("print(' 012345 ')", "012345", id="blanks around the code do not matter"),
        pytest.param(
            "import sys; print(sys.stdin.read() + '012345')", "012345", id="there is no input"
        ),
        pytest.param(
            "print('code: 012345')",
            failed("mfa_process ended with exit status 0 and printed no code of six digits"),
            id="more than a code",
        ),
        pytest.param(
            "print('s3cret'); raise SystemExit('s3cret')",
            failed("mfa_process ended with exit status 1 and printed no code of six digits"),
            id="what a program says stays out of the message",
        ),
        pytest.param(
            "print(123456); raise SystemExit(3)",
            failed("mfa_process ended with exit status 3 and printed a code"),
            id="a failed program's code does not count",
        ),
    ],
)
def test_what_a_program_prints(source: str, expected: str | Failure) -> None:
    assert code_of(program(source)) == expected


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("/missing/program s3cret", id="a program that does not exist"),
        pytest.param("program 's3cret", id="a quote without its end"),
        pytest.param("program \0s3cret", id="a null character"),
        pytest.param(
            program("import sys; sys.stdout.buffer.write(b'\\xff'); 's3cret'"), id="not UTF-8"
        ),
    ],
)
def test_a_program_that_cannot_be_run_or_read_is_a_failure_without_its_arguments(
    command: str,
) -> None:
    failure = code_of(command)
    assert isinstance(failure, Failure)
    assert failure.reason is Reason.MFA_PROCESS
    assert failure.message.startswith("mfa_process: ")
    assert "s3cret" not in failure.message


def test_a_program_that_does_not_end_is_stopped_and_its_command_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mfa_codes, "PROCESS_TIMEOUT", 0.2)
    command = program("import time; time.sleep(60); 's3cret'")
    assert code_of(command) == failed("mfa_process: no answer in 0.2 seconds")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123456", True),
        ("000000", True),
        ("12345", False),
        ("1234567", False),
        ("12345a", False),
        ("", False),
        ("123456\n", False),
        ("١٢٣٤٥٦", False),
    ],
)
def test_a_code_is_six_digits(text: str, *, expected: bool) -> None:
    assert is_code(text) is expected
