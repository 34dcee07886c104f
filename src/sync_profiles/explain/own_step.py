"""What a person changes in their own profile, so that a role's real trust policy lets it in.

Each change that may help is tried on the policy before it is told: none is guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial, reduce
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.explain.told import Facts, Told, lets_in
from sync_profiles.explain.wording import place_of
from sync_profiles.planning.session_name import is_session_name
from sync_profiles.policy.matching import expand
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import Profile
    from sync_profiles.policy.grammar import Policy

#: how many of the values that a policy names for one key are tried
_MOST = 20
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


class _Change(NamedTuple):
    """What to do in the profile, as the start of a sentence, and what it makes of the call."""

    step: str
    make: Callable[[RefusedCall], RefusedCall]


def find_own_step(policy: Policy, call: RefusedCall, profile: Profile) -> str | None:
    """Return what to change in the profile, so that a trust policy that refuses it lets it in.

    `call` is the profile's switch.  Its external ID, its MFA device and its session name can be
    changed, the name where the role takes any of a kind; the fewest changes count.  The result is
    None where none would do, and where the policy does not refuse the call.  A condition of which
    AWS alone knows whether it is met is no reason for or against a change.
    """
    if lets_in(policy, call) is not Told.NO:
        return None
    ways = product(
        (None, *islice(_external_ids(policy, call, profile), _MOST)),
        (None, *_device(call, profile)),
        (None, *islice(_session_names(policy, call, profile), _MOST)),
    )
    some = ([change for change in way if change is not None] for way in ways)
    for changes in sorted(some, key=len):
        changed = reduce(lambda made, change: change.make(made), changes, call)
        if lets_in(policy, changed) is not Told.NO:
            steps = " and ".join(change.step for change in changes)
            return f"{steps}: the role's trust policy demands it"
    return None


def _external_ids(policy: Policy, call: RefusedCall, profile: Profile) -> Iterator[_Change]:
    facts = Facts.of(call, policy)
    for text in _values(policy, "sts:externalid"):
        value = expand(text, facts.scope)
        if value is not None and _EXTERNAL_ID.fullmatch(value):
            step = _setting("external_id", value, profile)
            yield _Change(step, partial(replace, external_id=value))


def _device(call: RefusedCall, profile: Profile) -> Iterator[_Change]:
    """Yield the MFA device of an IAM user whose own key calls: no other can present a code."""
    if call.user_name is None or not call.has_long_term_key:
        return
    step = f"add `mfa_serial`, the ARN of your MFA device, to {_section(profile)}"
    yield _Change(step, partial(replace, has_mfa=True))


def _session_names(policy: Policy, call: RefusedCall, profile: Profile) -> Iterator[_Change]:
    """Yield names that stay the person's own, in a form that the policy may ask for."""
    own = call.user_name or call.session_name or ""
    facts = Facts.of(call, policy)
    for text in _values(policy, "sts:rolesessionname"):
        name = (expand(text, facts.scope) or "").replace("*", own, 1)
        if name != text and is_session_name(name):
            step = _setting("role_session_name", name, profile)
            yield _Change(step, partial(replace, session_name=name))


def _values(policy: Policy, key: str) -> Iterator[str]:
    """Yield what conditions compare a key with, each once."""
    found = {
        value: None
        for statement in policy.statements
        for condition in statement.conditions
        if condition.key.lower() == key
        for value in condition.values
    }
    yield from found


def _setting(key: str, value: str, profile: Profile) -> str:
    setting = profile.settings.get(key)
    if setting is None:
        return f"add {quote(f'{key} = {value}')} to {_section(profile)}"
    return f"set {quote(key)} {place_of(setting.place)} to {quote(value)}"


def _section(profile: Profile) -> str:
    return f"{quote(f'[{profile.section}]')} {place_of(profile.place)}"
