"""Checks of single settings: values that are misread or invalid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, is_partition, is_role, parse_arn
from sync_profiles.config.values import (
    first_invisible,
    meant_value,
    name_character,
    split_header,
)
from sync_profiles.lint.findings import Finding
from sync_profiles.lint.misreading import (
    Misreading,
    indented_headers,
    indented_line,
    settings_below,
    variable_in,
)
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.outcomes import LONGEST_DURATION, SHORTEST_DURATION
from sync_profiles.planning.cli_settings import OUTPUTS
from sync_profiles.planning.session_name import is_session_name
from sync_profiles.redaction import hides_secret
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.arn import Arn
    from sync_profiles.lint.findings import WrittenSetting
    from sync_profiles.lint.written import BothFiles

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_MFA_SERIAL = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
_OTHER_KINDS = {
    "user": "a user",
    "assumed-role": "a session",
    "instance-profile": "an instance profile",
}
_ANY_ROLE = "arn:aws:iam::ACCOUNT:role/NAME"


def waiting_settings(files: BothFiles) -> Iterator[Finding]:
    """Yield the imported settings that are a comment until the user is known."""
    for place, (name, key) in files.waiting.items():
        profile = files.profiles.get(name or "")
        if profile is not None and key not in profile.settings:
            what = f"{quote(key)} still waits for your credentials"
            yield Finding(place, name, what, "run `sync-profiles import`", (key,))


def swallowed_headers(files: BothFiles) -> Iterator[Finding]:
    """Yield the headers that are part of the value above them."""
    for setting in files.with_header(Misreading.LINES_BELOW):
        for header, line in indented_headers(setting.option):
            yield setting.finding(
                f"{quote(header)} is indented, {_so_it_is_part_of(setting)}",
                f"remove the indentation of line {line}",
                line=line,
            )


def swallowed_lines(files: BothFiles) -> Iterator[Finding]:
    """Yield the first other line that is part of a value which should have one line."""
    for setting in files.misread_as(Misreading.LINES_BELOW):
        line = indented_line(setting.option) if setting.is_one_line else None
        if line is not None:
            yield setting.finding(
                f"the line is indented, {_so_it_is_part_of(setting)}",
                f"remove the indentation of line {line}, or remove the line",
                line=line,
                unread=settings_below(setting.option.values),
            )


def _so_it_is_part_of(setting: WrittenSetting) -> str:
    return f"so it is part of the value of {quote(setting.key)} in line {setting.place.line}"


def nested_values(files: BothFiles) -> Iterator[Finding]:
    """Yield the keys that have a block of settings where their value should be."""
    for setting in files.misread_as(Misreading.BLOCK):
        yield setting.finding(
            f"{quote(setting.key)} has no value, but a block of settings below it",
            f"write the value on the same line as {quote(setting.key)}",
            unread=(setting.key, *settings_below(setting.option.values)),
        )


def inline_comments(files: BothFiles) -> Iterator[Finding]:
    """Yield the values that include the comment after them."""
    for setting in files.misread_as(Misreading.COMMENT):
        value = meant_value(setting.value)
        line = f"{setting.key} = {value}"
        is_shown = value and not hides_secret(line)
        yield setting.finding(
            f"the comment after {quote(setting.key)} is part of its value",
            (f"write {quote(line)}, and " if is_shown else "") + "put the comment on its own line",
        )


def quoted_values(files: BothFiles) -> Iterator[Finding]:
    """Yield the values that include the quotes around them."""
    for setting in files.misread_as(Misreading.QUOTES):
        line = f"{setting.key} = {meant_value(setting.value)}"
        yield setting.finding(
            f"the quotes around the value of {quote(setting.key)} are part of it",
            "remove the quotes" if hides_secret(line) else f"write {quote(line)}",
        )


def glued_headers(files: BothFiles) -> Iterator[Finding]:
    """Yield the values that a header follows on the same line."""
    for setting in files.with_header(Misreading.HEADER):
        _, header = split_header(setting.value) or ("", "")
        yield setting.finding(
            f"the header {quote(header)} is on the same line as the value of "
            f"{quote(setting.key)}, so it is part of it",
            "move it to a line of its own",
        )


def variables(files: BothFiles) -> Iterator[Finding]:
    """Yield the values that name a variable, as a team's file may."""
    for setting in files.misread_as(Misreading.VARIABLE):
        variable = variable_in(setting.value)
        is_name = setting.key == SESSION_NAME_KEY and setting.is_of_role
        run = "run `sync-profiles`, which writes your name, or " if is_name else ""
        yield setting.finding(
            f"the AWS CLI does not replace {quote(variable)} in the value of {quote(setting.key)}",
            f"{run}write what it stands for",
        )


def invisible_characters(files: BothFiles) -> Iterator[Finding]:
    """Yield the values with a character that is not seen, or looks like a space."""
    for setting in files.misread_as(Misreading.INVISIBLE):
        character = first_invisible(setting.value) or ""
        yield setting.finding(
            f"there is a {name_character(character)} in the value of {quote(setting.key)}",
            "remove it, or type what should be in its place",
        )


def misspelt_keys(files: BothFiles) -> Iterator[Finding]:
    """Yield the keys that the AWS CLI ignores and that are similar to one that it knows."""
    for setting, meant, repair in files.without_delimiter.values():
        key = setting.key.split()[0]
        yield setting.finding(f"the line has no `=` after {quote(key)}", repair, unread=(meant,))
    for setting, meant in files.misspelt.values():
        yield setting.finding(
            f"{quote(setting.key)} is not a setting that the AWS CLI knows",
            f"write {quote(meant)}",
            unread=(meant,),
        )


def invalid_role_arns(files: BothFiles) -> Iterator[Finding]:
    """Yield the values of `role_arn` that are not the ARN of a role."""
    for setting in files.values_of("role_arn"):
        arn = parse_arn(setting.value)
        if arn is None or not is_role(arn):
            yield setting.finding(*_instead_of_role(setting.value, arn))


def _instead_of_role(value: str, arn: Arn | None) -> tuple[str, str]:
    """Return what a value is instead of a role's ARN, and what to write."""
    with_account = f"write {_role_line(_ANY_ROLE)}, with the account's 12 digits"
    if not value:
        return "`role_arn` is empty", f"write {_role_line(_ANY_ROLE)}, or remove the line"
    fact = f"`role_arn` {quote(value)}"
    joined = "".join(value.split())
    whole = parse_arn(joined)
    if joined != value and whole is not None and is_role(whole):
        return f"{fact} contains a space", f"write {_role_line(joined)}"
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


def _role_line(role_arn: str) -> str:
    return quote(f"role_arn = {role_arn}")


def invalid_session_names(files: BothFiles) -> Iterator[Finding]:
    """Yield the session names that STS does not accept; an empty one counts as none."""
    for setting in files.values_of("role_session_name"):
        if setting.is_of_any_role and setting.value and not is_session_name(setting.value):
            run = "run `sync-profiles`, which writes your name, or "
            yield setting.finding(
                f"{quote(setting.value)} cannot be a session name: STS accepts 2 to 64 characters "
                "of `A-Z a-z 0-9 _+=,.@-`",
                (run if setting.is_of_role else "") + "correct `role_session_name`",
            )


def invalid_mfa_serials(files: BothFiles) -> Iterator[Finding]:
    """Yield the values of `mfa_serial` that are not an MFA device."""
    for setting in files.values_of("mfa_serial"):
        value = setting.value
        arn = parse_arn(value)
        if not setting.is_of_role:
            continue
        if arn is not None and arn.kind == "user":
            device = f"arn:{arn.partition}:iam::{arn.account_id}:mfa/{arn.name}"
            yield setting.finding(
                f"`mfa_serial` {quote(value)} is the ARN of a user, not of an MFA device",
                f"write {quote(f'mfa_serial = {device}')}, or what `aws iam list-mfa-devices` "
                "shows",
            )
        elif arn is not None and arn.kind == "u2f":
            yield setting.finding(
                f"`mfa_serial` {quote(value)} is a security key, which gives no code",
                "write the ARN of a virtual MFA device, which has `:mfa/`, or use `aws login`",
            )
        elif _MFA_SERIAL.fullmatch(value) is None:
            yield setting.finding(
                f"`mfa_serial` {quote(value)} is neither an ARN nor the serial number of an MFA "
                "device"
                if value
                else "`mfa_serial` is empty",
                "write the `SerialNumber` that `aws iam list-mfa-devices` shows, or remove the "
                "line",
            )


def ignored_durations(files: BothFiles) -> Iterator[Finding]:
    """Yield the durations that botocore ignores because they are not integers."""
    for setting, seconds in _durations(files):
        if seconds is None:
            yield setting.finding(
                f"`duration_seconds` {quote(setting.value)} is not an integer, so it is ignored",
                "write it in seconds, such as `duration_seconds = 3600`",
            )


def durations_out_of_range(files: BothFiles) -> Iterator[Finding]:
    """Yield the durations that no role allows."""
    for setting, seconds in _durations(files):
        if seconds is not None and not SHORTEST_DURATION <= seconds <= LONGEST_DURATION:
            yield setting.finding(
                f"`duration_seconds` {quote(setting.value)} is not between {SHORTEST_DURATION} "
                f"and {LONGEST_DURATION}",
                "write `duration_seconds = 3600`, which every role allows",
            )


def _durations(files: BothFiles) -> Iterator[tuple[WrittenSetting, int | None]]:
    for setting in files.values_of("duration_seconds"):
        if setting.is_of_role and setting.value:
            try:
                yield setting, int(setting.value)
            except ValueError:
                yield setting, None


def unknown_outputs(files: BothFiles) -> Iterator[Finding]:
    """Yield the values of `output` that stop the AWS CLI."""
    for setting in files.values_of("output"):
        if setting.value not in OUTPUTS:
            yield setting.finding(
                f"`output` {quote(setting.value)} is not an output format of the AWS CLI"
                if setting.value
                else "`output` is empty",
                f"write one of {', '.join(quote(output) for output in OUTPUTS)}",
            )
