"""Collect the values that the user's own files hold for a setting that a role may require.

Each value comes with its origin, for a sentence, and with a likelihood: points as in
`suspicions.Weight`, by which experiments are ordered. A further value of the same kind is half as
likely as the one before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.arn import parse_arn
from sync_profiles.config.values import meant_value
from sync_profiles.explain.suspicions import Topic
from sync_profiles.lint.arn_checks import listing_of_devices
from sync_profiles.lint.misreading import meant_key, settings_below
from sync_profiles.model import Chain, in_parentheses
from sync_profiles.outcomes import Failure
from sync_profiles.planning.session_name import is_external_id, is_session_name, user_name
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sync_profiles.model import BrokenChain, Place, Profile
    from sync_profiles.outcomes import Caller, Switch

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_DEVICE = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)
#: a security key gives no code for a command line
_SECURITY_KEY = ":u2f/"

# the likelihoods
_UNREAD_LINE = 6
_OWN_SOURCE = 5
_ACCEPTED_HERE = 4
_HERE = 3
_DEVICE_OF_USER = 3
_LISTED_DEVICE = 2
_OTHER_CASE = 1
_ELSEWHERE = 1


class Origin(NamedTuple):
    """Where a value comes from, as the end of a sentence, and the profile and the line with it.

    `change` says how to change that line itself, if it only has to be read as it was meant.
    """

    words: str
    profile: str | None = None
    place: Place | None = None
    change: str | None = None

    @classmethod
    def of(cls, other: Profile, key: str, verb: str = "has") -> Origin:
        """Return that another profile has, or spells, a value in this way."""
        place = other.place_of(key)
        words = f"as {quote(f'[{other.section}]')} {verb} it {in_parentheses(place)}"
        return cls(words, other.name, place)


class Candidate(NamedTuple):
    """A value for a setting; None removes the setting.

    `hop` is the profile above the refused one in its chain whose setting it is, if it is not its
    own.
    """

    topic: Topic
    key: str
    value: str | None
    likelihood: int
    origin: Origin
    hop: Profile | None = None


@dataclass(frozen=True, kw_only=True)  # without slots: the other profiles are listed once
class Files:
    """The profile whose call was refused, and everything that may hold the right value.

    `chain` ends with the profile. `accepted` has the accepted calls of other profiles, with the
    names that a sync writes. `devices` are those that IAM lists for the caller, or why it does not;
    None if it was not asked.
    """

    profile: Profile
    chain: Chain
    caller: Caller
    wanted_name: str | None
    profiles: Mapping[str, Profile]
    chains: Mapping[str, Chain | BrokenChain]
    accepted: Mapping[str, Switch]
    devices: tuple[str, ...] | Failure | None = None

    @property
    def is_direct(self) -> bool:
        """Whether the source itself makes the call."""
        return len(self.chain.hops) == 1

    @property
    def hop(self) -> Profile | None:
        """The profile whose session makes the call, None if the source itself does."""
        return self.profiles.get(self.chain.above or "")

    @property
    def source_profile(self) -> Profile | None:
        """The profile that the chain starts from, if it does so from one."""
        return self.profiles.get(self.chain.source.profile or "")

    @cached_property
    def others(self) -> tuple[Profile, ...]:
        """The other profiles that assume a role, those that are accepted first."""
        found = (
            other
            for other in self.profiles.values()
            if other.is_assume_role and other.name != self.profile.name
        )
        return tuple(sorted(found, key=lambda other: other.name not in self.accepted))

    def is_here(self, other: Profile) -> bool:
        """Return whether another profile's role is in the same account."""
        return other.name in self._here

    @cached_property
    def _here(self) -> frozenset[str]:
        role = self.profile.role
        roles = ((other.name, other.role) for other in self.profiles.values())
        return frozenset(
            name for name, its in roles if its and role and its.account == role.account
        )


def external_ids(files: Files) -> Iterator[Candidate]:
    """Yield external IDs, those of the same account first."""
    # a user who sets one was told to: the role requires one, but perhaps a different one
    more = 2 if files.profile.text("external_id") else 0
    for value, likelihood, origin in _values(files, "external_id"):
        if is_external_id(value):
            yield Candidate(Topic.EXTERNAL_ID, "external_id", value, likelihood + more, origin)


def session_names(files: Files) -> Iterator[Candidate]:
    """Yield session names: those that work elsewhere, and the user name in another case."""
    found = list(_values(files, "role_session_name"))
    name = user_name(files.caller) if files.is_direct else None
    if name is not None:
        origin = Origin(f"your user name {quote(name)} in another case")
        cases = (name.lower(), name.upper(), name.capitalize())
        found.append((name, _ACCEPTED_HERE, Origin("your user name")))
        found += ((case, _OTHER_CASE - n, origin) for n, case in enumerate(cases) if case != name)
    own = _own_session_name(files)
    if own is not None:
        found.append((own, _ACCEPTED_HERE, Origin("the session name of the caller")))
    if files.wanted_name is not None:
        found.append((files.wanted_name, _ACCEPTED_HERE, Origin("your own session name")))
    for value, likelihood, origin in found:
        if is_session_name(value):
            key = "role_session_name"
            yield Candidate(Topic.SESSION_NAME, key, value, likelihood, origin)


def _own_session_name(files: Files) -> str | None:
    arn = parse_arn(files.caller.arn) if files.is_direct else None
    return arn.name if arn is not None and arn.kind == "assumed-role" else None


def mfa_devices(files: Files) -> Iterator[Candidate]:
    """Yield the MFA devices of the caller, if it is a user whose own key makes the call."""
    source = files.source_profile
    is_session = source is not None and source.sent_token is not None
    if not files.is_direct or user_name(files.caller) is None or is_session:
        return
    found = list(_unread(files.profile, "mfa_serial"))
    if source is not None and source is not files.profile:
        found += _set_by((source,), "mfa_serial", _OWN_SOURCE)
    same = [other for other in files.others if _is_of_source(other, files)]
    here = [other for other in same if files.is_here(other)]
    found += _set_by(here, "mfa_serial", _ACCEPTED_HERE)
    found += _set_by(same, "mfa_serial", _DEVICE_OF_USER)
    listed = Origin("your MFA device as IAM lists it")
    if isinstance(files.devices, tuple):
        found += ((device, _LISTED_DEVICE, listed) for device in files.devices)
    for value, likelihood, origin in found:
        if _DEVICE.fullmatch(value) and _SECURITY_KEY not in value:
            yield Candidate(Topic.MFA, "mfa_serial", value, likelihood, origin)


def device_to_get(files: Files) -> Candidate | None:
    """Return the form of the ARN of a device that no file has, and where to get it."""
    arn = parse_arn(files.caller.arn)
    if arn is None:
        return None
    return Candidate(
        Topic.MFA,
        "mfa_serial",
        f"arn:{arn.partition}:iam::{arn.account_id}:mfa/NAME",
        _LISTED_DEVICE,
        Origin(_how_to_get_device(files, arn.account_id)),
    )


def _how_to_get_device(files: Files, account_id: str) -> str:
    app = "the ARN of the authenticator app that you set up first"
    match files.devices:
        case Failure(is_denial=True):
            who = f"an administrator of account {quote(account_id)}"
            return f"the ARN of your MFA device (you are not allowed to list it: {who} can)"
        case ():
            return f"{app} (your user has no MFA device)"
        case tuple():
            return f"{app} (a security key gives no code)"
        case _:
            listing = listing_of_devices(files.chain.source.profile)
            return f"the ARN of your MFA device, which {listing} shows"


def _is_of_source(other: Profile, files: Files) -> bool:
    """Return whether another profile is the first of a chain from the same source."""
    chain = files.chains.get(other.name)
    return isinstance(chain, Chain) and chain.source == files.chain.source and len(chain.hops) == 1


def _values(files: Files, key: str) -> Iterator[tuple[str, int, Origin]]:
    """Yield all values of a setting: the profile's own unread lines, its source, other profiles."""
    yield from _unread(files.profile, key)
    source = files.source_profile
    if source is not None and source is not files.profile:
        yield from _set_by((source,), key, _OWN_SOURCE)
    works = {other.name: _name_that_works(other, files) for other in files.others}
    is_name = key == "role_session_name"
    doubt = 1 if is_name else 0  # an untested one may be a colleague's
    for scope, accepted, untested in (
        ([other for other in files.others if files.is_here(other)], _ACCEPTED_HERE, _HERE - doubt),
        ([other for other in files.others if not files.is_here(other)], _HERE, _ELSEWHERE - doubt),
    ):
        if is_name:
            known = ((works[other.name], other) for other in scope)
            yield from _numbered(((name, other, key) for name, other in known if name), accepted)
        else:
            yield from _set_by([o for o in scope if o.name in files.accepted], key, accepted)
        yield from _set_by([o for o in scope if o.name not in files.accepted], key, untested)


def _name_that_works(other: Profile, files: Files) -> str | None:
    switch = files.accepted.get(other.name)
    return switch.session_name if switch is not None else None


def _set_by(
    profiles: Iterable[Profile], key: str, likelihood: int
) -> Iterator[tuple[str, int, Origin]]:
    texts = ((other.text(key), other, key) for other in profiles)
    yield from _numbered(((text, other, key) for text, other, key in texts if text), likelihood)


def _numbered(
    found: Iterable[tuple[str, Profile, str]], likelihood: int
) -> Iterator[tuple[str, int, Origin]]:
    """Yield different values, each with its origin, the most likely first."""
    seen: set[str] = set()
    for value, other, key in found:
        if value not in seen and "\n" not in value:
            yield value, likelihood - len(seen), Origin.of(other, key)
            seen.add(value)


def _unread(profile: Profile, key: str) -> Iterator[tuple[str, int, Origin]]:
    """Yield what the profile's own lines mean for a setting, though botocore does not read it."""
    for written, setting in profile.settings.items():
        value, place = setting.value, setting.place
        at = f"{quote(written)} {in_parentheses(place)}"
        if meant_key(written, present=profile.settings) == key:
            meant = meant_value(value)
            change = f"rename that key to {quote(key)}" if meant == value else None
            yield meant, _UNREAD_LINE, Origin(f"as {at} has it", profile.name, place, change)
        elif key not in profile.settings and "\n" in value:
            below = settings_below(value.split("\n")).get(key)
            if below:
                change = f"start the line of {quote(key)} without blanks"
                words = f"as a line below {at} has it"
                yield below, _UNREAD_LINE, Origin(words, profile.name, place, change)
