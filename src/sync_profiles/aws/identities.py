"""Who the sources are: each is asked once, and at a further place where the first may err."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from sync_profiles.aws.places import call_within_limit
from sync_profiles.causes import Cause
from sync_profiles.explain.classify import classify
from sync_profiles.outcomes import Caller, LocalFailure, NoCaller, ServiceFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.aws.places import Places
    from sync_profiles.aws.providers import Credentials
    from sync_profiles.model import Source
    from sync_profiles.outcomes import Failure

#: seconds after which no further place is asked who a source is
LONGEST_SEARCH = 60.0

# what tells of the credentials, of this machine or of how much is asked, and not of the place
_EVERYWHERE = frozenset(
    {
        Cause.CLOCK_SKEW,
        Cause.CREDENTIALS_EXPIRED,
        Cause.CREDENTIALS_MALFORMED,
        Cause.SECRET_KEY_WRONG,
        Cause.THROTTLED,
    }
)


class Identifies(Protocol):
    """What the identities need of STS."""

    def credentials(self, source: Source, *, client: str) -> Credentials | Failure:
        """Resolve a source's credentials."""
        ...

    def is_always_on(self, *, client: str) -> bool:
        """Say whether calls go to a region that every account has enabled."""
        ...

    def domain(self, *, client: str) -> str:
        """Return what the places have in common that know the same keys."""
        ...

    def identify(
        self, source: Source, credentials: Credentials, *, client: str
    ) -> Caller | Failure:
        """Ask who the credentials are."""
        ...


@dataclass(slots=True, kw_only=True)
class Identities:
    """The sources of a run and their keys; `pauses` are the seconds where STS throttles.

    Several sources may be asked at once, in several threads, but each of them only once.
    """

    sts: Identifies
    places: Places
    pauses: Sequence[float]
    _credentials: dict[Source, Credentials | Failure] = field(default_factory=dict)
    _known: set[Source] = field(default_factory=set)

    def credentials(self, source: Source) -> Credentials | Failure:
        """Return the credentials of a source that was asked for, or why there are none."""
        return self._credentials[source]

    def is_known(self, source: Source) -> bool:
        """Say whether STS has told who the source is: its keys are right."""
        return source in self._known

    def identify(self, source: Source, clients: Sequence[str]) -> Caller | NoCaller:
        """Ask who a source is, at the place of the first client.

        A further one is asked where an answer may say more of the place than of the keys.
        """
        since = self.places.clock()
        credentials = call_within_limit(partial(self.sts.credentials, source, client=clients[0]))
        self._credentials[source] = credentials
        if isinstance(credentials, ServiceFailure | LocalFailure):
            return _nobody(source, credentials)
        search = _Search(sts=self.sts)
        for client in clients:
            if search.covers(client):
                continue
            ask = partial(self.sts.identify, source, credentials, client=client)
            answer = self.places.ask_patiently(client, ask, pauses=self.pauses)
            if isinstance(answer, Caller):
                self._known.add(source)
                return answer
            nobody = _nobody(source, answer)
            if nobody.cause in _EVERYWHERE:
                return nobody
            search.note(client, nobody)
            if self.places.clock() - since > LONGEST_SEARCH:
                break
        return search.result(clients)


@dataclass(slots=True, kw_only=True)
class _Search:
    """The answers of the places that do not know a source.

    `_asked` has them by client, `_unknown` by domain: those that hold for all of its places.
    """

    sts: Identifies
    _asked: dict[str, NoCaller] = field(default_factory=dict)
    _unknown: dict[str, NoCaller] = field(default_factory=dict)

    def covers(self, client: str) -> bool:
        """Say whether another place has told that nobody at this one knows the keys."""
        return bool(self._unknown) and self.sts.domain(client=client) in self._unknown

    def note(self, client: str, nobody: NoCaller) -> None:
        """Take down a place's answer."""
        self._asked[client] = nobody
        # keys are unknown in a region that their account has not enabled, too
        if nobody.cause is Cause.CREDENTIALS_INVALID and self.sts.is_always_on(client=client):
            self._unknown[self.sts.domain(client=client)] = nobody

    def result(self, clients: Sequence[str]) -> NoCaller:
        """Return what holds at each place, and of the whole: no refusal where one may let in."""
        places = {client: self._at(client) for client in clients}
        may_let_in = [nobody for nobody in places.values() if not nobody.settled]
        whole = next(iter([*may_let_in, *self._unknown.values(), *places.values()]))
        return replace(whole, places=places)

    def _at(self, client: str) -> NoCaller:
        if self.covers(client):
            return self._unknown[self.sts.domain(client=client)]
        if client in self._asked:
            return self._asked[client]
        return replace(next(iter(self._asked.values())), settled=False)


def _nobody(source: Source, failure: Failure) -> NoCaller:
    classified = classify(failure)
    return NoCaller(
        source=source, cause=classified.cause, failure=failure, settled=classified.settled
    )
