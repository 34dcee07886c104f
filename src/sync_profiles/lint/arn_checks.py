"""Checks of the settings that are ARNs: `role_arn` and `mfa_serial`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from string import digits
from urllib.parse import parse_qsl, unquote

from sync_profiles.arn import Arn, is_account_id, is_partition, is_role, parse_arn
from sync_profiles.config.values import MARKS_AROUND, in_ascii
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import check
from sync_profiles.lint.written_setting import WrittenSetting
from sync_profiles.model import Chain, Problem
from sync_profiles.text import quote, with_profile

#: why a profile below another role has no use for a device
ONLY_FIRST_HAS_MFA = "in a chain, only the first call can have MFA"
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_HARDWARE_SERIAL = re.compile(r"[\w+=,.@-]{9,256}", re.ASCII)
_DEVICE = re.compile(r"(?:sms-)?mfa/[\w+=/,.@-]+", re.ASCII)
_OTHER_KINDS = {
    "user": "a user",
    "assumed-role": "a session",
    "instance-profile": "an instance profile",
}
_SERVICE_LINKED = "role/aws-service-role/"
_RESERVED = re.compile(r"AWSReservedSSO_(?P<name>[\w+=,.@-]{1,32})_[0-9a-f]{16}", re.ASCII)
_ANY_ROLE = "arn:aws:iam::ACCOUNT:role/NAME"
_WITH_ACCOUNT = ", with the account's 12 digits"
_IF_ITS_NAME = ", if that is the role's name"
ANY_DEVICE = "arn:aws:iam::ACCOUNT:mfa/NAME"
_OR_NONE = ", or remove the line if the role requires no MFA"
#: an ARN that is wrong only where there is one right way to write it: `arn`, the colons, upper and
#: lower case, the service, a region, an account ID in groups of digits, `role/` or `mfa/`, or what
#: is before the account ID
_NEARLY = (
    r"(?:(?:a?r?n?:+)?(?P<partition>aws(?:-[a-z]+)*):+(?:iam|sts):+(?:[a-z]+(?:-[a-z]+)+-\d:+)?)?"
    r"(?P<account_id>\d(?:[ -]?\d){11})(?::+|/(?=roles?/|mfa/))"
)
_NEARLY_A_ROLE = re.compile(
    _NEARLY + r"(?:/?roles?[/:](?P<with_path>.+)|(?P<name>[^/:]+))", re.ASCII | re.IGNORECASE
)
_NEARLY_A_DEVICE = re.compile(
    _NEARLY + r"/?mfa[/:](?P<name>[\w+=/,.@-]+)", re.ASCII | re.IGNORECASE
)
#: a whole ARN of a role in other text, such as a tag, a link or a remark: nothing follows that may
#: belong to its name
_ROLE_INSIDE = re.compile(
    r"(?<![\w:])arn:aws[a-z-]*:iam::\d{12}:role/(?:[\w+=,.@-]+/)*[\w+=,.@-]*\w"
    r"(?=[|)\]\"'`&]|</|<br\b|\s+[^\w\s]|$)",
    re.ASCII,
)
_SLASHES = re.compile(r"/+")
#: the start of an ARN that is not pasted into another one, in place of a name there
_ARN_START = re.compile(r"(?<![\w:/])arn:aws")
#: what is between ARNs, which may be nothing
_BETWEEN_ARNS = re.compile(r"[\s,;|]+|(?=arn:)")
#: what begins a comment
_NOT_OF_ARN = re.compile(r"[#;](?!\S)")
#: the address with which the console switches to a role
_SWITCH_ROLE = re.compile(r"https://signin\.aws\.amazon\.com/switchrole\?(?P<query>\S+)")
#: what the console's address of a role, or another value that is not an ARN, says of it
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)
_NAME = re.compile(
    r"(?:\broles?/(?:details/)?|\brolename=|^(?:\d{12}[:/])?)(?!\S*(?<![a-z])arn(?![a-z]))"
    # possessive: where it fails, it fails at the end of a value, which may be long
    r"(?P<name>(?:[\w+=,.@-]*+/)*+(?=[\w+=,.@-]*?[a-z])[\w+=,.@-]++)(?=[?&#]|$)",
    re.ASCII | re.IGNORECASE,
)
_PARTITIONS = {".amazonaws.cn/": "aws-cn", ".amazonaws-us-gov.com/": "aws-us-gov"}
#: what is not the name of a role if it is all there is: another ARN, or one without its end
_NOT_A_NAME = re.compile(r"(?:assumed-)?role|root$|user$|group$|policy$|mfa$", re.IGNORECASE)


@check("role-arn-invalid", "`role_arn` is not the ARN of a role")
def invalid_role_arns(files: BothFiles) -> Iterator[Problem]:
    """Yield the values of `role_arn` that are not the ARN of a role."""
    found = [(setting, parse_arn(setting.value)) for setting in files.in_effect("role_arn")]
    accounts = {arn.account_id for _, arn in found if is_role(arn)}
    for setting, arn in found:
        if not is_role(arn) or "arn:aws" in setting.value[1:]:  # which a path may have
            yield setting.problem(*instead_of_role(setting.value, arn, accounts=accounts))


@check(
    "role-of-aws",
    "`role_arn` is a role of an AWS service or of IAM Identity Center, which trusts no one else",
)
def roles_of_aws(files: BothFiles) -> Iterator[Problem]:
    """Yield roles of AWS services and of IAM Identity Center: no one can change whom they trust.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
    https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """
    for setting in files.in_effect("role_arn"):
        arn = parse_arn(setting.value)
        if not is_role(arn):
            continue
        permission_set = permission_set_of(arn.name)
        if arn.resource.startswith(_SERVICE_LINKED):
            yield setting.problem(
                f"role {quote(arn.name)} is a service-linked one, which only its AWS service can "
                "assume",
                "write the ARN of a role that trusts you",
            )
        elif permission_set is not None:
            profile = setting.profile_name or "NAME"
            yield setting.problem(
                f"role {quote(arn.name)} trusts only IAM Identity Center",
                "remove `role_arn` and the source, and run "
                f"{with_profile('aws configure sso', profile)}: choose account "
                f"{quote(arn.account_id)} and {quote(permission_set)}",
            )


def permission_set_of(role_name: str) -> str | None:
    """Return the permission set that IAM Identity Center made a role from, None if it did not."""
    reserved = _RESERVED.fullmatch(role_name)
    return reserved["name"] if reserved is not None else None


def instead_of_role(
    value: str, arn: Arn | None, *, accounts: AbstractSet[str] = frozenset()
) -> tuple[str, str]:
    """Return what a value is that is not the ARN of a role, and what to write instead.

    `accounts` are those of other roles.
    """
    if not value:
        return "`role_arn` is empty", f"write {_role_line(_ANY_ROLE)}, or remove the line"
    fact = f"`role_arn` {quote(value)}"
    if meant := _roles_in(value):
        what = "is several ARNs, and a profile has one role"
        if len(meant) == 1:
            is_of_spaces = meant[0] == "".join(value.split())
            what = "contains a space" if is_of_spaces else "is not the ARN of a role"
        return f"{fact} {what}", f"write {' or '.join(map(_role_line, meant))}"
    if arn is None:
        return f"{fact} is not an ARN", f"write {_as_far_as_said(value)}"
    what, hint = _what_else(arn, accounts)
    return f"{fact} {what}", f"write {hint}"


def _what_else(arn: Arn, accounts: AbstractSet[str]) -> tuple[str, str]:
    """Return what an ARN is that is not a role's, and what to write."""
    if arn.session_role is not None:
        line = _role_line(arn.in_iam(f"role/{arn.session_role}"))
        return (
            "is the ARN of a session, not of a role",
            f"{line}, with the role's path if it has one",
        )
    if arn.kind in _OTHER_KINDS:
        is_whole = is_account_id(arn.account_id) and arn.name not in {"", arn.kind}
        role = f"arn:{arn.partition}:iam::ACCOUNT:role/NAME"
        role = arn.in_iam(f"role/{arn.name}") if is_whole else role
        return (
            f"is the ARN of {_OTHER_KINDS[arn.kind]}, not of a role",
            _role_line(role) + (_IF_ITS_NAME if is_whole else ""),
        )
    if not is_partition(arn.partition):
        what = f"has {quote(arn.partition)} where the partition should be"
        return what, "`aws`, `aws-cn`, `aws-us-gov` …"
    if not is_account_id(arn.account_id):
        is_whole = is_role(replace(arn, account_id="0" * 12))
        role = str(replace(arn, account_id="ACCOUNT")) if is_whole else _ANY_ROLE
        hint = _role_line(role) + _WITH_ACCOUNT
        near = _with_another_digit(arn.account_id) & accounts
        meant = [*filter(None, (_repaired(str(replace(arn, account_id=each))) for each in near))]
        if len(meant) == 1:
            hint = f"{_role_line(meant[0])}, if you mean that account, which another role is in"
        elif arn.account_id and is_account_id(arn.account_id.zfill(12)):
            hint += " and the leading zeros"
        found = f": {quote(arn.account_id)}" if arn.account_id else ""
        return "has no 12-digit account ID" + found, hint
    without_slash = arn.in_iam(arn.resource.rstrip("/"))
    is_whole = is_role(parse_arn(without_slash))
    role = without_slash if is_whole else arn.in_iam("role/NAME")
    return "is not the ARN of a role", _role_line(role) + (_IF_ITS_NAME if is_whole else "")


def _as_far_as_said(value: str) -> str:
    """Return the line with what a value that is not an ARN says of a role, and what to check."""
    partition = next((_PARTITIONS[each] for each in _PARTITIONS if each in value), "aws")
    account_id, name = _ACCOUNT.search(value), _NAME.search(unquote(value))
    account = account_id[0] if account_id is not None else "ACCOUNT"
    line = _role_line(f"arn:{partition}:iam::{account}:role/{name['name'] if name else 'NAME'}")
    if account_id is None:
        return line + _WITH_ACCOUNT
    return line + (_IF_ITS_NAME if name is not None else "")


def _with_another_digit(text: str) -> set[str]:
    """Return the account IDs that a text of 11 digits may be without one of theirs."""
    places = range(len(text) + 1) if is_account_id(f"0{text}") else ()
    return {text[:at] + digit + text[at:] for at in places for digit in digits}


def _roles_in(value: str) -> list[str]:
    """Return the ARNs of roles that a value can only mean: several if it consists of them."""
    parts = [part for part in _BETWEEN_ARNS.split(value) if part]
    if all(is_role(parse_arn(part)) for part in parts):
        return list(dict.fromkeys(parts))
    return [repaired] if (repaired := _repaired(value)) is not None else []


def _repaired(value: str) -> str | None:
    """Return the ARN of a role that a value can only mean, None if that is not certain."""
    switch = _SWITCH_ROLE.fullmatch(value)
    if switch is not None:
        named = dict(parse_qsl(switch["query"]))
        value = f"arn:aws:iam::{named.get('account')}:role/{named.get('roleName')}"
    first, _, second = value.partition(",")  # with its SAML provider, as Google and Okta have it
    if parse_arn(first) is not None and parse_arn(second) is not None:
        value = second if is_role(parse_arn(second)) else first
    inside: list[str] = _ROLE_INSIDE.findall(value)
    if len(set(inside)) == 1 and len(inside) == len(_ARN_START.findall(value)):
        return inside[0]
    nearly = _NEARLY_A_ROLE.fullmatch(_bare(value))
    if nearly is None or _ARN_START.search(nearly["with_path"] or ""):
        return None
    if (name := nearly["name"]) and (not nearly["partition"] or _NOT_A_NAME.match(name)):
        return None
    text = _in_account(nearly) + f"role/{nearly['with_path'] or nearly['name']}"
    return text if is_role(parse_arn(text)) else None


def _bare(value: str) -> str:
    """Return a value in ASCII, without what no ARN has around it, behind it or at its colons."""
    value = _NOT_OF_ARN.split(in_ascii(value))[0].strip(MARKS_AROUND + "<>{}()")
    value = _SLASHES.sub("/", value)
    for separator in ":/":
        value = separator.join(part.strip() for part in value.split(separator))
    return value


def _in_account(nearly: re.Match[str]) -> str:
    account_id = "".join(filter(str.isdigit, nearly["account_id"]))
    return f"arn:{(nearly['partition'] or 'aws').lower()}:iam::{account_id}:"


def _role_line(role_arn: str) -> str:
    return quote(f"role_arn = {role_arn}")


@check("mfa-serial-invalid", "`mfa_serial` is not an MFA device")
def _invalid_mfa_serials(files: BothFiles) -> Iterator[Problem]:
    for setting in files.in_effect("mfa_serial"):
        if setting.is_of_role and not _is_device(setting.value):
            message, hint = _instead_of_device(setting)
            chain = files.chains.get(setting.profile_name or "")
            if isinstance(chain, Chain) and chain.above is not None:
                hint = f"remove the line: {ONLY_FIRST_HAS_MFA}"
            yield setting.problem(message, hint)


def _is_device(value: str) -> bool:
    """Return whether a value has the form of a device that gives codes: an ARN, or a serial."""
    arn = parse_arn(value)
    if arn is None:
        return _HARDWARE_SERIAL.fullmatch(value) is not None
    is_of_account = is_partition(arn.partition) and is_account_id(arn.account_id)
    is_of_iam = is_of_account and (arn.service, arn.region) == ("iam", "")
    return is_of_iam and _DEVICE.fullmatch(arn.resource) is not None


def listing_of_devices(source_profile: str | None) -> str:
    """Return the command that lists the MFA devices of a profile's user."""
    return with_profile("aws iam list-mfa-devices", source_profile or None)


def _instead_of_device(setting: WrittenSetting) -> tuple[str, str]:
    value, profile = setting.value, setting.profile
    listing = listing_of_devices(profile.text("source_profile") if profile is not None else None)
    fact = f"`mfa_serial` {quote(value)}"
    arn = parse_arn(value)
    if arn is not None and arn.kind == "user":
        device = arn.in_iam(f"mfa/{arn.name}")
        hint = f"write the `SerialNumber` that {listing} shows, often {quote(device)}"
        return (
            f"{fact} is the ARN of a user, not of an MFA device",
            hint + _OR_NONE,
        )
    if arn is not None and arn.kind == "u2f":
        return (
            f"{fact} is a security key, which gives no code",
            "write the ARN of a virtual MFA device, which has `:mfa/`, or use `aws login`",
        )
    what = f"{fact} is neither the ARN nor the serial number of an MFA device"
    nearly = _NEARLY_A_DEVICE.fullmatch(_bare(value))
    if nearly is not None:
        device = _in_account(nearly) + f"mfa/{nearly['name']}"
        return what, f"write {quote(f'mfa_serial = {device}')}"
    shown = f"the `SerialNumber` that {listing} shows, such as {quote(ANY_DEVICE)}"
    return what if value else "`mfa_serial` is empty", f"write {shown}{_OR_NONE}"
