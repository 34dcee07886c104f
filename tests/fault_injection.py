"""Use strace to kill a run at any system call of its write path, or to let that call fail.

A signal that strace injects when a call begins kills before the call takes effect; a kill after a
call is a kill before the next one. So the kills before each call, from the first that writes in
the directory to the one after the last, reach every state in which the disk can be left. What must
hold then, in the files and for the next run, is checked here, too.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e import PATIENCE, Ended, Home
from warm_command import shared_command
from write_scenes import Scene, Texts

ERRORS = ("ENOSPC", "EACCES", "EIO", "EROFS")

_LINE = re.compile(r"(?P<name>\w+)\((?P<arguments>.*?)(?:\)\s+= .*)?$")
# the files that a call names, and what differs from run to run in their names: the rest of its
# arguments is not spelled out where the call does not take place
_NAMES = re.compile(r'<(?!unfinished)[^<>]*>|"/[^"]*"|O_CREAT|F_\w+|\w+_LCK|RENAME_\w+')
_VARIES = re.compile(r"[0-9a-f]{16}|\d{8}T\d{6}\.\d{6}Z|(?<=:\[)\d+(?=\])")
_WRITING = (
    *("open", "openat", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat"),
    *("symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "write", "pwrite64", "ftruncate"),
    *("chmod", "fchmod", "fchmodat", "fchown", "fchownat", "fsetxattr", "fsync", "fdatasync"),
    *("flock", "exit_group"),
)
_SPELLED = ("-y", "-s", "64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A system call of the main thread: the `count`-th of its name."""

    name: str
    count: int
    arguments: str

    @property
    def place(self) -> tuple[str, int]:
        """Its position, as strace counts."""
        return self.name, self.count

    @property
    def what(self) -> str:
        """What it does, without the parts that differ from run to run."""
        names = _NAMES.findall(self.arguments)
        return f"{self.name}({_VARIES.sub('…', ', '.join(names))})"

    @property
    def writes(self) -> bool:
        """Whether it may change the disk."""
        if self.name.startswith("open"):
            return "O_CREAT" in self.arguments
        return self.name in _WRITING


def skip_without_strace() -> None:
    """Skip the test, with the reason, if no process can be traced."""
    if sys.platform != "linux" or (strace := shutil.which("strace")) is None:
        pytest.skip("there is no strace here: it is what kills and refuses")
    tried = subprocess.run(  # noqa: S603 - our own command
        [strace, "-o", os.devnull, "-e", "trace=none", "true"], check=False, capture_output=True
    )
    if tried.returncode:
        pytest.skip("no process may be traced here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A finished run, and the calls of its main thread."""

    ended: Ended
    calls: tuple[Call, ...]


def run_traced(home: Home, *arguments: str, log: Path, options: Sequence[str] = ()) -> Traced:
    """Run the command under strace, with these of its options, from `main` on."""
    tracers: list[subprocess.Popen[str]] = []

    def attach(pid: int) -> None:
        strace = subprocess.Popen(  # noqa: S603 - our own command
            ["strace", *_SPELLED, "-o", str(log), *options, "-p", str(pid)],  # noqa: S607 - of the system
            stderr=subprocess.PIPE,
            text=True,
        )
        tracers.append(strace)
        assert strace.stderr is not None
        line = strace.stderr.readline()
        assert "attached" in line, line

    ended = shared_command("sync-profiles").run(home, *arguments, traced=attach)
    assert ended is not None
    for strace in tracers:
        strace.communicate(timeout=PATIENCE)
    return Traced(ended=ended, calls=_calls(log))


def _calls(log: Path) -> tuple[Call, ...]:
    counts: Counter[str] = Counter()
    calls = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if (match := _LINE.match(line)) is None:
            continue
        name = match["name"]
        counts[name] += 1
        calls.append(Call(name=name, count=counts[name], arguments=match["arguments"]))
    return tuple(calls)


def write_path(calls: Sequence[Call], *directories: Path) -> list[Call]:
    """Return the calls that touch the directories, from the first write to after the last.

    What is printed about a file in them touches none: only the files that a call names count.
    """
    names = tuple(os.fspath(directory) for directory in directories)
    touching = [any(name in call.what for name in names) for call in calls]
    writes = [index for index, call in enumerate(calls) if touching[index] and call.writes]
    first, last = writes[0], writes[-1]
    return [
        call
        for index, call in enumerate(calls[: last + 2])
        if index > last or (index >= first and touching[index])
    ]


def kill_before(call: Call) -> tuple[str, ...]:
    """Return strace's options for a SIGKILL before a call takes effect."""
    return "-e", f"inject={call.name}:signal=SIGKILL:when={call.count}"


def let_fail(call: Call, error: str) -> tuple[str, ...]:
    """Return strace's options for a call that fails without effect."""
    return "-e", f"inject={call.name}:error={error}:when={call.count}"


_FILE = re.compile(r"\d+<(/[^<>]*)>")
_PATHS = re.compile(r'"(/[^"]*)"')
_RENAMED = re.compile(r"(?:rename|link)(?:at)?2?")
_INTO_PLACE = re.compile(r"renameat2|link(?:at)?")


def check_files(scene: Scene) -> None:
    """Check that each file is completely the old or the new one, with its mode and its link.

    Another program's edit that was beside it may have become the file; if not, it is still there.
    """
    for path, text in scene.texts().items():
        whole = (scene.old[path], scene.given_back[path], scene.new[path])
        assert text in whole, f"{path.name} is damaged"
        before = scene.tree.copy / path.relative_to(scene.home.path)
        assert path.is_symlink() == before.is_symlink()
        if before.exists():
            assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(before.stat().st_mode)
        elif text is not None:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if scene.theirs is not None:
        is_back = not scene.kept and scene.texts() == scene.given_back
        assert is_back or _waiting(scene) or _kept(scene), "the edit is lost"


def check_undo(scene: Scene) -> None:
    """Check that the records are usable: an undo restores the old text."""
    written = scene.texts() != scene.old
    listed = scene.home.run("undo", "--list", "--output", "json")
    assert (listed.code, listed.report["problems"]) == (0, [])
    _check_run(scene, *(scene.arguments if scene.is_undo else ("undo",)))
    expected = scene.new if scene.is_undo and not written else scene.given_back
    assert _emptied(scene.texts()) == _emptied(expected), "the undo did not bring the text back"


def _emptied(texts: Texts) -> Texts:
    """Return texts with nothing for no file: an undo leaves a file that we made empty."""
    return {path: text or None for path, text in texts.items()}


def check_next_run(scene: Scene) -> None:
    """Check that the next run works without help, and cleans up."""
    _check_run(scene, *scene.again)
    assert scene.texts() == scene.final
    left = [path for path in scene.home.path.rglob("*") if path.name.endswith(".tmp")]
    assert not left, f"left behind: {left}"
    assert len(_kept(scene)) == scene.kept


def _check_run(scene: Scene, *arguments: str) -> None:
    """Check that a run works, after one that keeps an edit that cannot go back, and says where."""
    if scene.kept and _waiting(scene):
        before = scene.texts()
        ended = scene.home.run(*arguments)
        assert (ended.code, scene.texts()) == (3, before)
        (kept,) = _kept(scene)
        shown = f"~/{kept.relative_to(scene.home.path)}"
        assert f"that program's text is in `{shown}`\n" in ended.stderr
    ended = scene.home.run(*arguments)
    assert (ended.code, ended.stderr) == (0, "")


def check_error(scene: Scene, ended: Ended) -> None:
    """Check that the command failed with an error and changed nothing, or did everything.

    An edit that it cannot read stays where it is, and the file stays as it is.
    """
    if ended.code == 0:
        waits = _waiting(scene) and not scene.kept
        assert scene.texts() == (scene.old if waits else scene.new)
        return
    assert ended.code == 3, ended
    assert re.fullmatch(r"error: [^\n]+\nhint: [^\n]+\n", ended.stderr), ended.stderr
    assert "should not have happened" not in ended.stderr
    assert scene.texts() in (scene.old, scene.given_back), "it says that nothing was written"


def _waiting(scene: Scene) -> list[Path]:
    """Return the files that contain another program's exact edit under a temporary name."""
    return _holding_theirs(scene, ".config.sync-profiles-*.tmp")


def _kept(scene: Scene) -> list[Path]:
    """Return what holds that edit under the name that stays."""
    return _holding_theirs(scene, "sync-profiles/config.*.kept")


def _holding_theirs(scene: Scene, names: str) -> list[Path]:
    found = (scene.home.path / ".aws").glob(names)
    return [path for path in found if path.read_bytes() == scene.theirs]


def check_lasting(calls: Sequence[Call]) -> None:
    """Check that each new name is of a file that is synced, and that its directory is synced then.

    Before a file comes into its place, that holds for all that was to be there first: its backup
    and its record. What is kept aside has come into its place, too.
    """
    unsynced: set[str] = set()
    directories: set[str] = set()
    into_place = 0
    for call in calls:
        if _RENAMED.fullmatch(call.name):
            old, new = _PATHS.findall(call.arguments)
            parent = str(Path(new).parent)
            assert old not in unsynced, f"{call.what}: no fsync after its last write"
            if _INTO_PLACE.fullmatch(call.name) or new.endswith(".kept"):
                assert directories <= {parent}, f"{call.what}: no fsync of {directories}"
                into_place += 1
            directories.add(parent)
        elif call.name.startswith("open") and call.writes:
            unsynced.update(_PATHS.findall(call.arguments))
        elif (opened := _FILE.match(call.arguments)) is None:
            continue
        elif call.name in ("fsync", "fdatasync"):
            unsynced.discard(opened[1])
            directories.discard(opened[1])
        elif call.name in ("write", "pwrite64", "ftruncate"):
            unsynced.add(opened[1])
    assert into_place
    assert not directories, f"no fsync of {directories} after their last new name"
