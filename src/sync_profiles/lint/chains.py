"""What only shows when settings are put together: chains that break, keys that defeat others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chain
from sync_profiles.explain.wording import place_of
from sync_profiles.lint.codes import ProblemCode
from sync_profiles.model import BrokenChain, FileKind, Problem
from sync_profiles.outcomes import LONGEST_DURATION
from sync_profiles.text import one_line, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_profiles.lint.lines import Misread
    from sync_profiles.lint.reading import Reading
    from sync_profiles.model import Chain, Place, Profile

#: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
LONGEST_CHAINED_DURATION = 3600

#: what a misread value leads to
_OF_VALUES = frozenset({Cause.SOURCE_PROFILE_MISSING, Cause.CREDENTIAL_SOURCE_INVALID})
#: the settings without which a chain breaks so
_NEEDED = {
    Cause.SOURCE_MISSING: frozenset({"source_profile", "credential_source"}),
    Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS: frozenset(
        {
            "aws_access_key_id",
            "aws_secret_access_key",
            "credential_process",
            "role_arn",
            "sso_account_id",
            "sso_role_name",
        }
    ),
    Cause.PARTIAL_CREDENTIALS: frozenset({"aws_access_key_id", "aws_secret_access_key"}),
}


def find_chains(reading: Reading, misread: Misread) -> Iterator[Problem]:
    """Yield one problem for each place at which chains break, and the durations too long for one.

    What is the consequence of a setting that was misread is not told again.
    """
    broken: dict[object, Problem] = {}
    for name, profile in reading.profiles.items():
        if not profile.is_assume_role:
            continue
        chain = resolve_chain(reading.profiles, name)
        if isinstance(chain, BrokenChain):
            if _is_consequence(chain, reading, misread):
                continue
            if chain.cause is not Cause.SOURCE_LOOP:
                broken.setdefault((chain.cause, chain.place), _told(chain, reading))
                continue
            loop = _loop(chain, reading.profiles)
            first = broken.get(loop)
            if name in loop and (first is None or _order(chain.place) < _order(first.place)):
                broken[loop] = _told(chain, reading)
        else:
            yield from _duration(profile, chain, misread)
    yield from broken.values()


def find_overridden(reading: Reading) -> Iterator[Problem]:
    """Yield the keys of the credentials file that go before another value of the config file.

    A value that `[DEFAULT]` lends to the config file's profile is there to be replaced.
    """
    lent = {option.line for option in reading.config.defaults.options.values()}
    told: set[Place] = set()
    for name, profile in reading.profiles.items():
        if name not in reading.config_profiles:
            continue
        defeated = reading.config_profiles[name].settings
        for key, setting in profile.settings.items():
            if not setting.in_both or setting.place in told:
                continue
            other = defeated[key]
            if other.value == setting.value or other.place.line in lent:
                continue
            told.add(setting.place)
            yield Problem(
                place=setting.place,
                code=ProblemCode.OVERRIDDEN_KEY,
                profile=name,
                message=f"{quote(key)} of the credentials file goes before another value "
                f"{place_of(other.place)}",
                hint="take one of the two lines out",
            )


def _told(chain: BrokenChain, reading: Reading) -> Problem:
    return Problem(
        place=chain.place,
        code=ProblemCode(chain.cause),
        profile=_owner(chain, reading.profiles),
        message=one_line(chain.message),
        hint=one_line(chain.hint),
    )


def _owner(chain: BrokenChain, profiles: Mapping[str, Profile]) -> str:
    """Return the profile that the broken place belongs to."""
    if chain.cause in {Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS, Cause.PARTIAL_CREDENTIALS}:
        return profiles[chain.via[0]].text("source_profile") or ""
    return chain.via[0]


def _is_consequence(chain: BrokenChain, reading: Reading, misread: Misread) -> bool:
    if chain.cause in _OF_VALUES and chain.place in misread.spoiled:
        return True
    owner = _owner(chain, reading.profiles)
    return any((owner, key) in misread.unheard for key in _NEEDED.get(chain.cause, ()))


def _loop(chain: BrokenChain, profiles: Mapping[str, Profile]) -> frozenset[str]:
    """Return the profiles that run in a circle, without the way that leads there."""
    last = profiles[chain.via[0]].text("source_profile") or ""
    return frozenset(chain.via[: chain.via.index(last) + 1])


def _duration(profile: Profile, chain: Chain, misread: Misread) -> Iterator[Problem]:
    seconds = profile.duration_seconds
    place = profile.place_of("duration_seconds")
    if len(chain.hops) == 1 or seconds is None or place in misread.spoiled:
        return
    if not LONGEST_CHAINED_DURATION < seconds <= LONGEST_DURATION:
        return
    yield Problem(
        place=place,
        code=ProblemCode.CHAINED_DURATION_TOO_LONG,
        profile=profile.name,
        message=f"`duration_seconds` {quote(str(seconds))} is longer than the hour that a role "
        "chain is granted",
        hint="write `duration_seconds = 3600`",
    )


def _order(place: Place) -> tuple[bool, int]:
    return place.file is FileKind.CREDENTIALS, place.line
