"""Who makes a profile's own call: the source of its chain, or the session of the hop before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.planning.session_name import user_name
from sync_profiles.text import quote

if TYPE_CHECKING:
    from sync_profiles.model import Chain
    from sync_profiles.outcomes import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """The chain up to the profile, and the caller of its source; None for what is not known."""

    chain: Chain | None
    caller: Caller | None

    @property
    def hop(self) -> str | None:
        """The profile whose session makes the call, None if the source itself does."""
        return self.chain.above if self.chain is not None else None

    @property
    def is_user(self) -> bool:
        """Whether the call is made by an IAM user, or may be."""
        return self.hop is None and (self.caller is None or user_name(self.caller) is not None)

    @property
    def who(self) -> str:
        """Who calls, in a message that names the caller's ARN elsewhere."""
        return "the caller" if self.hop is None else f"the session of profile {quote(self.hop)}"

    @property
    def origin(self) -> str:
        """Where the call comes from, as the end of a phrase."""
        if self.hop is not None:
            return f"through {quote(self.hop)}"
        return f"from {quote(str(self.chain.source))}" if self.chain is not None else ""
