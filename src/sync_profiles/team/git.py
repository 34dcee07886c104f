"""Read a file of a git repository with the system's `git`: no checkout, no hooks, no prompts.

git's own settings apply: credential helpers, proxies, ssh keys.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

from sync_profiles.errors import RunError

if TYPE_CHECKING:
    from sync_profiles.team.sources import RepositoryFile

SECONDS = 60.0
_FILES = ("100644", "100755")
_STRAY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_WORK_TREE",
)


def read_repository_file(source: RepositoryFile, *, size: int) -> bytes:
    """Return up to size bytes of a file in the default branch; raise `RunError`."""
    git = shutil.which("git")
    if git is None:
        raise RunError("`git` is not installed", hint="install it, or save the file yourself")
    with tempfile.TemporaryDirectory(prefix="sync-profiles-", ignore_cleanup_errors=True) as place:
        copy = os.path.join(place, "copy")  # noqa: PTH118 - a string for git
        empty = os.path.join(place, "empty")  # noqa: PTH118 - as above
        os.mkdir(empty)  # noqa: PTH102 - as above
        safe = [git, "-c", f"core.hooksPath={empty}", "-c", "core.fsmonitor=false"]
        clone = ["clone", "--quiet", "--bare", "--depth=1", "--no-tags", f"--template={empty}"]
        _run([*safe, *clone, "--", source.url, copy], source, "cannot be cloned")
        inside = [*safe, "--literal-pathspecs", f"--git-dir={copy}"]
        listed = _run(
            [*inside, "ls-tree", "-z", "-l", "--full-tree", "HEAD", "--", source.path],
            source,
            "cannot be read",
        )
        found = listed.split(b"\0")[0].partition(b"\t")
        mode, _, name, length = (found[0].decode().split() or [""] * 4)[:4]
        if not mode or found[2] != os.fsencode(source.path):
            raise RunError(
                f"`{source.url}` has no file `{source.path}`",
                hint="correct what comes after the `#`",
            )
        if mode not in _FILES:
            raise RunError(
                f"`{source.path}` in `{source.url}` is a link or a directory, not a file",
                hint="name the file itself",
            )
        if int(length) >= size:
            return b" " * size  # too large, whatever it holds
        return _run([*inside, "cat-file", "blob", name], source, "cannot be read")


def _run(command: list[str], source: RepositoryFile, failure: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - the address comes after `--`, and was checked
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=_environment(),
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise RunError(f"`{source.url}` did not answer in time", hint="try again later") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        words = next((line for line in said if line.startswith("fatal:")), " ".join(said[-1:]))
        raise RunError(
            f"`{source.url}` {failure}: {words.removeprefix('fatal: ')}",
            hint="try `git ls-remote` with this address: git must not need to ask for a password",
        )
    return done.stdout


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _STRAY}
    kept.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=10")
    return kept | {
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_ASKPASS": "",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "SSH_ASKPASS": "",
    }
