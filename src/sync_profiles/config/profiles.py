"""Two files -> the profiles as botocore merges them, and the problems in them.

The rules are botocore's (`configloader.build_profile_map`, `session.full_config`): which headers
make a profile, which of two spellings wins, which file's key wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.config.document import EMPTY
from sync_profiles.config.section_names import PROFILE, name_section
from sync_profiles.config.services import read_endpoints
from sync_profiles.model import FileKind, Place, Problem, Profile, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_profiles.config.document import Document, Section
    from sync_profiles.config.services import ServicesEndpoint

#: the settings of a profile that decide how and where botocore sends a call, or whether it makes
#: a client at all: a value that it does not know stops every call of the profile
CLIENT_SETTINGS = frozenset(
    {
        "account_id_endpoint_mode",
        "api_versions",
        "auth_scheme_preference",
        "ca_bundle",
        "data_path",
        "defaults_mode",
        "endpoint_url",
        "ignore_configured_endpoint_urls",
        "parameter_validation",
        "proxy_ca_bundle",
        "proxy_client_cert",
        "proxy_use_forwarding_for_https",
        "region",
        "request_checksum_calculation",
        "request_min_compression_size_bytes",
        "response_checksum_validation",
        "s3",
        "s3_disable_express_session_auth",
        "sdk_ua_app_id",
        "services",
        "sigv4a_signing_region_set",
        "sso_session",  # botocore looks for its token, and stops where the section is missing
        "sts",
        "sts_regional_endpoints",
        "tcp_keepalive",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """All profiles by name, in the order of the files: the config file's, then the others.

    `endpoints` are those for STS that the `[services NAME]` sections set, by their names.
    """

    by_name: Mapping[str, Profile]
    problems: tuple[Problem, ...]
    endpoints: Mapping[str, ServicesEndpoint]

    def with_role(self) -> tuple[Profile, ...]:
        """Return the profiles that assume a role, by web identity too."""
        return tuple(
            profile
            for profile in self.by_name.values()
            if profile.is_assume_role or profile.is_web_identity
        )

    def mfa_processes(self) -> dict[str, str]:
        """Return the MFA devices for which a profile names a program that prints the code."""
        return {
            serial: command
            for profile in self.by_name.values()
            if (serial := profile.text("mfa_serial")) and (command := profile.text("mfa_process"))
        }


def read_profiles(*, config: Document = EMPTY, credentials: Document = EMPTY) -> Profiles:
    """Merge the profiles of two texts key by key; the credentials file's keys win.

    Both texts must be free of `Document.problems`: botocore reads no profile otherwise.
    """
    problems: list[Problem] = []
    config_sections: dict[str, Section] = {}
    for name, section in _profile_sections(config):
        hidden = config_sections.get(name)
        if hidden is not None:
            problems.append(_hidden_section(name, hidden=hidden, by=section))
        config_sections[name] = section
    places: list[tuple[FileKind, int, str]] = [
        (FileKind.CONFIG, section.line, name) for name, section in config_sections.items()
    ]
    places += [
        (FileKind.CREDENTIALS, section.line, name)
        for name, section in credentials.sections.items()
        if name not in config_sections
    ]
    places.sort(key=lambda place: (place[0] is FileKind.CREDENTIALS, place[1]))

    # the same for all profiles: a file of keys in [DEFAULT] would take the square of its size
    leaks = {
        FileKind.CONFIG: _settings(config.defaults, FileKind.CONFIG, leaks={}),
        FileKind.CREDENTIALS: _settings(credentials.defaults, FileKind.CREDENTIALS, leaks={}),
    }
    profiles: dict[str, Profile] = {}
    clients: dict[tuple[tuple[str, str], ...], str] = {}
    for _kind, _line, name in places:
        in_config = config_sections.get(name)
        in_credentials = credentials.sections.get(name)
        settings: dict[str, Setting] = {}
        if in_config is not None:
            settings = _settings(in_config, FileKind.CONFIG, leaks=leaks[FileKind.CONFIG])
        if in_credentials is not None:
            settings = _merge(
                settings,
                _settings(in_credentials, FileKind.CREDENTIALS, leaks=leaks[FileKind.CREDENTIALS]),
            )
        session_name = settings.get("role_session_name")
        if in_credentials is not None and (
            in_config is None
            or (session_name is not None and session_name.place.file is FileKind.CREDENTIALS)
        ):
            decides, kind = in_credentials, FileKind.CREDENTIALS
        else:
            assert in_config is not None  # noqa: S101 - every name comes from one of the files
            decides, kind = in_config, FileKind.CONFIG
        client = tuple(
            sorted([(key, settings[key].value) for key in CLIENT_SETTINGS & settings.keys()])
        )
        profiles[name] = Profile(
            name=name,
            settings=settings,
            section=decides.name,
            place=Place(file=kind, line=decides.line),
            client=clients.setdefault(client, name),
            keep_name=(in_config is not None and in_config.keep_name)
            or (in_credentials is not None and in_credentials.keep_name),
        )
    return Profiles(by_name=profiles, problems=tuple(problems), endpoints=read_endpoints(config))


def _profile_sections(config: Document) -> Iterator[tuple[str, Section]]:
    """Yield the config file's profiles with their names, later ones replacing earlier ones."""
    for header, section in config.sections.items():
        named = name_section(header)
        if named.kind == PROFILE:
            yield named.name, section


def _settings(
    section: Section, kind: FileKind, *, leaks: Mapping[str, Setting]
) -> dict[str, Setting]:
    """Return a section's settings, then those that leak into it."""
    own = {
        key: Setting(option.value, Place(kind, option.line), option.is_nested)
        for key, option in section.options.items()
    }
    return {**own, **leaks, **own} if leaks else own


def _merge(config: dict[str, Setting], credentials: dict[str, Setting]) -> dict[str, Setting]:
    in_both = config.keys() & credentials.keys()
    return config | credentials | {k: credentials[k]._replace(in_both=True) for k in in_both}


def _hidden_section(name: str, *, hidden: Section, by: Section) -> Problem:
    return Problem(
        place=Place(file=FileKind.CONFIG, line=hidden.line),
        code="hidden-section",
        profile=name,
        message=f"section `[{hidden.name}]` is hidden by `[{by.name}]` in line {by.line}: "
        f"both spell the profile `{name}`, and the later one replaces the earlier one whole",
        hint="merge the two sections into one",
    )
