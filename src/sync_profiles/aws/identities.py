"""Whose credentials the tests start with: each source is asked once, each MFA device opened once.

A further endpoint (of another region, say) is asked where the answer of the first one may not hold
for the others. Each client has one endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.arn import gives_codes
from sync_profiles.aws.mfa_codes import MfaCodes
from sync_profiles.aws.patience import Patience, within_limit
from sync_profiles.causes import Cause
from sync_profiles.model import ClientName, Source
from sync_profiles.outcomes import Caller, Failure, Switch, Variant

if TYPE_CHECKING:
    from sync_profiles.aws.calls import AwsCalls
    from sync_profiles.aws.credentials import Credentials

CODE_ATTEMPTS = 3

# causes that are about the device, its code, the caller or the quota, whatever the endpoint
_OF_DEVICE = frozenset(
    {
        Cause.CLOCK_SKEW,
        Cause.CREDENTIALS_EXPIRED,
        Cause.MFA_CODE_REJECTED,
        Cause.MFA_DEVICE_NOT_YOURS,
        Cause.THROTTLED,
    }
)

#: seconds after which no further endpoint is asked who a source is
LONGEST_SEARCH = 60.0

# causes by which a client's region or another setting fails the calls that credentials need
_OF_SETTINGS = frozenset(
    {
        Cause.REGION_DISABLED,
        Cause.REGION_MISSING,
        Cause.SETTING_INVALID,
        Cause.SIGNING_REGION_MISMATCH,
    }
)

# causes that are about the credentials or the clock, for all endpoints that know the same keys: a
# configured one has its own, and may stand behind something that changes the calls
_IN_DOMAIN = frozenset({Cause.CLOCK_SKEW, Cause.CREDENTIALS_EXPIRED, Cause.SECRET_KEY_WRONG})

# causes by which an address need not be called again
_OF_ADDRESS = frozenset({Cause.NETWORK, Cause.THROTTLED})


class Identity(NamedTuple):
    """A source's credentials, and who it is.

    `by_client` has the answer to each client for a source that no endpoint knows.
    """

    credentials: Credentials | Failure
    caller: Caller | Failure
    by_client: Mapping[ClientName, Failure] = MappingProxyType({})


def identify(
    source: Source, clients: Sequence[ClientName], *, aws: AwsCalls, patience: Patience
) -> Identity:
    """Ask who a source is, at the endpoint of the first client.

    Another one is asked where the answer may be about the endpoint, not about the keys.
    """
    since = patience.clock()
    search = _Search(aws=aws)
    silent: set[str] = set()  # addresses, and domains of which none gives credentials
    credentials: Credentials | Failure = Failure(cause=Cause.NO_CREDENTIALS, proves=False)
    for client in clients:
        if search.covers(client):
            continue
        if silent and not silent.isdisjoint((aws.clients.url(client), aws.clients.domain(client))):
            continue
        if isinstance(credentials, Failure):
            credentials = within_limit(partial(aws.credentials, source, client=client))
        has_keys = not isinstance(credentials, Failure)
        answer: Caller | Failure = (
            credentials
            if isinstance(credentials, Failure)
            else patience.ask(client, partial(aws.identify, source, credentials, client=client))
        )
        if isinstance(answer, Caller):
            return Identity(credentials, answer)
        # with other settings, a client may be given the source's credentials
        is_of_client = answer.is_silence or (answer.proves and answer.cause in _OF_SETTINGS)
        is_final = answer.cause is Cause.CREDENTIALS_MALFORMED if has_keys else not is_of_client
        if is_final:
            return Identity(credentials, answer)
        if has_keys and answer.cause in _OF_ADDRESS:
            silent.add(aws.clients.url(client))
        elif not has_keys and answer.is_silence:  # a network is the same for one domain
            silent.add(aws.clients.domain(client))
        search.note(client, answer)
        if patience.clock() - since > LONGEST_SEARCH:
            break
    found = {client: search.at(client) for client in clients}
    return Identity(credentials, search.of_source(found.values()), found)


@dataclass(slots=True, kw_only=True)
class _Search:
    """The answers of the endpoints that do not know a source.

    `_asked` has them by client, `_unknown` by domain: those that hold for all of its endpoints.
    """

    aws: AwsCalls
    _asked: dict[ClientName, Failure] = field(default_factory=dict)
    _unknown: dict[str, Failure] = field(default_factory=dict)

    def covers(self, client: ClientName) -> bool:
        """Return whether another endpoint has shown that this one does not know the keys."""
        return bool(self._unknown) and self.aws.clients.domain(client) in self._unknown

    def note(self, client: ClientName, failure: Failure) -> None:
        """Remember the answer of a client's endpoint."""
        self._asked[client] = failure
        # keys are also unknown in a region that their account has not enabled
        is_unknown = failure.cause is Cause.CREDENTIALS_INVALID
        if failure.cause in _IN_DOMAIN or (is_unknown and self.aws.clients.is_always_on(client)):
            self._unknown[self.aws.clients.domain(client)] = failure

    def at(self, client: ClientName) -> Failure:
        """Return what a client is answered, or would be if it were asked."""
        if self.covers(client):
            return self._unknown[self.aws.clients.domain(client)]
        if client in self._asked:
            return self._asked[client]
        return replace(next(iter(self._asked.values())), proves=False)

    def of_source(self, at_endpoints: Iterable[Failure]) -> Failure:
        """Return the source's failure: it proves nothing if an endpoint may accept the keys."""
        failures = tuple(at_endpoints)
        unproved = (failure for failure in failures if not failure.proves)
        return next(iter([*unproved, *self._unknown.values(), *failures]))


@dataclass(slots=True, kw_only=True)
class Devices:
    """The devices of a run, each of one source."""

    aws: AwsCalls
    codes: MfaCodes
    patience: Patience
    _opened: dict[tuple[Source, str], Credentials | Failure] = field(default_factory=dict)
    _unopened: dict[tuple[Source, str, ClientName], Failure] = field(default_factory=dict)
    _unused_codes: dict[tuple[Source, str], str] = field(default_factory=dict)

    def credentials(
        self, source: Source, mfa_serial: str, *, client: ClientName
    ) -> Credentials | Failure:
        """Return a device's credentials, or why it could not be opened for this client."""
        opened = self._opened.get((source, mfa_serial))
        return self._unopened[source, mfa_serial, client] if opened is None else opened

    def take_code(self, switch: Switch, *, spends: bool) -> str | Failure | None:
        """Return the code of a device that a policy keeps from opening a session.

        The AWS CLI sends the code with AssumeRole, and needs no GetSessionToken. A code works
        once: the second time there is none, nor is there for a test that `spends` none. The result
        is None where no policy is the reason.
        """
        source, mfa_serial = switch.source, switch.mfa_serial or ""
        refusal = self._unopened.get((source, mfa_serial, switch.client))
        if refusal is None or not refusal.is_denial or (source, mfa_serial) in self._opened:
            return None
        if not gives_codes(mfa_serial):  # no code is used up
            return self.codes.code(mfa_serial, attempt=1)
        code = self._unused_codes.pop((source, mfa_serial), None) if spends else None
        return code or Failure(
            cause=Cause.MFA_CODE_NEEDED,
            proves=False,
            variant=Variant.CODE_SENT_WITH_ANOTHER,
            message="the MFA code was used for another test",
        )

    def learn(self, switch: Switch, code: str, answer: Failure) -> None:
        """Keep what AWS says of a device or its code where the code was sent with a test."""
        if answer.cause in {Cause.MFA_CODE_REJECTED, Cause.MFA_DEVICE_NOT_YOURS}:
            self._opened[switch.source, switch.mfa_serial or ""] = answer
            self.codes.learn(code, answer)

    def open(
        self,
        source: Source,
        mfa_serial: str,
        credentials: Credentials | Failure,
        *,
        client: ClientName,
    ) -> None:
        """Exchange a code at the endpoint of a client, unless the device is open or has refused.

        A session cannot open one, so no code is asked for.

        Where the answer may be about the endpoint, it counts for this client alone, and the next
        one is asked with the same code, which has not been used up.
        """
        device = (source, mfa_serial)
        if device in self._opened or (*device, client) in self._unopened:
            return
        if isinstance(credentials, Failure):
            self._opened[device] = credentials
            return
        known = self._without_code(credentials, mfa_serial)
        if known is not None:
            self._opened[device] = known
            return
        for attempt in range(1, CODE_ATTEMPTS + 1):
            unused = self._unused_codes.pop(device, None)
            code = unused or self.codes.code(mfa_serial, attempt=attempt)
            if isinstance(code, Failure):
                if attempt == 1:
                    self._opened[device] = code
                return
            ask = partial(
                self.aws.mfa_session, credentials, mfa_serial=mfa_serial, code=code, client=client
            )
            answer = self.patience.ask(client, ask)
            if isinstance(answer, Failure) and answer.cause not in _OF_DEVICE:
                self._unused_codes[device] = code
                self._unopened[*device, client] = answer
                return
            self._opened[device] = answer
            self.codes.learn(code, answer)
            if not isinstance(answer, Failure):
                self.aws.answers.device_sessions[credentials, mfa_serial] = answer
                return
            if answer.cause is not Cause.MFA_CODE_REJECTED:
                return

    def _without_code(
        self, credentials: Credentials, mfa_serial: str
    ) -> Credentials | Failure | None:
        """Return the device's open session, or that a session cannot open one; None if neither."""
        opened = self.aws.answers.device_sessions.get((credentials, mfa_serial))
        if opened is None and credentials.session_token is not None and gives_codes(mfa_serial):
            # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
            return Failure(cause=Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS, proves=False)
        return opened
