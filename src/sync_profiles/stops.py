"""What stops the AWS CLI with a profile, whatever STS says of its switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Reason
from sync_profiles.planning.cli_settings import (
    CHECKED,
    EVERY,
    OUTPUT,
    OUTPUTS,
    TIMESTAMP_FORMAT,
    TIMESTAMP_FORMATS,
)
from sync_profiles.redaction import mask_words
from sync_profiles.text import first_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync_profiles.aws.switch import AsksSts
    from sync_profiles.model import Profile
    from sync_profiles.planning.cli_settings import CliSetting

_BY_KEY = {setting.key: setting for setting in CHECKED}


def find_stops(
    profiles: Mapping[str, Profile],
    names: Iterable[str],
    *,
    sts: AsksSts,
    environ: Mapping[str, str],
) -> dict[str, Failure]:
    """Find the profiles with which the AWS CLI makes no call, or cannot tell what came of it."""
    # a look into `os.environ` takes longer than all the rest does for a profile
    variables = {
        name: environ[name] for _, name, _ in EVERY if name is not None and name in environ
    }
    finder = _Finder(sts=sts, environ=variables)
    found = {name: finder.find(profiles[name]) for name in names}
    return {name: stop for name, stop in found.items() if stop is not None}


@dataclass(slots=True, kw_only=True)
class _Finder:
    """Asks botocore once for each client without a region, and once for each set of settings."""

    sts: AsksSts
    environ: Mapping[str, str]
    _regions: dict[str, bool] = field(default_factory=dict)
    _unusable: dict[tuple[object, ...], str | None] = field(default_factory=dict)

    def find(self, profile: Profile) -> Failure | None:
        """Return what stops the AWS CLI, the first that it meets."""
        return (
            self._one_of(TIMESTAMP_FORMATS, TIMESTAMP_FORMAT, profile)
            or self._unusable_setting(profile)
            or self._region_missing(profile)
            or self._one_of(OUTPUTS, OUTPUT, profile)
        )

    def _one_of(
        self, values: tuple[str, ...], setting: CliSetting, profile: Profile
    ) -> Failure | None:
        value = self._variable(setting)
        if value is None and setting.key in profile.settings:
            value = profile.text(setting.key) or ""  # a block is none of the values
        return None if value is None or value in values else self._stop(setting, profile)

    def _unusable_setting(self, profile: Profile) -> Failure | None:
        own = tuple(
            profile.settings[key].value if key in profile.settings else None for key in _BY_KEY
        )
        if not any(value is not None for value in (*own, *map(self._variable, CHECKED))):
            return None
        if own not in self._unusable:
            self._unusable[own] = self.sts.unusable_setting(profile=profile.name)
        key = self._unusable[own]
        return None if key is None else self._stop(_BY_KEY[key], profile)

    def _region_missing(self, profile: Profile) -> Failure | None:
        if profile.text("region"):
            return None
        if profile.client not in self._regions:
            self._regions[profile.client] = self.sts.finds_region(client=profile.client)
        if self._regions[profile.client]:
            return None
        return Failure(
            cause=Cause.REGION_MISSING, proves=True, message="no region is set", setting="region"
        )

    def _variable(self, setting: CliSetting) -> str | None:
        """Return the value in the environment, which goes before the files, an empty one too."""
        return None if setting.variable is None else self.environ.get(setting.variable)

    def _stop(self, setting: CliSetting, profile: Profile) -> Failure:
        value = self._variable(setting)
        if value is not None:
            text = f"{setting.variable}={value}"
        elif (own := profile.text(setting.key)) is not None:
            text = f"{setting.key} = {own}"
        else:
            text = f"{setting.key} = \n"  # what stands in the block is not shown
        shown = mask_words(first_line(text))
        return Failure(
            cause=Cause.SETTING_INVALID,
            proves=True,
            reason=Reason.STOPPING_SETTING,
            message=f"the AWS CLI stops at {shown}",
            setting=shown,
        )
