"""CloudTrail: the calls by account and region, and LookupEvents.

A cross-account AssumeRole is logged on both sides with one `sharedEventID`: the caller's side names
the user, the role's side has only the session name.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

from sync_profiles.policy.key_values import TIME_FORMAT
from sync_profiles.sandbox.authorization import Key, SignedRequest
from sync_profiles.sandbox.protocol import AwsError
from sync_profiles.sandbox.world import RoleSession, RootUser, User

PAGE_SIZE = 50
#: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
LOOKUPS_PER_SECOND = 2
KEPT = timedelta(days=90)
LOOKUP_EVENTS = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
GLOBAL_REGION = "us-east-1"

Record = Mapping[str, object]
Resources = tuple[tuple[str, str], ...]

_ATTRIBUTES = {"EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId"}
_PARAMETERS = {"ExternalId": "externalId", "SerialNumber": "serialNumber"}
_RESOURCE_ATTRIBUTES = {"ResourceType", "ResourceName"}
_TYPES = {"User": "IAMUser", "Account": "Root"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event in one account's and one region's history; `shown` is what LookupEvents returns."""

    account_id: str
    region: str
    time: float
    resources: Resources
    shown: Record

    def has(self, attribute: str, value: str) -> bool:
        """Return whether an attribute of LookupEvents has a value; case matters."""
        if attribute in _RESOURCE_ATTRIBUTES:
            return value in {pair[attribute == "ResourceName"] for pair in self.resources}
        return self.shown.get(attribute) == value


class Trail:
    """The events of a sandbox, oldest first; thread-safe.

    LookupEvents shows an event after `delay`, and answers so many calls a second for each account
    and region; any number if `lookups_per_second` is None.
    """

    def __init__(
        self,
        *,
        lookups_per_second: int | None = LOOKUPS_PER_SECOND,
        delay: timedelta = timedelta(),
    ) -> None:
        self._lock = Lock()
        self._events: list[Event] = []
        self._quota = lookups_per_second
        self._delay = delay
        self._lookups: dict[tuple[str, str], deque[float]] = {}

    def record_assume_role(self, request: SignedRequest, session: RoleSession, key: Key) -> None:
        """Log an accepted AssumeRole on the caller's and on the role's side."""
        parameters, sender, role = request.parameters, request.sender, session.role
        access_key_id = key.credentials.access_key_id
        record: dict[str, object] = {
            "requestParameters": {
                "roleArn": role.arn,
                "roleSessionName": session.session_name,
                **{_PARAMETERS[key]: parameters[key] for key in _PARAMETERS if key in parameters},
            },
            "responseElements": {
                "credentials": {"accessKeyId": access_key_id},
                "assumedRoleUser": {"assumedRoleId": session.user_id, "arn": session.arn},
            },
            "resources": [
                {"accountId": role.account_id, "type": "AWS::IAM::Role", "ARN": role.arn}
            ],
        }
        resources = (
            ("AWS::IAM::AccessKey", access_key_id),
            ("AWS::STS::AssumedRole", session.user_id),
            ("AWS::STS::AssumedRole", session.arn),
            ("AWS::IAM::Role", role.arn),
        )
        if role.account_id == sender.account_id:
            self._add(request, record, resources)
            return
        record["sharedEventID"] = str(uuid4())
        self._add(request, record, resources)
        record["userIdentity"] = {
            "type": "AWSAccount",
            "principalId": sender.user_id,
            "accountId": sender.account_id,
        }
        self._add(request, record, resources, account_id=role.account_id)

    def record_call(self, request: SignedRequest) -> None:
        """Log any other accepted call in the caller's account."""
        self._add(request, {}, ())

    def record_refused(self, request: SignedRequest, refusal: AwsError) -> None:
        """Log a refused call in the caller's account only, without its parameters."""
        record = {
            "errorCode": refusal.code,
            "errorMessage": refusal.message,
            "requestParameters": None,
            "responseElements": None,
        }
        self._add(request, record, ())

    def lookup(self, request: SignedRequest, query: Record) -> Record:
        """Answer LookupEvents: newest first, filtered by one attribute and a time span."""
        account_id, region = request.sender.account_id, request.region
        self._count_lookup((account_id, region))
        attribute = _attribute(query)
        start, end = _span(query, newest=request.now - self._delay)
        size = query.get("MaxResults", PAGE_SIZE)
        if not isinstance(size, int) or not 1 <= size <= PAGE_SIZE:
            raise AwsError("InvalidMaxResultsException", "A max results value of 1 to 50 is needed")
        with self._lock:
            events = self._events[: _page_end(query.get("NextToken"), len(self._events))]
        found: list[Record] = []
        for position, event in reversed(list(enumerate(events, start=1))):
            if (
                (event.account_id, event.region) == (account_id, region)
                and start <= event.time <= end
                and (attribute is None or event.has(*attribute))
            ):
                if len(found) == size:
                    return {"Events": found, "NextToken": f"before-{position}"}
                found.append(event.shown)
        return {"Events": found}

    def _count_lookup(self, place: tuple[str, str]) -> None:
        """Raise `AwsError` if there have been too many lookups at a place within a second."""
        now = time.monotonic()
        with self._lock:
            recent = self._lookups.setdefault(place, deque())
            while recent and recent[0] <= now - 1:
                recent.popleft()
            if self._quota is not None and len(recent) >= self._quota:
                raise AwsError("ThrottlingException", "Rate exceeded")
            recent.append(now)

    def _add(
        self,
        request: SignedRequest,
        record: Record,
        resources: Resources,
        *,
        account_id: str | None = None,
    ) -> None:
        """Add an event to the history of an account, by default the caller's."""
        is_own = account_id is None
        region = GLOBAL_REGION if request.region == "aws-global" else request.region
        read_only = request.action.startswith(("Assume", "Get", "Describe", "List", "Lookup"))
        whole = {
            "eventVersion": "1.11",
            "eventID": str(uuid4()),
            "eventTime": request.now.strftime(TIME_FORMAT),
            "eventSource": f"{request.service}.amazonaws.com",
            "eventName": request.action,
            "awsRegion": region,
            "sourceIPAddress": request.source_ip,
            "userAgent": request.user_agent,
            "readOnly": read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "eventCategory": "Management",
            "recipientAccountId": account_id or request.sender.account_id,
            "userIdentity": _user_identity(request),
            **record,
        }
        shown: dict[str, object] = {
            "EventId": whole["eventID"],
            "EventName": request.action,
            "ReadOnly": json.dumps(read_only),
            "EventTime": request.now.timestamp(),
            "EventSource": whole["eventSource"],
            "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in resources],
            "CloudTrailEvent": json.dumps(whole),
        }
        if is_own:
            shown["AccessKeyId"] = request.key.credentials.access_key_id
            sender = request.sender
            is_root = isinstance(sender, RootUser)
            shown["Username"] = "root" if is_root else sender.arn.rpartition("/")[2]
        event = Event(
            account_id=account_id or request.sender.account_id,
            region=region,
            time=request.now.timestamp(),
            resources=resources,
            shown=shown,
        )
        with self._lock:
            self._events.append(event)


def _user_identity(request: SignedRequest) -> Record:
    """Return `userIdentity` as the sender's own account sees it."""
    sender = request.sender
    identity: dict[str, object] = {
        "type": _TYPES.get(sender.principal_type, sender.principal_type),
        "principalId": sender.user_id,
        "arn": sender.arn,
        "accountId": sender.account_id,
        "accessKeyId": request.key.credentials.access_key_id,
    }
    if isinstance(sender, User):
        identity["userName"] = sender.name
    if isinstance(sender, RoleSession):
        identity["sessionContext"] = {
            "sessionIssuer": {
                "type": "Role",
                "principalId": sender.role.role_id,
                "arn": sender.role.arn,
                "accountId": sender.account_id,
                "userName": sender.role.name,
            }
        }
    if request.source_ip.endswith(".amazonaws.com"):  # a service on the session's behalf
        identity["invokedBy"] = request.source_ip
    return identity


def _attribute(query: Record) -> tuple[str, str] | None:
    """Return the attribute to look up, with its value; as with AWS, further ones are ignored."""
    attributes = query.get("LookupAttributes") or []
    code = "InvalidLookupAttributesException"
    if not isinstance(attributes, list):
        raise AwsError(code, "The attributes are not a list")
    for item in attributes:
        if not isinstance(item, dict) or not {"AttributeKey", "AttributeValue"} <= set(item):
            raise AwsError(code, "An attribute has a key and a value")
        key = str(item["AttributeKey"])
        if key not in _ATTRIBUTES | _RESOURCE_ATTRIBUTES:
            raise AwsError(code, f"Unknown attribute {key}")
        return key, str(item["AttributeValue"])
    return None


def _span(query: Record, *, newest: datetime) -> tuple[float, float]:
    """Return the time span to look up, which ends with the newest event that is shown."""
    oldest = newest - KEPT
    start = _time(query.get("StartTime"), oldest)
    end = _time(query.get("EndTime"), newest)
    if "EndTime" in query and start > end:
        raise AwsError("InvalidTimeRangeException", "The start time must be before the end time")
    return max(start, oldest.timestamp()), min(end, newest.timestamp())


def _time(value: object, default: datetime) -> float:
    return float(value) if isinstance(value, int | float) else default.timestamp()


def _page_end(token: object, newest: int) -> int:
    """Return where a page ends; new events do not shift the pages after a token."""
    if token is None:
        return newest
    number = str(token).removeprefix("before-")
    if not number.isdecimal() or int(number) > newest:
        raise AwsError("InvalidNextTokenException", "The next token is invalid")
    return int(number)
