"""Read refused roles by `iam:GetRole`: each role once, and with no reader that was denied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.arn import parse_arn
from sync_profiles.model import Chain
from sync_profiles.outcomes import Accepted
from sync_profiles.planning.known_outcomes import is_along

if TYPE_CHECKING:
    from sync_profiles.arn import Arn
    from sync_profiles.outcomes import Switch
    from sync_profiles.survey import Survey

#: how many accepted roles of an account may try to read its refused roles
READERS = 3


class RoleRead(NamedTuple):
    """A role's trust policy as JSON text, or None if the role does not exist; and who read it."""

    reader: str
    trust_policy: str | None


class _Reader(NamedTuple):
    profile: str
    switch: Switch


@dataclass(slots=True)
class RoleReading:
    """Reads roles with the accepted profiles of a survey, and remembers what it has found out.

    A reader that AWS denies one role of an account is not asked for another.
    """

    found: Survey
    _readers: dict[str, list[_Reader]] = field(default_factory=dict)
    _read: dict[str, RoleRead | None] = field(default_factory=dict)

    def read(self, role_arn: str) -> RoleRead | None:
        """Read a role, or return None if no accepted profile of its account may."""
        if role_arn not in self._read:
            self._read[role_arn] = self._ask(role_arn)
        return self._read[role_arn]

    def _ask(self, role_arn: str) -> RoleRead | None:
        role, switcher = parse_arn(role_arn), self.found.switcher
        if role is None or switcher is None:
            return None
        account = _account(role)
        if account not in self._readers:
            self._readers[account] = self._readers_of(account)
        readers = self._readers[account]
        while readers:
            answer = switcher.read_trust_policy(readers[0].switch, role_arn)
            if isinstance(answer, str):
                return RoleRead(readers[0].profile, answer)
            if answer.code == "NoSuchEntity":
                return RoleRead(readers[0].profile, None)
            del readers[0]
        return None

    def _readers_of(self, account: str) -> list[_Reader]:
        """Return accepted roles of an account, each with the first profile that assumes it."""
        found: dict[str, _Reader] = {}
        for decision in self.found.plan.decisions:
            profile, chain = decision.profile, decision.chain
            if profile.role is None or _account(profile.role) != account:
                continue
            if isinstance(chain, Chain) and profile.role_arn not in found:
                hops = [self.found.profiles.by_name[hop] for hop in chain.hops]
                for switch, outcome in self.found.outcomes.items():
                    if isinstance(outcome, Accepted) and is_along(
                        switch, hops, source=chain.source, client=profile.client
                    ):
                        found.setdefault(profile.role_arn, _Reader(profile.name, switch))
        return list(found.values())[:READERS]


def _account(role: Arn) -> str:
    return f"{role.partition}:{role.account_id}"
