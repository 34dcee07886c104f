"""Checks of the chains: those that break, and settings that only a chain makes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from sync_profiles.causes import Cause
from sync_profiles.config.chains import leads_to_no_credentials
from sync_profiles.config.source_hints import CREDENTIAL_SOURCES
from sync_profiles.config.syntax import split_lines
from sync_profiles.known_keys import INCLUDES, extension_role_arn
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import Check, check
from sync_profiles.lint.header_checks import ignored_profiles
from sync_profiles.lint.look_alikes import default_in_capitals
from sync_profiles.lint.misreading import Misreading
from sync_profiles.lint.sso_checks import find_logins, session_as_source
from sync_profiles.model import BrokenChain, Place, Problem, Profile, in_parentheses
from sync_profiles.outcomes import LONGEST_DURATION, LONGEST_OF_TEMPORARY_KEYS
from sync_profiles.text import quote

#: chains that break in a source profile, not in the profile that names it
_OF_SOURCES = frozenset({Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS, Cause.PARTIAL_CREDENTIALS})
#: chains that break because of a value that botocore may have misread
_OF_VALUES = frozenset({Cause.SOURCE_PROFILE_MISSING, Cause.CREDENTIAL_SOURCE_INVALID})
#: chains that may break because a header is not read as one
_OF_HEADERS = frozenset(
    {
        Cause.SOURCE_PROFILE_MISSING,
        Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
        Cause.SOURCE_CONFLICT,
    }
)
_HEADER_AFTER_VALUE = "header-after-value"
_COMMENTED_SOURCE = re.compile(
    r"(?:[#;]+|//)\s*(source_profile|credential_source)\s*[=:]\s*(\S.*)", re.IGNORECASE
)
#: the settings that would have kept a chain from breaking
_MISSED = {
    Cause.SOURCE_MISSING: ("source_profile", "credential_source"),
    Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS: (
        "aws_access_key_id",
        "aws_secret_access_key",
        "credential_process",
        "role_arn",
        "sso_account_id",
        "sso_role_name",
    ),
    Cause.PARTIAL_CREDENTIALS: ("aws_access_key_id", "aws_secret_access_key"),
}


def _broken_chains(files: BothFiles, cause: Cause) -> Iterator[Problem]:
    """Yield one problem for each place at which chains break with this cause.

    A consequence of a setting that botocore misreads or does not see, or of a line for which it
    refuses the file, is not another problem.
    """
    is_missing = cause is Cause.SOURCE_PROFILE_MISSING
    is_empty = cause is Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS
    found = list(_broken(files, cause))
    if not found or (cause in _OF_HEADERS and files.may_lack_headers):
        return
    ignored = ignored_profiles(files, with_credentials=is_empty) if is_missing or is_empty else {}
    commented = _commented_sources(files) if cause is Cause.SOURCE_MISSING else {}
    logins = find_logins(files) if is_missing else {}
    by_place: dict[Place, BrokenChain] = {}
    for chain in found:
        if files.profiles[chain.via[0]].text("source_profile") not in ignored:
            by_place.setdefault(chain.place, chain)
    for chain in by_place.values():
        if not _is_consequence(chain, files):
            whose = (files, chain.via[0], chain.place)
            missing = is_missing and (
                default_in_capitals(*whose) or session_as_source(*whose, logins=logins)
            )
            yield missing or commented.get(chain.via[0]) or _problem(chain, files)


def _commented_sources(files: BothFiles) -> dict[str, Problem]:
    """Return the sources that are a comment in a profile's section, where there is only one."""
    found: dict[str, list[Problem]] = {}
    for kind, file in files.by_kind.items():
        for number, line in enumerate(split_lines(file.text), start=1):
            match = _COMMENTED_SOURCE.fullmatch(line.strip())
            place = Place(kind, number)
            profile = files.profile_at(place) if match is not None else None
            if match is None or profile is None:
                continue
            key, value = match[1].lower(), match[2]
            known = files.profiles if key == "source_profile" else CREDENTIAL_SOURCES
            source = files.profiles.get(value) if key == "source_profile" else None
            is_broken = isinstance(files.chains.get(value), BrokenChain) or (
                source is not None and leads_to_no_credentials(source)
            )
            if value in known and not is_broken:  # its own name is that of a broken one
                problem = Problem(
                    place=place,
                    profile=profile,
                    message=f"{quote(key)} is a comment, and the profile has no other source",
                    hint=f"write {quote(f'{key} = {value}')} in its place",
                    unread=(key,),
                )
                found.setdefault(profile, []).append(problem)
    return {profile: only for profile, (only, *more) in found.items() if not more}


BROKEN_CHAINS = tuple(
    Check(code=cause, meaning=meaning, find=partial(_broken_chains, cause=cause))
    for cause, meaning in (
        (
            Cause.CREDENTIAL_SOURCE_INVALID,
            "`credential_source` is not one that AWS knows, often because of its case",
        ),
        (
            Cause.SOURCE_MISSING,
            "a profile with a role has neither `source_profile` nor `credential_source`",
        ),
        (
            Cause.SOURCE_CONFLICT,
            "a profile with a role has both `source_profile` and `credential_source`",
        ),
        (
            Cause.SOURCE_PROFILE_MISSING,
            "`source_profile` names a profile that does not exist",
        ),
        (Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS, "a source profile has no credentials"),
        (Cause.PARTIAL_CREDENTIALS, "a source profile has only one half of an access key"),
    )
)


@check("included-role", "a profile takes its role from another one as aws-vault reads it")
def _included_roles(files: BothFiles) -> Iterator[Problem]:
    for key in INCLUDES:
        for setting in files.in_effect(key):
            profile, included = setting.profile, files.profiles.get(setting.value)
            role = included.settings.get("role_arn") if included is not None else None
            if profile is not None and role is not None and not files.has_role(profile):
                yield setting.problem(
                    f"the AWS CLI does not read {quote(key)}, a setting of aws-vault, so the "
                    "profile has no role",
                    f"write the `role_arn` {in_parentheses(role.place)} in "
                    + profile.header
                    + " too",
                )


@check(Cause.SOURCE_LOOP, "the source profiles form a loop")
def _source_loops(files: BothFiles) -> Iterator[Problem]:
    """Yield one problem for each loop of source profiles, at its first profile."""
    by_loop: dict[frozenset[str], BrokenChain] = {}
    for chain in _broken(files, Cause.SOURCE_LOOP):
        last = files.profiles[chain.via[0]].text("source_profile") or ""
        loop = chain.via[: chain.via.index(last) + 1]  # without the way that leads into it
        first = by_loop.get(frozenset(loop))
        is_in_loop = chain.via[-1] in loop
        if is_in_loop and (first is None or chain.place < first.place):
            by_loop[frozenset(loop)] = chain
    for chain in by_loop.values():
        yield _problem(chain, files)


@check("chained-duration-too-long", "`duration_seconds` is over 3600 in a role chain")
def _chained_durations(files: BothFiles) -> Iterator[Problem]:
    for name, chain in files.chains.items():
        profile = files.profiles[name]
        seconds = profile.duration_seconds
        place = profile.place_of("duration_seconds")
        if isinstance(chain, BrokenChain) or len(chain.hops) == 1 or seconds is None:
            continue
        if LONGEST_OF_TEMPORARY_KEYS < seconds <= LONGEST_DURATION and place not in files.misread:
            yield Problem(
                place=place,
                value_at=place,
                profile=name,
                message=f"`duration_seconds` {quote(str(seconds))} is longer than the hour that "
                "AWS allows in a role chain",
                hint="write `duration_seconds = 3600`",
            )


def _broken(files: BothFiles, cause: Cause) -> Iterator[BrokenChain]:
    for chain in files.chains.values():
        if isinstance(chain, BrokenChain) and chain.cause is cause:
            yield chain


def problem_behind(
    chain: BrokenChain,
    problems: Mapping[str | None, Sequence[Problem]],
    profiles: Mapping[str, Profile],
) -> Problem | None:
    """Return the problem that caused a broken chain, or None.

    `problems` are those of each profile.
    """
    owner = _owner(chain, profiles)
    own = problems.get(owner, ())
    if any(problem.code == chain.cause and problem.place == chain.place for problem in own):
        return None
    missed = frozenset(_MISSED.get(chain.cause, ()))
    of_value = problems.get(chain.via[0], ()) if chain.cause in _OF_VALUES else ()
    behind = [
        *(each for each in of_value if each.value_at == chain.place),
        *(each for each in own if not missed.isdisjoint(each.unread)),
        *(
            each
            for each in own
            if each.code == _HEADER_AFTER_VALUE and _is_above(each.place, chain)
        ),
    ]
    return behind[0] if behind else None


def _is_consequence(chain: BrokenChain, files: BothFiles) -> bool:
    is_misread = chain.place in files.misread or files.is_refused(chain.place)
    if chain.cause in _OF_VALUES and is_misread:
        return True
    owner = _owner(chain, files.profiles)
    if any(
        setting.profile_name == owner
        for setting in files.with_header(Misreading.HEADER)
        if _is_above(setting.place, chain)
    ):
        return True
    is_source = chain.cause is Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS
    if is_source and extension_role_arn(files.profiles[owner]) is not None:
        return True
    return any(files.may_have(owner, key) for key in _MISSED.get(chain.cause, ()))


def _is_above(place: Place, chain: BrokenChain) -> bool:
    """Return whether a chain breaks below a line of its file.

    If that line has another header, what is below it was meant for another profile.
    """
    return place.file is chain.place.file and place.line < chain.place.line


def _owner(chain: BrokenChain, profiles: Mapping[str, Profile]) -> str:
    """Return the profile in which a chain breaks."""
    if chain.cause in _OF_SOURCES:
        return profiles[chain.via[0]].text("source_profile") or ""
    return chain.via[0]


def _problem(chain: BrokenChain, files: BothFiles) -> Problem:
    return Problem(
        place=chain.place,
        profile=_owner(chain, files.profiles),
        message=chain.message,
        hint=chain.hint,
    )
