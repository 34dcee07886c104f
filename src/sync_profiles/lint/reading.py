"""Both files as the checks look at them: every section and setting, and whose it is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sync_profiles.config.profiles import read_profiles
from sync_profiles.model import FileKind, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_profiles.config.ini import IniFile, IniOption, IniSection
    from sync_profiles.model import Problem, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One setting where it stands.

    `profile` is None in `[DEFAULT]` and in sections that make no profile; `counts` is False in the
    latter, and in one that a later spelling hides.
    """

    option: IniOption
    place: Place
    profile: Profile | None
    counts: bool

    @property
    def key(self) -> str:
        """The key, in lower case."""
        return self.option.key

    @property
    def profile_name(self) -> str | None:
        """The profile's name."""
        return self.profile.name if self.profile is not None else None

    @property
    def is_of_role(self) -> bool:
        """Say whether a profile that assumes a role by its source takes the setting."""
        return self.counts if self.profile is None else self.profile.is_assume_role

    @property
    def is_of_any_role(self) -> bool:
        """Say whether a profile with a role takes the setting, by web identity too."""
        return self.is_of_role or (self.profile is not None and self.profile.is_web_identity)

    def at(self, line: int) -> Place:
        """Return another line of the same file."""
        return Place(file=self.place.file, line=line)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Both files, and what botocore would make of what can be read of them."""

    config: IniFile
    credentials: IniFile

    @cached_property
    def files(self) -> Mapping[FileKind, IniFile]:
        """The files, in the order in which problems are told."""
        return {FileKind.CONFIG: self.config, FileKind.CREDENTIALS: self.credentials}

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles of both files together."""
        return read_profiles(config=self.config, credentials=self.credentials).by_name

    @cached_property
    def config_profiles(self) -> Mapping[str, Profile]:
        """The profiles of the config file alone: what the credentials file goes before."""
        return self._config_alone[0]

    @property
    def hidden(self) -> tuple[Problem, ...]:
        """The sections that another spelling of their profile hides."""
        return self._config_alone[1]

    @cached_property
    def _config_alone(self) -> tuple[Mapping[str, Profile], tuple[Problem, ...]]:
        read = read_profiles(config=self.config)
        return read.by_name, read.problems

    @cached_property
    def _names(self) -> Mapping[Place, str]:
        """The profile that a header makes, by the header's place."""
        names = {profile.place: name for name, profile in self.config_profiles.items()}
        for name, section in self.credentials.sections.items():
            names[Place(file=FileKind.CREDENTIALS, line=section.line)] = name
        return names

    @cached_property
    def _hidden_names(self) -> Mapping[Place, str | None]:
        return {problem.place: problem.profile for problem in self.hidden}

    @cached_property
    def _headers(self) -> Mapping[FileKind, list[tuple[int, int]]]:
        """The lines of all headers in order, each with that of the first of the same text."""
        return {
            kind: sorted(
                (line, section.line)
                for section in (file.defaults, *file.sections.values())
                for line in (section.line, *section.repeated)
            )
            for kind, file in self.files.items()
        }

    def makes_profile(self, place: Place) -> bool:
        """Say whether the header at a place makes a profile, if only a hidden one."""
        return place in self._names or place in self._hidden_names

    def name_at(self, place: Place) -> str | None:
        """Return the name of the profile to whose section a line belongs."""
        headers = self._headers[place.file]
        above = bisect_right(headers, place.line, key=lambda header: header[0])
        if not above:
            return None
        first = Place(file=place.file, line=headers[above - 1][1])
        return self._names.get(first, self._hidden_names.get(first))

    def items(self) -> Iterator[Item]:
        """Yield every setting of both files, once."""
        for kind, file in self.files.items():
            for section in (file.defaults, *file.sections.values()):
                yield from self._items(kind, section, is_default=section is file.defaults)

    def _items(self, kind: FileKind, section: IniSection, *, is_default: bool) -> Iterator[Item]:
        name = self._names.get(Place(file=kind, line=section.line))
        for option in section.options.values():
            yield Item(
                option=option,
                place=Place(file=kind, line=option.line),
                profile=self.profiles[name] if name is not None else None,
                counts=name is not None or is_default,
            )
