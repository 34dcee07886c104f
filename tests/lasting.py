"""Check what survives a power failure: a file is synced before its name, then the directory."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fault_injection import Call

_FILE = re.compile(r"\d+<(/[^<>]*)>")
_NAMES = re.compile(r'"(/[^"]*)"')
_RENAMED = re.compile(r"(?:rename|link)(?:at)?2?")
_INTO_PLACE = re.compile(r"renameat2|link(?:at)?")


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
            old, new = _NAMES.findall(call.arguments)
            parent = str(Path(new).parent)
            assert old not in unsynced, f"{call.what}: no fsync after its last write"
            if _INTO_PLACE.fullmatch(call.name) or new.endswith(".kept"):
                assert directories <= {parent}, f"{call.what}: no fsync of {directories}"
                into_place += 1
            directories.add(parent)
        elif call.name.startswith("open") and call.writes:
            unsynced.update(_NAMES.findall(call.arguments))
        elif (opened := _FILE.match(call.arguments)) is None:
            continue
        elif call.name in ("fsync", "fdatasync"):
            unsynced.discard(opened[1])
            directories.discard(opened[1])
        elif call.name in ("write", "pwrite64", "ftruncate"):
            unsynced.add(opened[1])
    assert into_place
    assert not directories, f"no fsync of {directories} after their last new name"
