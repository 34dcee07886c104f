"""The request for an import, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sync_profiles.errors import RunError
from sync_profiles.model import SESSION_NAME_KEY, Place, Profile
from sync_profiles.planning.decision import WriteMode
from sync_profiles.report import Report
from sync_profiles.survey import SurveyRequest
from sync_profiles.team.block import Block, OnConflict
from sync_profiles.team.sources import TeamSource
from sync_profiles.team.team_file import Content
from sync_profiles.team.variables import WaitingSetting


class Status(StrEnum):
    """What happened to a source's block."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import, and how; without sources, every block is updated from its own source.

    Without `source_profiles` or `on_conflict`, those stored in the block apply. `date` is today.
    `sync` asks for the sync of the imported profiles.
    """

    sources: tuple[TeamSource, ...] = ()
    source_profiles: tuple[str, ...] = ()
    on_conflict: OnConflict | None = None
    force: bool = False
    date: str
    mode: WriteMode = WriteMode.PREVIEW
    sync: SurveyRequest | None = None

    @property
    def replacing(self) -> frozenset[str]:
        """The sources whose profiles may replace those of other blocks, as blocks spell them."""
        is_asked = self.on_conflict is OnConflict.REPLACE
        return frozenset(each.text for each in self.sources) if is_asked else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A team's section whose name is taken; it is skipped if `becomes`, its new name, is None.

    `own` is where the user's file has a profile of this name, `source` the source of the block that
    it is in, None if it is in none; `is_same` is whether it has the same settings. A profile with
    credentials is never replaced, and none gets the prefix if that name `is_taken_too`. With
    `serves_team`, the one in the user's file has credentials, and the team's has none.
    """

    name: str
    line: int
    own: Place | None
    source: str | None = None
    becomes: str | None = None
    has_credentials: bool = False
    is_same: bool = False
    is_taken_too: bool = False
    serves_team: bool = False

    @property
    def is_replaced(self) -> bool:
        """Whether the team's profile replaces the user's."""
        return self.becomes == self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class EditConflict:
    """A setting that both the user and the team changed; `key` is None for a whole section.

    `yours` and `theirs` are the values, None where the setting or the section was removed.
    """

    section: str
    key: str | None
    yours: str | None
    theirs: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceResult:
    """What was imported from one source; profiles have their local names, in the team's order.

    `roles` are the profiles that assume a role. `missing` are source profiles that do not exist
    here, or have no credentials where another one has, each with the next step; `edits` are
    settings of the block that both sides changed; `waiting` are settings that were imported as
    comments. `moved_from` is the source that the block had before, if that was another one. `error`
    is the reason if nothing was imported, or not all.
    """

    source: str
    status: Status
    moved_from: str | None = None
    profiles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    edits: tuple[EditConflict, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    waiting: tuple[WaitingSetting, ...] = ()
    error: RunError | None = None

    @property
    def replaced(self) -> tuple[Conflict, ...]:
        """The profiles that the team's have replaced."""
        return tuple(each for each in self.conflicts if each.is_replaced)

    @property
    def needs_user(self) -> bool:
        """Whether it failed, or there is something to do that no row of a profile says."""
        return bool(self.error or self.edits or self.missing or self.waiting)

    def together_with(self, earlier: SourceResult) -> SourceResult:
        """Return what an earlier step of the same import and this one did together."""
        is_new = earlier.status is Status.NEW or self.status is Status.UNCHANGED
        return replace(
            self,
            status=earlier.status if is_new else self.status,
            moved_from=earlier.moved_from,
            added=tuple(n for n in (*earlier.added, *self.added) if n in self.profiles),
            removed=(*earlier.removed, *(n for n in self.removed if n not in earlier.added)),
            changed=tuple(dict.fromkeys((*earlier.changed, *self.changed))),
            conflicts=(*earlier.replaced, *self.conflicts),
            edits=(*earlier.edits, *self.edits),
            missing={**earlier.missing, **self.missing},
        )

    def with_places_of(self, profiles: Mapping[str, Profile]) -> SourceResult:
        """Return the same with the places of the user's own profiles after the write.

        One that the team's replaces is a comment, and has none: its place is that before.
        """
        conflicts = (
            conflict
            if conflict.own is None or conflict.is_replaced
            else replace(conflict, own=profiles[conflict.name].place)
            for conflict in self.conflicts
        )
        return replace(self, conflicts=tuple(conflicts))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What was imported, and the whole change as a unified diff.

    `report` is that of the sync of the imported profiles. If there was nothing to sync, it has no
    decisions, but the problems of the imported lines, which may say why, and the files.
    """

    imports: tuple[SourceResult, ...]
    diff: str
    report: Report


def compare_profiles(
    block: Block | None, content: Content
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the names of the profiles that are added, removed and changed, in this order."""
    old = {} if block is None else _settings(block.content)
    new = _settings(content)
    return (
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple(name for name in new if name in old and new[name] != old[name]),
    )


def _settings(content: Content) -> dict[str, dict[str, str]]:
    """Return the settings of a content's profiles, except for their session names."""
    return {
        name: {k: s.value for k, s in profile.settings.items() if k != SESSION_NAME_KEY}
        for name, profile in content.profiles.by_name.items()
    }
