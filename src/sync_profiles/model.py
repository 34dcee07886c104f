"""The words of the tool as types: frozen values, no I/O.

Read from the files: `Setting`, `Profile`, `Chain`, `BrokenChain`, `Problem`.
Learned from AWS: `Caller`, `NoCaller`, `Accepted`, `Refused`, `Untested`.
Decided: `Verdict`, `Change`, `Decision`. The causes of a refusal stand in `causes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.arn import Arn, parse_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.causes import Cause

STATIC_KEYS = ("aws_access_key_id", "aws_secret_access_key")
#: seconds: STS grants sessions from these to those
SHORTEST_DURATION = 900
LONGEST_DURATION = 43_200


class FileKind(StrEnum):
    """The two files that make up the profiles."""

    CONFIG = "config"
    CREDENTIALS = "credentials"


class Verdict(StrEnum):
    """What the test switches prove about a profile."""

    ACCEPTED = "accepted"
    FIXABLE = "fixable"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Change(StrEnum):
    """What a sync does about a profile's session name."""

    FILL = "fill"
    FIX = "fix"
    KEEP = "keep"
    LEAVE = "leave"
    NONE = "none"
    SKIP = "skip"

    @property
    def writes(self) -> bool:
        """Say whether the change is a line to insert or rewrite."""
        return self in {Change.FILL, Change.FIX}


# tuples, as a large file has tens of thousands of these: they are made in a third of the time
class Place(NamedTuple):
    """A line of one of the two files; lines count from 1."""

    file: FileKind
    line: int


class Setting(NamedTuple):
    """One key's value as botocore merges it.

    `value` is what botocore takes, white space stripped, further lines joined by newlines.
    `nested` marks a block of `key = value` lines, which botocore turns into a mapping: it is no
    text, and no setting of an assume-role profile can use it.  `in_both` says that the config
    file has the key as well, and that this value of the credentials file goes before it.
    """

    value: str
    place: Place
    nested: bool = False
    in_both: bool = False


def first_line(value: str) -> str:
    """Return what of a value may be shown: its first line, and `…` for those below.

    What is indented below a value belongs to it, and may be another setting: a secret key, too.
    """
    first, *further = value.split("\n")
    return f"{first} …" if further else first


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile as botocore merges it from both files.

    `section` is the header's text of the section in `place.file` in which a session name takes
    effect, `place` that header's line. `client` names the first profile of the file whose
    settings send a call to the same place (region, endpoint, proxy, certificates …): profiles
    with an equal `client` make equal calls.
    """

    name: str
    settings: Mapping[str, Setting]
    section: str
    place: Place
    client: str
    keep_name: bool = False

    def text(self, key: str) -> str | None:
        """Return a setting's text, None where it is not set or is a nested block."""
        setting = self.settings.get(key)
        return None if setting is None or setting.nested else setting.value

    def place_of(self, key: str) -> Place:
        """Return where a setting stands, the section's header where it is not set."""
        setting = self.settings.get(key)
        return self.place if setting is None else setting.place

    def goes_on(self, key: str) -> bool:
        """Say whether a setting goes on in the lines below it, as they are indented."""
        setting = self.settings.get(key)
        return setting is not None and (setting.nested or "\n" in setting.value)

    @property
    def role_arn(self) -> str:
        """The role's ARN as the file has it; empty where it is a nested block."""
        return self.text("role_arn") or ""

    @property
    def role(self) -> Arn | None:
        """The role's ARN, taken apart."""
        return parse_arn(self.role_arn)

    @property
    def session_name(self) -> str | None:
        """The configured session name; an empty one counts as none, as it does in botocore."""
        setting = self.settings.get("role_session_name")
        return (setting.value or None) if setting is not None else None

    @property
    def duration_seconds(self) -> int | None:
        """The duration in seconds; a value that is no integer is ignored, as botocore does."""
        try:
            return int(self.text("duration_seconds") or "")
        except ValueError:
            return None

    @property
    def is_web_identity(self) -> bool:
        """Say whether the role is assumed with a web identity token."""
        return "role_arn" in self.settings and "web_identity_token_file" in self.settings

    @property
    def is_assume_role(self) -> bool:
        """Say whether botocore would assume a role for this profile."""
        return "role_arn" in self.settings and "web_identity_token_file" not in self.settings

    @property
    def has_static_credentials(self) -> bool:
        """Say whether botocore uses this profile by its own keys when it is a source."""
        return any(key in self.settings for key in STATIC_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a chain starts: a profile with credentials of its own, or a `credential_source`."""

    profile: str | None = None
    credential_source: str | None = None

    def __str__(self) -> str:
        if self.profile is not None:
            return self.profile
        return f"credential_source:{self.credential_source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The way to a role: a source, then the profiles whose roles are assumed, the last one last."""

    source: Source
    hops: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenChain:
    """A chain that leads nowhere; found in the files, before any call."""

    cause: Cause
    message: str
    hint: str
    place: Place
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a file that its owner should know; `code` is stable, `place` a line."""

    place: Place
    code: str
    message: str
    hint: str
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFailure:
    """An error that AWS answered: the operation, its code and its own words."""

    operation: str
    code: str
    message: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFailure:
    """An error that arose on this machine: the exception's class name and its text, no secret."""

    kind: str
    text: str


Failure = ServiceFailure | LocalFailure

#: the kind of a `LocalFailure` for a setting that goes on below its line; its text is the key
SWALLOWED_LINE = "SwallowedLine"
#: … and for a setting at which the AWS CLI stops: `key = value`, or `VARIABLE=value`
STOPPING_SETTING = "StoppingSetting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a source is: what GetCallerIdentity answered for it."""

    source: Source
    arn: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCaller:
    """A source without an identity: its credentials do not resolve, or AWS refused them.

    `settled` says that the AWS CLI fails as well; otherwise nothing is proved (no network …).
    `places` has what holds at the place of each client (`Profile.client`), where several differ.
    """

    source: Source
    cause: Cause
    failure: Failure
    settled: bool
    places: Mapping[str, NoCaller] = field(default_factory=dict, compare=False, repr=False)

    def at(self, client: str) -> NoCaller:
        """Return what holds at a client's place."""
        return self.places.get(client, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One `sts:AssumeRole`: equal switches get equal answers, and are sent once.

    `parent` is the switch whose session calls, None where the source itself does.
    `session_name` is None where the AWS CLI would make one up. `client` is `Profile.client`.
    """

    source: Source
    parent: Switch | None
    role_arn: str
    session_name: str | None
    external_id: str | None
    mfa_serial: str | None
    duration_seconds: int | None
    client: str

    @property
    def sent_duration(self) -> int:
        """The seconds that the call asks for: the fewest that there are, where none are set."""
        return SHORTEST_DURATION if self.duration_seconds is None else self.duration_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """STS gave the session; the ARN is its proof."""

    assumed_role_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The switch is refused for certain: by STS, or by what the AWS CLI itself would say."""

    cause: Cause
    failure: Failure
    policy_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untested:
    """Nothing is proved: the switch could not be sent, or got no answer of its own."""

    cause: Cause
    failure: Failure


Outcome = Accepted | Refused | Untested


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about one profile, and what is known of it.

    `chain` is None for a web identity, `outcome` is the evidence for `verdict`, `blocked_by` the
    hop further up whose switch is the one that failed.  `wanted_name` is None where the caller
    gives none.  `note` says why a change is not made.
    """

    profile: Profile
    chain: Chain | BrokenChain | None
    wanted_name: str | None
    verdict: Verdict
    change: Change
    cause: Cause | None = None
    outcome: Outcome | None = None
    blocked_by: str | None = None
    note: str | None = None
