"""Settings that can stop the AWS CLI even if STS accepts the test.

A test does not use them: it has its own retries, does not ask the metadata service for keys, and
formats no output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.causes import Cause
from sync_profiles.model import Profile
from sync_profiles.outcomes import Failure, Variant
from sync_profiles.secret_shapes import mask_words
from sync_profiles.text import first_line

if TYPE_CHECKING:
    from sync_profiles.aws.client import Clients

#: the values that the AWS CLI accepts for `output`, including those of version 2
OUTPUTS = ("json", "text", "table", "yaml", "yaml-stream", "off")
#: those of version 1
OUTPUTS_OF_V1 = frozenset({"json", "text", "table"})
#: the values that AWS CLI v2 accepts; v1 accepts more, or any
_TIMESTAMP_FORMATS = ("iso8601", "wire")
_BINARY_FORMATS = ("base64", "raw-in-base64-out")
_RETRY_MODES = ("standard", "adaptive")


#: what AWS CLI v2 does not read, with the values that v1 and boto3 accept
UNREAD_BY_V2: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "defaults_mode": ("auto", "cross-region", "in-region", "legacy", "mobile", "standard"),
        "sts_regional_endpoints": ("legacy", "regional"),
    }
)


class CliSetting(NamedTuple):
    """A setting of a profile, the variable that overrides it, and a description of valid values."""

    key: str
    variable: str | None
    takes: str


OUTPUT = CliSetting("output", "AWS_DEFAULT_OUTPUT", "`json`, `text`, `table`, `yaml` …")
TIMESTAMP_FORMAT = CliSetting("cli_timestamp_format", None, "`iso8601` or `wire`")
BINARY_FORMAT = CliSetting("cli_binary_format", None, "`base64` or `raw-in-base64-out`")
RETRY_MODE = CliSetting("retry_mode", "AWS_RETRY_MODE", "`standard` or `adaptive`")
#: the settings that botocore checks when it creates a client and looks for credentials
CHECKED = (
    CliSetting("metadata_service_timeout", "AWS_METADATA_SERVICE_TIMEOUT", "whole seconds"),
    CliSetting(
        "metadata_service_num_attempts", "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "a whole number"
    ),
    CliSetting(
        "ec2_metadata_service_endpoint_mode",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "`ipv4` or `ipv6`",
    ),
    CliSetting(
        "ec2_metadata_service_endpoint",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "a URL such as `http://169.254.169.254/`",
    ),
    CliSetting("max_attempts", "AWS_MAX_ATTEMPTS", "a whole number from 1"),
)
#: the first variable that is set overrides the profile's region, even if it is empty
REGIONS = (
    CliSetting("region", "AWS_REGION", "a region such as `us-east-1`"),
    CliSetting("region", "AWS_DEFAULT_REGION", "a region such as `us-east-1`"),
)
ALL_SETTINGS = (*REGIONS, OUTPUT, TIMESTAMP_FORMAT, BINARY_FORMAT, RETRY_MODE, *CHECKED)
_BY_KEY = {setting.key: setting for setting in CHECKED}


def find_stops(
    profiles: Mapping[str, Profile],
    names: Iterable[str],
    *,
    clients: Clients,
    environ: Mapping[str, str],
    of_all: Failure | None = None,
) -> dict[str, Failure]:
    """Return, by profile, why the AWS CLI makes no call with it or cannot print the answer.

    `of_all` stops it with every profile.
    """
    if of_all is not None:
        return dict.fromkeys(names, of_all)
    # looking into `os.environ` would take longer than the rest of the work for a profile
    variables = {
        name: environ[name] for _, name, _ in ALL_SETTINGS if name is not None and name in environ
    }
    finder = _Finder(clients=clients, environ=variables)
    found = {name: finder.find(profiles[name]) for name in names}
    return {name: stop for name, stop in found.items() if stop is not None}


@dataclass(slots=True, kw_only=True)
class _Finder:
    """Asks botocore once per client without a region and once per set of settings."""

    clients: Clients
    environ: Mapping[str, str]
    _regions: dict[str, bool] = field(default_factory=dict)
    _unusable: dict[tuple[object, ...], str | None] = field(default_factory=dict)

    def find(self, profile: Profile) -> Failure | None:
        """Return the first failure that stops the AWS CLI with this profile, if any."""
        return (
            self._one_of(_TIMESTAMP_FORMATS, TIMESTAMP_FORMAT, profile)
            or self._one_of(_BINARY_FORMATS, BINARY_FORMAT, profile)
            or self._unusable_setting(profile)
            or self._one_of(_RETRY_MODES, RETRY_MODE, profile)
            or self._region_missing(profile)
            or self._one_of(OUTPUTS, OUTPUT, profile)
        )

    def _one_of(
        self, values: tuple[str, ...], setting: CliSetting, profile: Profile
    ) -> Failure | None:
        value = self._variable(setting)
        if value is None and setting.key in profile.settings:
            value = profile.text(setting.key) or ""  # a nested block is not one of the values
        return None if value is None or value in values else self._stop(setting, profile)

    def _unusable_setting(self, profile: Profile) -> Failure | None:
        own = tuple(
            profile.settings[key].value if key in profile.settings else None for key in _BY_KEY
        )
        if not any(value is not None for value in (*own, *map(self._variable, CHECKED))):
            return None
        if own not in self._unusable:
            self._unusable[own] = self.clients.unusable_setting(profile.name)
        key = self._unusable[own]
        return None if key is None else self._stop(_BY_KEY[key], profile)

    def _region_missing(self, profile: Profile) -> Failure | None:
        variable = next((each for each in REGIONS if self._variable(each) is not None), None)
        if variable is not None:
            return None if self._variable(variable) else self._stop(variable, profile)
        if profile.text("region"):
            return None
        if profile.client not in self._regions:
            self._regions[profile.client] = self.clients.finds_region(profile.client)
        if self._regions[profile.client]:
            return None
        return Failure(
            cause=Cause.REGION_MISSING, proves=True, message="no region is set", setting="region"
        )

    def _variable(self, setting: CliSetting) -> str | None:
        """Return the value from the environment; it overrides the files even if it is empty."""
        return None if setting.variable is None else self.environ.get(setting.variable)

    def _stop(self, setting: CliSetting, profile: Profile) -> Failure:
        value = self._variable(setting)
        if value is not None:
            text = f"{setting.variable}={value}"
        elif (own := profile.text(setting.key)) is not None:
            text = f"{setting.key} = {own}"
        else:
            text = f"{setting.key} = \n"  # the contents of the block are not shown
        shown = mask_words(first_line(text))
        return Failure(
            cause=Cause.SETTING_INVALID,
            proves=True,
            variant=Variant.STOPPING_SETTING,
            message=f"the AWS CLI stops at {shown}",
            setting=shown,
        )
