"""MFA on a terminal: who is asked, how often, and what is sent and shown.

Without a terminal: `data/situations.txt`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pexpect
import pytest

from e2e import PATIENCE, Home, finish, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, MfaDevice, User
from teams import READER

Terminal = Callable[..., "pexpect.spawn[str]"]

PHONE = MfaDevice(
    serial="arn:aws:iam::111111111111:mfa/phone", codes=("314159", "271828", "577215")
)
KEYRING = MfaDevice(serial="arn:aws:iam::111111111111:mfa/keyring", codes=("161803", "141421"))
PERSON = User(name="person", policies=(ALLOW_ASSUME_ROLE,), mfa_devices=(PHONE, KEYRING))
LONG_ROLE = replace(s.MFA_ROLE, name="long_role", max_session_duration=43200)
WORLD = World(users=(*s.STORY.users, PERSON), roles=(*s.STORY.roles, LONG_ROLE, READER))
WRONG_CODE = "999999"


@pytest.fixture
def mfa_home(empty_home: Home) -> Home:
    """Return a home where the phone opens two profiles, the keyring one, and one needs neither."""
    phone, keyring = {"mfa_serial": PHONE.serial}, {"mfa_serial": KEYRING.serial}
    config = [
        role_profile("one", s.MFA_ROLE.arn, "person", **phone),
        role_profile("two", s.MFA_ROLE.arn, "person", **phone, role_session_name="alice"),
        role_profile("other", s.MFA_ROLE.arn, "person", **keyring),
        role_profile("plain", s.ADMIN_ROLE.arn, "person"),
    ]
    return empty_home.write("".join(config), keys("person", PERSON.credentials))


@pytest.fixture
def terminal(mfa_home: Home) -> Iterator[Terminal]:
    """Return what starts the command on a terminal of its own."""
    if os.name != "posix":
        pytest.skip("there are no pseudo-terminals")
    started: list[pexpect.spawn[str]] = []

    def start(*arguments: str) -> pexpect.spawn[str]:
        child = mfa_home.with_environment(COLUMNS="80", NO_COLOR="1").start_on_terminal(*arguments)
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def outcomes(sandbox: Sandbox) -> list[str]:
    """Return the outcomes of the calls that open a device."""
    return [call.outcome for call in sandbox.calls if call.action == "sts:GetSessionToken"]


def answer(child: pexpect.spawn[str], device: MfaDevice, code: str) -> str:
    """Answer the next question, which is about `device`; return what stood before it."""
    child.expect_exact(f"MFA code for {device.serial}: ")
    child.waitnoecho()
    child.sendline(code)
    return str(child.before)


@pytest.mark.parametrize(
    ("arguments", "answers", "code", "sent", "words"),
    [
        pytest.param(
            [],
            [(PHONE, "314159"), (KEYRING, "161803")],
            0,
            ["OK", "OK"],
            "4 profiles: 4 accepted",
            id="a code is asked once for each device",
        ),
        pytest.param(
            ["--verbose"],
            [(PHONE, WRONG_CODE), (PHONE, "314159"), (KEYRING, "161803")],
            0,
            ["AccessDenied", "OK", "OK"],
            "error: AWS rejected the code",
            id="again after a wrong code",
        ),
        pytest.param(
            ["--profile", "one", "--profile", "plain"],
            [(PHONE, WRONG_CODE)] * 3,
            1,
            ["AccessDenied"] * 3,
            "2 profiles: 1 accepted, 1 unknown",
            id="after three wrong codes the profile is unknown, and nothing else is",
        ),
        pytest.param(
            [],
            [(PHONE, ""), (KEYRING, "161803")],
            1,
            ["OK"],
            "and none was given hint: run again and enter the code",
            id="with an empty answer the device is not used",
        ),
        pytest.param(
            ["--profile", "one"],
            [(PHONE, "hunter2"), (PHONE, "314 159")],
            0,
            ["OK"],
            "error: this is not an MFA code hint: enter six digits, or nothing",
            id="an invalid code is reported at once and not sent, blanks are not counted",
        ),
    ],
)
def test_a_person_is_asked_for_codes(
    arguments: list[str],
    answers: list[tuple[MfaDevice, str]],
    code: int,
    sent: list[str],
    words: str,
    sandbox: Sandbox,
    terminal: Terminal,
) -> None:
    child = terminal(*arguments)
    shown = "".join(answer(child, device, typed) for device, typed in answers)
    ended = finish(child)
    shown += ended.stdout
    assert (ended.code, outcomes(sandbox)) == (code, sent)
    assert "MFA code for arn:" not in ended.stdout
    assert words in " ".join(shown.split())
    typed_codes = [typed for _, typed in answers if typed]
    secrets = [*typed_codes, PERSON.credentials.secret_access_key, "SessionToken"]
    assert [secret for secret in secrets if secret in shown] == []


@pytest.mark.parametrize("arguments", [["-p", "one"], ["explain", "one"]], ids=["sync", "explain"])
def test_the_end_of_input_is_not_an_answer(
    arguments: list[str], mfa_home: Home, sandbox: Sandbox, terminal: Terminal
) -> None:
    mfa_home.write(role_profile("one", s.MFA_ROLE.arn, "person", mfa_serial=PHONE.serial))
    child = terminal(*arguments)
    child.expect_exact(f"MFA code for {PHONE.serial}: ")
    child.waitnoecho()
    child.sendeof()
    ended = finish(child)
    assert ended.code == 1
    assert "error: " not in ended.stdout
    assert "unknown" in ended.stdout
    assert outcomes(sandbox) == []


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
def test_a_code_is_not_shown_after_an_attempt_to_suspend(mfa_home: Home) -> None:
    import pexpect

    child = pexpect.spawn(
        "bash",
        ["--norc", "-i"],
        env={**mfa_home.environment, "PS1": "> ", "NO_COLOR": "1"},
        cwd=str(mfa_home.path),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    child.sendline("sync-profiles -p one; exit")
    child.expect_exact(f"MFA code for {PHONE.serial}: ")
    child.waitnoecho()
    child.send("\x1a314159\n")
    assert "314159" not in finish(child).stdout
    assert child.exitstatus == 0


def test_no_code_is_asked_of_the_null_device(mfa_home: Home) -> None:
    with mfa_home.start_installed("check", "-p", "one", "--output", "json") as run:
        stdout, _ = run.communicate(timeout=PATIENCE)
    assert json.loads(stdout)["profiles"][0]["cause"] == "mfa-code-needed"


def test_an_interrupt_at_the_question_ends_the_run(mfa_home: Home, terminal: Terminal) -> None:
    before = mfa_home.footprint()
    child = terminal()
    child.expect_exact(f"MFA code for {PHONE.serial}: ")
    child.waitnoecho()
    child.sendintr()
    ended = finish(child)
    assert ended.code == 130
    assert "error: interrupted" in ended.stdout
    assert "Traceback" not in ended.stdout
    assert mfa_home.footprint() == before


def test_a_run_that_starts_again_uses_the_device_that_is_open(
    empty_home: Home, sandbox: Sandbox
) -> None:
    # it edits the file as another program would: after our read, before our write
    program = empty_home.path / "code.py"
    program.write_text(
        f"open({str(empty_home.config_file)!r}, 'a').write('# an edit\\n')\nprint(314159)\n"
    )
    empty_home.write(
        role_profile(
            "one",
            s.MFA_ROLE.arn,
            "person",
            mfa_serial=PHONE.serial,
            mfa_process=f"{sys.executable} {program}",
        ),
        keys("person", PERSON.credentials),
    )

    ended = empty_home.run_json()

    assert (ended.code, ended.accepted) == (0, {"one"})
    text = empty_home.config_file.read_text(encoding="utf-8")
    assert "role_session_name = person\n" in text
    assert text.endswith("# an edit\n")
    assert [call.action for call in sandbox.calls].count("sts:GetSessionToken") == 1


def test_a_role_that_allows_long_sessions_is_accepted_for_as_long(mfa_home: Home) -> None:
    settings = {"mfa_serial": PHONE.serial, "role_session_name": "person"}
    long = role_profile("long", LONG_ROLE.arn, "person", **settings, duration_seconds="43200")
    home = mfa_home.write(long + role_profile("reader", READER.arn, "person"))
    ended = home.run("explain", "long", "--output", "json", "--mfa-code", PHONE.codes[0])
    assert (ended.code, ended.accepted) == (0, {"long"})
    assert ended.profiles["long"]["message"].endswith(
        ", for an hour: the role allows `43200` seconds, as IAM says"
    )
    assert home.working_profiles(["long"], mfa_codes=[PHONE.codes[1]]) == {"long"}
