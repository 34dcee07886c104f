"""What a profile's section has for a setting and botocore does not hear, as it is misspelt.

`check` lists it as a problem of the file; beside a refusal it is the likeliest reason. It is
looked for in the sections of refused profiles alone, so every command tells it at no cost.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.explain.evidence import Strength, Suspicion, Topic
from sync_profiles.explain.wording import place_of
from sync_profiles.lint.misreading import meant_key, settings_below
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_profiles.explain.case import Case
    from sync_profiles.explain.evidence import Evidence

#: what a refusal by a policy may be about; a duration never is, and gets an answer of its own
_TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        "external_id": Topic.EXTERNAL_ID,
        "mfa_serial": Topic.MFA,
        "role_session_name": Topic.SESSION_NAME,
        "source_profile": Topic.TRUST,
        "credential_source": Topic.TRUST,
    }
)
#: with both of them the AWS CLI stops: the profile that was refused has the other
_OTHER_SOURCE = {
    "source_profile": "credential_source",
    "credential_source": "source_profile",
}


def unheard_evidence(case: Case) -> Iterator[Evidence]:
    """Yield what was meant for a setting, is none, and may be what the role demands."""
    heard = case.profile.settings if case.profile is not None else {}
    for key, setting in heard.items():
        meant = meant_key(key, present=heard)
        if meant is not None and _may_matter(case, meant, setting.value):
            other = _OTHER_SOURCE.get(meant)
            instead = f", in place of {quote(other)}" if other is not None else ""
            yield Suspicion(
                topic=_TOPICS[meant],
                strength=Strength.STRONG,
                check=f"whether {quote(key)} {place_of(setting.place)} is meant to be "
                f"{quote(meant)}{instead}",
            )
        for below, value in settings_below(setting.value.split("\n")).items():
            if below not in heard and _may_matter(case, below, value):
                yield Suspicion(
                    topic=_TOPICS[below],
                    strength=Strength.STRONG,
                    check=f"whether {quote(below)}, indented below {quote(key)} "
                    f"{place_of(setting.place)} and so part of its value, is meant for a setting",
                )


def _may_matter(case: Case, key: str, value: str) -> bool:
    """Say whether a setting could have made another call of the refused one."""
    match key:
        case "mfa_serial":  # no session can present a code
            return bool(value) and case.calls_as_user
        case "role_session_name":  # what was asked for under the wanted name is refused as well
            return bool(value) and (value != case.wanted_name or case.note is not None)
        case _:
            return bool(value) and key in _TOPICS
