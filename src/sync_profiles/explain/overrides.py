"""Find the value that a call uses for a setting: an environment variable or a line of the files.

The order is that of AWS CLI v2: a variable overrides the files even if it is empty. Only for
endpoints, an empty variable counts as missing.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, Self

from sync_profiles.config.profiles import Profiles
from sync_profiles.config.section_names import ServicesEndpoint
from sync_profiles.model import Profile, in_parentheses
from sync_profiles.planning.cli_settings import ALL_SETTINGS
from sync_profiles.text import quote

_ENDPOINT = "endpoint_url"
_IGNORE_ENDPOINTS = "ignore_configured_endpoint_urls"
#: the variables that override a setting, the first one first
VARIABLES: Mapping[str, tuple[str, ...]] = {
    **{each.key: (each.variable,) for each in ALL_SETTINGS if each.variable is not None},
    "account_id_endpoint_mode": ("AWS_ACCOUNT_ID_ENDPOINT_MODE",),
    "ca_bundle": ("AWS_CA_BUNDLE",),
    _ENDPOINT: ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"),
    _IGNORE_ENDPOINTS: ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "request_checksum_calculation": ("AWS_REQUEST_CHECKSUM_CALCULATION",),
    "request_min_compression_size_bytes": ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",),
    "response_checksum_validation": ("AWS_RESPONSE_CHECKSUM_VALIDATION",),
    "use_dualstack_endpoint": ("AWS_USE_DUALSTACK_ENDPOINT",),
    "use_fips_endpoint": ("AWS_USE_FIPS_ENDPOINT",),
}
#: the variables that are read if neither those above nor the files have a value
_FALLBACKS: Mapping[str, tuple[str, ...]] = {"ca_bundle": ("REQUESTS_CA_BUNDLE",)}


_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY"})
#: where a container finds its credentials
OF_CONTAINER = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)
#: the credentials that an environment may have, by their variables, and what to write to use them
_OFFERS = (
    (
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        "`credential_source = Environment`, which reads `AWS_ACCESS_KEY_ID`",
    ),
    (
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
        (
            "`source_profile = …`, the name of a profile with `web_identity_token_file` and "
            "`role_arn` as in `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`"
        ),
    ),
    *(
        ((name,), f"`credential_source = EcsContainer`, which reads {quote(name)}")
        for name in OF_CONTAINER[:2]
    ),
)
_TOKENS = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
_OF_SOURCES = frozenset(
    {
        *OF_CONTAINER,
        *chain.from_iterable(variables for variables, _ in _OFFERS),
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_EC2_METADATA_DISABLED",
        *_TOKENS,
    }
)


def offered_credentials(names: Container[str]) -> str | None:
    """Return what to write to use the credentials that these variables have, if any."""
    return next((use for needed, use in _OFFERS if all(name in names for name in needed)), None)


class SettingInUse(NamedTuple):
    """The value used for a setting, empty if it is a nested block, and its origin."""

    value: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Settings that override the profile's own: from the environment and from `[services NAME]`.

    `variables` has only the variables of settings; others, which may be secrets, are not kept.
    `others` are the names of those that set a proxy or belong to a `credential_source`; `no_proxy`
    are the hosts that no proxy is used for.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    endpoints: Mapping[str, ServicesEndpoint] = field(default_factory=dict, repr=False)
    others: frozenset[str] = frozenset()
    no_proxy: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str], profiles: Profiles) -> Self:
        """Return the overrides of the profiles in an environment."""
        names = chain(*VARIABLES.values(), *_FALLBACKS.values())
        variables = {name: environ[name] for name in names if name in environ}
        others = frozenset(
            name
            for name in environ
            if (name.upper() in _PROXIES or name in _OF_SOURCES)
            and environ[name].lower() not in {"", "false"}
        )
        return cls(
            variables=variables,
            endpoints=profiles.endpoints,
            others=others,
            no_proxy=environ.get("no_proxy", environ.get("NO_PROXY", "")),
        )

    def in_use(self, key: str, profile: Profile | None) -> SettingInUse | None:
        """Return what the calls of a profile use for a setting, or None if it is not set."""
        if key == _ENDPOINT:
            return self._endpoint_in_use(profile)
        return (
            self._first_set(VARIABLES.get(key, ()))
            or _of_profile(key, profile)
            or self._first_set(_FALLBACKS.get(key, ()))
        )

    def region(self, profile: Profile) -> SettingInUse:
        """Return the region of a profile's calls, or where to set one: with an empty value."""
        return self.in_use("region", profile) or SettingInUse("", profile.at("region"))

    def is_overridden(self, key: str) -> bool:
        """Return whether a variable overrides a setting of every profile."""
        return any(name in self.variables for name in VARIABLES.get(key, ()))

    @property
    def has_long_term_key(self) -> bool:
        """Whether the environment has a user's own access key, not that of a session."""
        return "AWS_ACCESS_KEY_ID" in self.others and self.others.isdisjoint(_TOKENS)

    def excludes_from_proxy(self, host: str) -> bool:
        """Return whether no proxy is used for a host, by the rules of botocore."""
        from urllib.request import (  # type: ignore[attr-defined] # its stubs lack it
            proxy_bypass_environment,
        )

        return bool(proxy_bypass_environment(host, {"no": self.no_proxy}))

    def proxy(self, name: str) -> str | None:
        """Return where a proxy is set, None if it is not; a lower-case variable comes first."""
        found = next((each for each in (name.lower(), name) if each in self.others), None)
        return None if found is None else f"{quote(found)} in the environment"

    def _first_set(self, names: tuple[str, ...]) -> SettingInUse | None:
        return next((self._of_variable(name) for name in names if name in self.variables), None)

    def _of_variable(self, name: str) -> SettingInUse:
        return SettingInUse(self.variables[name], f"{quote(name)} in the environment")

    def _endpoint_in_use(self, profile: Profile | None) -> SettingInUse | None:
        ignores = self.in_use(_IGNORE_ENDPOINTS, profile)
        if ignores is not None and ignores.value.lower() == "true":
            return None
        for name in VARIABLES[_ENDPOINT]:
            if self.variables.get(name):
                return self._of_variable(name)
        services = profile.text("services") if profile is not None else None
        found = self.endpoints.get(services) if services is not None else None
        if found is not None and (found.value or found.key != _ENDPOINT):
            section = quote(f"[{found.section}]")
            return SettingInUse(
                found.value, f"{quote(found.key)} in {section} {in_parentheses(found.place)}"
            )
        own = profile.settings.get(_ENDPOINT) if profile is not None else None
        return _of_profile(_ENDPOINT, profile) if own is not None and own.value else None


def _of_profile(key: str, profile: Profile | None) -> SettingInUse | None:
    if profile is None or key not in profile.settings:
        return None
    setting = profile.settings[key]
    return SettingInUse("" if setting.nested else setting.value, profile.at(key))


NO_OVERRIDES = Overrides()
