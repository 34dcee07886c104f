"""The two files of a run, parsed, and the profiles as botocore merges them.

The rules are botocore's (`configloader.build_profile_map`, `session.full_config`): which headers
make a profile, which of two spellings wins, which file's key wins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sync_profiles.config.document import EMPTY, Document, Section, parse_document
from sync_profiles.config.section_names import (
    PROFILE,
    ServicesEndpoint,
    name_section,
    read_endpoints,
)
from sync_profiles.errors import ConfigUnreadable
from sync_profiles.known_keys import CLIENT_SETTINGS, EC2_INSTANCE, SETTINGS_OF_END
from sync_profiles.model import SESSION_NAME_KEY, FileKind, Problem, Profile, Setting

if TYPE_CHECKING:
    from sync_profiles.disk.config_file import FileText


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """All profiles by name, in the order of the files: the config file's, then the others.

    `endpoints` are those for STS that the `[services NAME]` sections set, by their names.
    """

    by_name: Mapping[str, Profile] = field(default_factory=dict)
    endpoints: Mapping[str, ServicesEndpoint] = field(default_factory=dict)

    def with_role(self) -> tuple[Profile, ...]:
        """Return the profiles that assume a role, by web identity too."""
        return tuple(
            profile
            for profile in self.by_name.values()
            if profile.is_assume_role or profile.is_web_identity
        )

    def with_names_of(self, others: Profiles) -> Profiles:
        """Return the profiles with the session names that others have; all else stays."""
        if others is self:
            return self
        named = {
            name: profile.with_name(others.by_name[name].settings.get(SESSION_NAME_KEY))
            for name, profile in self.by_name.items()
        }
        return replace(self, by_name=named)

    def mfa_processes(self) -> dict[str, str]:
        """Return the MFA devices for which a profile names a program that prints the code."""
        return {
            serial: command
            for profile in self.by_name.values()
            if (serial := profile.text("mfa_serial")) and (command := profile.text("mfa_process"))
        }


def read_profiles(*, config: Document = EMPTY, credentials: Document = EMPTY) -> Profiles:
    """Merge the profiles of two texts key by key; the credentials file's keys win.

    Both texts must be free of `Document.problems`: botocore reads no profile otherwise.
    """
    in_config, _ = profile_sections(config)
    by_kind = {FileKind.CONFIG: in_config, FileKind.CREDENTIALS: credentials.sections}
    # the same for all profiles: a file of keys in [DEFAULT] would take the square of its size
    leaks = {
        FileKind.CONFIG: _settings(config.defaults, leaks={}),
        FileKind.CREDENTIALS: _settings(credentials.defaults, leaks={}),
    }
    profiles: dict[str, Profile] = {}
    clients: dict[tuple[tuple[str, str], ...], str] = {}
    # elsewhere, a client for each of those settings would send equal tests
    asks_instance = _asks_instance(config, credentials)
    of_client = SETTINGS_OF_END if asks_instance else CLIENT_SETTINGS
    for name in in_config | credentials.sections:
        sections = {kind: found[name] for kind, found in by_kind.items() if name in found}
        settings: dict[str, Setting] = {}
        for kind, section in sections.items():
            settings = _merge(settings, _settings(section, leaks=leaks[kind]))
        session_name = settings.get(SESSION_NAME_KEY)
        decides = next(iter(sections))  # the config file, where a profile is in both
        if session_name is not None:
            decides = session_name.place.file
        client = tuple(sorted([(key, settings[key].value) for key in settings if key in of_client]))
        profiles[name] = Profile(
            name=name,
            settings=settings,
            section=sections[decides].name,
            place=sections[decides].place,
            client=clients.setdefault(client, name),
            keep_name=any(section.keep_name for section in sections.values()),
        )
    return Profiles(by_name=profiles, endpoints=read_endpoints(config))


def _asks_instance(*files: Document) -> bool:
    """Return whether a profile takes credentials from an EC2 instance."""
    sources = (
        section.options["credential_source"].value
        for file in files
        for section in file.all_sections
        if "credential_source" in section.options
    )
    return EC2_INSTANCE in sources


def profile_sections(config: Document) -> tuple[dict[str, Section], tuple[Problem, ...]]:
    """Return the config file's sections by the names of their profiles, and what is hidden.

    They are in the order of the file; of two that spell one profile, the later replaces the other.
    """
    sections: dict[str, Section] = {}
    problems: list[Problem] = []
    for header, section in config.sections.items():
        kind, name = name_section(header)
        if kind != PROFILE:
            continue
        hidden = sections.pop(name, None)
        if hidden is not None:
            problems.append(_hidden_section(name, hidden=hidden, by=section))
        sections[name] = section
    return sections, tuple(problems)


def _settings(section: Section, *, leaks: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return a section's settings, then those that leak into it."""
    own = {
        key: Setting(
            value := option.value,
            option.place,
            option.is_nested,
            None,
            ("\n" in value and option.is_glued)
            or (key == SESSION_NAME_KEY and option.hides_header),
        )
        for key, option in section.options.items()
    }
    return {**own, **leaks, **own}


def _merge(config: dict[str, Setting], credentials: dict[str, Setting]) -> dict[str, Setting]:
    if not config:
        return credentials
    in_both = config.keys() & credentials.keys()
    overriding = {key: credentials[key]._replace(overridden=config[key]) for key in in_both}
    return config | credentials | overriding


def _hidden_section(name: str, *, hidden: Section, by: Section) -> Problem:
    return Problem(
        place=hidden.place,
        profile=name,
        message=f"section `[{hidden.name}]` is hidden by `[{by.name}]` on line {by.line}: "
        f"both are headers of profile `{name}`, and the later section replaces the earlier one",
        hint="merge the two sections into one",
        unread=tuple(key for key in hidden.options if key not in by.options),
    )


@dataclass(frozen=True, kw_only=True)  # without slots: `profiles` is read once
class ParsedTexts:
    """The two files as they were read, and as documents; a missing file is an empty one."""

    files: Mapping[FileKind, FileText]
    documents: Mapping[FileKind, Document]

    @property
    def paths(self) -> dict[FileKind, Path]:
        """The paths of both files."""
        return {kind: file.path for kind, file in self.files.items()}

    @property
    def config(self) -> Document:
        """The config file's document."""
        return self.documents[FileKind.CONFIG]

    @property
    def credentials(self) -> Document:
        """The credentials file's document."""
        return self.documents[FileKind.CREDENTIALS]

    @property
    def are_readable(self) -> bool:
        """Whether botocore accepts both files."""
        return not any(document.problems for document in self.documents.values())

    @cached_property
    def profiles(self) -> Profiles:
        """The profiles; raises `ConfigUnreadable` where botocore reads none."""
        for kind, document in self.documents.items():
            if document.problems:
                first, *others = document.problems
                where = f"{self.files[kind].path}, line {first.place.line}"
                more = "; `sync-profiles check` lists all its problems" if others else ""
                raise ConfigUnreadable(
                    f"{where}: {first.message}: the AWS CLI cannot read the {kind} file at all",
                    hint=f"{first.hint}{more}",
                )
        return read_profiles(config=self.config, credentials=self.credentials)

    def with_files(self, files: Mapping[FileKind, FileText]) -> ParsedTexts:
        """Return the texts with these files in place of those of their kinds."""
        now = parse_texts_if_any(files)
        return ParsedTexts(
            files={**self.files, **now.files}, documents={**self.documents, **now.documents}
        )


def parse_texts(files: Mapping[FileKind, FileText]) -> ParsedTexts:
    """Parse what was read; raise `ConfigUnreadable` where there is neither file.

    What botocore cannot read is parsed, too: asking for its `profiles` raises that.
    """
    if not any(file.exists for file in files.values()):
        path = files[FileKind.CONFIG].path
        raise ConfigUnreadable(
            f"there is no config file `{path}`",
            hint=how_to_name(FileKind.CONFIG)
            if path == Path(os.devnull)
            else "run `sync-profiles import SOURCE` to import your team's profiles, and to see "
            "which keys they need",
        )
    return parse_texts_if_any(files)


def how_to_name(kind: FileKind) -> str:
    """Return the hint where the path of a file is empty, or the null device's."""
    return f"unset `{kind.variable}`, or name a file with it or with `--{kind}-file`"


def parse_texts_if_any(files: Mapping[FileKind, FileText]) -> ParsedTexts:
    """Parse what was read, which may be no file."""
    documents = {kind: parse_document(file.text, kind) for kind, file in files.items()}
    return ParsedTexts(files=files, documents=documents)
