"""Find out through profiles what `trust-policy` needs to know: who assumes which role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.aws.switching import Switcher
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.profiles import parse_texts
from sync_profiles.errors import RunError
from sync_profiles.explain.explanation import explain_source
from sync_profiles.model import BrokenChain, Chain
from sync_profiles.outcomes import Caller
from sync_profiles.selection import nothing_selected

if TYPE_CHECKING:
    from sync_profiles.model import Profile
    from sync_profiles.survey import Adapters
    from sync_profiles.sync import Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Who assumes which role with a profile."""

    caller_arn: str
    role_arn: str


def identify_profile(files: Files, name: str, adapters: Adapters) -> Assumption:
    """Return who assumes the role of a profile; the caller at the start of its chain is asked.

    Raises `RunError` if there is no such profile, or if its caller is not known.
    """
    texts = parse_texts(files.read(), files.paths)
    profiles = texts.profiles
    profile = profiles.by_name.get(name)
    if profile is None or not profile.is_assume_role:
        raise nothing_selected(texts, name)
    chain = resolve_chain(profiles.by_name, name)
    if isinstance(chain, BrokenChain):
        raise RunError(
            f"the chain of profile `{name}` is broken: {chain.message}",
            hint=chain.hint,
        )
    above = _role_above(profile, chain, [profiles.by_name[hop] for hop in chain.hops])
    if above is not None:
        return Assumption(caller_arn=above, role_arn=profile.role_arn)
    switcher = Switcher(
        sts=adapters.sts(texts), codes=adapters.codes(profiles), children={}, jobs=1
    )
    source = chain.source
    own = profiles.by_name[source.profile].client if source.profile is not None else None
    clients = [profile.client, *([own] if own is not None else [])]
    caller = switcher.identify({source: clients})[source]
    if not isinstance(caller, Caller):
        why = explain_source(source, caller, profiles=profiles.by_name)
        raise RunError(f"profile `{name}` has no caller: {why.message}", hint=why.hint)
    return Assumption(caller_arn=caller.arn, role_arn=profile.role_arn)


def _role_above(profile: Profile, chain: Chain, hops: list[Profile]) -> str | None:
    """Return the role whose session assumes the profile's role, None if its source does."""
    place = chain.hops.index(profile.name)
    return hops[place - 1].role_arn if place else None
