"""The sync: find out, decide, write, and start again if somebody else wrote in between."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from sync_profiles.config.changes import changed_lines
from sync_profiles.config.diff import unified_diff
from sync_profiles.config.edit import NameEdit, edit_session_names
from sync_profiles.config.texts import parse_texts
from sync_profiles.disk.replacement import FileChange
from sync_profiles.errors import ConfigChanged
from sync_profiles.planning.verdict import Tense
from sync_profiles.report import Report
from sync_profiles.survey import survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config.texts import Texts
    from sync_profiles.disk.config_file import FilePaths, FileText
    from sync_profiles.disk.replacement import Written
    from sync_profiles.model import FileKind
    from sync_profiles.planning.plan import Plan
    from sync_profiles.survey import Means, Request

#: how often a run starts again because another program wrote a file meanwhile
ATTEMPTS = 5
#: seconds before the first new start; each further one waits longer
PAUSE = 0.05


class Files(Protocol):
    """The two files; `files.ConfigFiles` has those on the disk."""

    @property
    def paths(self) -> FilePaths:
        """Where the files are."""
        ...

    def read(self) -> dict[FileKind, FileText | None]:
        """Read both files."""
        ...

    def replace(self, changes: Sequence[FileChange], *, command: str) -> list[Written]:
        """Replace the files whose content differs, or raise `ConfigChanged`."""
        ...


def sync(files: Files, request: Request, means: Means) -> Report:
    """Bring every selected profile's session name up to date.

    With `Tense.NOW` nothing is written: the report tells what holds now, and its diff is exactly
    what the run with `Tense.THEN` writes.
    """
    attempt = 1
    while True:
        texts = parse_texts(files.read(), files.paths)
        found = survey(texts.profiles(), request, means)
        edited = _edit(texts, found.plan)
        report = Report(
            command="sync",
            paths=files.paths,
            survey=found,
            problems=found.profiles.problems,
            diff="".join(
                unified_diff(before.text, after, name=str(before.path)) for before, after in edited
            ),
        )
        if request.wishes.tense is Tense.NOW:
            return report
        try:
            written = files.replace([_change(*pair) for pair in edited], command="sync")
        except ConfigChanged:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE * attempt)
            attempt += 1
        else:
            return replace(report, written=tuple(written))


def _edit(texts: Texts, plan: Plan) -> list[tuple[FileText, str]]:
    """Write the planned names into the texts in which they take effect."""
    edited = []
    for kind, before in texts.files.items():
        edits = [
            NameEdit(section=change.profile.section, session_name=change.wanted_name)
            for change in plan.changes
            if change.profile.place.file is kind and change.wanted_name is not None
        ]
        if before is not None and edits:
            edited.append((before, edit_session_names(before.text, edits)))
    return edited


def _change(before: FileText, after: str) -> FileChange:
    return FileChange(
        path=before.path,
        kind=before.kind,
        before=before,
        data=before.encode(after),
        lines=tuple(changed_lines(before.text, after)),
    )
