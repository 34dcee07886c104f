"""Checks of the settings of IAM Identity Center: no login helps where one has a wrong form."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.config.section_names import SSO_SESSION, name_section
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync_profiles.lint.written import BothFiles
    from sync_profiles.model import Problem

#: the name of the role that IAM Identity Center makes from a permission set
_RESERVED = re.compile(r"AWSReservedSSO_(?P<name>[\w+=,.@-]{1,32})_[0-9a-f]{16}", re.ASCII)
_DASHES = re.compile(r"[ -]")
#: what is wrong with a value, and what to write; None if nothing is
_Wrong = tuple[str, str] | None


def invalid_sso_settings(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that no login of IAM Identity Center can have."""
    for key, check in _CHECKS.items():
        for setting in files.values_of(key):
            wrong = check(setting.value)
            if wrong is not None:
                what, write = wrong
                yield setting.problem(f"{quote(key)} {quote(setting.value)} {what}", write)


def _of_address(value: str) -> _Wrong:
    if value.startswith(("https://", "http://")):
        return None
    line = quote(f"sso_start_url = https://{value}")
    is_host = re.match(r"[\w-]+\.[\w.-]+(?:/|$)", value) is not None
    return "is not an address", (
        f"write {line}" if is_host else "write the address of your access portal, with `https://`"
    )


def _of_account(value: str) -> _Wrong:
    if is_account_id(value):
        return None
    digits = _DASHES.sub("", value)
    line = quote(f"sso_account_id = {digits}")
    return "is not an account ID of 12 digits", (
        f"write {line}" if is_account_id(digits) else "write all 12 digits, with the zeros in front"
    )


def _of_permission_set(value: str) -> _Wrong:
    arn = parse_arn(value)
    reserved = _RESERVED.fullmatch(value if arn is None else arn.name)
    if reserved is not None:
        line = quote(f"sso_role_name = {reserved['name']}")
        return "is the role that IAM Identity Center made from a permission set", f"write {line}"
    if arn is None:
        return None
    return "is an ARN, not the name of a permission set", (
        "write the name that your access portal shows for the account"
    )


_CHECKS: Mapping[str, Callable[[str], _Wrong]] = {
    "sso_start_url": _of_address,
    "sso_account_id": _of_account,
    "sso_role_name": _of_permission_set,
}


def missing_sso_sessions(files: BothFiles) -> Iterator[Problem]:
    """Yield the values of `sso_session` that name no section."""
    sections = map(name_section, files.config.sections)
    names = [section.name for section in sections if section.kind == SSO_SESSION]
    for setting in files.values_of("sso_session"):
        if setting.value in names:
            continue
        near = get_close_matches(setting.value, names, n=1, cutoff=0.75)
        header = quote(f"[sso-session {setting.value}]")
        yield setting.problem(
            f"there is no section {header}, which `sso_session` names",
            f"write {quote(f'sso_session = {near[0]}')}"
            if near
            else "run `aws configure sso-session`, which asks for its name, or correct the line",
        )
