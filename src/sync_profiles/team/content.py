"""Lines of a config file, parsed once: a team's file, or the content of a block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.document import parse_document
from sync_profiles.config.lines import carries_text
from sync_profiles.config.profiles import read_profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.config.document import Document
    from sync_profiles.config.profiles import Profiles


class LineOwner(NamedTuple):
    """The option that a line belongs to; `is_first` marks the line with the key."""

    section: str
    key: str
    is_first: bool


@dataclass(frozen=True, kw_only=True)  # without slots: parsed once, where it is needed
class Content:
    """Lines without their endings; their numbers count from 1."""

    lines: tuple[str, ...]

    @cached_property
    def document(self) -> Document:
        """The lines as botocore reads them."""
        return parse_document("\n".join(self.lines))

    @cached_property
    def profiles(self) -> Profiles:
        """The profiles that the lines define."""
        return read_profiles(config=self.document)

    @cached_property
    def owners(self) -> Mapping[int, LineOwner]:
        """The option that each line of a setting belongs to, by the line's number."""
        return {
            number: LineOwner(section.name, option.key, number == option.line)
            for section in self.document.sections.values()
            for option in section.options.values()
            for number in option.lines
            if carries_text(self.lines[number - 1])
        }
