"""Codes come from the option once, then from a program, then from the person."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sync_profiles.aws.mfa_codes import MfaCodes, is_code
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant

PHONE = "arn:aws:iam::111111111111:mfa/phone"
KEYRING = "arn:aws:iam::111111111111:mfa/keyring"


NO_CODE = Failure(cause=Cause.MFA_CODE_NEEDED, proves=False)
NOT_GIVEN = replace(NO_CODE, variant=Variant.CODE_NOT_GIVEN, message="no MFA code was given")
USED = replace(
    NO_CODE, variant=Variant.CODE_USED, message="the MFA code was used for another device"
)


def program(source: str) -> str:
    """Return the command line of a program, as a profile's `mfa_process` has it."""
    words = [sys.executable, "-c", source]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def needed(reason: str) -> Failure:
    return replace(NO_CODE, message=reason)


def failed(text: str) -> Failure:
    return replace(NO_CODE, variant=Variant.MFA_PROCESS, message=text)


def code_of(command: str) -> str | Failure:
    return MfaCodes(given=None, processes={PHONE: command}, ask=None).code(PHONE, attempt=1)


CODE = program("print(123456)")
NO_TERMINAL = needed("there is no terminal to ask for an MFA code")


@pytest.mark.parametrize(
    ("given", "processes", "answers", "expected"),
    [
        pytest.param(
            "111111",
            {},
            ["222222", "333333"],
            ["111111", "222222", "333333"],
            id="the given one once, then the person's",
        ),
        # rejected, it is not used for another device
        pytest.param("111111", {}, None, ["111111", NO_TERMINAL, USED], id="without a terminal"),
        pytest.param(None, {}, [None, "", ""], [NOT_GIVEN] * 3, id="a person may give none"),
        pytest.param(
            "111111",
            {PHONE: CODE},
            None,
            ["111111", "123456", USED],
            id="then a program's",
        ),
    ],
)
def test_the_sources_of_a_code(
    given: str | None,
    processes: dict[str, str],
    answers: list[str | None] | None,
    expected: list[str | Failure],
) -> None:
    asked: list[tuple[str, int]] = []

    def ask(mfa_serial: str, attempt: int) -> str | None:
        asked.append((mfa_serial, attempt))
        assert answers is not None
        return answers.pop(0)

    codes = MfaCodes(given=given, processes=processes, ask=None if answers is None else ask)
    questions = [(PHONE, 1), (PHONE, 2), (KEYRING, 1)]
    assert [codes.code(device, attempt=attempt) for device, attempt in questions] == expected
    if answers is not None:
        assert asked == questions[given is not None :]


@pytest.mark.parametrize(
    "mfa_serial",
    [
        pytest.param("arn:aws:iam::111111111111:u2f/user/ann/key", id="a security key"),
        pytest.param("arn:aws:iam::111111111111:user/ann", id="a user"),
        pytest.param("phone", id="what STS does not take"),
    ],
)
def test_what_gives_no_code_needs_none(mfa_serial: str) -> None:
    codes = MfaCodes(given="111111", processes={}, ask=None)
    devices = [mfa_serial, PHONE]
    assert [codes.code(device, attempt=1) for device in devices] == ["000000", "111111"]


def test_an_mfa_process_serves_every_caller_of_its_device() -> None:
    codes = MfaCodes(given=None, processes={PHONE: CODE}, ask=lambda *_: "222222")
    devices = [PHONE, PHONE, KEYRING]
    assert [codes.code(device, attempt=1) for device in devices] == ["123456", "123456", "222222"]


def test_a_program_whose_code_was_rejected_is_not_run_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = program(f"open({str(log)!r}, 'a').write('ran '); print(123456)")
    codes = MfaCodes(given=None, processes={PHONE: command}, ask=None)
    assert codes.code(PHONE, attempt=1) == "123456"
    assert codes.code(PHONE, attempt=2) == needed("`mfa_process` gave a code that was rejected")
    assert log.read_text("utf-8") == "ran "


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
def test_the_output_of_a_program(source: str, expected: str | Failure) -> None:
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
    assert failure.variant is Variant.MFA_PROCESS
    assert failure.message.startswith("mfa_process")
    assert "s3cret" not in failure.message


def test_the_shell_runs_a_program_as_aws_vault_does() -> None:
    assert code_of("echo 123456&&exit 0") == "123456"


def test_a_code_is_six_digits() -> None:
    texts = ["123456", "000000", "12345", "1234567", "12345a", "", "123456\n", "١٢٣٤٥٦"]
    assert [text for text in texts if is_code(text)] == ["123456", "000000"]
