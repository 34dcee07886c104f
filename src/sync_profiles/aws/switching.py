"""The tests: each sent once, many at a time; the sessions that they give can do nothing else.

The plan names the tests parents first. The sessions that further tests call from are kept in memory
until the run is over.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sync_profiles.aws.identities import Devices, Identity, identify
from sync_profiles.aws.mfa_codes import MfaCodes
from sync_profiles.aws.patience import Patience, run_all, within_limit
from sync_profiles.aws.session_policies import next_roles_of, restricted_policy
from sync_profiles.causes import Cause
from sync_profiles.model import ClientName, Source
from sync_profiles.outcomes import Accepted, Caller, Failure, Outcome, Switch, Variant
from sync_profiles.waiting import stage_of

if TYPE_CHECKING:
    from sync_profiles.aws.calls import AwsCalls
    from sync_profiles.aws.credentials import Credentials
    from sync_profiles.aws.questions import Question
    from sync_profiles.aws.session_policies import Policy

Answer = TypeVar("Answer")


class _Test(NamedTuple):
    """A test that is about to be sent by `call`; `code` is the MFA code that goes along, if any."""

    switch: Switch
    call: Callable[[], tuple[Accepted, Credentials] | Failure]
    code: str | None

    def endpoint(self) -> ClientName:
        """Return what the tests have in common that go to the same place."""
        return self.switch.client

    def quota(self) -> tuple[Source, ClientName]:
        """Return what the tests have in common whose calls AWS counts together."""
        return self.switch.source, self.switch.client


@dataclass(slots=True, kw_only=True)
class Switcher:
    """Sends tests and remembers the sessions that they gave.

    `children` maps a role's ARN to the roles that are assumed from its sessions. `callers` are
    those of the sources that were asked who they are.
    """

    aws: AwsCalls
    codes: MfaCodes
    jobs: int
    children: Mapping[str, Sequence[str]] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
    callers: dict[Source, Caller | Failure] = field(default_factory=dict)
    _sessions: dict[Switch, Credentials] = field(default_factory=dict)
    _next_roles: dict[Switch, frozenset[str]] = field(default_factory=dict)
    _identities: dict[Source, Identity] = field(default_factory=dict)
    _devices: Devices = field(init=False)

    def __post_init__(self) -> None:
        self._devices = Devices(aws=self.aws, codes=self.codes, patience=self.patience)

    def identify(
        self, sources: Mapping[Source, Sequence[ClientName]]
    ) -> dict[Source, Caller | Failure]:
        """Return who the callers of sources are, and ask those that were not asked yet.

        The values are the clients whose calls start from the source, the most used first: a
        further one is asked where an answer may be about the endpoint, not about the credentials.
        """
        new = [source for source in sources if source not in self.callers]
        ask = partial(identify, aws=self.aws, patience=self.patience)
        asked = run_all(lambda source: ask(source, sources[source]), new, jobs=self.jobs)
        with stage_of(len(new), "sources") as stage:
            for source, identity in asked:
                self._identities[source] = identity
                stage.advance()
        # in the order of the question
        self.callers |= {source: self._identities[source].caller for source in new}
        return {source: self.callers[source] for source in sources}

    @property
    def failures_by_client(self) -> Mapping[tuple[Source, ClientName], Failure]:
        """Return, for the sources that no endpoint knows, the answer to each client."""
        return {
            (source, client): failure
            for source, identity in self._identities.items()
            for client, failure in identity.by_client.items()
        }

    def run(
        self, switches: Sequence[Switch], *, spends_codes: bool = True
    ) -> dict[Switch, Outcome]:
        """Send the tests, and again those that STS throttles; return their outcomes.

        Without `spends_codes`, no code is sent with a test: it may be needed for another one.
        """
        for switch in switches:  # one after the other: a person may be asked for a code
            if switch.mfa_serial is not None and switch.parent is None:
                self._devices.open(
                    switch.source,
                    switch.mfa_serial,
                    self._identities[switch.source].credentials,
                    client=switch.client,
                )
        outcomes: dict[Switch, Outcome] = {}
        to_send: list[_Test] = []
        for switch in switches:
            credentials, code = self.credentials(switch), None
            if isinstance(credentials, Failure) and switch.mfa_serial and switch.parent is None:
                credentials, code = self._with_code(switch, credentials, spends=spends_codes)
            if isinstance(credentials, Failure):
                outcomes[switch] = self._in_light_of_the_run(credentials, switch)
            else:
                to_send.append(self._test(switch, credentials, code))
        answers = self.patience.ask_in_rounds(
            lambda test: test.call(),
            to_send,
            endpoint=_Test.endpoint,
            quota=_Test.quota,
            jobs=self.jobs,
        )
        with stage_of(len(to_send), "tests") as stage:
            for test, answer in answers:
                outcomes[test.switch] = self._outcome_of(test, answer)
                stage.advance()
        return {switch: outcomes[switch] for switch in switches}  # in the order of the question

    def ask_iam(
        self, switch: Switch, question: Question[Answer | Failure], *, role: Switch | None = None
    ) -> Answer | Failure:
        """Ask IAM with the credentials that a test is made with, or with a role's session."""
        asking = partial(self.aws.ask, question=question, client=switch.client, role=role)
        return self._ask(("iam", switch.client), asking, self.credentials(switch))

    def ask_own(
        self, source: Source, question: Question[Answer | Failure], *, client: ClientName
    ) -> Answer | Failure:
        """Ask with a source's own credentials."""
        credentials = within_limit(partial(self.aws.credentials, source, client=client))
        asking = partial(self.aws.ask, question=question, client=client)
        return self._ask((question.service, client), asking, credentials)

    def open_session(self, switch: Switch, policy: Policy) -> Credentials | Failure:
        """Return a session of an accepted test's role, which may do what a policy allows."""
        opening = partial(self.aws.open_session, role=switch, policy=policy)
        return self._ask(("iam", switch.client), opening, self.credentials(switch))

    def widen(self, parent: Switch, roles: Sequence[str]) -> Failure | None:
        """Open a session again that may also assume these roles; return the failure, if any."""
        if self._next_roles.get(parent, frozenset()).issuperset(roles):
            return None
        known = self.children.get(parent.role_arn, ())
        self.children = {**self.children, parent.role_arn: [*dict.fromkeys((*known, *roles))]}
        credentials = self.credentials(parent)
        if isinstance(credentials, Failure):
            return credentials
        test = self._test(parent, credentials, None)
        answer = self.patience.ask(test.endpoint(), test.call, pauses=())
        outcome = self._outcome_of(test, answer)
        return replace(outcome, proves=False) if isinstance(outcome, Failure) else None

    def _ask(
        self,
        place: Hashable,
        call: Callable[[Credentials], Answer | Failure],
        credentials: Credentials | Failure,
    ) -> Answer | Failure:
        if isinstance(credentials, Failure):
            return credentials
        return self.patience.ask(place, partial(call, credentials))

    def credentials(self, switch: Switch) -> Credentials | Failure:
        """Return the credentials that a test is made with, or why there are none."""
        if switch.parent is not None:
            if switch.mfa_serial is not None:
                # a device is one of the user who makes the call, and a role has none:
                # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
                return Failure(
                    cause=Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS,
                    proves=True,
                    variant=Variant.MFA_OF_A_SESSION,
                )
            return self._sessions[switch.parent]
        if switch.mfa_serial is not None:
            return self._devices.credentials(switch.source, switch.mfa_serial, client=switch.client)
        return self._identities[switch.source].credentials

    def _with_code(
        self, switch: Switch, failure: Failure, *, spends: bool
    ) -> tuple[Credentials | Failure, str | None]:
        """Return what to send with the code itself, where the device may open no session."""
        code = self._devices.take_code(switch, spends=spends)
        if isinstance(code, str):
            return self._identities[switch.source].credentials, code
        return code or failure, None

    def _test(self, switch: Switch, credentials: Credentials, code: str | None) -> _Test:
        """Return a test; its session can do no more than the tests below it need."""
        policy = restricted_policy(next_roles_of(switch.role_arn, self.children))
        call = partial(self.aws.assume_role, switch, credentials, policy=policy, code=code)
        return _Test(switch, call, code)

    def _outcome_of(self, test: _Test, answer: tuple[Accepted, Credentials] | Failure) -> Outcome:
        """Return what an answer to a test means; keep what it gave for further tests."""
        switch, _, code = test
        if isinstance(answer, Failure):
            if code is not None:
                self._devices.learn(switch, code, answer)
            failure = self._in_light_of_the_run(answer, switch)
            if switch.mfa_serial is not None and answer.cause is Cause.CREDENTIALS_INVALID:
                # the AWS CLI sends the code with each switch, and calls with the source's own keys;
                # a device's session of STS's global endpoint need not be good in every region
                return replace(failure, proves=False)
            return failure
        accepted, session = answer
        if switch.role_arn in self.children:
            self._sessions[switch] = session
            self._next_roles[switch] = frozenset(self.children[switch.role_arn])
        return accepted

    def _in_light_of_the_run(self, failure: Failure, switch: Switch) -> Failure:
        """Return what a failure means for a switch, with what else is known in this run."""
        found = self._identities[switch.source].caller
        caller = found if isinstance(found, Caller) else None
        if failure.cause is Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS:
            # a user's session may present the user's device; that of a role, or other, has none
            is_of_user = caller is None or caller.arn.kind in {"user", "root"}
            return failure if is_of_user else replace(failure, proves=True)
        if not failure.proves or caller is None:
            return failure
        if failure.cause is Cause.CREDENTIALS_EXPIRED:  # the AWS CLI renews them
            return replace(failure, proves=False)
        if failure.policy_type == "session" and switch.parent is not None:  # a test's own policy
            return replace(failure, cause=Cause.NOT_AUTHORIZED, policy_type=None)
        if failure.cause is Cause.CREDENTIALS_INVALID and not self.aws.clients.is_always_on(
            switch.client
        ):
            # STS has one answer for unknown keys and for a region that does not know them; but the
            # keys of a source that has a caller are right
            return replace(failure, cause=Cause.REGION_DISABLED)
        return failure
