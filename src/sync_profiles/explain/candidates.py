"""Collect the values of the user's own files for a setting that a role may require.

Each value comes with its origin, for a sentence, and with a likelihood: points as in
`weights.Likelihood`, by which experiments are ordered. A further value of the same kind is half as
likely as the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sync_profiles.arn import gives_codes, parse_arn
from sync_profiles.config.section_names import header_at
from sync_profiles.config.values import meant_value
from sync_profiles.explain.file_signs import has_keys_for_role, may_have_mfa, unread_lines
from sync_profiles.explain.findings import TOPICS, Topic
from sync_profiles.explain.known_values import KnownValues
from sync_profiles.explain.lookups import Holders
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.spelling import is_like, is_of_program, name_words, without_full_stop
from sync_profiles.explain.texts_mfa import how_to_get_device
from sync_profiles.explain.weights import Likelihood
from sync_profiles.model import SESSION_NAME_KEY, Place, Profile, in_parentheses
from sync_profiles.outcomes import Caller, Failure, Switch
from sync_profiles.planning.decision import Decision
from sync_profiles.planning.session_name import is_external_id, is_session_name
from sync_profiles.policy.grammar import Policy
from sync_profiles.text import quote


class Origin(NamedTuple):
    """Where a value comes from, as the end of a sentence, and the profile and the line with it.

    `change` says how to change that line itself, if it only has to be read as it was meant.
    """

    words: str
    profile: str | None = None
    place: Place | None = None
    change: str | None = None

    @classmethod
    def of(cls, other: Profile, key: str, words: str = "as in {}") -> Origin:
        """Return the origin of a value in another profile; `{}` in the words is its section."""
        place = other.place_of(key)
        section = header_at(other, place)
        return cls(f"{words.format(section)} {in_parentheses(place)}", other.name, place)


WITHOUT_FULL_STOP = Origin("without the mark at its end")
_AS_MEANT = Origin("without the rest of its value")


class Candidate(NamedTuple):
    """A value for a setting; None removes the setting.

    `owner` is the other profile of its chain whose setting it is, if it is not that of the refused
    one. `is_elsewhere` means that a profile for a role of another account has the value, `is_taken`
    that it is the role of a profile that is named for something else.
    """

    key: str
    value: str | None
    likelihood: int
    origin: Origin
    owner: Profile | None = None
    is_elsewhere: bool = False
    is_taken: bool = False

    @property
    def topic(self) -> Topic:
        """What the setting is about."""
        return TOPICS.get(self.key, Topic.DURATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A call that AWS refused, and everything that may hold the right value for a setting.

    `known` is shared by all refusals of a run. `devices` are those that IAM lists for the caller,
    or why it does not; None if it was not asked. `trust_policy` is the role's, if it was read and
    refuses the call.
    """

    decision: Decision
    call: RefusedCall
    known: KnownValues
    devices: tuple[str, ...] | Failure | None = None
    trust_policy: Policy | None = None

    @property
    def switch(self) -> Switch:
        """The call as it was sent."""
        return self.call.switch

    @property
    def profile(self) -> Profile:
        """The profile whose call it is: the one decided about, or the hop that stops its chain."""
        return self.call.profile

    @property
    def caller(self) -> Caller:
        """The caller at the start of its chain."""
        return self.call.caller

    @property
    def is_by_sts(self) -> bool:
        """Whether STS refused the call itself, not its MFA device."""
        return self.call.failure.is_of_assume_role

    @property
    def source_profile(self) -> Profile | None:
        """The profile that the chain starts from, if it does so from one."""
        return self.known.profiles.get(self.switch.source.profile or "")


def external_ids(refused: Refusal) -> Iterator[Candidate]:
    """Yield external IDs, those of the same account first."""
    key = "external_id"
    # a user who sets one was told to: the role requires one, but perhaps a different one
    own, known = refused.profile.text(key), refused.known
    more = 2 if own else 0
    if own in dict(known.accepted_values[key].here(refused.profile)):
        more = -2  # the account has this one
    elif own and known.ids_are_distinct and known.counts_of_ids[own] == 1:
        more = -2  # each role has its own, and this one has one, too
    bare = without_full_stop(own or "")
    repaired = Candidate(key, bare, Likelihood.UNREAD_LINE, WITHOUT_FULL_STOP)
    for found in (repaired, *_values(refused, key)):
        if found.value is not None and is_external_id(found.value):
            is_meant = own is not None and is_like(own, found.value)
            added = Likelihood.MORE_IF_ALIKE if is_meant else more
            yield found._replace(likelihood=found.likelihood + added)


def session_names(refused: Refusal) -> Iterator[Candidate]:
    """Yield session names: those that work elsewhere, and the user name in another case."""
    key = "role_session_name"
    name, arn = refused.call.user_name, refused.caller.arn
    is_session = refused.call.parent is None and arn.kind == "assumed-role"
    of_caller = Origin("the session name of the caller")
    own: list[tuple[str | None, int, Origin]] = [
        (arn.name if is_session else None, Likelihood.ACCEPTED_HERE, of_caller),
        (refused.decision.wanted_name, Likelihood.ACCEPTED_HERE, Origin("your own session name")),
    ]
    if name is not None:
        origin = Origin(f"your user name {quote(name)} in another case")
        cases = enumerate((name.lower(), name.upper(), name.capitalize()))
        own.append((name, Likelihood.ACCEPTED_HERE, Origin("your user name")))
        own += ((case, Likelihood.OTHER_CASE - n, origin) for n, case in cases if case != name)
    names = (Candidate(key, *each) for each in own)
    for found in (*names, *_values(refused, key)):
        value, likelihood = found.value or "", found.likelihood
        if name is not None and found.origin.place is not None and name.lower() in value.lower():
            likelihood = max(likelihood, Likelihood.WITH_USER_NAME)
        if is_session_name(value):
            yield found._replace(likelihood=likelihood)


def _values(refused: Refusal, key: str) -> Iterator[Candidate]:
    """Yield all values of a setting: the profile's own other lines, its source, other profiles."""
    yield from of_own_lines(refused, key)
    yield from of_source(refused, key)
    accepted, others = refused.known.accepted_values[key], refused.known.other_values[key]
    doubt = 1 if key == SESSION_NAME_KEY else 0  # an untested one may be a colleague's
    first_word = name_words(refused.profile.name)[:1]

    def is_less_likely(found: tuple[str, Profile]) -> tuple[bool, bool]:
        value, other = found
        is_of_person = key == SESSION_NAME_KEY and not is_of_program(value)
        return is_of_person, name_words(other.name)[:1] != first_word

    for holders, here, elsewhere in (
        (accepted, Likelihood.ACCEPTED_HERE, Likelihood.HERE),
        (others, Likelihood.HERE - doubt, Likelihood.ELSEWHERE - doubt),
    ):
        for found, likelihood, is_elsewhere in (
            (holders.here(refused.profile), here, False),
            (holders.elsewhere(refused.profile), elsewhere, True),
        ):
            for each in of_others(sorted(found, key=is_less_likely), key, likelihood):
                yield each._replace(is_elsewhere=is_elsewhere)


def of_source(refused: Refusal, key: str) -> Iterator[Candidate]:
    """Yield what the source has, unless that is for the call to its own role, by another caller."""
    source = refused.source_profile
    if source is None or source is refused.profile or has_keys_for_role(source):
        return
    value = source.text(key)
    if value and "\n" not in value:
        yield Candidate(key, value, Likelihood.OF_SOURCE, Origin.of(source, key))


def of_others(
    found: Iterable[tuple[str, Profile]], key: str, likelihood: int
) -> Iterator[Candidate]:
    """Yield other profiles' values, each with its origin, the most likely first."""
    for number, (value, other) in enumerate(found):
        origin = Origin.of(other, key)
        if other.text(key) != value:  # a sync writes it, or its key is misspelled
            unread = (each.written for each in unread_lines(other) if each.value == value)
            written = next(unread, None)
            origin = Origin(f"as {other.header} works with it", other.name)
            if written is not None:
                origin = Origin.of(other, written, f"as in {quote(written)} of {{}}")
        yield Candidate(key, value, likelihood - number, origin)


def of_own_lines(refused: Refusal, key: str) -> Iterator[Candidate]:
    """Yield what the profile's own lines mean for a setting, though botocore does not use it."""
    profile = refused.profile
    setting = profile.settings.get(key)
    if setting is not None and (meant := meant_value(setting.value)) not in {"", setting.value}:
        yield Candidate(key, meant, Likelihood.UNREAD_LINE, _AS_MEANT)
    overridden = setting.overridden if setting is not None else None
    if overridden is not None and overridden.value and "\n" not in overridden.value:
        header = header_at(profile, overridden.place)
        origin = Origin(f"as in {header} {in_parentheses(overridden.place)}", profile.name)
        yield Candidate(key, overridden.value, Likelihood.UNREAD_LINE, origin)
    unread = unread_lines(profile, beside=True)
    for line in (each for each in unread if each.key == key and each.value):
        value, place = meant_value(line.value), profile.place_of(line.written)
        at = f"{quote(line.written)} {in_parentheses(place)}"
        change: str | None = f"rename that key to {quote(key)}"
        if line.is_below:
            at, change = f"a line below {at}", f"remove the indentation of the line of {quote(key)}"
        change = change if value == line.value and setting is None else None
        origin = Origin(f"as in {at}", profile.name, place, change)
        yield Candidate(key, value, Likelihood.UNREAD_LINE, origin)
    for each in refused.known.background.comments.of(profile, key):
        origin = Origin(f"as in the comment {in_parentheses(each.place)}", profile.name)
        yield Candidate(key, each.value, Likelihood.UNREAD_LINE, origin)


def mfa_devices(refused: Refusal) -> Iterator[Candidate]:
    """Yield the MFA devices of the caller, if it is a user whose own key makes the call.

    A device with the user's name comes first. If AWS refused another device, and IAM may not list
    the user's, that one is tried even if no file has it. Devices that AWS says are not the caller's
    are left out.
    """
    if not may_have_mfa(refused.source_profile, is_user=refused.call.user_name is not None):
        return
    key, source = "mfa_serial", refused.switch.source
    same = refused.known.devices.get(source, Holders(()))
    here, everywhere = same.here(refused.profile), same.everywhere(refused.profile)
    usual = refused.caller.arn.in_iam(f"mfa/{refused.caller.arn.name}")
    others = refused.known.background.refused_devices.get(source, ())
    listed, origin = refused.devices, Origin("as IAM lists your MFA device")
    least_of_usual = Likelihood.OF_SOURCE
    if isinstance(listed, Failure):  # a guess alone is not worth asking for a code
        listed = (usual,) if others else ()
        origin = Origin("as many devices are called after their user")
        least_of_usual = Likelihood.LISTED_DEVICE
    found = (
        *of_own_lines(refused, key),
        *of_source(refused, key),
        *of_others(here, key, Likelihood.ACCEPTED_HERE),
        *of_others(everywhere.items(), key, Likelihood.OF_USERS_PROFILES),
        *(Candidate(key, device, Likelihood.LISTED_DEVICE, origin) for device in listed or ()),
    )
    own = (each for each in found if gives_codes(each.value or "") and each.value not in others)
    for each in sorted(own, key=lambda each: each.value != usual):
        least = least_of_usual if each.value == usual else each.likelihood
        yield each._replace(likelihood=max(each.likelihood, least))  # a code serves one device


def unused_devices(refused: Refusal) -> Iterator[Candidate]:
    """Yield devices of the caller's account that no call is sent with: they may be another user's.

    Only a call that AWS accepts shows that one is the caller's.
    """
    if not may_have_mfa(refused.source_profile, is_user=refused.call.user_name is not None):
        return
    found = refused.known.unused_devices.everywhere(refused.profile)
    for each in of_others(found.items(), "mfa_serial", Likelihood.ELSEWHERE):
        arn = parse_arn(each.value or "")
        is_of_account = arn is not None and arn.account == refused.caller.arn.account
        if is_of_account and gives_codes(each.value or ""):
            yield each


def device_to_set(refused: Refusal) -> Candidate:
    """Return a device of the caller or, if none is known, the form of its ARN, and who shows it."""
    arn, source = refused.caller.arn, refused.switch.source.profile
    words = "with " + how_to_get_device(refused.devices, arn.account_id, source_profile=source)
    form = Candidate("mfa_serial", arn.in_iam("mfa/NAME"), Likelihood.LISTED_DEVICE, Origin(words))
    return next(mfa_devices(refused), form)
