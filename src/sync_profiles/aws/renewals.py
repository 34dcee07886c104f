"""What a run has found out about its sources, and how to obtain their credentials again.

The AWS CLI obtains its credentials for every command: only a run that outlasts them needs this. A
role's session lasts 15 minutes, and so does the session of an MFA code.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from sync_profiles.causes import Cause
from sync_profiles.config.profiles import ParsedTexts
from sync_profiles.config.section_names import SSO_SESSION, SectionName, name_section
from sync_profiles.model import ClientName, Source
from sync_profiles.outcomes import Caller, Failure, Variant

if TYPE_CHECKING:
    from sync_profiles.aws.credentials import Credentials

    #: obtains credentials from where they came
    Obtain = Callable[[], Credentials | Failure]

Answer = TypeVar("Answer")

_SESSION_ENDED = Failure(
    cause=Cause.CREDENTIALS_EXPIRED,
    proves=False,
    variant=Variant.SESSION_ENDED,
    message="a session that this run had opened has expired",
)


@dataclass(slots=True, kw_only=True)
class SourceAnswers:
    """What a run has found out about its sources, for all texts that it reads and makes.

    An import looks at the files as they are and as they are to be, and a run may start again: no
    source is asked twice, no `credential_process` is run twice, and a code opens an MFA device
    once. `no_credentials` has why a source gave none, by client as well; `device_sessions` are by
    the credentials that opened the device, and its serial number.

    Each credentials that have expired are replaced once, whoever finds that first, and so are those
    that replaced them, unless these had expired too. Several threads may use it.
    """

    credentials: dict[tuple[Source, Hashable], Credentials] = field(
        default_factory=dict, repr=False
    )
    no_credentials: dict[tuple[Source, Hashable, ClientName], Failure] = field(default_factory=dict)
    callers: dict[tuple[Source, Credentials], Caller] = field(default_factory=dict, repr=False)
    device_sessions: dict[tuple[Credentials, str], Credentials] = field(
        default_factory=dict, repr=False
    )
    _origins: dict[Credentials, Obtain] = field(default_factory=dict, repr=False)
    _newer: dict[Credentials, Credentials | Failure] = field(default_factory=dict, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def remember(self, credentials: Credentials, obtain: Obtain) -> None:
        """Remember how to obtain credentials again."""
        self._origins[credentials] = obtain

    def remember_session(self, session: Credentials, obtain: Obtain | None) -> None:
        """Remember how to open a session again, None if it cannot be opened twice."""

        def open_again() -> Credentials | Failure:
            again = _SESSION_ENDED if obtain is None else obtain()
            if isinstance(again, Failure) and again.proves and not _is_expired(again):
                # the hint of a refusal is about the role that a test calls, which is another one
                return _SESSION_ENDED
            return again

        self.remember(session, open_again)

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


def settings_of(profile: str, texts: ParsedTexts) -> Hashable:
    """Return the settings that a profile's credentials depend on."""
    found = texts.profiles.by_name.get(profile)
    if found is None:
        return ()
    session = SectionName(SSO_SESSION, found.text("sso_session") or "")
    return (
        tuple((key, setting.value) for key, setting in found.settings.items()),
        tuple(
            (key, option.value)
            for header, section in texts.config.sections.items()
            if name_section(header) == session
            for key, option in section.options.items()
        ),
    )


def _may_pass(failure: Failure) -> bool:
    return failure.is_silence or failure.cause is Cause.THROTTLED


def _is_expired(answer: object) -> bool:
    return isinstance(answer, Failure) and answer.cause is Cause.CREDENTIALS_EXPIRED
