"""How the file adapter says that a file cannot be written, or was written by another program."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync_profiles.disk.config_file import reason
from sync_profiles.errors import ConfigChanged, ConfigUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HINTS = {
    errno.EACCES: "check owner and mode of the file and of its directory",
    errno.EBUSY: "a file that is mounted by itself cannot be replaced: mount its directory",
    errno.EDQUOT: "free some space in your quota, then run again",
    errno.EFBIG: "raise the limit on file sizes (`ulimit -f`), then run again",
    errno.ELOOP: "remove the symbolic link that stands in its place",
    errno.ENOSPC: "free some space on the disk, then run again",
    errno.EPERM: "check owner, mode and attributes of the file and of its directory",
    errno.EROFS: "the file system is mounted read-only: remount it, or name another file",
}


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into `ConfigUnwritable`."""
    try:
        yield
    except OSError as error:
        where = f" (`{error.filename}`)" if error.filename else ""
        raise ConfigUnwritable(
            f"`{path}` cannot be written: {reason(error)}{where}",
            hint=_HINTS.get(error.errno or 0, "the file is as it was; mend the cause, run again"),
        ) from error


def changed(path: Path) -> ConfigChanged:
    """Return the error for a file that no longer holds what was read."""
    return ConfigChanged(
        f"another program wrote `{path}` in the meantime, or is writing it",
        hint="run again",
    )
