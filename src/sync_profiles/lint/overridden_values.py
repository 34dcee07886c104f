"""Settings that have no effect, because another one comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sync_profiles.config.chains import leads_to_credentials
from sync_profiles.config.values import quote_key
from sync_profiles.known_keys import LATER_PROVIDER_KEYS
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import check
from sync_profiles.lint.header_checks import mixed_profiles, or_write_header
from sync_profiles.model import (
    STATIC_KEYS,
    TOKEN_KEYS,
    FileKind,
    Place,
    Problem,
    Profile,
    in_parentheses,
)
from sync_profiles.text import listed, quote

#: the code of a setting that another value of the config file may be meant for
KEY_OVERRIDES = "overridden-key"
#: what botocore takes from the file of the access key
_OF_ACCESS_KEY = frozenset({*STATIC_KEYS, *TOKEN_KEYS})


@check(
    "process-overridden",
    "an access key in the credentials file overrides `credential_process` or `login_session`",
)
def _overridden_providers(files: BothFiles) -> Iterator[Problem]:
    mixed = mixed_profiles(files)
    for profile in files.profiles.values():
        overridden = overridden_provider(profile)
        if overridden is None or profile.name in mixed:
            continue
        keys = keys_of_credentials_file(profile)
        names = listed(map(quote, keys))
        place, other = profile.place_of(keys[0]), profile.place_of(overridden)
        yield Problem(
            place=place,
            profile=profile.name,
            message=f"the access key in the credentials file overrides {quote(overridden)} "
            + in_parentheses(other),
            hint=f"remove {names}, or remove {quote(overridden)}"
            + or_write_header(files, place, other),
        )


def overridden_provider(profile: Profile) -> str | None:
    """Return the setting that would give a profile credentials without those of another file."""
    if "aws_access_key_id" not in keys_of_credentials_file(profile):
        return None
    return next((key for key in LATER_PROVIDER_KEYS if key in profile.settings), None)


def overridden_by_keys(profile: Profile, profiles: Mapping[str, Profile]) -> str | None:
    """Return the setting that gives a profile credentials once its own keys are removed."""
    if not profile.is_assume_role:
        return overridden_provider(profile)
    has_source = profile.text("credential_source") or leads_to_credentials(profiles, profile)
    return "role_arn" if has_source else None


def keys_of_credentials_file(profile: Profile) -> list[str]:
    """Return the settings of a profile's access key that are in the credentials file."""
    return [
        key
        for key in (*STATIC_KEYS, *TOKEN_KEYS)
        if key in profile.settings and profile.settings[key].place.file is FileKind.CREDENTIALS
    ]


@check("source-overridden", "`web_identity_token_file` overrides the source of a role")
def _overridden_sources(files: BothFiles) -> Iterator[Problem]:
    mixed = mixed_profiles(files)
    for key in ("source_profile", "credential_source"):
        for setting in files.in_effect(key):
            profile = setting.profile
            if profile is not None and profile.is_web_identity and profile.name not in mixed:
                token = profile.place_of("web_identity_token_file")
                yield setting.problem(
                    f"`web_identity_token_file` overrides {quote(key)}",
                    f"remove the line, or remove `web_identity_token_file` {in_parentheses(token)}"
                    + or_write_header(files, setting.place, token),
                )


@check(
    KEY_OVERRIDES, "a key of the credentials file overrides a different value in the config file"
)
def overridden_keys(files: BothFiles) -> Iterator[Problem]:
    """Yield the keys of the credentials file that override a different value in the config file.

    Values that the config file's profile gets from `[DEFAULT]` do not count, and neither do those
    that botocore misreads: corrected, they may be the same. A secret key or a token overrides none
    that botocore takes from the config file with its access key.
    """
    found: set[Place] = set()
    mixed = mixed_profiles(files)
    for name, section in files.config_sections.items():
        if name in mixed:
            continue
        for key, setting in files.profiles[name].settings.items():
            other = section.options.get(key) if setting.overridden is not None else None
            if other is None or other.value == setting.value or setting.place in found:
                continue
            if (
                key in _OF_ACCESS_KEY
                and files.profiles[name].beside_access_key(key) is setting.overridden
            ):
                continue
            if not files.misread.keys().isdisjoint({other.place, setting.place}):
                continue
            found.add(setting.place)
            yield Problem(
                place=setting.place,
                profile=name,
                message=f"{quote_key(key)} in the credentials file overrides a different value "
                f"{in_parentheses(other.place)}",
                # by file: each removal moves the lines below it
                hint=f"keep the right one of the two values, and remove {quote_key(key)} from the "
                "other file: the value in the config file has no effect now",
            )
