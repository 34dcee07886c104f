"""One setting as it was written, and what to say of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sync_profiles.config.syntax import Option
from sync_profiles.config.values import numbered_key, powershell_key
from sync_profiles.known_keys import ONE_LINE_KEYS
from sync_profiles.lint.misreading import Misreading
from sync_profiles.masked_lines import pasted_secret
from sync_profiles.model import Place, Problem, Profile

#: the code of a setting that an import has not written yet
SETTING_WAITS = "setting-waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSetting:
    """One setting and its profile.

    `profile` is None in `[DEFAULT]` and in sections that are not a profile; `takes_effect` is
    False in the latter, and in a section that a later spelling of the same profile hides.
    """

    option: Option
    profile: Profile | None
    takes_effect: bool
    misreading: Misreading | None

    @property
    def place(self) -> Place:
        """The place of its key."""
        return self.option.place

    @property
    def profile_name(self) -> str | None:
        """The name of the profile, if it is in one."""
        return self.profile.name if self.profile is not None else None

    @property
    def key(self) -> str:
        """The key, in lower case."""
        return self.option.key

    @property
    def written_key(self) -> str:
        """The key, and what is behind it up to a `=` in a line of PowerShell or with a number."""
        line = self.option.block.lines[0]
        return powershell_key(line) or numbered_key(line) or self.key

    @property
    def value(self) -> str:
        """The value as botocore reads it."""
        return self.option.value

    @property
    def siblings(self) -> Collection[str]:
        """The keys of the same profile, in both files."""
        return self.profile.settings.keys() if self.profile is not None else ()

    def place_of_other(self, key: str) -> Place | None:
        """Return the place of another setting of the profile in the same file, if it has one."""
        other = self.profile.settings.get(key) if self.profile is not None else None
        return other.place if other is not None and other.place.file is self.place.file else None

    @property
    def is_one_line(self) -> bool:
        """Whether the value should be on the key's own line only."""
        return self.takes_effect and self.key in ONE_LINE_KEYS and not self.option.is_nested

    @property
    def is_of_role(self) -> bool:
        """Whether a profile that assumes a role by its source uses the setting."""
        return self.takes_effect if self.profile is None else self.profile.is_assume_role

    @property
    def is_of_any_role(self) -> bool:
        """Whether a profile with a role uses the setting, including web identity."""
        return self.is_of_role or (self.profile is not None and self.profile.is_web_identity)

    def problem(
        self, message: str, hint: str, *, line: int | None = None, unread: Iterable[str] = ()
    ) -> Problem:
        """Return a problem with this setting, or with one of the lines below it.

        A value that is a secret by its shape is not shown.
        """
        place = self.place if line is None else self.place._replace(line=line)
        if secret := pasted_secret(self.key, self.value):
            message, hint = (text.replace(secret, "\u2026") for text in (message, hint))
        return Problem(
            place=place,
            profile=self.profile_name,
            message=message,
            hint=hint,
            unread=tuple(unread),
            value_at=self.place,
        )
