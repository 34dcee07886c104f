"""CloudTrail's LookupEvents in one account and region: page after page, the newest events first.

A reader to whom AWS denies it is replaced by another one, if there is one.

AWS answers two calls a second for each account and region, to everyone together. The pages of a
short answer are not waited for; after the first call that is throttled, each has its half second.
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sync_profiles.aws.patience import PAUSES, Patience
from sync_profiles.aws.questions import Question
from sync_profiles.aws.session_policies import only
from sync_profiles.causes import Cause
from sync_profiles.model import ClientName
from sync_profiles.outcomes import SERVICE_CONTROL, Failure
from sync_profiles.waiting import waiting_for

if TYPE_CHECKING:
    from sync_profiles.aws.calls import AwsCalls
    from sync_profiles.aws.credentials import Credentials

#: seconds between two calls, once AWS has throttled one: a little more than its limit
PACE = 0.55
#: what the session of a role that looks up events may do
LOOK_UP = only(["cloudtrail:LookupEvents"])


class Page(NamedTuple):
    """The events of one answer in CloudTrail's JSON, and the token of the next page if any."""

    events: tuple[str, ...]
    next_token: str | None


class Reader(NamedTuple):
    """Who reads events; `open` returns the credentials for that, the same ones each time.

    `name` is what a person reads; `profile` is None for a source that is not a profile.
    """

    name: str
    profile: str | None
    open: Callable[[], Credentials | Failure]


@dataclass(slots=True, kw_only=True)
class EventHistory:
    """The events of an account in a region, read with the settings of a client.

    `others` returns who else may be asked where AWS denies it to the `reader`; `denied_others` are
    those of them to whom AWS denies it as well. `is_callers` means that it is the account of the
    role's caller.
    """

    aws: AwsCalls
    reader: Reader
    others: Callable[[], Sequence[Reader]]
    patience: Patience
    account_id: str
    is_callers: bool = False
    region: str
    client: ClientName
    denied_others: list[Reader] = field(default_factory=list)

    def pages(self, query: Mapping[str, object]) -> Iterator[tuple[str, ...] | Failure]:
        """Yield page after page of what a query finds; a failure is the last item."""
        token: str | None = None
        pace = 0.0
        pauses = iter(PAUSES)
        while True:
            asked_at = time.monotonic()
            answer = self._ask(query if token is None else {**query, "NextToken": token})
            if isinstance(answer, Failure):
                pause = next(pauses, None) if answer.cause is Cause.THROTTLED else None
                if pause is None:
                    yield answer
                    return
                pace = PACE
                with waiting_for(f"CloudTrail in {self.region} is busy"):
                    time.sleep(pause)
                continue
            pauses = iter(PAUSES)
            yield answer.events
            token = answer.next_token
            if token is None:
                return
            time.sleep(max(0.0, asked_at + pace - time.monotonic()))

    def _ask(self, query: Mapping[str, object]) -> Page | Failure:
        answer = self._ask_with(self.reader, query)
        if not _is_up_to_reader(answer):
            return answer
        for other in self.others():
            found = self._ask_with(other, query)
            if isinstance(found, Page):
                self.reader = other
                return found
            if found.is_denial:
                self.denied_others.append(other)
        return answer

    def _ask_with(self, reader: Reader, query: Mapping[str, object]) -> Page | Failure:
        session = reader.open()
        if isinstance(session, Failure):
            return session
        call = partial(
            self.aws.ask,
            session,
            Question("cloudtrail", partial(_look_up, query=query), LOOK_UP),
            client=self.client,
            region=self.region,
        )
        place = ("cloudtrail", self.account_id, self.region)
        return self.patience.ask(place, call, pauses=())


def _is_up_to_reader(answer: Page | Failure) -> bool:
    """Return whether another reader of the account may get another answer."""
    if not isinstance(answer, Failure) or not answer.is_denial:
        return False
    return answer.policy_type != SERVICE_CONTROL  # that is the whole account's


def _look_up(cloudtrail: Any, *, query: Mapping[str, object]) -> Page:  # noqa: ANN401 - botocore's, made at run time
    answer = cloudtrail.lookup_events(**query)
    events = (event.get("CloudTrailEvent") for event in answer.get("Events", ()))
    return Page(tuple(filter(None, events)), answer.get("NextToken"))
