"""The calls that AWS accepted, by profile and by account: with their sessions more can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.model import Chain
from sync_profiles.outcomes import Accepted
from sync_profiles.planning.known_outcomes import calls_by_route, routes_along

if TYPE_CHECKING:
    from sync_profiles.outcomes import Switch
    from sync_profiles.survey import Survey

#: how many accepted roles of an account are tried as readers of what IAM has there
READERS = 3


def accepted_calls(found: Survey) -> dict[str, Switch]:
    """Return the profiles whose calls AWS accepts, each with its call, in file order.

    Of several names this is the one that the file has, or that a sync writes, if that is accepted.
    """
    by_route = calls_by_route(
        {
            switch: outcome
            for switch, outcome in found.outcomes.items()
            if isinstance(outcome, Accepted)
        }
    )
    accepted: dict[str, Switch] = {}
    for decision in found.plan.decisions:
        profile, chain = decision.profile, decision.chain
        if not isinstance(chain, Chain):
            continue
        hops = [found.profiles.by_name[hop] for hop in chain.hops]
        *_, route = routes_along(hops, source=chain.source, client=profile.client)
        name = decision.wanted_name if decision.change.writes else profile.session_name
        calls = by_route.get(route, {})
        if calls:
            accepted[profile.name] = max(calls, key=lambda switch: switch.session_name == name)
    return accepted


def accepted_roles(found: Survey) -> dict[str, list[tuple[str, Switch]]]:
    """Return the accepted roles by `Arn.account`, each with the first profile that assumes it."""
    roles: dict[str, dict[str, tuple[str, Switch]]] = {}
    for name, switch in accepted_calls(found).items():
        role = found.profiles.by_name[name].role
        if role is not None:
            roles.setdefault(role.account, {}).setdefault(str(role), (name, switch))
    return {account: list(of_account.values()) for account, of_account in roles.items()}
