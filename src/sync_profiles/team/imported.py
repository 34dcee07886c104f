"""What an import is asked for, and what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.disk.config_file import Written
    from sync_profiles.errors import RunError
    from sync_profiles.planning.verdict import Tense
    from sync_profiles.report import Report
    from sync_profiles.team.merging import Conflict
    from sync_profiles.team.sources import TeamSource
    from sync_profiles.team.variables import Waiting


class OnConflict(StrEnum):
    """What to do with a team's profile whose name is taken."""

    KEEP = "keep"
    REPLACE = "replace"
    PREFIX = "prefix"


class Status(StrEnum):
    """What happened to a source's block."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockWishes:
    """How the blocks are to be made; `date` is today's.

    Without `source_profiles` or `on_conflict`, those that are stored with the block hold.
    """

    date: str
    source_profiles: tuple[str, ...] = ()
    on_conflict: OnConflict | None = None
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import, and how; without sources, every block from its own source.

    `environ` is what the AWS CLI would find in its environment. S3 is read with the profile
    `reader` where none is stored with the block.
    """

    sources: tuple[TeamSource, ...]
    wishes: BlockWishes
    tense: Tense
    reader: str
    environ: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came in from one source, by the profiles' names here, in the team's order.

    `roles` are the profiles that assume a role. `missing` are source profiles that do not exist
    here, each with the next step; `waiting` are settings that came in as comments. `error` is the
    reason where nothing came in.
    """

    source: str
    status: Status
    profiles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    missing: Mapping[str, str] | None = None
    waiting: tuple[Waiting, ...] = ()
    error: RunError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What came in, the whole change as a unified diff, and the files that were replaced.

    `report` is that of the sync of what came in, None where nothing was to be synced.
    """

    imports: tuple[Imported, ...]
    diff: str
    report: Report | None
    written: tuple[Written, ...] = ()
