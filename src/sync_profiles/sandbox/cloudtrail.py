"""CloudTrail: what was done in which account and region, and LookupEvents over it.

A cross-account AssumeRole is logged on both sides with one `sharedEventID`: the caller's side names
the user, the role's side has only the session name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

from sync_profiles.sandbox.identity import Identity, Key, PrincipalType
from sync_profiles.sandbox.wire import Refusal

if TYPE_CHECKING:
    from sync_profiles.sandbox.incoming import Incoming
    from sync_profiles.sandbox.world import Role

PAGE_SIZE = 50
KEPT = timedelta(days=90)
TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
GLOBAL_REGION = "us-east-1"

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event in one account's and one region's history; `record` is the CloudTrailEvent."""

    account_id: str
    region: str
    time: datetime
    name: str
    source: str
    read_only: bool
    access_key_id: str | None
    username: str | None
    resources: tuple[tuple[str, str], ...]
    record: Record

    def attribute(self, key: str) -> set[str]:
        """Return the values that a LookupAttribute is compared with."""
        match key:
            case "EventId":
                return {str(self.record["eventID"])}
            case "EventName":
                return {self.name}
            case "ReadOnly":
                return {json.dumps(self.read_only)}
            case "Username":
                return {self.username} if self.username else set()
            case "EventSource":
                return {self.source}
            case "AccessKeyId":
                return {self.access_key_id} if self.access_key_id else set()
            case "ResourceType":
                return {kind for kind, _ in self.resources}
            case "ResourceName":
                return {name for _, name in self.resources}
            case _:
                raise Refusal("InvalidLookupAttributesException", f"Unknown attribute {key}")

    def listed(self) -> dict[str, object]:
        """Return the event as LookupEvents shows it."""
        shown: dict[str, object] = {
            "EventId": self.record["eventID"],
            "EventName": self.name,
            "ReadOnly": json.dumps(self.read_only),
            "EventTime": self.time.timestamp(),
            "EventSource": self.source,
            "Resources": [
                {"ResourceType": kind, "ResourceName": name} for kind, name in self.resources
            ],
            "CloudTrailEvent": json.dumps(self.record),
        }
        if self.access_key_id is not None:
            shown["AccessKeyId"] = self.access_key_id
        if self.username is not None:
            shown["Username"] = self.username
        return shown


class Trail:
    """The events of a sandbox, oldest first; safe for threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: list[Event] = []

    def record_assume_role(self, incoming: Incoming, role: Role, issued: Key) -> None:
        """Log an accepted AssumeRole on the caller's and on the role's side."""
        parameters = incoming.parameters
        record: dict[str, object] = {
            **_common(incoming, "sts"),
            "requestParameters": {
                "roleArn": role.arn,
                "roleSessionName": parameters["RoleSessionName"],
                **({"externalId": parameters["ExternalId"]} if "ExternalId" in parameters else {}),
            },
            "responseElements": {
                "credentials": {"accessKeyId": issued.credentials.access_key_id},
                "assumedRoleUser": {
                    "assumedRoleId": issued.identity.user_id,
                    "arn": issued.identity.arn,
                },
            },
            "resources": [
                {"accountId": role.account_id, "type": "AWS::IAM::Role", "ARN": role.arn}
            ],
        }
        if role.account_id != incoming.identity.account_id:
            record["sharedEventID"] = str(uuid4())
        resources = (
            ("AWS::IAM::AccessKey", issued.credentials.access_key_id),
            ("AWS::STS::AssumedRole", issued.identity.user_id),
            ("AWS::STS::AssumedRole", issued.identity.arn),
            ("AWS::IAM::Role", role.arn),
        )
        caller = incoming.identity
        self._add(
            incoming, caller.account_id, {**record, "userIdentity": _full(incoming)}, resources
        )
        if role.account_id != caller.account_id:
            stranger = {
                "type": "AWSAccount",
                "principalId": caller.user_id,
                "accountId": caller.account_id,
            }
            self._add(incoming, role.account_id, {**record, "userIdentity": stranger}, resources)

    def record_call(self, service: str, incoming: Incoming) -> None:
        """Log any other accepted call in the caller's account."""
        record = {**_common(incoming, service), "userIdentity": _full(incoming)}
        self._add(incoming, incoming.identity.account_id, record, ())

    def record_refused(self, service: str, incoming: Incoming, refusal: Refusal) -> None:
        """Log a refused call in the caller's account alone, without what was asked for."""
        record = {
            **_common(incoming, service),
            "userIdentity": _full(incoming),
            "errorCode": refusal.code,
            "errorMessage": refusal.message,
            "requestParameters": None,
            "responseElements": None,
        }
        self._add(incoming, incoming.identity.account_id, record, ())

    def lookup(self, account_id: str, region: str, question: Mapping[str, object]) -> Record:
        """Answer LookupEvents: newest first, by at most one attribute and a span of time."""
        matches = _filter(question)
        size = question.get("MaxResults", PAGE_SIZE)
        if not isinstance(size, int) or not 1 <= size <= PAGE_SIZE:
            raise Refusal("InvalidMaxResultsException", "A max results value of 1 to 50 is needed")
        with self._lock:
            end = _position(question.get("NextToken"), len(self._events))
            events = self._events[:end]
        found: list[Mapping[str, object]] = []
        for position in reversed(range(len(events))):
            event = events[position]
            if (event.account_id, event.region) == (account_id, region) and matches(event):
                if len(found) == size:
                    return {"Events": found, "NextToken": f"before-{position + 1}"}
                found.append(event.listed())
        return {"Events": found}

    def _add(
        self,
        incoming: Incoming,
        account_id: str,
        record: dict[str, object],
        resources: tuple[tuple[str, str], ...],
    ) -> None:
        whole = {**record, "eventID": str(uuid4()), "recipientAccountId": account_id}
        is_own = account_id == incoming.identity.account_id
        event = Event(
            account_id=account_id,
            region=str(record["awsRegion"]),
            time=incoming.now,
            name=incoming.action,
            source=str(record["eventSource"]),
            read_only=bool(record["readOnly"]),
            access_key_id=incoming.key.credentials.access_key_id if is_own else None,
            username=_username(incoming.identity) if is_own else None,
            resources=resources,
            record=whole,
        )
        with self._lock:
            self._events.append(event)


def _common(incoming: Incoming, service: str) -> dict[str, object]:
    region = GLOBAL_REGION if incoming.region == "aws-global" else incoming.region
    return {
        "eventVersion": "1.11",
        "eventTime": incoming.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": incoming.action,
        "awsRegion": region,
        "sourceIPAddress": incoming.source_ip,
        "userAgent": incoming.user_agent,
        "readOnly": incoming.action.startswith(("Assume", "Get", "Describe", "List", "Lookup")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "eventCategory": "Management",
    }


def _username(identity: Identity) -> str | None:
    if identity.type is PrincipalType.ROOT:
        return "root"
    return identity.arn.rpartition("/")[2]


def _full(incoming: Incoming) -> dict[str, object]:
    """Return `userIdentity` as the principal's own account sees it."""
    identity = incoming.identity
    shown: dict[str, object] = {
        "type": {"User": "IAMUser", "Account": "Root"}.get(identity.type, identity.type.value),
        "principalId": identity.user_id,
        "arn": identity.arn,
        "accountId": identity.account_id,
        "accessKeyId": incoming.key.credentials.access_key_id,
    }
    if identity.user is not None:
        shown["userName"] = identity.user.name
    return shown


class _Matches:
    """Whether an event is asked for."""

    def __init__(self, attributes: Sequence[tuple[str, str]], start: float, end: float) -> None:
        self._attributes = attributes
        self._start = start
        self._end = end

    def __call__(self, event: Event) -> bool:
        return self._start <= event.time.timestamp() <= self._end and all(
            value in event.attribute(key) for key, value in self._attributes
        )


def _filter(question: Mapping[str, object]) -> _Matches:
    asked = question.get("LookupAttributes") or []
    if not isinstance(asked, list) or len(asked) > 1:
        raise Refusal("InvalidLookupAttributesException", "Specify only one attribute per call")
    now = datetime.now(UTC)
    start = _time(question.get("StartTime"), (now - KEPT).timestamp())
    end = _time(question.get("EndTime"), (now + timedelta(days=1)).timestamp())
    if start > end:
        raise Refusal("InvalidTimeRangeException", "The start time must be before the end time")
    return _Matches(list(_attributes(asked)), start, end)


def _attributes(asked: Sequence[object]) -> Iterator[tuple[str, str]]:
    for item in asked:
        if not isinstance(item, dict) or not {"AttributeKey", "AttributeValue"} <= set(item):
            raise Refusal("InvalidLookupAttributesException", "An attribute has a key and a value")
        yield str(item["AttributeKey"]), str(item["AttributeValue"])


def _time(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default


def _position(token: object, newest: int) -> int:
    """Return where a page ends: new events do not move the pages behind a token."""
    if token is None:
        return newest
    number = str(token).removeprefix("before-")
    if not number.isdecimal() or int(number) > newest:
        raise Refusal("InvalidNextTokenException", "The next token is invalid")
    return int(number)
