"""Fetch a team's file, within limits, and parse it; or a clear error.

A file of a git repository is read with the system's `git`: no checkout, no hooks, no prompts.
git's own settings apply: credential helpers, proxies, ssh keys.
"""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import assert_never

from sync_profiles.disk.system import RIGHTS
from sync_profiles.errors import RunError, reason
from sync_profiles.programs import Program, find_program
from sync_profiles.team.refusals import LARGEST, data_problems, refuse
from sync_profiles.team.risks import secret_problems
from sync_profiles.team.sources import NO_FILES, SourceKind, TeamSource
from sync_profiles.team.team_file import (
    Content,
    missing_profiles,
    read_content,
    structure_problems,
)
from sync_profiles.team.variables import variable_problems
from sync_profiles.waiting import read_stdin, waiting_for

_NONBLOCK = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: bytes that are read: the last one shows that a file is too large
MOST = LARGEST + 1
#: seconds for all that git does for one file
GIT_SECONDS = 60.0
_FILES = ("100644", "100755")
_STRAY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_WORK_TREE",
)


def read_team_file(data: bytes, *, name: str) -> Content:
    """Parse a team's file; raise `TeamFileRefused` if it must not be imported."""
    refuse(name, data_problems(data))
    content = read_content(data)
    for problems_of in (structure_problems, missing_profiles, variable_problems, secret_problems):
        refuse(name, problems_of(content))
    return content


def fetch(
    source: TeamSource,
    *,
    read_s3_object: Callable[[TeamSource], bytes],
    is_update: bool = False,
    own_files: Iterable[Path] = (),
) -> bytes:
    """Return at most `MOST` bytes of a team's file; raise `RunError`.

    `read_s3_object` reads S3. An update reads the source that a block names. None of `own_files` is
    a team's: its block would be in the file that it is read from.
    """
    with waiting_for(f"fetching {source}"):
        match source.kind:
            case SourceKind.STDIN:
                return read_stdin(MOST, "the team's file")
            case SourceKind.FILE:
                return _read_path(Path(source.place), own_files, is_update=is_update)
            case SourceKind.WEB:
                from sync_profiles.team.web import read_web_address

                return read_web_address(source.place, size=MOST)
            case SourceKind.S3:
                return read_s3_object(source)
            case SourceKind.GIT:
                return _read_repository_file(source)
            case _:
                assert_never(source.kind)


def _is_same(path: Path, own: Path) -> bool:
    try:
        return path.samefile(own)
    except OSError:  # one of them is not there
        return False


def _read_path(path: Path, own_files: Iterable[Path], *, is_update: bool) -> bytes:
    if any(_is_same(path, own) for own in own_files):
        raise RunError(
            f"`{path}` is your own file, not a team's",
            hint="remove its block from the config file"
            if is_update
            else "run `sync-profiles`, which writes your name into its profiles",
        )
    try:
        descriptor = os.open(path, os.O_RDONLY | _NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RunError(f"`{path}` is not a file", hint="name a team's config file")
            return stream.read(MOST)
    except OSError as error:
        hint = "correct the path"
        if ":" in path.as_posix():  # the ARN of an object, or a slip in an address
            hint += f", or name what else can be imported: {NO_FILES}"
        if isinstance(error, PermissionError):
            hint = f"check {RIGHTS} of the file and of its directory"
        elif isinstance(error, IsADirectoryError):
            hint = "name the file in it"
        elif is_update:
            hint = (
                "if it has moved, import it from there with `--on-conflict replace`; if not, "
                "restore it, or remove its block from the config file"
            )
        raise RunError(f"`{path}` cannot be read: {reason(error)}", hint=hint) from None


def _read_repository_file(source: TeamSource) -> bytes:
    git = find_program("git")
    if git is None:
        raise RunError("`git` is not installed", hint="install it, or save the file yourself")
    until = time.monotonic() + GIT_SECONDS
    with tempfile.TemporaryDirectory(prefix="sync-profiles-", ignore_cleanup_errors=True) as place:
        run = partial(_run_git, source=source, place=place, until=until)
        copy = os.path.join(place, "copy")  # noqa: PTH118 - a string for git
        empty = os.path.join(place, "empty")  # noqa: PTH118 - a string for git
        os.mkdir(empty)  # noqa: PTH102 - of a string
        safe = [git, "-c", f"core.hooksPath={empty}", "-c", "core.fsmonitor=false"]
        # of the files only the one that is read, where the server can filter
        clone = ["clone", "--quiet", "--bare", "--depth=1", "--no-tags", "--filter=blob:none"]
        template = f"--template={empty}"
        run([*safe, *clone, template, "--", source.place, copy], failure="cannot be cloned")
        inside = [*safe, "--literal-pathspecs", f"--git-dir={copy}"]
        if not run([*inside, "for-each-ref", "--count=1"], failure="cannot be read"):
            raise RunError(
                f"`{source.place}` is empty, or its default branch does not exist",
                hint="push the file to its default branch",
            )
        listed = run(
            [*inside, "ls-tree", "-z", "-l", "--full-tree", "HEAD", "--", source.path],
            failure="cannot be read",
        )
        found = listed.split(b"\0")[0].partition(b"\t")
        mode, _, name, length = (found[0].decode().split() or [""] * 4)[:4]
        if not mode or found[2] != os.fsencode(source.path):
            raise RunError(
                f"`{source.place}` has no file `{source.path}`",
                hint="correct the path after the `#`",
            )
        if mode not in _FILES:
            raise RunError(
                f"`{source.path}` in `{source.place}` is a link or a directory, not a file",
                hint="name the file itself",
            )
        if int(length) >= MOST:
            return b" " * MOST  # too large, whatever it holds
        return run([*inside, "cat-file", "blob", name], failure="cannot be read")


def _run_git(
    command: list[str], *, source: TeamSource, place: str, until: float, failure: str
) -> bytes:
    """Run git in a directory of its own: no repository or program of the current one counts."""
    git = Program(  # the address comes after `--`, and was checked
        command,
        seconds=until - time.monotonic(),
        stdin=subprocess.DEVNULL,
        env=_git_environment(place),
        cwd=place,
    )
    try:
        stdout, stderr = git.communicate()
    except subprocess.TimeoutExpired:
        raise RunError(f"`{source.place}` did not answer in time", hint="try again later") from None
    if git.returncode:
        raise RunError(
            f"`{source.place}` {failure}: {_words_of_git(stderr.decode('utf-8', 'replace'))}",
            hint="try `git ls-remote` with this address: git must not need to ask for a password",
        )
    return stdout


def _words_of_git(stderr: str) -> str:
    """Return the reason in git's messages: its first fatal error, or what ssh said before that."""
    before: list[str] = []
    for line in filter(None, map(str.strip, stderr.splitlines())):
        if not line.startswith("fatal:"):
            before.append(line)
        elif before and "Could not read from remote repository" in line:
            break
        else:
            return line.removeprefix("fatal: ")
    return " ".join(before[-1:])


def _git_environment(place: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _STRAY}
    kept.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=10")
    return kept | {
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_ASKPASS": "",
        "GIT_CEILING_DIRECTORIES": place,
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "SSH_ASKPASS": "",
    }
