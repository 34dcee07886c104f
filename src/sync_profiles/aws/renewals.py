"""Credentials that expire in the middle of a run are obtained again, from where they came.

The AWS CLI obtains its credentials for every command: only a run that outlasts them needs this. A
role's session lasts 15 minutes, and so does the session of an MFA code.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_profiles.aws.credentials import Credentials

    #: obtains credentials from where they came
    Obtain = Callable[[], Credentials | Failure]

Answer = TypeVar("Answer")

_SESSION_ENDED = Failure(
    cause=Cause.CREDENTIALS_EXPIRED,
    proves=False,
    reason=Reason.SESSION_ENDED,
    message="a session that this run had opened has expired",
)


@dataclass(slots=True)
class Renewals:
    """How to obtain a run's credentials again, and what has replaced those that expired.

    Each credentials are replaced once, whoever finds first that they have expired, and so are those
    that replaced them, unless these had expired too. Several threads may use it.
    """

    _origins: dict[Credentials, Obtain] = field(default_factory=dict, repr=False)
    _newer: dict[Credentials, Credentials | Failure] = field(default_factory=dict, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def add(self, credentials: Credentials, obtain: Obtain) -> None:
        """Remember how to obtain credentials again."""
        self._origins[credentials] = obtain

    def add_session(self, session: Credentials, obtain: Obtain | None) -> None:
        """Remember how to open a session again, None if it cannot be opened twice."""

        def open_again() -> Credentials | Failure:
            again = _SESSION_ENDED if obtain is None else obtain()
            if isinstance(again, Failure) and again.proves and not _is_expired(again):
                # the hint of a refusal is about the role that a test calls, which is another one
                return _SESSION_ENDED
            return again

        self.add(session, open_again)

    def ask(
        self, call: Callable[[Credentials], Answer | Failure], credentials: Credentials
    ) -> Answer | Failure:
        """Make a call, and once more if its credentials have expired and can be renewed."""
        given = credentials
        while not isinstance(newer := self._newer.get(credentials), Failure | None):
            credentials = newer
        answer = call(credentials)
        if not _is_expired(answer):
            return answer
        renewed = self._renew(credentials)
        if isinstance(renewed, Failure):
            return renewed
        if renewed is not None:
            credentials, answer = renewed, call(renewed)
            if _is_expired(answer):  # a source that gives only such credentials is not asked again
                self._origins.pop(renewed, None)
        if credentials != given and isinstance(answer, Failure) and _is_expired(answer):
            return replace(answer, proves=False)  # the source works
        return answer

    def _renew(self, expired: Credentials) -> Credentials | Failure | None:
        """Return what replaces credentials, or why nothing does; None if they stay the same."""
        with self._lock:  # a session is opened with another one, which may have expired as well
            if expired not in self._newer:
                obtain = self._origins.pop(expired, None)
                found = expired if obtain is None else obtain()
                if found == expired or found in self._newer:
                    return None
                if obtain is not None and isinstance(found, Failure) and _may_pass(found):
                    self._origins[expired] = obtain
                    return found
                self._newer[expired] = found
                if obtain is not None and not isinstance(found, Failure):
                    self._origins[found] = obtain
            return self._newer[expired]


def _may_pass(failure: Failure) -> bool:
    return failure.is_silence or failure.cause is Cause.THROTTLED


def _is_expired(answer: object) -> bool:
    return isinstance(answer, Failure) and answer.cause is Cause.CREDENTIALS_EXPIRED
