"""What CloudTrail has recorded before a sandbox starts: switches, and their sessions' calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_profiles.sandbox.authorization import Key, SignedRequest
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.world import Role, RoleSession, User, temporary_credentials

AWS_CLI = "aws-cli/2.31.5 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 md/command#sts.assume-role"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call, such as `ec2:DescribeInstances`; `service` made it on the session's behalf."""

    action: str
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSwitch:
    """An accepted AssumeRole, and the calls that its session made within a second."""

    caller: User | RoleSession
    role: Role
    session_name: str
    ago: timedelta
    user_agent: str = AWS_CLI
    source_ip: str = "203.0.113.7"
    region: str = "us-east-1"
    calls: Sequence[PastCall] = ()

    @property
    def session(self) -> RoleSession:
        """The session that it started."""
        return RoleSession(role=self.role, session_name=self.session_name)

    @property
    def key(self) -> Key:
        """The session's key."""
        seed = f"{self.session.arn} {self.ago}"
        return Key(credentials=temporary_credentials(seed), owner=self.session)


def record_history(trail: Trail, switches: Iterable[PastSwitch], *, now: datetime) -> None:
    """Record switches in a trail, the oldest first."""
    for past in sorted(switches, key=lambda past: past.ago, reverse=True):
        caller = Key(credentials=past.caller.credentials, owner=past.caller)
        request = _request(past, "sts:AssumeRole", key=caller, now=now - past.ago)
        trail.record_assume_role(request, past.session, past.key)
        for call in past.calls:
            at = now - past.ago + timedelta(seconds=1)
            trail.record_call(
                _request(past, call.action, key=past.key, now=at, service=call.service)
            )


def _request(
    past: PastSwitch, action: str, *, key: Key, now: datetime, service: str | None = None
) -> SignedRequest:
    """Return the request of a switch or of its session; a service names itself as the sender."""
    prefix, _, operation = action.partition(":")
    return SignedRequest(
        service=prefix,
        action=operation,
        parameters={},
        key=key,
        region=past.region,
        source_ip=service or past.source_ip,
        user_agent=service or past.user_agent,
        now=now,
    )
