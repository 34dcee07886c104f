"""Events of CloudTrail, from the JSON in which it records them.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

#: the events that start a session: of a role, and of their caller
_STARTS = {
    *("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"),
    *("AssumeRoot", "GetFederationToken", "GetSessionToken"),
}
_USERS = {"IAMUser", "SAMLUser", "WebIdentityUser"}
_SERVICE = re.compile(r"[\w.-]+\.amazonaws\.com(?:\.cn)?|AWS Internal", re.ASCII)
#: what a person does in AWS's console is recorded as invoked by these
#: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
_CONSOLE = {"signin.amazonaws.com", "AWS Internal"}

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEvent:
    """A call that CloudTrail recorded; what it does not say is empty.

    `account_id`, `principal_id`, `user_name`, `caller_arn` and `access_key_id` are those of the
    caller: of another account's caller only the first two are shown. `service` made the call on the
    caller's behalf, or is the caller. `issued_key`, `source_identity` and, if it is a role's,
    `role_arn` and `session_name` are those of a session that the call started, for which a code of
    `mfa_device` was sent.
    """

    time: datetime
    source: str
    name: str
    region: str
    address: str
    user_agent: str
    error: str
    account_id: str
    principal_id: str
    user_name: str
    caller_arn: str
    access_key_id: str
    service: str
    role_arn: str
    session_name: str
    issued_key: str
    source_identity: str
    mfa_device: str

    @property
    def starts_session(self) -> bool:
        """Whether it started a session."""
        is_session = bool(self.session_name or self.issued_key)
        return self.name in _STARTS and not self.error and is_session


def parse_event(text: str) -> TrailEvent | None:
    """Return the event that a text in JSON records, or None if it records none."""
    try:
        record = _object(json.loads(text))
        time = datetime.fromisoformat(_text(record, "eventTime"))
        time = time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)
    except (OverflowError, RecursionError, ValueError):
        return None
    identity = _object(record.get("userIdentity"))
    parameters = _object(record.get("requestParameters"))
    answer = _object(record.get("responseElements"))
    given = _object(answer.get("credentials"))
    has_name = _text(identity, "type") in _USERS  # a session's `userName` would be its role's
    return TrailEvent(
        time=time,
        source=_text(record, "eventSource"),
        name=_text(record, "eventName"),
        region=_text(record, "awsRegion"),
        address=_text(record, "sourceIPAddress"),
        user_agent=_text(record, "userAgent"),
        error=_text(record, "errorCode"),
        account_id=_text(identity, "accountId"),
        principal_id=_text(identity, "principalId"),
        user_name=_text(identity, "userName") if has_name else "",
        caller_arn=_text(identity, "arn"),
        access_key_id=_text(identity, "accessKeyId"),
        service=_service(record, identity),
        role_arn=_text(parameters, "roleArn"),
        session_name=_text(parameters, "roleSessionName"),
        issued_key=_text(given, "accessKeyId"),
        source_identity=_source_identity(
            answer, parameters, _object(identity.get("sessionContext"))
        ),
        mfa_device=_text(parameters, "serialNumber"),
    )


def _source_identity(*places: Json) -> str:
    """Return the source identity that a call set, or that its caller's session has."""
    return next(filter(None, (_text(place, "sourceIdentity") for place in places)), "")


def _service(record: Json, identity: Json) -> str:
    """Return the service of AWS that made a call, if one did; the console is none."""
    address = _text(record, "sourceIPAddress")
    named = _text(identity, "invokedBy") or (address if _SERVICE.fullmatch(address) else "")
    return "" if named in _CONSOLE and _text(identity, "principalId") else named


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(record: Json, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""
