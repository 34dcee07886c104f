"""Values that STS or the AWS CLI cannot take, setting by setting."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.lint.codes import ProblemCode
from sync_profiles.model import Problem
from sync_profiles.outcomes import LONGEST_DURATION, SHORTEST_DURATION
from sync_profiles.planning.cli_settings import OUTPUTS
from sync_profiles.planning.session_name import is_session_name
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from sync_profiles.arn import Arn
    from sync_profiles.lint.reading import Item, Reading
    from sync_profiles.model import Place

    #: the code, the fact and the hint
    Finding = tuple[ProblemCode, str, str]

_PARTITION = re.compile(r"aws(-[a-z]+)*")
_ROLE = re.compile(r"role/(?:[!-.0-~]+/)*[\w+=,.@-]{1,64}", re.ASCII)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_MFA_SERIAL = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
_KINDS = {"user": "a user", "assumed-role": "a session", "instance-profile": "an instance profile"}


def find_values(reading: Reading, *, spoiled: AbstractSet[Place]) -> Iterator[Problem]:
    """Yield the values that cannot work, but for those that are `spoiled` already."""
    for item in reading.items():
        check = _CHECKS.get(item.key)
        if check is None or not item.counts or item.option.is_nested or item.place in spoiled:
            continue
        finding = check(item)
        if finding is not None:
            code, message, hint = finding
            yield Problem(
                place=item.place, code=code, profile=item.profile_name, message=message, hint=hint
            )


def _check_role_arn(item: Item) -> Finding | None:
    value = item.option.value
    arn = parse_arn(value)
    if arn is not None and _is_role(arn):
        return None
    fact, hint = _what_is_no_role(value, arn)
    return ProblemCode.ROLE_ARN_INVALID, fact, hint


def _what_is_no_role(value: str, arn: Arn | None) -> tuple[str, str]:
    role = "arn:aws:iam::ACCOUNT:role/NAME"
    if not value:
        return "`role_arn` is empty", f"write {_line(role)}, or take the line out"
    joined = "".join(value.split())
    whole = parse_arn(joined)
    if joined != value and whole is not None and _is_role(whole):
        return f"`role_arn` {quote(value)} has a blank in it", f"write {_line(joined)}"
    if arn is None:
        return (
            f"`role_arn` {quote(value)} is no ARN",
            f"write {_line(role)}, with the account's 12 digits",
        )
    if arn.kind == "assumed-role" and arn.resource.count("/"):
        name = arn.resource.split("/")[1]
        meant = f"arn:{arn.partition}:iam::{arn.account_id}:role/{name}"
        return (
            f"`role_arn` {quote(value)} is the ARN of a session, not of a role",
            f"write {_line(meant)}, with the role's path if it has one",
        )
    if arn.kind in _KINDS:
        return (
            f"`role_arn` {quote(value)} is the ARN of {_KINDS[arn.kind]}, not of a role",
            f"write {_line(f'arn:{arn.partition}:iam::ACCOUNT:role/NAME')}",
        )
    if _PARTITION.fullmatch(arn.partition) is None:
        return (
            f"`role_arn` {quote(value)} has no partition of AWS: {quote(arn.partition)}",
            "write `aws`, `aws-cn`, `aws-us-gov` …",
        )
    if not is_account_id(arn.account_id):
        return (
            f"`role_arn` {quote(value)} has no 12-digit account ID: {quote(arn.account_id)}",
            f"write {_line(role)}, with the account's 12 digits",
        )
    return f"`role_arn` {quote(value)} is no ARN of a role", f"write {_line(role)}"


def _is_role(arn: Arn) -> bool:
    return (
        _PARTITION.fullmatch(arn.partition) is not None
        and (arn.service, arn.region) == ("iam", "")
        and is_account_id(arn.account_id)
        and _ROLE.fullmatch(arn.resource) is not None
    )


def _line(role_arn: str) -> str:
    return quote(f"role_arn = {role_arn}")


def _check_session_name(item: Item) -> Finding | None:
    value = item.option.value
    if not item.is_of_any_role or not value or is_session_name(value):
        return None
    return (
        ProblemCode.SESSION_NAME_INVALID,
        f"{quote(value)} cannot be a session name: STS takes 2 to 64 of `A-Z a-z 0-9 _+=,.@-`",
        "run `sync-profiles`, which writes the caller's name, or correct `role_session_name`"
        if item.is_of_role
        else "correct `role_session_name`",
    )


def _check_mfa_serial(item: Item) -> Finding | None:
    value = item.option.value
    if not item.is_of_role:
        return None
    arn = parse_arn(value)
    if arn is not None and arn.kind == "user":
        device = f"arn:{arn.partition}:iam::{arn.account_id}:mfa/{arn.name}"
        return (
            ProblemCode.MFA_SERIAL_INVALID,
            f"`mfa_serial` {quote(value)} is the ARN of a user, not of an MFA device",
            f"write {quote(f'mfa_serial = {device}')}, or what `aws iam list-mfa-devices` shows",
        )
    if _MFA_SERIAL.fullmatch(value) is not None:
        return None
    return (
        ProblemCode.MFA_SERIAL_INVALID,
        f"`mfa_serial` {quote(value)} is neither an ARN nor the serial number of an MFA device"
        if value
        else "`mfa_serial` is empty",
        "write the `SerialNumber` that `aws iam list-mfa-devices` shows, or take the line out",
    )


def _check_duration(item: Item) -> Finding | None:
    value = item.option.value
    if not item.is_of_role or not value:
        return None
    try:
        seconds = int(value)
    except ValueError:
        return (
            ProblemCode.DURATION_IGNORED,
            f"`duration_seconds` {quote(value)} is no integer, and so ignored",
            "write it in seconds, such as `duration_seconds = 3600`",
        )
    if SHORTEST_DURATION <= seconds <= LONGEST_DURATION:
        return None
    return (
        ProblemCode.DURATION_OUT_OF_RANGE,
        f"`duration_seconds` {quote(value)} is outside of 900 to 43200",
        "write `duration_seconds = 3600`, which every role grants",
    )


def _check_output(item: Item) -> Finding | None:
    value = item.option.value
    if value in OUTPUTS:
        return None
    return (
        ProblemCode.OUTPUT_UNKNOWN,
        f"`output` {quote(value)} is no format of the AWS CLI" if value else "`output` is empty",
        f"write one of {', '.join(quote(output) for output in OUTPUTS)}",
    )


_CHECKS: Mapping[str, Callable[[Item], Finding | None]] = MappingProxyType(
    {
        "role_arn": _check_role_arn,
        "role_session_name": _check_session_name,
        "mfa_serial": _check_mfa_serial,
        "duration_seconds": _check_duration,
        "output": _check_output,
    }
)
