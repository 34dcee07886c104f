"""Put back what was replaced, where another file of the same run could not be."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from sync_profiles.disk.leftovers import name_for_the_swap, name_in_the_making, remove_if_ours
from sync_profiles.disk.successor import put_in_place, successor
from sync_profiles.disk.system import opened_file, read_up_to, sync_directory

if TYPE_CHECKING:
    from pathlib import Path


def put_back(new: Path, target: Path, *, data: bytes, old: bytes | None) -> bool:
    """Give target what it held before `put_in_place`, or return False: it no longer holds data.

    `new` is the name that the successor had; after a swap it is the old file's, which goes back
    itself. Where target was new, nothing is left of it. As with `put_in_place`, nothing that
    another program writes at the same moment is lost.
    """
    if old is None:
        return _take_away(new, target, data)
    if os.path.lexists(new):
        return put_in_place(new, target, old=data)
    with successor(target, old, old=data) as again:
        return put_in_place(again, target, old=data)


def _take_away(new: Path, target: Path, data: bytes) -> bool:
    """Remove a file that we made; what is not ours goes back, or stays for `leftovers` to tell."""
    aside = name_for_the_swap(name_in_the_making(target), old=b"", new=data)
    with opened_file(target) as (descriptor, _):
        if read_up_to(descriptor, len(data) + 1) != data:
            return False
    new.unlink(missing_ok=True)  # the same file: with two names it would not be told from a link
    target.rename(aside)
    remove_if_ours(aside, target)
    if not os.path.lexists(aside):
        sync_directory(target.parent)
        return True
    with suppress(OSError):
        target.hardlink_to(aside)  # never over what came in the meantime
        aside.unlink()
    return False
