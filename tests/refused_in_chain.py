"""A profile that is refused in a chain, and the call that the refusal is about."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from hint_cases import CALLER, REFUSED_AT, answered, decision, profile, switch
from sync_profiles.explain.refused_call import refused_call_of
from sync_profiles.model import Chain
from sync_profiles.outcomes import Accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import Profile
    from sync_profiles.outcomes import Caller, Outcome, Switch

NOTHING: Mapping[Switch, Outcome] = MappingProxyType({})
HOP = profile("hop", role_arn="arn:aws:iam::333333333333:role/team/hop")
HOP_SESSION = "arn:aws:sts::333333333333:assumed-role/hop/"
CHAINED = decision(
    answered("AccessDenied"), subject=profile(source_profile="hop"), hops=("hop", "admin")
)


def sent_in_chain(of: Decision) -> dict[Switch, Outcome]:
    """Return what is sent for a chain: the answer under the hop `robot` is the decision's own."""
    assert of.outcome is not None
    found: dict[Switch, Outcome] = {}
    for name in ("work_api", "robot", "eve"):
        hop = switch(HOP, name)
        found[hop] = Accepted(assumed_role_arn=f"{HOP_SESSION}{name}")
        below = switch(of.profile, "work_api", hop)
        found[below] = of.outcome if name == "robot" else replace(of.outcome)
    return found


SENT = sent_in_chain(CHAINED)


def call_of(
    of: Decision,
    caller: Caller = CALLER,
    *others: Profile,
    sent: Mapping[Switch, Outcome] = NOTHING,
) -> RefusedCall | None:
    """Return the call that a decision is about; `others` are the profiles beside its own."""
    profiles = {other.name: other for other in others}
    assert isinstance(of.chain, Chain)
    return refused_call_of(
        of, of.chain, caller=caller, profiles=profiles, sent=sent, refused_at=REFUSED_AT
    )
