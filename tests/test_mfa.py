"""MFA on a terminal and without one: who is asked, how often, and what is sent and shown."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from e2e import Home, finish, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, MfaDevice, Role, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pexpect

    Terminal = Callable[..., pexpect.spawn[str]]

PHONE = MfaDevice(
    serial="arn:aws:iam::111111111111:mfa/phone", codes=("314159", "271828", "577215")
)
KEYRING = MfaDevice(serial="arn:aws:iam::111111111111:mfa/keyring", codes=("161803", "141421"))
PERSON = User(name="person", policies=(ALLOW_ASSUME_ROLE,), mfa_devices=(PHONE, KEYRING))
LONG_ROLE = replace(
    s.MFA_ROLE, name="long_role", max_session_duration=43200, policies=(ALLOW_ASSUME_ROLE,)
)
READER_ROLE = Role(
    name="reader_role",
    trust=s.trust(),
    policies=(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}],
        },
    ),
)
BELOW_ROLE = Role(name="below_role", trust=s.trust(principal={"AWS": LONG_ROLE.arn}))
NO_SESSION = User(
    name="no.session",
    policies=(
        ALLOW_ASSUME_ROLE,
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": "sts:GetSessionToken", "Resource": "*"}],
        },
    ),
    mfa_devices=(
        MfaDevice(
            serial="arn:aws:iam::111111111111:mfa/no.session", codes=("123450", "123451", "123452")
        ),
    ),
)
WORLD = World(
    users=(*s.STORY.users, PERSON, NO_SESSION),
    roles=(*s.STORY.roles, LONG_ROLE, READER_ROLE, BELOW_ROLE),
)
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


def sent(sandbox: Sandbox, action: str) -> list[str]:
    """Return the outcomes of all calls of an action."""
    return [call.outcome for call in sandbox.calls if call.action == f"sts:{action}"]


def answer(child: pexpect.spawn[str], device: MfaDevice, code: str) -> str:
    """Answer the next question, which is about `device`; return what stood before it."""
    child.expect_exact(f"MFA code for {device.serial}: ")
    child.waitnoecho()
    child.sendline(code)
    return str(child.before)


def test_a_code_is_asked_once_for_each_device(
    mfa_home: Home, sandbox: Sandbox, terminal: Terminal
) -> None:
    child = terminal()
    answer(child, PHONE, "314159")
    answer(child, KEYRING, "161803")
    ended = finish(child)
    assert ended.code == 0
    assert "MFA code for" not in ended.stdout
    assert sent(sandbox, "GetSessionToken") == ["OK", "OK"]
    assert mfa_home.config_file.read_text().count("role_session_name = person\n") == 4


def test_after_a_wrong_code_the_user_is_asked_again_and_no_secret_is_shown(
    sandbox: Sandbox, terminal: Terminal
) -> None:
    child = terminal("--verbose")
    shown = answer(child, PHONE, WRONG_CODE)
    shown += answer(child, PHONE, "314159")
    assert "error: AWS rejected the code" in shown
    shown += answer(child, KEYRING, "161803")
    ended = finish(child)
    shown += ended.stdout
    assert ended.code == 0
    secret = PERSON.credentials.secret_access_key
    assert not [text for text in (WRONG_CODE, "314159", "161803", secret) if text in shown]
    assert "SessionToken" not in shown
    assert sent(sandbox, "GetSessionToken") == ["AccessDenied", "OK", "OK"]


def test_after_three_wrong_codes_the_profile_is_unknown_and_nothing_else_is(
    sandbox: Sandbox, terminal: Terminal
) -> None:
    child = terminal("--profile", "one", "--profile", "plain")
    for _ in range(3):
        answer(child, PHONE, WRONG_CODE)
    ended = finish(child)
    assert ended.code == 1
    assert "2 profiles: 1 accepted, 1 unknown" in ended.stdout
    assert sent(sandbox, "GetSessionToken") == ["AccessDenied"] * 3


def test_with_an_empty_answer_the_device_is_not_used(sandbox: Sandbox, terminal: Terminal) -> None:
    child = terminal()
    answer(child, PHONE, "")
    answer(child, KEYRING, "161803")
    ended = finish(child)
    assert ended.code == 1
    assert "4 profiles: 2 accepted, 2 unknown" in ended.stdout
    assert "and none was given" in " ".join(ended.stdout.split())
    assert "hint: run again and enter the code" in ended.stdout
    assert sent(sandbox, "GetSessionToken") == ["OK"]


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
    assert sent(sandbox, "GetSessionToken") == []


def test_an_invalid_code_is_reported_at_once_and_not_sent(
    sandbox: Sandbox, terminal: Terminal
) -> None:
    child = terminal("--profile", "one")
    answer(child, PHONE, "hunter2")
    said = answer(child, PHONE, "314159")
    assert said.splitlines()[1:] == [
        "error: this is not an MFA code",
        "hint: enter six digits, or nothing",
    ]
    assert finish(child).code == 0
    assert sent(sandbox, "GetSessionToken") == ["OK"]


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


def test_without_a_terminal_and_a_code_the_rest_is_still_tested(
    mfa_home: Home, sandbox: Sandbox
) -> None:
    ended = mfa_home.run_json()
    assert ended.code == 1
    assert ended.stderr == ""
    found = {name: (p["verdict"], p["cause"], p["change"]) for name, p in ended.profiles.items()}
    assert found == {
        "one": ("unknown", "mfa-code-needed", "fill"),
        "two": ("unknown", "mfa-code-needed", "keep"),
        "other": ("unknown", "mfa-code-needed", "fill"),
        "plain": ("accepted", None, "fill"),
    }
    assert "--mfa-code" in ended.profiles["one"]["hint"]
    assert sent(sandbox, "GetSessionToken") == []


def test_the_code_of_the_command_line_is_used_for_all_profiles_of_one_device(
    mfa_home: Home, sandbox: Sandbox
) -> None:
    ended = mfa_home.run_json("--mfa-code", "314159")
    assert ended.accepted == {"one", "two", "plain"}
    changes = {"one": "fill", "two": "fix", "other": "fill", "plain": "fill"}
    assert ended.column("change") == changes
    assert sent(sandbox, "GetSessionToken") == ["OK"]
    assert "314159" not in ended.stdout + ended.stderr
    other = ended.profiles["other"]
    assert other["verdict"] == "unknown"
    assert other["message"].endswith("was used for another device")
    assert other["hint"].endswith("for each device, with `--profile` and `--mfa-code CODE`")


def test_a_wrong_code_of_the_command_line_is_reported_without_it(mfa_home: Home) -> None:
    ended = mfa_home.run_json("--mfa-code", WRONG_CODE, "-p", "one")
    assert ended.code == 1
    assert ended.profiles["one"]["verdict"] == "unknown"
    assert ended.profiles["one"]["cause"] == "mfa-code-rejected"
    assert WRONG_CODE not in ended.stdout + ended.stderr


def test_the_profiles_mfa_process_gives_the_code_without_a_question(
    mfa_home: Home, sandbox: Sandbox, terminal: Terminal
) -> None:
    asks = role_profile(
        "asks",
        s.MFA_ROLE.arn,
        "person",
        mfa_serial=PHONE.serial,
        mfa_process=f"{sys.executable} -c 'print(314159)'",
    )
    again = role_profile("again", s.MFA_ROLE.arn, "person", mfa_serial=PHONE.serial)
    mfa_home.write(asks + again)
    ended = finish(terminal())
    assert ended.code == 0
    assert "MFA code for" not in ended.stdout
    assert "314159" not in ended.stdout
    assert sent(sandbox, "GetSessionToken") == ["OK"]


def test_a_program_that_gives_no_code_is_reported(mfa_home: Home, sandbox: Sandbox) -> None:
    program = f"{sys.executable} -c 'print(\"hunter2\")'"
    serial = {"mfa_serial": PHONE.serial, "mfa_process": program}
    mfa_home.write(role_profile("asks", s.MFA_ROLE.arn, "person", **serial))
    ended = mfa_home.run_json()
    assert ended.code == 1
    assert ended.profiles["asks"]["verdict"] == "unknown"
    assert ended.profiles["asks"]["cause"] == "mfa-code-needed"
    assert "mfa_process" in ended.profiles["asks"]["message"] + ended.profiles["asks"]["hint"]
    assert "hunter2" not in ended.stdout + ended.stderr
    assert sent(sandbox, "GetSessionToken") == []


def test_a_colleague_s_device_is_named_as_the_cause(mfa_home: Home) -> None:
    serial = "arn:aws:iam::111111111111:mfa/mfa_user"
    mfa_home.write(role_profile("theirs", s.MFA_ROLE.arn, "person", mfa_serial=serial))
    ended = mfa_home.run_json("--mfa-code", "000001")
    assert ended.profiles["theirs"]["verdict"] == "rejected"
    assert ended.profiles["theirs"]["cause"] == "mfa-device-not-yours"


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


def test_a_device_gives_an_hour_and_a_longer_duration_is_accepted_with_a_note(
    mfa_home: Home, sandbox: Sandbox
) -> None:
    settings = {"mfa_serial": PHONE.serial, "role_session_name": "person"}
    long = role_profile("long", LONG_ROLE.arn, "person", **settings, duration_seconds="43200")
    below = role_profile("below", BELOW_ROLE.arn, "long", role_session_name="person")
    home = mfa_home.write(long + below)
    ended = home.run("check", "--output", "json", "--mfa-code", PHONE.codes[0])
    assert ended.accepted == {"long", "below"}
    for name, role in {"long": "the role", "below": "the first role of its chain"}.items():
        untested = f"whether {role} allows `43200` seconds is not tested"
        assert untested in ended.profiles[name]["message"]
    sent = [call.parameters for call in sandbox.calls if call.action == "sts:AssumeRole"]
    assert [parameters["DurationSeconds"] for parameters in sent] == ["3600", "900"]
    shown = mfa_home.run("check", "--mfa-code", PHONE.codes[1]).stdout
    assert "`43200`" in shown
    assert mfa_home.working_profiles(["long"], mfa_codes=[PHONE.codes[2]]) == {"long"}


@pytest.mark.parametrize(
    ("role", "known", "hint"),
    [
        (LONG_ROLE, "`43200` seconds, as IAM says", None),
        (
            s.MFA_ROLE,
            "`3600` seconds at most, as IAM says, and the AWS CLI stops",
            "lower `duration_seconds` (config, line 7) to `3600`",
        ),
    ],
)
def test_explain_reads_how_long_a_session_may_be(
    role: Role, known: str, hint: str | None, mfa_home: Home
) -> None:
    settings = {"mfa_serial": PHONE.serial, "role_session_name": "person"}
    long = role_profile("long", role.arn, "person", **settings, duration_seconds="43200")
    home = mfa_home.write(long + role_profile("reader", READER_ROLE.arn, "person"))
    ended = home.run("explain", "long", "--output", "json", "--mfa-code", PHONE.codes[0])
    row = ended.profiles["long"]
    assert row["message"].endswith(f", for an hour: the role allows {known}")
    assert row["hint"] == hint
    assert home.working_profiles(["long"], mfa_codes=[PHONE.codes[1]]) == (
        {"long"} if hint is None else set()
    )


def test_where_a_device_may_open_no_session_its_code_goes_with_the_call(
    empty_home: Home, sandbox: Sandbox
) -> None:
    (device,) = NO_SESSION.mfa_devices
    settings = {"mfa_serial": device.serial, "role_session_name": "no.session"}
    config = role_profile("first", s.MFA_ROLE.arn, "keys", **settings)
    config += role_profile("second", LONG_ROLE.arn, "keys", **settings)
    home = empty_home.write(config, keys("keys", NO_SESSION.credentials))
    ended = home.run("check", "--output", "json", "--mfa-code", device.codes[0])
    assert ended.column("verdict") == {"first": "accepted", "second": "unknown"}
    second = ended.profiles["second"]
    assert second["cause"] == "mfa-code-needed"
    assert "fresh MFA code" in second["message"]
    alone = home.run("check", "--output", "json", "-p", "second", "--mfa-code", device.codes[1])
    assert alone.accepted == {"second"}
    assert home.working_profiles(["first"], mfa_codes=[device.codes[2]]) == {"first"}
    shown = [str(call.parameters) for call in sandbox.calls]
    assert not [code for code in device.codes if any(code in parameters for parameters in shown)]


@pytest.mark.parametrize("serial", ["", "12345678"], ids=["empty", "shorter than any"])
def test_a_serial_that_no_call_can_have_is_not_asked_about(serial: str, empty_home: Home) -> None:
    config = role_profile("short", s.ADMIN_ROLE.arn, "keys", mfa_serial=serial)
    home = empty_home.write(config, keys("keys", s.MFA_USER.credentials))
    ended = home.run_on_terminal("check")
    assert ("MFA code" in ended.stdout, ended.code) == (False, 1)
    checked = home.run_json("check")
    assert checked.profiles["short"]["cause"] == "mfa-device-not-yours"
    assert checked.report["notes"] == []
