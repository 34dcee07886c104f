"""Syncs beside each other, the AWS CLI and an editor: no sync undoes another program's edit.

Another program reads the file and writes it back: what we wrote in between it undoes, and the next
sync writes it again. But what it has written itself stays until it writes again: it looks after
each write, and what is not there (but for the instant in which a sync gives it back) is our doing.
So is a name that a sync has written and that goes without a write of that program's.
`make reliability` runs hundreds of rounds, `make test` a few.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from e2e import PATIENCE, Ended, Home, installed, role_profile
from rounds import ALL_ROUNDS
from sync_profiles.sandbox import story as s
from warm_command import WarmCommand

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Linux swaps names and knows who has a file open"
)

CONFIG = "".join(role_profile(f"p{n}", s.ADMIN_ROLE.arn, "keys") for n in range(20))
NAME = "role_session_name = work_api\n"
GAVE_UP = "another program"

# `python -c WITNESS path how rounds aws`: change the file again and again, and look after each
# change whether it is there, and from then on what the syncs write into that very text. Each change
# also removes what they wrote, so that they write again.
WITNESS = """
import os, random, subprocess, sys, time
path, how, rounds, aws = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
pauses = random.Random(how)

def text():
    with open(path) as stream:
        return stream.read()

def look_for(is_there):
    # in the instant in which a sync gives an edit back, the file has the sync's text: look again
    for _ in range(200):
        if is_there(found := text()):
            return found
        time.sleep(0.01)
    sys.exit("an edit is gone")

def watch_over(complete, until):
    # once a sync has written all names, no other program has anything to write: no name goes
    # again, not even for an instant, and so there is no second look
    while not (was_complete := complete(text())) and time.monotonic() < until:
        time.sleep(0.01)
    ends = time.monotonic() + pauses.random() / 5
    while time.monotonic() < ends:
        is_complete = complete(text())
        if was_complete and not is_complete:
            sys.exit("a sync's edit is gone")
        was_complete = is_complete
        time.sleep(0.01)

def save_by_rename(number):
    while True:
        # it never writes without its own earlier edits: their loss would be its own
        before = look_for(lambda found: found.count("# edit ") == number)
        lines = before.splitlines(keepends=True)
        after = [line for line in lines if "role_session_name" not in line]
        with open(path + ".editor", "w") as stream:
            stream.write("".join(after) + f"# edit {number}\\n")
        if text() == before:
            os.replace(path + ".editor", path)
            return

def configure(section, **settings):
    from awscli.customizations.configure.writer import ConfigFileWriter
    ConfigFileWriter().update_config({"__section__": section, **settings}, path)

def write_as_the_cli(number):
    configure(f"profile p{number % 20}", role_session_name="another")
    configure("profile other", cli_pager=f"n{number}")

def run_the_cli(number):
    configure(f"profile p{number % 20}", role_session_name="another")
    words = ["configure", "set", "cli_pager", f"n{number}", "--profile", "other"]
    subprocess.run([aws, *words], check=True)

edit = {"rename": save_by_rename, "writer": write_as_the_cli, "aws": run_the_cli}[how]
for number in range(rounds):
    edit(number)
    if how == "rename":
        is_there = lambda found: found.count("# edit ") == number + 1
    else:
        is_there = lambda found: f"cli_pager = n{number}\\n" in found
    look_for(is_there)
    complete = lambda found: is_there(found) and found.count("role_session_name = work_api") == 20
    # let a sync write first; else come in between its steps
    patience = 1 if pauses.random() < 0.3 else 0
    if number == rounds - 1:
        patience = 60  # what is left in the end is to have all names
    watch_over(complete, until=time.monotonic() + patience)
    look_for(is_there)
"""


@pytest.fixture(scope="module")
def loops() -> list[WarmCommand]:
    """Return two commands that have loaded everything, to sync without end."""
    return [WarmCommand("sync-profiles"), WarmCommand("sync-profiles")]


@pytest.fixture
def synced_home(work_home: Home) -> Home:
    """Return a home with profiles to fill."""
    return work_home.write(CONFIG)


def test_of_many_syncs_at_once_one_writes(synced_home: Home) -> None:
    assert synced_home.run().code == 0
    expected = synced_home.config_file.read_bytes()
    rounds, count = (25, 8) if ALL_ROUNDS else (1, 3)
    for _ in range(rounds):
        synced_home.write(CONFIG)
        records = set(synced_home.path.glob(".aws/sync-profiles/*.json"))
        processes = [synced_home.start_installed("--quiet") for _ in range(count)]
        ends = [(process.communicate(timeout=PATIENCE)[1], process) for process in processes]
        assert [(errors, process.returncode) for errors, process in ends] == [("", 0)] * count
        assert synced_home.config_file.read_bytes() == expected
        assert len({*synced_home.path.glob(".aws/sync-profiles/*.json")} - records) == 1
        assert not list(synced_home.path.glob(".aws/.*.tmp"))
    sys.stdout.write(f"{count} syncs at once: {rounds} rounds\n")


@pytest.mark.parametrize(
    ("how", "rounds"),
    [
        pytest.param("rename", 500 if ALL_ROUNDS else 4, id="an editor that saves by rename"),
        pytest.param("writer", 500 if ALL_ROUNDS else 4, id="the AWS CLI's own writer"),
        pytest.param("aws", 200 if ALL_ROUNDS else 1, id="aws configure set"),
    ],
)
def test_no_edit_of_another_program_is_undone_by_a_sync(
    how: str, rounds: int, synced_home: Home, loops: list[WarmCommand]
) -> None:
    config = synced_home.config_file
    synced_home.write(CONFIG + "[profile other]\ncli_pager = none\n")
    ended = Event()
    with ThreadPoolExecutor(len(loops)) as pool:
        syncing = [pool.submit(sync_until, ended, synced_home, loop) for loop in loops]
        try:
            witness = subprocess.run(  # noqa: S603 - our own script
                [sys.executable, "-c", WITNESS, config, how, str(rounds), installed("aws")],
                env=dict(synced_home.environment),
                capture_output=True,
                check=False,
                text=True,
                timeout=PATIENCE * (60 if ALL_ROUNDS else 2),
            )
        finally:
            ended.set()
        syncs = [run for loop in syncing for run in loop.result()]
    assert (witness.returncode, witness.stderr) == (0, "")
    refused = [run for run in syncs if run.code]
    # one that starts again five times over ends, and says why
    assert all(run.code == 3 and GAVE_UP in run.stderr for run in refused), refused
    writes = sum("undo: sync-profiles undo" in run.stdout for run in syncs)
    assert writes
    assert not [*config.parent.glob("sync-profiles/*.kept")]
    text = config.read_text()
    assert text.count(NAME) == 20
    assert text.count("role_session_name") == 20
    assert synced_home.run("--overwrite").code == 0
    assert config.read_text() == text
    sys.stdout.write(
        f"beside {how}: {rounds} rounds of it, {len(syncs)} syncs, {writes} writes, "
        f"{len(refused)} given up, nothing undone\n"
    )


def sync_until(ended: Event, home: Home, command: WarmCommand) -> list[Ended]:
    runs = []
    while not ended.is_set():
        run = command.run(home, "--overwrite")
        assert run is not None
        runs.append(run)
    return runs
