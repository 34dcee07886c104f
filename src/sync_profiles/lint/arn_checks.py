"""Checks of the settings that are ARNs: `role_arn` and `mfa_serial`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, is_partition, is_role, parse_arn
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.arn import Arn
    from sync_profiles.lint.written import BothFiles
    from sync_profiles.model import Problem

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_MFA_SERIAL = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
_OTHER_KINDS = {
    "user": "a user",
    "assumed-role": "a session",
    "instance-profile": "an instance profile",
}
_ANY_ROLE = "arn:aws:iam::ACCOUNT:role/NAME"
#: an ARN of a role that is wrong only where there is one right way to write it: the colons, upper
#: and lower case, the service, a region, an account ID in groups of digits, `role/`
_NEARLY_A_ROLE = re.compile(
    r"(?:arn:+)?(?P<partition>aws(?:-[a-z]+)*):+(?:iam|sts):+(?:[a-z]+(?:-[a-z]+)+-\d:+)?"
    r"(?P<account_id>\d{12}|\d{4}[ -]\d{4}[ -]\d{4}):+"
    r"(?:/?role[/:](?P<with_path>.+)|(?P<name>[^/:]+))",
    re.ASCII | re.IGNORECASE,
)
#: what is not the name of a role if it is all there is: another ARN, or one without its end
_NOT_A_NAME = re.compile(r"role|root$|user$|group$|policy$|mfa$", re.IGNORECASE)


def invalid_role_arns(files: BothFiles) -> Iterator[Problem]:
    """Yield the values of `role_arn` that are not the ARN of a role."""
    for setting in files.values_of("role_arn"):
        arn = parse_arn(setting.value)
        if arn is None or not is_role(arn):
            yield setting.problem(*_instead_of_role(setting.value, arn))


def _instead_of_role(value: str, arn: Arn | None) -> tuple[str, str]:
    """Return what a value is instead of a role's ARN, and what to write."""
    with_account = f"write {_role_line(_ANY_ROLE)}, with the account's 12 digits"
    if not value:
        return "`role_arn` is empty", f"write {_role_line(_ANY_ROLE)}, or remove the line"
    fact = f"`role_arn` {quote(value)}"
    repaired = _repaired(value)
    if repaired is not None:
        is_of_spaces = repaired == "".join(value.split())
        what = "contains a space" if is_of_spaces else "is not the ARN of a role"
        return f"{fact} {what}", f"write {_role_line(repaired)}"
    if arn is None:
        return f"{fact} is not an ARN", with_account
    if arn.kind == "assumed-role" and arn.resource.count("/"):
        name = arn.resource.split("/")[1]
        role = f"arn:{arn.partition}:iam::{arn.account_id}:role/{name}"
        return (
            f"{fact} is the ARN of a session, not of a role",
            f"write {_role_line(role)}, with the role's path if it has one",
        )
    if arn.kind in _OTHER_KINDS:
        role = f"arn:{arn.partition}:iam::ACCOUNT:role/NAME"
        return (
            f"{fact} is the ARN of {_OTHER_KINDS[arn.kind]}, not of a role",
            f"write {_role_line(role)}",
        )
    if not is_partition(arn.partition):
        return (
            f"{fact} has {quote(arn.partition)} where the partition should be",
            "write `aws`, `aws-cn`, `aws-us-gov` …",
        )
    if not is_account_id(arn.account_id):
        return f"{fact} has no 12-digit account ID: {quote(arn.account_id)}", with_account
    return f"{fact} is not the ARN of a role", f"write {_role_line(_ANY_ROLE)}"


def _repaired(value: str) -> str | None:
    """Return the ARN of a role that a value can only mean, None if that is not certain."""
    for separator in ":/":
        value = separator.join(part.strip() for part in value.split(separator))
    nearly = _NEARLY_A_ROLE.fullmatch(value)
    if nearly is None or (nearly["name"] and _NOT_A_NAME.match(nearly["name"])):
        return None
    account_id = "".join(filter(str.isdigit, nearly["account_id"]))
    name = nearly["with_path"] or nearly["name"]
    text = f"arn:{nearly['partition'].lower()}:iam::{account_id}:role/{name}"
    arn = parse_arn(text)
    return text if arn is not None and is_role(arn) else None


def _role_line(role_arn: str) -> str:
    return quote(f"role_arn = {role_arn}")


def invalid_mfa_serials(files: BothFiles) -> Iterator[Problem]:
    """Yield the values of `mfa_serial` that are not an MFA device."""
    for setting in files.values_of("mfa_serial"):
        value = setting.value
        arn = parse_arn(value)
        if not setting.is_of_role:
            continue
        if arn is not None and arn.kind == "user":
            device = f"arn:{arn.partition}:iam::{arn.account_id}:mfa/{arn.name}"
            yield setting.problem(
                f"`mfa_serial` {quote(value)} is the ARN of a user, not of an MFA device",
                f"write {quote(f'mfa_serial = {device}')}, or what `aws iam list-mfa-devices` "
                "shows",
            )
        elif arn is not None and arn.kind == "u2f":
            yield setting.problem(
                f"`mfa_serial` {quote(value)} is a security key, which gives no code",
                "write the ARN of a virtual MFA device, which has `:mfa/`, or use `aws login`",
            )
        elif _MFA_SERIAL.fullmatch(value) is None:
            yield setting.problem(
                f"`mfa_serial` {quote(value)} is neither an ARN nor the serial number of an MFA "
                "device"
                if value
                else "`mfa_serial` is empty",
                "write the `SerialNumber` that `aws iam list-mfa-devices` shows, or remove the "
                "line",
            )
