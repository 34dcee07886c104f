"""Adapter for the two files: read both, replace those that changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sync_profiles.disk.backups import STAMP, age_key, read_import, save_imports
from sync_profiles.disk.config_file import NO_FILE, FileChange, FileText, Written, read_file
from sync_profiles.disk.records import Recorded, group_by_write, read_records
from sync_profiles.disk.replacement import clean_up_leftovers, replace_files
from sync_profiles.errors import ConfigUnreadable
from sync_profiles.model import FileKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFiles:
    """The config file and the credentials file on disk.

    Files in `required` must exist; it maps each to the option or variable that names it.
    """

    paths: Mapping[FileKind, Path]
    required: Mapping[FileKind, str] = field(default_factory=dict)

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
            texts[kind] = read_file(path, kind=kind)
            if not texts[kind].exists and kind in self.required and path != NO_FILE:
                raise ConfigUnreadable(
                    f"there is no {kind} file `{path}`", hint=f"correct `{self.required[kind]}`"
                )
        return texts

    def replace(self, changes: Sequence[FileChange], *, command: str) -> list[Written]:
        """Replace the files whose content differs; see `replacement.replace_files`.

        Files that a killed run left behind are cleaned up too.
        """
        due = {change.path for change in changes if change.differs}
        for path in self.paths.values():
            if path not in due:
                clean_up_leftovers(path)
        return replace_files(changes, command=command)

    def records(self) -> Recorded:
        """Return the undo records of both files, the newest first."""
        found = [
            record for kind, path in self.paths.items() for record in read_records(path, kind=kind)
        ]
        now = datetime.now(UTC).strftime(STAMP)
        found.sort(key=lambda record: age_key(record.stamp, now=now), reverse=True)
        return group_by_write(found)

    def saved_import(self, digest: str) -> str | None:
        """Return what was imported under this hash; None if it is not known."""
        return read_import(self.paths[FileKind.CONFIG], digest)

    def save_imports(self, texts: Mapping[str, str]) -> None:
        """Save what was imported, by its hash, for the next update."""
        save_imports(self.paths[FileKind.CONFIG], texts)
