"""Programs that a run starts: none without an end, none left.

That none is from the current directory is in `data/screens/errors.txt`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import pexpect
import pytest

from e2e import PATIENCE, Home, installed, role_profile, write_script
from rounds import ALL_ROUNDS
from sync_profiles.programs import Program
from sync_profiles.sandbox import story as s
from sync_profiles.terminal import progress

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has sessions and signals")

# Windows, which runs none of this, lacks these
SIGHUP = getattr(signal, "SIGHUP", signal.SIGTERM)
SIGQUIT = getattr(signal, "SIGQUIT", signal.SIGTERM)
MFA = {"mfa_serial": s.MFA_USER.mfa_devices[0].serial}
GIT_SOURCE = "git+ssh://git@team.example/team#config"


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """Return a program that starts another one, notes both, and does not end."""
    path = tmp_path / "bin" / "stuck"
    path.parent.mkdir()
    noted = tmp_path / "noted"
    text = f"sleep 600 &\necho $$ $! >{noted}.new\nmv {noted}.new {noted}\nsleep 600\n"
    return write_script(path, text)


@pytest.fixture
def laptop(work_home: Home, tmp_path: Path) -> Home:
    """Return a home with keys, and with a place of its own for temporary files."""
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    return work_home.with_environment(TMPDIR=str(rooms))


def with_credential_process(laptop: Home, program: Path) -> tuple[Home, list[str]]:
    config = role_profile("p", s.ADMIN_ROLE.arn, "source")
    return laptop.write(f"{config}[profile source]\ncredential_process = {program}\n"), ["check"]


def with_mfa_process(laptop: Home, program: Path) -> tuple[Home, list[str]]:
    config = role_profile("p", s.ADMIN_ROLE.arn, "keys", **MFA, mfa_process=str(program))
    return laptop.write(config), ["check"]


def with_git(laptop: Home, program: Path) -> tuple[Home, list[str]]:
    if shutil.which("git", path=laptop.environment["PATH"]) is None:
        pytest.skip("git is not installed")
    return laptop.with_environment(GIT_SSH_COMMAND=str(program)), ["import", GIT_SOURCE]


def with_the_aws_cli(laptop: Home, program: Path) -> tuple[Home, list[str]]:
    (program.parent / "aws").symlink_to(program)
    path = f"{program.parent}{os.pathsep}{laptop.environment['PATH']}"
    return laptop.with_environment(PATH=path), ["demo"]


STARTS = [with_credential_process, with_mfa_process, with_git, with_the_aws_cli]
each_program = pytest.mark.parametrize("start", STARTS, ids=[start.__name__ for start in STARTS])
Start = Callable[[Home, Path], tuple[Home, list[str]]]
SIGNALS = [signal.SIGINT, signal.SIGTERM, SIGHUP, SIGQUIT]


def wait_until(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def has_ended(pid: str) -> bool:
    if (processes := Path("/proc/self")).exists():
        status = processes.with_name(pid) / "stat"
        try:
            return status.read_text(encoding="utf-8").rpartition(") ")[2][0] == "Z"
        except OSError:
            return True
    listed = subprocess.run(  # noqa: S603 - fixed words
        ["ps", "-o", "stat=", "-p", pid],  # noqa: S607 - of the system
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.strip()[:1] in ("", "Z")  # gone, or a zombie


def assert_nothing_is_left(tmp_path: Path) -> None:
    pids = (tmp_path / "noted").read_text(encoding="utf-8").split()
    assert len(pids) == 2
    assert all(wait_until(partial(has_ended, pid)) for pid in pids), "a program lives on"
    assert list((tmp_path / "rooms").iterdir()) == []


@pytest.mark.parametrize(("start", "how"), list((product if ALL_ROUNDS else zip)(STARTS, SIGNALS)))
def test_a_run_that_is_ended_leaves_no_program_and_no_file(
    how: signal.Signals, start: Start, laptop: Home, stuck: Path, tmp_path: Path
) -> None:
    home, arguments = start(laptop, stuck)
    with home.start_installed(*arguments) as run:
        assert wait_until((tmp_path / "noted").exists)
        for _ in range(3):  # whoever is impatient does not end the cleaning up
            run.send_signal(how)
        _, stderr = run.communicate(timeout=PATIENCE)
    assert (run.returncode, stderr) == (130, "error: interrupted\n")
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_nor_does_one_on_a_terminal(
    how: signal.Signals, laptop: Home, stuck: Path, tmp_path: Path
) -> None:
    home, arguments = with_credential_process(laptop, stuck)
    run = pexpect.spawn(
        installed("sync-profiles"), arguments, env=dict(home.environment), timeout=PATIENCE
    )
    assert wait_until((tmp_path / "noted").exists)
    run.kill(how)
    run.expect(r"error:\S* interrupted")
    run.expect(pexpect.EOF)
    run.close()
    assert run.exitstatus == 130
    assert_nothing_is_left(tmp_path)


# what a run may wait for its programs, in seconds
SOON = """
from sync_profiles import demo
from sync_profiles.aws import credentials, mfa_codes
from sync_profiles.team import fetching
credentials.PROCESS_TIMEOUT = mfa_codes.PROCESS_TIMEOUT = fetching.GIT_SECONDS = demo.SECONDS = 1.0
"""


@each_program
def test_a_program_that_does_not_end_is_ended_in_time(
    start: Start, laptop: Home, stuck: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SOON, encoding="utf-8")
    home, arguments = start(laptop, stuck)
    ended = home.with_environment(PYTHONPATH=str(tmp_path)).run_installed(*arguments)
    assert ended.code in (1, 3)
    text = " ".join((ended.stdout + ended.stderr).split())
    assert any(
        words in text for words in ("within 1 seconds", "in 1 seconds", "did not answer in time")
    ), text
    assert_nothing_is_left(tmp_path)


def test_a_credential_process_may_ask_on_the_terminal(laptop: Home, tmp_path: Path) -> None:
    settings = s.WORK_API.credentials.settings()
    program = write_script(
        tmp_path / "asking",
        "printf 'the secret? ' >/dev/tty\nread secret </dev/tty\n"
        f"""echo '{{"Version": 1, "AccessKeyId": "{settings["aws_access_key_id"]}", '"""
        """'"SecretAccessKey": "'$secret'"}'\n""",
    )
    home, arguments = with_credential_process(laptop, program)
    run = pexpect.spawn(
        installed("sync-profiles"), arguments, env=dict(home.environment), timeout=PATIENCE
    )
    run.expect_exact("waiting for the program `asking`\r\nthe secret? ")
    time.sleep(2 * progress.SOON)
    run.sendline(settings["aws_secret_access_key"])
    run.expect_exact(settings["aws_secret_access_key"])  # nothing comes between
    assert run.before == b""
    run.expect_exact(s.WORK_API.arn)
    run.expect(pexpect.EOF)


def test_programs_for_codes_that_do_not_end_are_bounded_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sync_profiles.aws import mfa_codes

    monkeypatch.setattr(mfa_codes, "PROCESS_TIMEOUT", 0.2)
    monkeypatch.setattr(mfa_codes, "ALL_PROCESSES_TIMEOUT", 0.3)
    command = f"{shlex.quote(sys.executable)} -c 'import time; time.sleep(60)'"
    devices = [f"arn:aws:iam::111111111111:mfa/{name}" for name in "abc"]
    codes = mfa_codes.MfaCodes(given=None, processes=dict.fromkeys(devices, command), ask=None)
    said = [codes.code(device, attempt=1) for device in devices]
    first, second, third = (getattr(each, "message", each) for each in said)
    assert (first, third) == ("no answer in 0.2 seconds", "those of other devices took 0.3 seconds")
    # on a busy machine less is left, or nothing
    assert re.fullmatch(r"no answer in 0(\.1)? seconds", str(second)) or second == third


def test_an_interrupt_while_a_program_starts_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen._execute_child  # type: ignore[attr-defined] # noqa: SLF001 - the last step of a start
    pids: list[str] = []

    def start_and_interrupt(self: Program, *arguments: object) -> None:
        start(self, *arguments)
        pids.append(str(self.pid))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subprocess.Popen, "_execute_child", start_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            Program(["sleep", "60"], seconds=1)
    assert len(pids) == 1
    assert wait_until(partial(has_ended, pids[0]))
