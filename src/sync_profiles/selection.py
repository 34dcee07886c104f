"""Which profiles a name or a pattern selects, their chains and sources, and what may help them.

Other profiles of the same accounts are tested, too, where their answers help.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chains
from sync_profiles.config.profiles import ParsedTexts
from sync_profiles.errors import RunError
from sync_profiles.explain.spelling import name_words
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems
from sync_profiles.lint.header_checks import ignored_profiles
from sync_profiles.model import BrokenChain, Chain, ClientName, Profile, Source, in_parentheses
from sync_profiles.text import first_of, quote, shell_word

if TYPE_CHECKING:
    from sync_profiles.aws.mfa_codes import MfaCodes

#: an MFA device, which is of one source
_Device = tuple[Source, str]

#: how many other profiles of an account are tested besides those that were selected
_OF_ACCOUNT = 20
#: and how many of all other accounts
_ELSEWHERE = 10

#: how many names an error lists if no profile is selected
_NAMES_SHOWN = 6


def select(texts: ParsedTexts, patterns: Sequence[str]) -> frozenset[str]:
    """Return the names of the profiles with a role that match a pattern; all if there are none."""
    names = [profile.name for profile in texts.profiles.with_role()]
    selected: set[str] = set()
    for pattern in patterns:
        matching = [name for name in names if is_selected(name, pattern)]
        if not matching:
            raise _nothing_selected(texts, pattern)
        selected.update(matching)
    return frozenset(selected if patterns else names)


def with_hops(names: frozenset[str], chains: Mapping[str, Chain | BrokenChain]) -> frozenset[str]:
    """Return the names with those of the hops above them in their chains.

    A profile works only if its hops do, and may need that their names are written, too.
    """
    found = (chains[name] for name in names if name in chains)
    return names.union(*(chain.hops if isinstance(chain, Chain) else chain.via for chain in found))


def find_chains(texts: ParsedTexts) -> dict[str, Chain | BrokenChain]:
    """Return the chains of all profiles.

    One that breaks because the header of its source is ignored says so.
    """
    profiles = texts.profiles.by_name
    chains = resolve_chains(profiles)
    for cause in (Cause.SOURCE_PROFILE_MISSING, Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS):
        missing = {
            name: chain
            for name, chain in chains.items()
            if isinstance(chain, BrokenChain) and chain.cause is cause
        }
        if not missing:
            continue
        has_keys = cause is Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS
        ignored = ignored_profiles(BothFiles.of(texts), with_credentials=has_keys)
        for name, chain in missing.items():
            header = ignored.get(profiles[chain.via[0]].text("source_profile") or "")
            if header is not None:
                line, file = header.place.line, header.place.file
                hint = f"on line {line} of the {file} file, {header.hint}"
                chains[name] = replace(chain, hint=hint)
    return chains


def clients_by_source(
    profiles: Mapping[str, Profile],
    chains: Mapping[str, Chain | BrokenChain],
    selected: frozenset[str],
) -> dict[Source, list[ClientName]]:
    """Return the sources of the selected profiles, each with the clients that use it.

    So are those of profiles further down a chain, as a change may break these.
    The client of most profiles comes first, that of the source itself last.
    """
    selected = _with_sources_below(selected, chains)
    clients: dict[Source, Counter[ClientName]] = {}
    for name, chain in chains.items():
        if name in selected and isinstance(chain, Chain):
            clients.setdefault(chain.source, Counter())[profiles[name].client] += 1
    own = {
        source: [profiles[source.profile].client] if source.profile is not None else []
        for source in clients
    }
    return {
        source: list(dict.fromkeys([client for client, _ in found.most_common()] + own[source]))
        for source, found in clients.items()
    }


def _with_sources_below(
    selected: frozenset[str], chains: Mapping[str, Chain | BrokenChain]
) -> frozenset[str]:
    """Add the profiles further down that ask an EC2 instance with other settings."""
    whole = {name: chain for name, chain in chains.items() if isinstance(chain, Chain)}
    asked = {chain.source for name, chain in whole.items() if name in selected}
    return selected.union(
        name
        for name, chain in whole.items()
        if chain.source not in asked and not selected.isdisjoint(chain.hops)
    )


def roles_below(
    profiles: Mapping[str, Profile], chains: Mapping[str, Chain | BrokenChain]
) -> dict[str, list[str]]:
    """Return the roles that are assumed from the sessions of each role, by its ARN."""
    children: dict[str, list[str]] = {}
    for chain in chains.values():
        for parent, child in pairwise(chain.hops if isinstance(chain, Chain) else ()):
            children.setdefault(profiles[parent].role_arn, []).append(profiles[child].role_arn)
    return children


def select_one(texts: ParsedTexts, name: str) -> Profile:
    """Return the profile of this name, whose role is assumed from a source."""
    profile = texts.profiles.by_name.get(name)
    if profile is None or not profile.is_assume_role:
        raise _nothing_selected(texts, name)
    return profile


def is_selected(name: str, pattern: str) -> bool:
    """Return whether a pattern matches a profile; its exact name does, even with brackets."""
    return name == pattern or fnmatchcase(name, pattern)


def find_helpers(
    names: AbstractSet[str],
    accounts: Iterable[str],
    profiles: Mapping[str, Profile],
    chains: Mapping[str, Chain | BrokenChain],
    *,
    codes: MfaCodes | None = None,
    with_others: bool = False,
) -> frozenset[str]:
    """Return other profiles with a role in the accounts, the first of each.

    With `with_others`, some of other accounts are added that have the external ID or the source of
    one of these, first those with the ID, then those whose names begin with the same word: the role
    that is meant, or its source, may be there. All have the endpoint of one of these then: another
    one may not answer.

    Profiles that need an MFA code which none of these needs are left out, unless these need none
    and it can be told whose code there is in `codes`: one that is given is of a caller of these,
    and a program prints those of its device.
    """
    sources = {chain.source for name in names if isinstance(chain := chains.get(name), Chain)}
    devices = {None, *(_device_of(chains.get(name), profiles) for name in names)}
    if devices == {None} and codes is not None:
        every = {_device_of(chain, profiles) for chain in chains.values()}
        devices |= _device_with_code(every, sources, codes)
    endpoints = {_endpoint_of(profiles[name]) for name in names}
    found: dict[str, list[str]] = {account: [] for account in accounts}
    elsewhere: list[str] = []
    for other in profiles.values():
        role = other.role
        if (
            other.is_assume_role
            and other.name not in names
            and role is not None
            and _device_of(chains.get(other.name), profiles) in devices
            and (not with_others or _endpoint_of(other) in endpoints)
        ):
            found.get(role.account_id, elsewhere).append(other.name)
    ids = {profiles[name].text("external_id") for name in names} - {None}
    has_id = {name for name in elsewhere if profiles[name].text("external_id") in ids}
    elsewhere = [
        name
        for name in elsewhere
        if isinstance(chain := chains.get(name), Chain)
        and (chain.source in sources or name in has_id)
    ]
    words = [name_words(name)[:1] for name in names]
    elsewhere.sort(key=lambda name: (name not in has_id, name_words(name)[:1] not in words))
    there = elsewhere[: _ELSEWHERE if with_others else 0]
    return frozenset(name for others in (*found.values(), there) for name in others[:_OF_ACCOUNT])


def _endpoint_of(profile: Profile) -> tuple[str | None, ...]:
    """Return the settings that name the server of a profile's calls."""
    return tuple(profile.text(key) for key in ("endpoint_url", "services"))


def _device_with_code(
    devices: Iterable[_Device | None], sources: Container[Source], codes: MfaCodes
) -> set[_Device]:
    """Return the only device for which there is a code, if there is one."""
    every = list(filter(None, devices))
    is_given = codes.given is not None
    printed = [each for each in every if each[1] in codes.processes and not is_given]
    own = [each for each in (every if is_given else printed) if each[0] in sources]
    likely = own or printed
    return set(likely if len(likely) == 1 else ())


def _device_of(
    chain: Chain | BrokenChain | None, profiles: Mapping[str, Profile]
) -> _Device | None:
    if not isinstance(chain, Chain):
        return None
    mfa_serial = profiles[chain.hops[0]].text("mfa_serial")
    return None if mfa_serial is None else (chain.source, mfa_serial)


def _nothing_selected(texts: ParsedTexts, pattern: str) -> RunError:
    """Return the error for a name or a pattern that selects no profile with a role."""
    profiles = texts.profiles
    names = [profile.name for profile in profiles.with_role()]
    named = profiles.by_name.get(pattern)
    if named is not None and named.is_web_identity:  # where a session of the profile is needed
        names = [name for name in names if profiles.by_name[name].is_assume_role]
        return RunError(
            f"profile `{pattern}` assumes its role with a web identity token, and is not tested",
            hint=_those_with_role(names) if names else None,
        )
    if named is not None and not named.is_assume_role:
        more = ": it uses IAM Identity Center, and needs no session name"
        for problem in find_problems(BothFiles.of(texts)):
            has_role = "role_arn" in problem.unread or "`role_arn" in problem.hint
            if problem.profile == pattern and has_role:
                where = in_parentheses(problem.place)
                return RunError(f"{problem.message} {where}", hint=problem.hint)
        return RunError(
            f"profile `{pattern}` assumes no role{more if named.names_login else ''}",
            hint=_those_with_role(names),
        )
    ignored = ignored_profiles(BothFiles.of(texts)).get(pattern)
    if ignored is not None:
        return RunError(f"{ignored.message} ({ignored.place})", hint=ignored.hint)
    from difflib import get_close_matches  # imported here because most runs do not need it

    matching = [name for name in names if is_selected(name, pattern)]
    if matching:  # where one profile is to be named
        return RunError(
            f"no profile is called {quote(pattern)}",
            hint=f"name one of those that match: {first_of(map(quote, matching), _NAMES_SHOWN)}",
        )
    parts = pattern.split(",")
    by_lower = {name.lower(): name for name in reversed(names)}
    near = [by_lower[name] for name in get_close_matches(pattern.lower(), by_lower, n=3)]
    if len(parts) > 1 and any(is_selected(name, part) for name in names for part in parts):
        options = " ".join(f"-p {shell_word(part.strip())}" for part in parts)
        hint = f"name each of several with an option of its own: `{options}`"
    elif near:
        hint = f"did you mean {' or '.join(map(quote, near))}?"
    else:
        hint = _those_with_role(names)
    return RunError(f"no profile with a role matches `{pattern}`", hint=hint)


def _those_with_role(names: Sequence[str]) -> str:
    if not names:
        return "run `sync-profiles check`: no profile of these files assumes a role"
    return f"these assume a role: {first_of(map(quote, names), _NAMES_SHOWN)}"
