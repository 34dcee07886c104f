"""Evaluate a role's real trust policy for a call, and find a setting that would satisfy it.

Each change of the profile is checked against the policy before it is suggested.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice, product
from typing import NamedTuple

from sync_profiles.arn import ENABLED_BY_DEFAULT
from sync_profiles.explain.candidates import Candidate
from sync_profiles.explain.file_signs import add_to_section, remove, set_to
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.requirements import describe_undecided
from sync_profiles.model import SESSION_NAME_KEY, Profile
from sync_profiles.planning.session_name import is_external_id, is_session_name
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.exclusion import holds
from sync_profiles.policy.grammar import Policy
from sync_profiles.policy.judge import Allow, CannotTell, judge
from sync_profiles.policy.key_values import may_be
from sync_profiles.policy.matching import Context, expand
from sync_profiles.policy.numbers import read_number
from sync_profiles.text import join, quote

#: what a change gives a call
_CHANGED = frozenset({"sts:externalid", "sts:rolesessionname", "aws:multifactorauthpresent"})
#: what a setting is in a policy
_KEYS: Mapping[str, str] = {
    "external_id": "sts:externalid",
    SESSION_NAME_KEY: "sts:rolesessionname",
}
#: how many of the files' values for one setting are tried
_MOST = 20
#: how many changes, alone or together
_MOST_WAYS = 1000
#: how many regions of a policy, of the files, and of AWS
_MOST_REGIONS = 3
#: in seconds, what no MFA of this run is as old as
_NEW = 300
#: an external ID that no policy names: if it is accepted, any is
_SOME_ID = "=:any@external.id:="


class RequiredChange(NamedTuple):
    """What to change in a profile and why, the keys of the settings, and the call then.

    `is_certain` is whether the policy then allows the call; otherwise that depends on what only AWS
    can check, which `why` names.
    """

    change: str
    why: str
    keys: frozenset[str]
    is_certain: bool
    call: RefusedCall

    @property
    def step(self) -> str:
        """The change with its reason, as a sentence."""
        return join("", [self.change, ": ", self.why])


class _Change(NamedTuple):
    """A setting with its new value, None for none, and the change as the start of a sentence.

    `is_one_way` means that the policy does not name the value: others would do as well.
    """

    key: str
    value: str | None
    step: str
    is_one_way: bool = False

    def make(self, call: RefusedCall) -> RefusedCall:
        """Return a call with the setting changed."""
        return call.with_setting(self.key, self.value)


def required_change(
    policy: Policy,
    call: RefusedCall,
    *,
    device: Candidate | None,
    values: Sequence[Candidate] = (),
) -> RequiredChange | None:
    """Return what to change in the profile so that a trust policy allows it.

    Its external ID, MFA device, region and session name can be changed, the name only if the role
    accepts any that matches a pattern, or one of `values`, the first two removed; the fewest
    changes win, but one after which the policy certainly allows the call wins first. Where the
    policy may allow it already, only such a change counts. The result is None if no change helps,
    or if none is needed. `device` is an MFA device of the caller, or the form of its ARN. `values`
    are external IDs, session names and regions of the files; those IDs come before the policy's
    own, which may be several, or a pattern, but after none at all, and those of other accounts
    after any: no account gets that of another without need.
    """
    now = judge(policy, call.request)
    if isinstance(now, Allow):
        return None
    context = call.request.under(policy).context
    here = [each for each in values if not each.is_elsewhere]
    elsewhere = [each for each in values if each.is_elsewhere]
    of_each_setting = (
        (
            *([_without("external_id", call)] if call.external_id is not None else []),
            *islice(_known_values("external_id", policy, context, here, call), _MOST),
            _any_external_id(call),
            *islice(_known_values("external_id", policy, context, elsewhere, call), _MOST),
            *_external_ids(policy, context, call.profile),
        ),
        [_without("mfa_serial", call)] if call.has_mfa else _mfa_device(call, device),
        (
            *_session_names(policy, context, call),
            *islice(_known_values(SESSION_NAME_KEY, policy, context, values, call), _MOST),
        ),
        _regions(policy, call, values),
    )
    ways = product(*((None, *_distinct(policy, call, changes)) for changes in of_each_setting))
    some = ([change for change in way if change is not None] for way in ways)
    uncertain: RequiredChange | None = None
    for changes in islice(sorted(some, key=len), _MOST_WAYS):
        changed = reduce(lambda made, change: change.make(made), changes, call)
        is_one_way = isinstance(now, CannotTell) or any(each.is_one_way for each in changes)
        step = join(" and ", [change.step for change in changes])
        why = "the role's trust policy requires it"
        if is_one_way:
            why = "after that, the role's trust policy allows the call"
        keys = frozenset(change.key for change in changes)
        match judge(policy, changed.request):
            case Allow():
                return RequiredChange(step, why, keys, is_certain=True, call=changed)
            case CannotTell() as left if uncertain is None:
                # what AWS makes of a name that is compared as an ARN is not documented
                if _CHANGED.isdisjoint(key.lower() for key in left.keys):
                    why += ", and also this, which only AWS can check: "
                    why += describe_undecided(policy, changed, left)
                    uncertain = RequiredChange(step, why, keys, is_certain=False, call=changed)
            case _:
                pass
    return None if isinstance(now, CannotTell) else uncertain


def change_beside_name(
    policy: Policy, call: RefusedCall, find: Callable[[Policy, RefusedCall], RequiredChange | None]
) -> RequiredChange | None:
    """Return what `find` finds to change if the call had a name that the policy requires.

    That name may be another person's, so the change leaves the call's own, which the policy still
    refuses.
    """
    names = filter(is_session_name, _compared_values(policy, "sts:rolesessionname"))
    changes = (_Change(SESSION_NAME_KEY, name, "") for name in names)
    for change in _distinct(policy, call, changes):
        found = find(policy, change.make(call))
        if found is not None and found.is_certain:
            own = found.call.with_setting(SESSION_NAME_KEY, call.session_name)
            return found._replace(call=own)
    return None


def _distinct(policy: Policy, call: RefusedCall, changes: Iterable[_Change]) -> Iterator[_Change]:
    """Yield each change that some condition answers otherwise than to those before it."""

    def answers(changed: RefusedCall) -> tuple[Answer, ...]:
        context = changed.request.under(policy).context
        return tuple(holds(one, context) for one in policy.conditions)

    seen = {answers(call)}
    for change in changes:
        found = answers(change.make(call))
        if found not in seen:
            seen.add(found)
            yield change


def _external_ids(policy: Policy, context: Context, profile: Profile) -> Iterator[_Change]:
    for text in _compared_values(policy, "sts:externalid"):
        value = expand(text, context)
        if value is not None and is_external_id(value):
            yield _Change("external_id", value, set_to("external_id", value, profile))


def _known_values(
    key: str, policy: Policy, context: Context, values: Sequence[Candidate], call: RefusedCall
) -> Iterator[_Change]:
    """Yield values of the files for a setting that the policy is about."""
    own = call.external_id if key == "external_id" else call.session_name
    named = {expand(text, context) for text in _compared_values(policy, _KEYS[key])}
    for each in values if named else ():
        value = each.value or ""
        if each.key == key and value != own:
            step = _use(each, call)
            if key == SESSION_NAME_KEY and each.origin.profile is not None:
                step += ", if that name is not a colleague's"
            yield _Change(key, value, step, is_one_way=value not in named)


def _without(key: str, call: RefusedCall) -> _Change:
    return _Change(key, None, remove(key, call.profile), is_one_way=True)


def _any_external_id(call: RefusedCall) -> _Change:
    """Return an external ID of which the policy requires only that there is one, or another."""
    step = "set " + call.profile.at("external_id") + " to the one that the role's owner gives you"
    if call.external_id is None:
        step = add_to_section(quote("external_id"), call.profile)
        step += ", with the value that the role's owner gives you"
    return _Change("external_id", _SOME_ID, step)


def _mfa_device(call: RefusedCall, device: Candidate | None) -> Iterator[_Change]:
    """Yield an MFA device if an IAM user's own key makes the call; no other key can use a code."""
    if device is None or not call.has_long_term_key:
        return
    yield _Change("mfa_serial", device.value, _use(device, call))


def _use(found: Candidate, call: RefusedCall) -> str:
    """Return which line to change for a value of the files, and where that is from."""
    value, origin = found.value or "", f", {found.origin.words}"
    if found.origin.change is not None:
        return f"to use {quote(f'{found.key} = {value}')}{origin}, {found.origin.change}"
    return set_to(found.key, value, call.profile) + origin


def _session_names(policy: Policy, context: Context, call: RefusedCall) -> Iterator[_Change]:
    """Yield names that contain the user's own, in a form that the policy may require."""
    own = call.user_name or call.session_name or ""
    for text in _compared_values(policy, "sts:rolesessionname"):
        pattern = expand(text, context) or ""
        name = pattern.replace("*", own, 1).replace("*", "")
        if name != text and is_session_name(name):
            step = set_to(SESSION_NAME_KEY, name, call.profile)
            step += join("", [", or another name like ", quote(pattern)]) if "*" in pattern else ""
            yield _Change(SESSION_NAME_KEY, name, step)


def _regions(policy: Policy, call: RefusedCall, values: Sequence[Candidate]) -> Iterator[_Change]:
    """Yield regions: those that the policy names, of the files, and of AWS for each pattern."""
    texts = _compared_values(policy, "aws:requestedregion")

    def to(value: str, words: str = "", *, is_one_way: bool = True) -> _Change:
        step = f"set {call.region.words} to {quote(value)}{words}"
        return _Change("region", value, step, is_one_way)

    # AWS's have no capital letters
    named = [each for each in texts if may_be("aws:RequestedRegion", each) and each.islower()]
    yield from (to(each, is_one_way=False) for each in named[:_MOST_REGIONS])
    of_files = (each for each in values if each.key == "region" and texts)
    for each in islice(of_files, _MOST_REGIONS):
        yield to(each.value or "", f", {each.origin.words}")
    for pattern in islice((each for each in texts if "*" in each or "?" in each), _MOST_REGIONS):
        found = fnmatch.filter(sorted(ENABLED_BY_DEFAULT), pattern.replace("[", "[[]"))
        yield from (to(each, f", or another region like {quote(pattern)}") for each in found[:1])


def is_new_mfa_younger(policy: Policy) -> bool:
    """Return whether MFA of this run is younger than all ages that a policy compares it with."""
    ages = map(read_number, _compared_values(policy, "aws:multifactorauthage"))
    return all(age is not None and age >= _NEW for age in ages)


def _compared_values(policy: Policy, key: str) -> dict[str, None]:
    """Return the values that conditions compare a key with, each once, in order.

    Those of `Null` only say whether the key may be there.
    """
    return {
        value: None
        for condition in policy.conditions
        if condition.key.lower() == key and condition.operator.name != "Null"
        for value in condition.values
    }
