"""Checks of the settings of IAM Identity Center, and of the sections that settings name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.config.document import Section
from sync_profiles.config.section_names import (
    SERVICES,
    SSO_SESSION,
    SectionName,
    header_for,
    name_in_value,
    name_section,
)
from sync_profiles.config.values import as_it_looks, meant_value
from sync_profiles.lint.arn_checks import permission_set_of
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import check
from sync_profiles.lint.header_checks import lost_headers, meant_sections
from sync_profiles.lint.header_texts import move_hint, quote_header, reason_in_marks
from sync_profiles.lint.written_setting import WrittenSetting
from sync_profiles.model import Place, Problem, in_parentheses
from sync_profiles.text import closest, quote, with_profile

_DASHES = re.compile(r"[ -]")
#: what to do about a section that does not exist
_HOW_TO_ADD = {
    SSO_SESSION: "run `aws configure sso-session`, which asks for its name, or correct the line",
    SERVICES: "add it, or remove the line",
}
#: what is wrong with a value, and what to write in its place, if that is clear; None if nothing is
_Wrong = tuple[str, str | None] | None


@check("sso-setting-invalid", "a setting of IAM Identity Center is malformed")
def _invalid_sso_settings(files: BothFiles) -> Iterator[Problem]:
    for key, (find_wrong, hint) in _FORMS.items():
        for setting in files.in_effect(key):
            if not setting.value:
                yield setting.problem(f"{quote(key)} is empty", hint)
                continue
            wrong = None if find_wrong is None else find_wrong(setting.value)
            if wrong is not None:
                what, value = wrong
                write = hint if value is None else f"write {quote(f'{key} = {value}')}"
                yield setting.problem(f"{quote(key)} {quote(setting.value)} {what}", write)


def _of_address(value: str) -> _Wrong:
    if value.lower().startswith(("https://", "http://")):
        return None
    is_host = re.match(r"[\w-]+\.[\w.-]+(?:/|$)", value) is not None
    return "is not an address", f"https://{value}" if is_host else None


def _of_account(value: str) -> _Wrong:
    if is_account_id(value):
        return None
    digits = _DASHES.sub("", value)
    return "is not an account ID of 12 digits", digits if is_account_id(digits) else None


def _of_permission_set(value: str) -> _Wrong:
    arn = parse_arn(value)
    permission_set = permission_set_of(value if arn is None else arn.name)
    if permission_set is not None:
        return "is the role that IAM Identity Center made from a permission set", permission_set
    return None if arn is None else ("is an ARN, not the name of a permission set", None)


#: what finds a wrong value, and what to do where that value does not show it
_FORMS: Mapping[str, tuple[Callable[[str], _Wrong] | None, str]] = {
    "sso_start_url": (_of_address, "write the address of your access portal, with `https://`"),
    # what is nearly a region has a check of its own
    "sso_region": (None, "write the region of your IAM Identity Center"),
    "sso_account_id": (_of_account, "write all 12 digits, with the leading zeros"),
    "sso_role_name": (
        _of_permission_set,
        "write the name that your access portal shows for the account",
    ),
}


def find_logins(files: BothFiles) -> dict[str, tuple[Section, list[str]]]:
    """Return the `[sso-session NAME]` sections by name, with the profiles that log in by them."""
    found: dict[str, tuple[Section, list[str]]] = {
        named.name: (section, [])
        for section in files.config.sections.values()
        if (named := name_section(section.name)).kind == SSO_SESSION
    }
    for profile in files.profiles.values():
        login = found.get(profile.text("sso_session") or "")
        # a profile that assumes a role with its login has the same mistake, or is one of a loop
        if login is not None and "sso_role_name" in profile.settings and not profile.is_assume_role:
            login[1].append(profile.name)
    return found


def session_as_source(
    files: BothFiles,
    profile: str,
    source: Place,
    *,
    logins: Mapping[str, tuple[Section, list[str]]],
) -> Problem | None:
    """Return what is wrong if `source_profile` names one of the logins of IAM Identity Center.

    `source` is where `profile` names it.
    """
    name = files.profiles[profile].text("source_profile") or ""
    if name not in logins:
        return None
    section, users = logins[name]
    run = with_profile("aws configure sso", name)
    return Problem(
        place=section.place,
        value_at=source,
        profile=profile,
        message=f"{quote_header(section.name)} is a login, not a profile, so `source_profile` "
        "cannot name it",
        hint=f"write {quote(f'source_profile = {users[0]}')}, which has this login, in "
        + files.profiles[profile].header
        if len(users) == 1
        else f"run {run}, which makes a profile of this name with an account and a role",
    )


@check("sso-session-missing", "`sso_session` names a section that does not exist")
def _missing_logins(files: BothFiles) -> Iterator[Problem]:
    yield from _missing_sections(files, key="sso_session", kind=SSO_SESSION)


@check("services-missing", "`services` names a section that does not exist")
def _missing_services(files: BothFiles) -> Iterator[Problem]:
    yield from _missing_sections(files, key="services", kind=SERVICES)


def _missing_sections(files: BothFiles, *, key: str, kind: str) -> Iterator[Problem]:
    """Yield the values of a key that name no section of its kind."""
    sections = map(name_section, files.config.sections)
    names = [section.name for section in sections if section.kind == kind]
    if files.may_lack_headers:
        return
    lost = map(name_section, lost_headers(files).values())
    names += [section.name for section in lost if section.kind == kind]
    missing = [setting for setting in files.in_effect(key) if setting.value not in names]
    meant = meant_sections(files) if missing else {}
    for setting in missing:
        section = meant.get(SectionName(kind, name_in_value(meant_value(setting.value), kind)))
        yield setting.problem(*_instead_of_section(setting, kind, names, section, files))


def _instead_of_section(
    setting: WrittenSetting,
    kind: str,
    names: list[str],
    other: Section | None,
    files: BothFiles,
) -> tuple[str, str]:
    """Return what is wrong with the name of a section, and what to do.

    `other` is the section that is meant.
    """
    key, value = quote(setting.key), setting.value
    if not value:
        line = f"{setting.key} ="
        return (
            f"{key} is empty",
            f"after {quote(line)}, write the name that one of the headers `[{kind} …]` has",
        )
    meant = name_in_value(meant_value(value), kind)
    header = quote(header_for(meant, kind))
    line = quote(f"{setting.key} = {meant}")
    if meant in names:
        return f"{key} {quote(value)} is not the name of a section", f"write {line}"
    odd = next(
        (name for name in names if as_it_looks(meant_value(name)) == as_it_looks(meant)), None
    )
    if odd is not None:
        hint = f"write {header} in place of {quote(f'[{kind} {odd}]')}; retype it"
        return f"there is no section {header}, which {key} names", hint
    if other is not None:
        section = (
            f"section {quote_header(other.name)} {in_parentheses(other.place)}, which {key} names"
        )
        also = "" if value == meant else f", and {line}"
        if files.is_profile(other.place):
            return f"{section}, is a profile", f"write {header} on line {other.line}{also}"
        reason = reason_in_marks(other.name)
        if reason is None and other.name.startswith(f"{kind} "):
            reason = "a name with a space needs quotes"
        why = "" if reason is None else f": {reason}"
        hint = f"write {header} on line {other.line}{also}{move_hint(other.name)}"
        return f"the AWS CLI ignores {section}{why}", hint
    near = closest(value, names, cutoff=0.75)
    return (
        f"there is no section {header}, which {key} names",
        f"write {quote(f'{setting.key} = {near}')}" if near is not None else _HOW_TO_ADD[kind],
    )
