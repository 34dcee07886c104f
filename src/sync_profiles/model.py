"""Types for what the two files say: frozen values, no I/O.

What AWS answers is in `outcomes.py`, what is decided in `planning/decision.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.causes import Cause
from sync_profiles.text import Phrase, quote

SESSION_NAME_KEY = "role_session_name"
STATIC_KEYS = ("aws_access_key_id", "aws_secret_access_key")
#: as botocore looks for them: an empty first one hides the second
TOKEN_KEYS = ("aws_security_token", "aws_session_token")
#: a client of boto3, by the first profile of the file that has its connection settings (region,
#: endpoint, proxy, certificates …)
ClientName: TypeAlias = str


class FileKind(StrEnum):
    """The two files that define the profiles."""

    CONFIG = "config"
    CREDENTIALS = "credentials"

    @property
    def variable(self) -> str:
        """The environment variable that names the file."""
        return "AWS_CONFIG_FILE" if self is FileKind.CONFIG else "AWS_SHARED_CREDENTIALS_FILE"


# tuples, because a large file has tens of thousands of these: creating them takes a third of the
# time
class Place(NamedTuple):
    """A line of one of the two files; lines count from 1, and the config file's come first."""

    file: FileKind
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


def in_parentheses(place: Place) -> str:
    """Return a place as texts name it: `(config, line 3)`."""
    return f"({place})"


def own_place(place: Place) -> Phrase:
    """Return a place in parentheses after a space; a text about several profiles leaves it out."""
    return Phrase(f" {in_parentheses(place)}", "")


class Setting(NamedTuple):
    """One key's value as botocore merges it.

    `value` is what botocore uses: white space stripped, further lines joined by newlines. `nested`
    marks a block of `key = value` lines, which botocore turns into a mapping; no setting of an
    assume-role profile can use one. `overridden` is the config file's setting of the key that this
    one of the credentials file overrides. `glued` means that another setting is on its line, or,
    behind a session name, a header: this, too, counts as a further line.
    """

    value: str
    place: Place
    nested: bool = False
    overridden: Setting | None = None
    glued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile as botocore merges it from both files.

    `section` is the header text of the section in which a session name takes effect, `place` that
    header's file and line. Profiles with the same `client` make the same calls.
    """

    name: str
    settings: Mapping[str, Setting]
    section: str
    place: Place
    client: ClientName
    keep_name: bool = False

    def text(self, key: str) -> str | None:
        """Return a setting's text, or None if it is not set or a nested block."""
        setting = self.settings.get(key)
        return None if setting is None or setting.nested else setting.value

    def place_of(self, key: str) -> Place:
        """Return the place of a setting, or of the section's header if it is not set."""
        setting = self.settings.get(key)
        return self.place if setting is None else setting.place

    @property
    def subject(self) -> Phrase:
        """The profile, as the subject of a sentence."""
        return Phrase(f"profile {quote(self.name)}", "each profile")

    @property
    def header(self) -> Phrase:
        """The header of its section, as a literal."""
        return Phrase(quote(f"[{self.section}]"), "each section")

    @property
    def quoted_role(self) -> Phrase:
        """The role's ARN, as a literal."""
        return Phrase(quote(self.role_arn), "the role")

    def at(self, key: str) -> str:
        """Return a setting with its place, or with the section that lacks it."""
        if key in self.settings:
            return quote(key) + own_place(self.settings[key].place)
        return f"{quote(key)} in " + self.header + own_place(self.place)

    def beside_access_key(self, key: str) -> Setting | None:
        """Return another setting next to the access key: botocore takes all from the same file."""
        key_id, setting = self.settings.get("aws_access_key_id"), self.settings.get(key)
        if key_id is None or setting is None:
            return None
        return setting if setting.place.file is key_id.place.file else setting.overridden

    @property
    def tokens(self) -> Mapping[str, Setting]:
        """The session tokens next to the access key: botocore sends the first, if any."""
        beside = {key: self.beside_access_key(key) for key in TOKEN_KEYS}
        return {key: setting for key, setting in beside.items() if setting is not None}

    @property
    def sent_token(self) -> str | None:
        """The key of the token that botocore sends with the access key; an empty one is not."""
        key, setting = next(iter(self.tokens.items()), (None, None))
        return key if setting is not None and setting.value else None

    def is_continued(self, key: str) -> bool:
        """Return whether a setting continues in indented lines below it, or in another setting."""
        setting = self.settings.get(key)
        return setting is not None and (setting.nested or setting.glued or "\n" in setting.value)

    def with_name(self, other: Setting | None) -> Profile:
        """Return the profile with another one's session name, in its own place."""
        own = self.settings.get(SESSION_NAME_KEY)
        if own is None or (other is not None and own.value == other.value):
            return self
        settings = {**self.settings}
        del settings[SESSION_NAME_KEY]
        if other is not None:
            settings[SESSION_NAME_KEY] = own._replace(value=other.value)
        return replace(self, settings=settings)

    @property
    def role_arn(self) -> str:
        """The role's ARN as the file has it; empty if it is a nested block."""
        return self.text("role_arn") or ""

    @property
    def role(self) -> Arn | None:
        """The role's parsed ARN."""
        return parse_arn(self.role_arn)

    @property
    def session_name(self) -> str | None:
        """The configured session name; an empty one counts as missing, as in botocore."""
        setting = self.settings.get("role_session_name")
        return (setting.value or None) if setting is not None else None

    @property
    def duration_seconds(self) -> int | None:
        """The duration in seconds; None if it is not an integer: botocore ignores such a value."""
        try:
            return int(self.text("duration_seconds") or "")
        except ValueError:
            return None

    @property
    def names_login(self) -> bool:
        """Whether the profile names a login of IAM Identity Center."""
        return not self.settings.keys().isdisjoint({"sso_session", "sso_start_url"})

    @property
    def is_web_identity(self) -> bool:
        """Whether the role is assumed with a web identity token."""
        return "role_arn" in self.settings and "web_identity_token_file" in self.settings

    @property
    def is_assume_role(self) -> bool:
        """Whether botocore would assume a role for this profile."""
        return "role_arn" in self.settings and "web_identity_token_file" not in self.settings

    @property
    def has_static_credentials(self) -> bool:
        """Whether botocore uses this profile's own keys when it is a source."""
        return any(key in self.settings for key in STATIC_KEYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The start of a chain: a profile with its own credentials, or a `credential_source`."""

    profile: str | None = None
    credential_source: str | None = None
    client: ClientName | None = None  # the one whose settings decide how an instance is asked

    def __str__(self) -> str:
        if self.profile is not None:
            return self.profile
        of = "" if self.client is None else f" of {self.client}"
        return f"credential_source:{self.credential_source}{of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A source and the profiles whose roles are assumed in turn, the final one last."""

    source: Source
    hops: tuple[str, ...]

    @property
    def above(self) -> str | None:
        """The profile whose session makes the last call, None if the source itself does."""
        return self.hops[-2] if len(self.hops) > 1 else None

    def up_to(self, profile: str) -> Chain | None:
        """Return the part of the chain up to a profile; None if the profile is not part of it."""
        if profile not in self.hops:
            return None
        return replace(self, hops=self.hops[: self.hops.index(profile) + 1])

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles of the chain, including its source if that is one."""
        source = self.source.profile
        return self.hops if source is None else (source, *self.hops)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenChain:
    """A chain without a usable source (`source`, if it names one), found before any call."""

    cause: Cause
    message: str
    hint: str
    place: Place
    via: tuple[str, ...] = ()
    source: str | None = None

    @property
    def profile(self) -> str | None:
        """The profile in which the chain breaks."""
        return next(iter(self.via), None)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles of the chain, as far as it can be followed."""
        return self.via if self.source is None else (self.source, *self.via)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem in a file; `place` is a line.

    `code` never changes between versions; it comes from the table of checks, as does whether
    botocore refuses the whole file for it, or does not see profiles. `unread` are the
    settings that the profile does not have because of it. `value_at` is the line of the setting
    whose value is wrong, which may go on below it.
    """

    place: Place
    message: str
    hint: str
    code: str = ""
    profile: str | None = None
    unread: tuple[str, ...] = ()
    value_at: Place | None = None
    is_fatal: bool = False
    hides_profiles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """One line that was rewritten, inserted (`before` is None) or removed (`after` is None).

    `line` counts from 1 in the new text; for a removed line it is where that line was. The text of
    a rewritten line has no line break, that of an inserted or a removed one ends with it.
    `section` is set for a session name, and is the text of the header above it, by which the
    line is found again in a file that was edited since. At the end of a file without a last
    newline, the text of an inserted name begins with the line break instead.
    """

    line: int
    before: str | None
    after: str | None
    section: str | None = field(default=None, compare=False)
