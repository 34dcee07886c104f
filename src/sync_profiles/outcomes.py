"""What is asked of AWS and what comes back, as types: frozen values, no I/O.

A source is a `Caller` or a `NoCaller`; a `Switch` is `Accepted`, `Refused` or `Untested`. The
causes of a refusal stand in `causes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.causes import Cause
    from sync_profiles.model import Source

#: seconds: STS grants sessions from these to those
SHORTEST_DURATION = 900
LONGEST_DURATION = 43_200


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFailure:
    """An error that AWS answered: the operation, its code and its own words."""

    operation: str
    code: str
    message: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFailure:
    """An error that arose on this machine: the exception's class name and its text, no secret."""

    kind: str
    text: str


Failure = ServiceFailure | LocalFailure

#: the kind of a `LocalFailure` for a setting that goes on below its line; its text is the key
SWALLOWED_LINE = "SwallowedLine"
#: … and for a setting at which the AWS CLI stops: `key = value`, or `VARIABLE=value`
STOPPING_SETTING = "StoppingSetting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a source is: what GetCallerIdentity answered for it."""

    source: Source
    arn: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCaller:
    """A source without an identity: its credentials do not resolve, or AWS refused them.

    `settled` says that the AWS CLI fails as well; otherwise nothing is proved (no network …).
    `places` has what holds at the place of each client (`Profile.client`), where several differ.
    """

    source: Source
    cause: Cause
    failure: Failure
    settled: bool
    places: Mapping[str, NoCaller] = field(default_factory=dict, compare=False, repr=False)

    def at(self, client: str) -> NoCaller:
        """Return what holds at a client's place."""
        return self.places.get(client, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One `sts:AssumeRole`: equal switches get equal answers, and are sent once.

    `parent` is the switch whose session calls, None where the source itself does.
    `session_name` is None where the AWS CLI would make one up. `client` is `Profile.client`.
    """

    source: Source
    parent: Switch | None
    role_arn: str
    session_name: str | None
    external_id: str | None
    mfa_serial: str | None
    duration_seconds: int | None
    client: str

    @property
    def sent_duration(self) -> int:
        """The seconds that the call asks for: the fewest that there are, where none are set."""
        return SHORTEST_DURATION if self.duration_seconds is None else self.duration_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """STS gave the session; the ARN is its proof."""

    assumed_role_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The switch is refused for certain: by STS, or by what the AWS CLI itself would say."""

    cause: Cause
    failure: Failure
    policy_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untested:
    """Nothing is proved: the switch could not be sent, or got no answer of its own."""

    cause: Cause
    failure: Failure


Outcome = Accepted | Refused | Untested
