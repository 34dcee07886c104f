"""The two files: their paths, their content byte by byte, and their new content.

Text is decoded as botocore does. Contents never appear in a message, a `repr` or a log.
"""

from __future__ import annotations

import errno
import locale
import os
import re
import stat
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sync_profiles.config.diff import unified_diff
from sync_profiles.disk.decoding import decode
from sync_profiles.disk.system import LARGEST, opened_file
from sync_profiles.errors import ConfigUnreadable, EditRefused, reason
from sync_profiles.model import ChangedLine, FileKind

NO_FILE = Path(os.devnull)
#: the config file where `HOME` is empty
IN_NO_HOME = Path("/.aws/config")
#: paths at which no user means to create a file: with quotes or blanks around them, a variable that
#: is not set, a URL, one without a home directory, and one of Windows on another system
_NO_NEW_PATH = re.compile(
    r"""["'\s$%]|.*["'\s$%]\Z|\w{2,}:|/\.aws/""" + r"|.*\\|\w:" * (sys.platform != "win32"),
    re.DOTALL,
)

# Wait up to half a second for a program that is writing the file while we read it.
_LOOKS = 25
_LOOK_AGAIN_SECONDS = 0.02
_FRESH_SECONDS = 0.05

_HINTS = {
    errno.EACCES: "close the program that has it open, or check the permissions"
    if sys.platform == "win32"  # which does not tell the two apart
    else "check owner and mode of the file and of the directories above it",
    errno.ELOOP: "the symbolic links form a loop: fix them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """A file as read: `path` as named, `resolved` with its links followed.

    `text` is `data` decoded, including line endings and a byte order mark. A file that does not
    exist reads as an empty one.
    """

    path: Path
    resolved: Path
    kind: FileKind
    encoding: str
    data: bytes = field(repr=False)
    text: str = field(repr=False)
    exists: bool = True

    def with_text(self, text: str) -> FileText:
        """Return the file with another text; unchanged text gives unchanged bytes.

        Raises `EditRefused` for text that the encoding cannot express, and for a file with an
        alternative encoding of a character, which would not survive.
        """
        try:
            if self.text.encode(self.encoding) == self.data:
                return replace(self, text=text, data=text.encode(self.encoding))
        except UnicodeEncodeError:
            pass
        raise EditRefused(
            f"`{self.path}` cannot be written in its encoding, {self.encoding.upper()}",
            hint="save it as UTF-8, and run in a UTF-8 locale",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file as it was read, and as it is to be written.

    `lines` are the lines that differ; the undo record of the credentials file contains only these.
    """

    before: FileText
    after: FileText
    lines: tuple[ChangedLine, ...]

    @property
    def path(self) -> Path:
        """The path of the file, as it was named."""
        return self.before.path

    @property
    def kind(self) -> FileKind:
        """Which of the two files it is."""
        return self.before.kind

    @property
    def data(self) -> bytes:
        """The bytes to write."""
        return self.after.data

    @property
    def old_data(self) -> bytes | None:
        """The bytes that were read, or None if there was no file."""
        return self.before.data if self.before.exists else None

    @property
    def differs(self) -> bool:
        """Whether the content differs; a missing file counts as an empty one."""
        return self.data != self.before.data

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return unified_diff(self.before.text, self.after.text, name=self.path.as_posix())


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file that was replaced, its undo record, and its backup if it has one."""

    path: Path
    kind: FileKind
    record: Path
    backup: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFiles:
    """The config file and the credentials file on disk.

    Files in `required` must exist; it maps each to the option or variable that names it. Those
    `of_any_format` may be JSON or a web page, say: a backup can replace them.
    """

    paths: Mapping[FileKind, Path]
    required: Mapping[FileKind, str] = field(default_factory=dict)
    of_any_format: bool = False

    def read(self) -> dict[FileKind, FileText]:
        """Read both files, which may not exist.

        Raises `ConfigUnreadable` if one cannot be read, or if they are one file: a name written
        into it would be two, and its backup a copy of the keys.
        """
        first, second = map(os.path.realpath, self.paths.values())
        if first == second != str(NO_FILE):
            raise ConfigUnreadable(
                f"`{first}` cannot be both the config file and the credentials file",
                hint="keep the profiles in a file of their own: a link, a variable or an option "
                "names one file as both",
            )
        texts = {}
        for kind, path in self.paths.items():
            texts[kind] = read_file(path, kind=kind, of_any_format=self.of_any_format)
            if not texts[kind].exists and kind in self.required and path != NO_FILE:
                is_new = kind is FileKind.CONFIG and _NO_NEW_PATH.match(str(path)) is None
                new = ", or run `sync-profiles import SOURCE`, which creates the file" * is_new
                raise ConfigUnreadable(
                    f"there is no {kind} file `{path}`",
                    hint=f"correct `{self.required[kind]}`{new}",
                )
        return texts


def locate_files(
    options: Mapping[FileKind, Path | None], environ: Mapping[str, str]
) -> dict[FileKind, Path]:
    """Return the paths of the files that botocore would use; the options override the variables.

    `$NAME` and `~` are expanded from the process's own environment, as in botocore. To botocore, a
    variable that is set but empty means no file; here it becomes the null device.
    """

    def locate(kind: FileKind, option: Path | None) -> Path:
        default = f"~/.aws/{kind}"
        named = environ.get(kind.variable, default) if option is None else os.fspath(option)
        if not named:
            return NO_FILE
        named = os.path.expandvars(named)
        return Path(os.path.expanduser(named))  # noqa: PTH111 - Path's raises without a home

    return {kind: locate(kind, option) for kind, option in options.items()}


def read_file(path: Path, *, kind: FileKind, of_any_format: bool = False) -> FileText:
    """Return the content of a file, which may not exist.

    Raises `ConfigUnreadable`, even for a directory, a device or a broken link, which botocore
    silently treats as a missing file.
    """
    found = read_bytes(path)
    resolved, data = found or (path, b"")
    encoding = locale.getpreferredencoding(do_setlocale=False)
    return FileText(
        path=path,
        resolved=resolved,
        kind=kind,
        encoding=encoding,
        data=data,
        text=decode(data, path=path, kind=kind, encoding=encoding, of_any_format=of_any_format),
        exists=found is not None,
    )


def read_bytes(path: Path) -> tuple[Path, bytes] | None:
    """Return the resolved path and the bytes, or None if there is no file.

    Waits a moment while another program has the file open for writing: `aws configure set` empties
    it first, so it may be incomplete at that moment.
    """
    found: tuple[Path, bytes] | None = None
    is_steady = False
    for look in range(_LOOKS):
        if look:
            time.sleep(_LOOK_AGAIN_SECONDS)
        try:
            resolved = _resolve(path)
            if resolved is None:
                return None
            data, in_motion = _look(resolved)
        except FileNotFoundError:  # removed since it was resolved, perhaps to be written again
            continue
        except OSError as error:
            if sys.platform == "win32" and isinstance(error, PermissionError) and look + 1 < _LOOKS:
                continue
            raise ConfigUnreadable(
                f"`{path}` cannot be read: {reason(error)}",
                hint=_HINTS.get(error.errno or 0, "check the path and its file system"),
            ) from error
        is_steady = found == (resolved, data)
        found = (resolved, data)
        if not in_motion:
            return found
    if is_steady:  # another program keeps it open but does not change it
        return found
    raise ConfigUnreadable(
        f"`{path}` keeps changing: another program is writing it",
        hint="wait until that program has finished, then run again",
    )


def _resolve(path: Path) -> Path | None:
    if path == NO_FILE:
        return None
    try:
        resolved = Path(os.path.realpath(path, strict=True))
        mode = resolved.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if not path.is_symlink():
            return None
        if path.exists():  # a pipe of a shell, `<(…)`: where its link leads to has no name
            raise ConfigUnreadable(
                f"`{path}` is a pipe, not a file",
                hint="write its content to a file, and name that file",
            ) from None
        raise ConfigUnreadable(
            f"`{path}` is a symbolic link to `{path.readlink()}`, which does not exist",
            hint="fix the link, or remove it",
        ) from None
    if resolved == NO_FILE:
        return None
    if not stat.S_ISREG(mode):
        what = "a directory" if stat.S_ISDIR(mode) else "a device, a pipe or a socket"
        raise ConfigUnreadable(
            f"`{path}` is {what}, not a file",
            hint="name a file; if this path should be one, move away what is there",
        )
    return resolved


def _look(resolved: Path) -> tuple[bytes, bool]:
    """Return a file's bytes and whether another program is writing it."""
    with opened_file(resolved) as file:
        data = file.read()
        if len(data) > LARGEST:
            raise ConfigUnreadable(
                f"`{resolved}` is larger than {LARGEST // 1024**2} MiB",
                hint="this is not a config file of the AWS CLI: name another one",
            )
        in_motion = file.is_written()
        if in_motion is None:
            in_motion = 0 <= time.time() - file.status.st_mtime < _FRESH_SECONDS
        return data, in_motion
