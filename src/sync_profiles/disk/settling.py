"""Finish what a killed run left: our own files go, and another program's edit is given back."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from sync_profiles.disk.backup import find_torn, keep_edit
from sync_profiles.disk.config_file import NO_FILE, read_bytes
from sync_profiles.disk.leftovers import Leftover, find_leftovers, holds_new, remove_if_ours
from sync_profiles.disk.lock import locked
from sync_profiles.disk.refusals import changed, reported
from sync_profiles.disk.successor import put_in_place
from sync_profiles.errors import ConfigUnwritable

if TYPE_CHECKING:
    from typing import NoReturn


def settle_leftovers(path: Path) -> None:
    """Finish what a killed run left beside a file that is not due; without any, touch nothing.

    Raises `ConfigChanged` where the file got back an edit that had been swapped out, and
    `ConfigUnwritable` where such an edit is kept beside it. What else cannot be done is no failure.
    """
    target = Path(os.path.realpath(path))
    if path == NO_FILE or not (find_leftovers(target) or find_torn(path)):
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(target, 0))
        except ConfigUnwritable:  # the leftovers of a run that goes on, or that we may not touch
            return
        settle(path, target)


def settle(path: Path, target: Path) -> None:
    """Remove our own leftovers, and save what is not ours; the caller holds the lock."""
    for torn in find_torn(path):
        with suppress(OSError):
            torn.unlink()
    for leftover in find_leftovers(target):
        match remove_if_ours(leftover, target):
            case Leftover.REMOVED | Leftover.NONE:
                pass
            case Leftover.IN_USE:
                raise changed(path)
            case Leftover.THEIRS:
                _save_edit(path, target, leftover)
            case unknown:
                assert_never(unknown)


def _save_edit(path: Path, target: Path, leftover: Path) -> NoReturn:
    """Give a file the edit that a killed run swapped out; keep it aside if it was edited since."""
    with reported(path):
        found = read_bytes(target)
        if found is not None and holds_new(leftover, found[1]):
            put_in_place(leftover, target, old=found[1])
            remove_if_ours(leftover, target)
            raise changed(path)
        kept = keep_edit(path, leftover, time=datetime.now(UTC))
    raise ConfigUnwritable(
        f"an earlier run was killed as another program wrote `{path}`, which was written again "
        f"since: that program's text is in `{kept}`",
        hint="compare the two, take over what you miss, then run again",
    )
