"""Use strace to kill a run at any system call of its write path, or to let that call fail.

A signal that strace injects when a call begins kills before the call takes effect; a kill after a
call is a kill before the next one. So the kills before each call, from the first that writes in
the directory to the one after the last, reach every state in which the disk can be left.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e import PATIENCE, Ended, Home
from warm_command import WarmCommand

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


def run_traced(
    command: WarmCommand, home: Home, *arguments: str, log: Path, options: Sequence[str] = ()
) -> Traced:
    """Run the warm command under strace, with these of its options, from `main` on."""
    tracers: list[subprocess.Popen[str]] = []

    def attach(pid: int) -> None:
        strace = subprocess.Popen(  # noqa: S603 - our own command
            ["strace", *_SPELLED, "-o", str(log), *options, "-p", str(pid)],  # noqa: S607
            stderr=subprocess.PIPE,
            text=True,
        )
        tracers.append(strace)
        assert strace.stderr is not None
        line = strace.stderr.readline()
        assert "attached" in line, line

    ended = command.run(home, *arguments, traced=attach)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A copy of a directory with bytes, modes and links, which can be restored repeatedly."""

    root: Path
    copy: Path

    @classmethod
    def of(cls, root: Path) -> Tree:
        copy = Path(tempfile.mkdtemp(dir=root.parent)) / "copy"
        shutil.copytree(root, copy, symlinks=True)
        return cls(root=root, copy=copy)

    def put_back(self) -> None:
        for entry in self.root.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        shutil.copytree(self.copy, self.root, symlinks=True, dirs_exist_ok=True)

    def forget(self) -> None:
        shutil.rmtree(self.copy.parent)
