"""Both files as written: their settings and the profiles that these belong to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from sync_profiles.config.chains import resolve_chains
from sync_profiles.config.document import DEFAULT_SECTION, Document, Section
from sync_profiles.config.profiles import ParsedTexts, Profiles, profile_sections, read_profiles
from sync_profiles.config.section_names import SSO_SESSION, name_section
from sync_profiles.config.syntax import (
    COMMENT_PREFIXES,
    MAY_BE_HEADERS,
    MAY_BE_SETTINGS,
    split_lines,
)
from sync_profiles.config.values import spaced, without_delimiter
from sync_profiles.known_keys import ONE_LINE_KEYS, WAITS
from sync_profiles.lint.misreading import Misreading, find_misreading, meant_key, settings_below
from sync_profiles.lint.written_setting import WrittenSetting
from sync_profiles.model import BrokenChain, Chain, FileKind, Place, Problem, Profile


@dataclass(frozen=True, kw_only=True)
class BothFiles:
    """Both files, and the profiles that botocore would read in their readable parts."""

    config: Document
    credentials: Document
    read: Profiles | None = None  # these profiles, if they have been read already

    @classmethod
    def of(cls, texts: ParsedTexts) -> Self:
        """Return both files of a run."""
        read = texts.profiles if texts.are_readable else None
        return cls(config=texts.config, credentials=texts.credentials, read=read)

    @cached_property
    def by_kind(self) -> Mapping[FileKind, Document]:
        """The files, in the order in which problems are listed."""
        return {FileKind.CONFIG: self.config, FileKind.CREDENTIALS: self.credentials}

    @cached_property
    def lines(self) -> Mapping[FileKind, Sequence[str]]:
        """The lines of the files, with their endings."""
        return {kind: split_lines(file.text) for kind, file in self.by_kind.items()}

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles of both files together."""
        read = self.read or read_profiles(config=self.config, credentials=self.credentials)
        return read.by_name

    @cached_property
    def chains(self) -> Mapping[str, Chain | BrokenChain]:
        """The chains of the assume-role profiles."""
        return resolve_chains(self.profiles)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The names in `source_profile` of any section."""
        return self.values("source_profile")

    def has_role(self, profile: Profile) -> bool:
        """Return whether a profile has a role, or was meant to have one."""
        return "role_arn" in profile.settings or self.may_have(profile.name, "role_arn")

    def may_have(self, profile: str, key: str) -> bool:
        """Return whether a setting may be in a line that botocore refuses or does not read."""
        return profile in self._torn or (profile, key) in self.unread

    @cached_property
    def may_lack_headers(self) -> bool:
        """Whether botocore refuses a line that may be, or lack, the header of a section."""
        return any(problem.code in MAY_BE_HEADERS for problem in self._refused.values())

    @cached_property
    def _torn(self) -> frozenset[str | None]:
        """The profiles with lines that may have a further setting, and that botocore refuses."""
        refused = self._refused.values()
        torn = (problem.place for problem in refused if problem.code in MAY_BE_SETTINGS)
        return frozenset(map(self.profile_at, torn))

    @cached_property
    def _refused(self) -> Mapping[Place, Problem]:
        files = self.by_kind.values()
        return {problem.place: problem for file in files for problem in file.problems}

    @property
    def _sections(self) -> Iterator[Section]:
        return (section for file in self.by_kind.values() for section in file.all_sections)

    def values(self, *keys: str) -> frozenset[str]:
        """Return the values of keys in any section; a sync has no other use for `settings`."""
        return frozenset(
            section.options[key].value
            for section in self._sections
            for key in keys
            if key in section.options
        )

    @property
    def config_sections(self) -> Mapping[str, Section]:
        """The sections of the config file by the names of their profiles."""
        return self._in_config[0]

    @property
    def hidden(self) -> tuple[Problem, ...]:
        """The sections that a later spelling of their profile hides."""
        return self._in_config[1]

    @cached_property
    def _in_config(self) -> tuple[Mapping[str, Section], tuple[Problem, ...]]:
        return profile_sections(self.config)

    @cached_property
    def settings(self) -> Mapping[str, list[WrittenSetting]]:
        """Every setting of both files once, by its key."""
        settings: dict[str, list[WrittenSetting]] = {}
        for section in self._sections:
            for setting in self._settings_in(section):
                settings.setdefault(setting.key, []).append(setting)
        return settings

    def in_effect(self, key: str) -> Iterator[WrittenSetting]:
        """Yield the settings of a key that take effect and are read as they were written."""
        for setting in self.settings.get(key, ()):
            is_read = setting.misreading is None and not setting.option.is_nested
            if setting.takes_effect and is_read:
                yield setting

    @cached_property
    def misread(self) -> Mapping[Place, WrittenSetting]:
        """The settings that botocore reads differently from how they were written."""
        return {
            setting.place: setting
            for settings in self.settings.values()
            for setting in settings
            if setting.misreading is not None
        }

    def misread_as(self, misreading: Misreading) -> Iterator[WrittenSetting]:
        """Yield the settings that botocore misreads in this way."""
        return (setting for setting in self.misread.values() if setting.misreading is misreading)

    def with_header(self, misreading: Misreading) -> Iterator[WrittenSetting]:
        """Yield the settings that botocore misreads in this way, and whose lines have a bracket."""
        return (setting for setting in self._with_bracket if setting.misreading is misreading)

    @cached_property
    def _with_bracket(self) -> list[WrittenSetting]:
        """The settings with a bracket: the few that a sync looks at, for a header in a value."""
        return [
            setting
            for section in self._sections
            for setting in self._settings_in(section, having="[")
        ]

    @cached_property
    def misspelled(self) -> Mapping[Place, tuple[WrittenSetting, str]]:
        """The settings whose keys are typos, each with the key that was meant."""
        return {
            setting.place: (setting, meant)
            for settings in self.settings.values()
            for setting in settings
            if setting.takes_effect
            and (
                meant := meant_key(
                    setting.written_key, setting.value, present=setting.siblings, of_any=True
                )
            )
        }

    @cached_property
    def without_delimiter(self) -> list[tuple[WrittenSetting, str, str]]:
        """The settings that lack a `=`, each with the key that was meant and what to write."""
        return [
            (setting, repair[1].lower(), repair[0])
            for key, settings in self.settings.items()
            if not spaced(key).strip().isidentifier()
            for setting in settings
            if setting.takes_effect
            and (repair := without_delimiter(setting.option.block.lines[0])) is not None
        ]

    @cached_property
    def beside_headers(self) -> Mapping[Place, tuple[str | None, str, str]]:
        """What follows a header on its line, except comments: profile, header, text."""
        found: dict[Place, tuple[str | None, str, str]] = {}
        for file in self.by_kind.values():
            for section in file.sections.values():
                block = section.block
                text = "" if block is None else block.raw_comment.strip(", \t\r\n")
                if text and not text.startswith(COMMENT_PREFIXES):
                    found[section.place] = self._names.get(section.place), section.name, text
        return found

    @cached_property
    def unread(self) -> frozenset[tuple[str | None, str]]:
        """The intended settings that botocore does not see: profile and key."""
        misread = [(one, settings_below(one.option.values)) for one in self.misread.values()]
        misspelled = [(one, (meant,)) for one, meant in self.misspelled.values()]
        broken = [(one, (meant,)) for one, meant, _ in self.without_delimiter]
        beside = {
            (profile, key)
            for profile, _, text in self.beside_headers.values()
            for key in settings_below(["", text])
        }
        unread = frozenset(
            (setting.profile_name, key)
            for setting, keys in (*misread, *misspelled, *broken)
            for key in keys
        )
        hidden = {(each.profile, key) for each in self.hidden for key in each.unread}
        return unread | beside | hidden | {*self.waiting.values()}

    @cached_property
    def waiting(self) -> Mapping[Place, tuple[str | None, str]]:
        """The comments that have an imported setting until the user is known: profile and key."""
        lines = self.lines[FileKind.CONFIG] if WAITS in self.config.text else ()
        found = {}
        for number, line in enumerate(lines, start=1):
            if line.startswith(WAITS):
                place = Place(file=FileKind.CONFIG, line=number)
                key = line.removeprefix(WAITS).partition("=")[0].strip().lower()
                found[place] = (self.profile_at(place), key)
        return found

    def is_refused(self, place: Place) -> bool:
        """Return whether botocore refuses the file because of a line."""
        return place in self._refused

    def is_profile(self, place: Place) -> bool:
        """Return whether the header at a place is that of a profile, even a hidden one."""
        return place in self._names or place in self._hidden_names

    def profile_at(self, place: Place) -> str | None:
        """Return the name of the profile to whose section a line belongs."""
        headers = self._headers[place.file]
        above = bisect_right(headers, place.line, key=lambda header: header[0])
        if not above:
            return None
        first = Place(file=place.file, line=headers[above - 1][1])
        return self._names.get(first, self._hidden_names.get(first))

    @cached_property
    def _names(self) -> Mapping[Place, str]:
        return {
            section.place: name
            for sections in (self.config_sections, self.credentials.sections)
            for name, section in sections.items()
        }

    @cached_property
    def _hidden_names(self) -> Mapping[Place, str | None]:
        return {problem.place: problem.profile for problem in self.hidden}

    @cached_property
    def _headers(self) -> Mapping[FileKind, list[tuple[int, int]]]:
        """The lines of all headers in order, each with that of the first of the same text."""
        return {
            kind: sorted(
                (line, section.line)
                for section in file.all_sections
                for line in (section.line, *section.repeated)
            )
            for kind, file in self.by_kind.items()
        }

    def _settings_in(self, section: Section, *, having: str = "") -> Iterator[WrittenSetting]:
        options = [o for o in section.options.values() if having in "".join(o.block.lines)]
        if not options:
            return
        name = self._names.get(section.place)
        is_profile = name is not None or section.name == DEFAULT_SECTION
        is_login = not is_profile and name_section(section.name).kind == SSO_SESSION
        for option in options:
            takes_effect = is_profile or (is_login and "sso" in option.key)
            yield WrittenSetting(
                option=option,
                profile=self.profiles[name] if name is not None else None,
                takes_effect=takes_effect,
                misreading=find_misreading(
                    option,
                    is_one_line=takes_effect and option.key in ONE_LINE_KEYS,
                    names=self.profiles,
                ),
            )
