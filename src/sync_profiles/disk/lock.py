"""The lock of a file, by which two runs at once take turns."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sync_profiles.disk.refusals import reported
from sync_profiles.disk.system import make_lock_file, owner_of
from sync_profiles.errors import ConfigUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(target: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of a file; the kernel lets go of it when the process ends, however it ends.

    `timeout` is in seconds. The lock file stays. Removing it would part those who wait for the old
    file from those who open a new one, and both would then go on at once.
    """
    from filelock import FileLock, Timeout

    path = target.with_name(f".{target.name}.sync-profiles.lock")
    with reported(target):
        # made here, for its owner: `sudo` once must not lock the file's owner out for ever
        make_lock_file(path, owner_of(target))
        lock = FileLock(path, mode=0o600)
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            raise ConfigUnwritable(
                f"another sync-profiles is running: it has locked `{target}`",
                hint="wait until it has ended, then run again",
            ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # by now the file is replaced, or not: this is no failure
            lock.release()
