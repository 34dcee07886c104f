"""The sync: find out, decide, write, and start again if somebody else wrote in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sync_profiles.changes import changed_lines
from sync_profiles.diff import unified_diff
from sync_profiles.edit import NameEdit, edit_session_names
from sync_profiles.errors import ConfigChanged, ConfigUnreadable
from sync_profiles.model import FileKind
from sync_profiles.plan import Tense
from sync_profiles.replacement import FileChange
from sync_profiles.survey import read_texts, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config_file import FilePaths, FileText
    from sync_profiles.plan import Plan
    from sync_profiles.replacement import Written
    from sync_profiles.survey import Means, Request, Survey

#: how often a run starts again because another program wrote a file meanwhile
ATTEMPTS = 5

Texts = dict[FileKind, "FileText | None"]


class Files(Protocol):
    """The two files; `files.ConfigFiles` has those on the disk."""

    @property
    def paths(self) -> FilePaths:
        """Where the files are."""
        ...

    def read(self) -> Texts:
        """Read both files."""
        ...

    def replace(self, changes: Sequence[FileChange], *, command: str) -> list[Written]:
        """Replace the files whose content differs, or raise `ConfigChanged`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found, what it changes (a unified diff), and the files that it replaced."""

    command: str
    paths: FilePaths
    survey: Survey
    diff: str = ""
    written: tuple[Written, ...] = ()


def sync(files: Files, request: Request, means: Means) -> Report:
    """Bring every selected profile's session name up to date.

    With `Tense.NOW` nothing is written: the report tells what holds now, and its diff is exactly
    what the run with `Tense.THEN` writes.
    """
    attempt = 1
    while True:
        texts = files.read()
        if texts[FileKind.CONFIG] is None and texts[FileKind.CREDENTIALS] is None:
            raise _no_files(files.paths)
        found = survey(read_texts(texts), request, means)
        edited = _edit(texts, found.plan)
        diff = "".join(
            unified_diff(before.text, after, name=str(before.path)) for before, after in edited
        )
        report = Report(command="sync", paths=files.paths, survey=found, diff=diff)
        if request.wishes.tense is Tense.NOW:
            return report
        changes = [
            FileChange(
                path=before.path,
                kind=before.kind,
                before=before,
                data=before.encode(after),
                lines=tuple(changed_lines(before.text, after)),
            )
            for before, after in edited
        ]
        try:
            written = files.replace(changes, command="sync")
        except ConfigChanged:
            if attempt == ATTEMPTS:
                raise
            attempt += 1
            continue
        return Report(
            command="sync", paths=files.paths, survey=found, diff=diff, written=tuple(written)
        )


def _edit(texts: Texts, plan: Plan) -> list[tuple[FileText, str]]:
    """Write the planned names into the texts in which they take effect."""
    edited = []
    for kind, before in texts.items():
        edits = [
            NameEdit(section=change.profile.section, session_name=change.wanted_name)
            for change in plan.changes
            if change.profile.place.file is kind and change.wanted_name is not None
        ]
        if before is not None and edits:
            edited.append((before, edit_session_names(before.text, edits)))
    return edited


def _no_files(paths: FilePaths) -> ConfigUnreadable:
    return ConfigUnreadable(
        f"there is no config file `{paths.config_file}`",
        hint="run `aws configure` to make one, or name another one with `--config-file`",
    )
