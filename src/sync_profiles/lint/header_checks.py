"""Checks of headers that were meant for a profile but are not its header."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from difflib import get_close_matches

from sync_profiles.config.document import Section
from sync_profiles.config.section_names import SERVICES, SSO_SESSION, SectionName, header_for
from sync_profiles.config.values import first_invisible, quote_key, split_header
from sync_profiles.known_keys import (
    FIRST_PROVIDER_KEYS,
    LATER_PROVIDER_KEYS,
    OTHER_TOOLS_SECTIONS,
    PROFILE_KEYS,
)
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import check
from sync_profiles.lint.header_texts import (
    PLACEHOLDER,
    first_word,
    meant_name,
    meant_name_in_credentials,
    move_hint,
    quote_header,
    text_behind,
    visible,
    why_no_profile,
    without_quotes,
)
from sync_profiles.lint.misreading import Misreading, indented_headers, meant_key, settings_below
from sync_profiles.lint.setting_checks import glued_headers, swallowed_headers
from sync_profiles.model import STATIC_KEYS, FileKind, Place, Problem, in_parentheses
from sync_profiles.text import Phrase, listed, quote

#: any of these gives a profile credentials
_KEYS_OF_SOURCES = frozenset({*STATIC_KEYS, *FIRST_PROVIDER_KEYS, *LATER_PROVIDER_KEYS})
#: a section of the config file with one of these keys was meant to be a profile
_ESSENTIAL_KEYS = _KEYS_OF_SOURCES | {
    "aws_session_token",
    "credential_source",
    "role_arn",
    "source_profile",
}
#: so was one with a typo of one of these
_OF_ROLES = frozenset({"role_arn", "source_profile"})
_OF_PROFILES = PROFILE_KEYS - {"sso_registration_scopes"}
#: the other sections that the AWS CLI reads in the config file
_OTHER_SECTIONS = frozenset({"sso-session", "services", "preview", "plugins"})

#: a header of another section, as it is meant
_OTHER_HEADER = re.compile(
    r"(?:profile\s+)?(?:(?P<sso>sso[\s_-]?sessions?)[\s:./_-]+|services?[\s:./]+)(?P<name>.+)",
    re.IGNORECASE,
)
#: the settings of an `[sso-session NAME]`
_SSO_SESSION_KEYS = frozenset({"sso_region", "sso_registration_scopes", "sso_start_url"})


@check(
    "ignored-header",
    "a section of the config file is meant as a profile, but the AWS CLI ignores it",
    hides_profiles=True,
)
def ignored_headers(files: BothFiles) -> Iterator[Problem]:
    """Yield the headers of the config file that were meant for a profile but are ignored."""
    for section in files.config.sections.values():
        place = section.place
        is_profile, is_quoted = files.is_profile(place), _has_quoted_name(place, files)
        is_marked = text_behind(section.name) is not None and "]" in (files.profile_at(place) or "")
        if is_profile and not is_marked and not is_quoted:
            continue
        if not _is_meant_as_profile(section, files):
            continue
        name = meant_name(section.name, among=files.profiles, sources=files.sources)
        known = files.config_sections.get(name)
        hint: str = f"write {quote(header_for(name))}"
        if first_word(section.name) == section.name == name:
            hint = Phrase(hint, "write `[profile NAME]` in place of each `[NAME]`")
        if first_invisible(section.name) is not None:
            hint += "; retype it"
        hint += move_hint(section.name)
        if known is not None:
            there = f"{quote_header(known.name)} {in_parentheses(known.place)}"
            hint = _merge_hint(section, known, there)
        elif name == PLACEHOLDER:
            hint += ", with the profile's name"
        written = Phrase(f"section {quote_header(section.name)}", "these sections")
        mark = "the quotes" if is_quoted else "a `]`"
        reads = f"takes {mark} as part of the name of" if is_profile else "ignores"
        yield Problem(
            place=place,
            profile=None,
            message=f"the AWS CLI {reads} " + written + f": {why_no_profile(section.name)}",
            hint=hint,
        )


@check(
    "hidden-section",
    "a later section of the config file spells the same profile and replaces this one",
    hides_profiles=True,
)
def _hidden_sections(files: BothFiles) -> Iterable[Problem]:
    return files.hidden


def ignored_profiles(files: BothFiles, *, with_credentials: bool = False) -> dict[str, Problem]:
    """Return the problems of headers that were meant for a profile but make none, by its name.

    Of two for one profile, that of the config file counts. `with_credentials` leaves out those that
    would be no source by themselves.
    """
    names = {
        section.place: meant_name(section.name, among=files.profiles, sources=files.sources)
        for file in files.by_kind.values()
        for section in file.sections.values()
        if not (with_credentials and _KEYS_OF_SOURCES.isdisjoint(section.options))
    }
    lost = lost_headers(files)
    in_values = (*swallowed_headers(files), *glued_headers(files)) if lost else ()
    for place, header in lost.items():
        if place.file is FileKind.CONFIG:
            names[place] = meant_name(header, among=files.profiles)
        else:
            names[place] = meant_name_in_credentials(header) or header
    problems = (*credentials_headers(files), *ignored_headers(files), *in_values)
    return {names[problem.place]: problem for problem in problems if problem.place in names}


def lost_headers(files: BothFiles) -> dict[Place, str]:
    """Return the headers that are part of a value, by their lines; without their brackets."""
    found: dict[Place, str] = {}
    for setting in files.with_header(Misreading.LINES_BELOW):
        for header, line in indented_headers(setting.option):
            found[setting.place._replace(line=line)] = header[1:-1]
    for setting in files.with_header(Misreading.HEADER):
        _, header = split_header(setting.value) or ("", "")
        found[setting.place] = header[1:-1]
    return found


def mixed_profiles(files: BothFiles) -> Container[str | None]:
    """Return the profiles that may have another one's settings, as its header is lost."""
    if files.may_lack_headers:
        return files.profiles
    return set(map(files.profile_at, lost_headers(files)))


def or_write_header(files: BothFiles, *places: Place) -> str:
    """Return what else to do about settings that exclude each other, to append to a hint.

    A blank line between them may be what is left above another profile's settings.
    """
    first, last = min(places), max(places)
    lines = files.lines[first.file][first.line : last.line]
    blank = [number for number, line in enumerate(lines, first.line + 1) if not line.strip()]
    if first.file is not last.file or not blank:
        return ""
    below = f"what is below line {blank[-1]}"
    return f"; but if {below} belongs to another profile, write its header there"


@check(
    "credentials-header",
    "a section of the credentials file names its profile as the config file would",
    hides_profiles=True,
)
def credentials_headers(files: BothFiles) -> Iterator[Problem]:
    """Yield the headers of the credentials file that name their profile as the config file does."""
    missing = files.sources - files.profiles.keys()
    for section in files.credentials.sections.values():
        name = meant_name_in_credentials(section.name, missing=missing)
        if name is None or section.name in files.sources:
            continue
        known = files.credentials.sections.get(name)
        header = quote(f"[{name}]")
        hint = f"write {header}{move_hint(section.name)}"
        if known is not None:
            hint = _merge_hint(section, known, f"{header} {in_parentheses(known.place)}")
        yield Problem(
            place=section.place,
            profile=None if text_behind(section.name) else section.name,
            message="a header in the credentials file is exactly the profile's name: "
            f"{quote_header(section.name)} is not profile {quote(name)}",
            hint=hint,
        )


def _merge_hint(section: Section, known: Section, there: str) -> str:
    """Return how to merge a section into another one, in which no setting may be twice."""
    if not section.options:
        return "remove the line"
    twice = [quote_key(key) for key in section.options if key in known.options]
    own = f" has its own {listed(twice)}" if twice else ""
    if len(twice) == len(section.options):
        return f"remove the section: {there}{own}"
    return f"move its settings to {there}" + (own and f", which{own}")


@check("text-after-header", "text after a header on its line is ignored")
def _texts_after_headers(files: BothFiles) -> Iterator[Problem]:
    for place, (profile, header, text) in files.beside_headers.items():
        if "\0" in header:  # the rest of the file is in another encoding, which is a problem itself
            continue
        if text_behind(header) is not None:  # with a further bracket it is a problem itself
            continue
        keys = list(settings_below(["", text]))
        what = quote(keys[0]) if keys else "the text"
        yield Problem(
            place=place,
            profile=profile,
            message=f"{what} on the line of the header {quote(f'[{header}]')} is ignored",
            hint="move it to a line of its own" if keys else "put a `#` before it",
            unread=tuple(keys),
        )


def meant_sections(files: BothFiles) -> dict[SectionName, Section]:
    """Return the sections of the config file that were meant as `[sso-session …]` or the like."""
    found: dict[SectionName, Section] = {}
    for section in files.config.sections.values():
        name = _meant(section, files)
        if name is not None:
            found.setdefault(name, section)
    return found


def _meant(section: Section, files: BothFiles) -> SectionName | None:
    """Return the section of another kind than a profile that one was meant to be, if it was."""
    header, name = visible(section.name), meant_name(section.name)
    word = first_word(header)
    if meant := get_close_matches(word.lower(), [SSO_SESSION, SERVICES], cutoff=0.85):
        header = meant[0] + header.removeprefix(word)
    keys = section.options.keys()
    is_profile = files.is_profile(section.place)
    other = None if is_profile else _OTHER_HEADER.fullmatch(header)
    is_of_login = bool(keys) and keys <= _SSO_SESSION_KEYS
    if other is not None and keys.isdisjoint(_ESSENTIAL_KEYS):
        kind, key = (SSO_SESSION, "sso_session") if other["sso"] else (SERVICES, "services")
        found = SectionName(kind, without_quotes(other["name"]))
        is_called_profile = first_word(header).lower() == "profile"
        may_be_profile = is_called_profile or not files.sources.isdisjoint({header, name})
        if (
            not may_be_profile
            or (kind == SSO_SESSION and is_of_login)
            or found.name in files.values(key)
        ):
            return found
    if is_of_login and name in files.values("sso_session"):
        return SectionName(SSO_SESSION, name)
    return None


def _has_quoted_name(place: Place, files: BothFiles) -> bool:
    """Return whether quotes are part of a profile's name, and no other setting has it so."""
    name = files.profile_at(place)
    return name is not None and without_quotes(name) != name and name not in files.sources


def _is_meant_as_profile(section: Section, files: BothFiles) -> bool:
    header = visible(section.name)
    first = first_word(header).lower()
    if first in _OTHER_SECTIONS or _meant(section, files) is not None:
        return False
    if first == "profile" or header.lower() == "default" or header in files.sources:
        return True
    if header.lower() in OTHER_TOOLS_SECTIONS:
        return False
    keys = section.options.keys()
    if not _ESSENTIAL_KEYS.isdisjoint(keys) or (bool(keys) and keys <= _OF_PROFILES):
        return True
    options = section.options.values()
    return any(meant_key(each.key, each.value, present=()) in _OF_ROLES for each in options)
