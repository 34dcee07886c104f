"""An STS in memory that gives the answers set by a test and records the calls."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from plan_worlds import DEFAULT, accepted, calling, role, role_name
from sync_profiles.aws.calls import AwsCalls
from sync_profiles.aws.client import Clients
from sync_profiles.aws.credentials import Credentials
from sync_profiles.aws.mfa_codes import MfaCodes
from sync_profiles.aws.patience import Patience
from sync_profiles.aws.renewals import SourceAnswers
from sync_profiles.aws.session_policies import Policy
from sync_profiles.aws.switching import Switcher
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.model import Source
from sync_profiles.outcomes import Accepted, Caller, Failure, Switch

DENIED = failure_of_answer("AssumeRole", "AccessDenied", "not authorized")
THROTTLED = failure_of_answer("AssumeRole", "Throttling", "Rate exceeded")
DEVICE = "arn:aws:iam::111111111111:mfa/me"


def switch(
    name: str = "admin",
    *,
    parent: Switch | None = None,
    source: Source = DEFAULT,
    mfa_serial: str | None = None,
) -> Switch:
    return Switch(
        source=source,
        parent=parent,
        role_arn=role(name),
        session_name="work_api",
        external_id=None,
        mfa_serial=mfa_serial,
        duration_seconds=None,
        client="default",
    )


def credentials(name: str) -> Credentials:
    return Credentials(access_key_id=name, secret_access_key="secret", session_token=None)


@dataclass(kw_only=True)
class FakeClients(Clients):
    """The clients of a `FakeSts`, each with what the test says of it."""

    sts: FakeSts

    def is_always_on(self, profile: str) -> bool:
        return profile in self.sts.always_on

    def domain(self, profile: str) -> str:
        return self.sts.domains.get(profile, "aws")

    def url(self, profile: str) -> str:
        return self.sts.urls.get(profile, f"https://{profile}")

    def finds_region(self, profile: str) -> bool:
        return bool(profile)


@dataclass(kw_only=True)
class FakeSts(AwsCalls):
    """Accepts every call except for the failures set by the test.

    `no_credentials` goes by source, `callers`, `always_on` and `domains` by client, `codes` by MFA
    code. `places` has the clients at which no device opens, `throttled` how
    often none does first. `refuse` is asked at each switch with the number of times that it was
    sent before.
    """

    no_credentials: dict[str, Failure] = field(default_factory=dict)
    callers: dict[str, Caller | Failure] = field(default_factory=dict)
    always_on: frozenset[str] = frozenset()
    domains: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Failure] = field(default_factory=dict)
    places: dict[str, Failure] = field(default_factory=dict)
    throttled: int = 0
    refuse: Callable[[Switch, int], Failure | None] = lambda _switch, _before: None
    give: Callable[[str], Credentials] = credentials
    calls: list[tuple[str, ...]] = field(default_factory=list)
    answers: SourceAnswers = field(default_factory=SourceAnswers)
    _sent: Counter[Switch] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.clients = FakeClients(sts=self)

    def credentials(self, source: Source, *, client: str) -> Credentials | Failure:
        self.calls.append(("credentials", str(source), client))
        return self.no_credentials.get(str(source)) or self.give(f"keys of {source}")

    def identify(
        self, source: Source, credentials: Credentials, *, client: str
    ) -> Caller | Failure:
        self.calls.append(("identify", credentials.access_key_id, client))
        return self.callers.get(client) or calling(source=source)

    def mfa_session(
        self, credentials: Credentials, *, mfa_serial: str, code: str, client: str
    ) -> Credentials | Failure:
        self.calls.append(("mfa", credentials.access_key_id, mfa_serial, code, client))
        if self.throttled:
            self.throttled -= 1
            return THROTTLED
        refusal = self.places.get(client) or self.codes.get(code)
        return refusal or self.give(f"{credentials.access_key_id}, {mfa_serial}")

    def assume_role(
        self,
        switch: Switch,
        credentials: Credentials,
        *,
        policy: Policy,
        code: str | None = None,
    ) -> tuple[Accepted, Credentials] | Failure:
        with self._lock:
            before = self._sent[switch]
            self._sent[switch] += 1
            hop = role_name(switch)
            sent = () if code is None else (code,)
            next_roles = re.findall(r'"(arn:[^"]+:role/[^"]+)"', json.dumps(policy))
            self.calls.append(("assume", credentials.access_key_id, hop, *sent, *next_roles))
        refusal = self.refuse(switch, before)
        return refusal or (accepted(switch), self.give(f"{hop} as {switch.session_name}"))


@dataclass(kw_only=True)
class Person:
    """Gives codes in order, then none."""

    left: list[str] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, mfa_serial: str, attempt: int) -> str | None:
        self.asked.append((mfa_serial, attempt))
        return self.left.pop(0) if self.left else None

    @property
    def codes(self) -> MfaCodes:
        """The codes, as a run asks for them."""
        return MfaCodes(given=None, processes={}, ask=self)


def switcher(
    sts: FakeSts,
    *codes: str,
    children: Mapping[str, Sequence[str]] = MappingProxyType({}),
    jobs: int = 4,
    pauses: tuple[float, ...] = (0, 0, 0),
) -> tuple[Switcher, Person]:
    """Return a switcher that has the keys of `default`, and who gives it codes."""
    person = Person(left=[*codes])
    made = Switcher(
        aws=sts,
        codes=person.codes,
        children=children,
        jobs=jobs,
        patience=Patience(pauses=pauses, tries=1),
    )
    made.identify({DEFAULT: ["default"]})
    made.callers.clear()  # a test may ask it again
    sts.calls.clear()
    return made, person
