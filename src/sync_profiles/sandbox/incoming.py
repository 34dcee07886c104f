"""A request whose sender is proved, as every service of the sandbox gets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.sandbox.authorize import request_context

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sync_profiles.policy.matching import Context
    from sync_profiles.sandbox.identity import Identity, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An authenticated request: whose key signed it, where it was sent, and when."""

    action: str
    parameters: Mapping[str, str]
    key: Key
    region: str
    source_ip: str
    user_agent: str
    now: datetime

    @property
    def identity(self) -> Identity:
        """Who sends it."""
        return self.key.identity

    def context(self) -> Context:
        """Return the context keys that do not depend on the action."""
        return request_context(self.key, region=self.region, source_ip=self.source_ip, now=self.now)
