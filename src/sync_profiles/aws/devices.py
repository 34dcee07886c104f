"""MFA devices: one code for each, exchanged for the credentials on which all its switches run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeGuard

from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure

if TYPE_CHECKING:
    from sync_profiles.aws.patience import Patience
    from sync_profiles.aws.providers import Credentials
    from sync_profiles.model import Source

    #: by the credentials that opened a device, and its serial number
    DeviceSessions = dict[tuple[Credentials, str], Credentials]

CODE_ATTEMPTS = 3

# what is about the device, its code, the caller or how much is asked, and not of the place
_OF_THE_DEVICE = frozenset(
    {
        Cause.CLOCK_SKEW,
        Cause.CREDENTIALS_EXPIRED,
        Cause.MFA_CODE_REJECTED,
        Cause.MFA_DEVICE_NOT_YOURS,
        Cause.THROTTLED,
    }
)


class GivesCodes(Protocol):
    """Where MFA codes come from: an option, a program, a person."""

    def code(self, mfa_serial: str, *, attempt: int) -> str | Failure:
        """Return a fresh code for a device, or why there is none; `attempt` counts from 1."""
        ...


class OpensDevices(Protocol):
    """What the devices need of STS."""

    def mfa_session(
        self, credentials: Credentials, *, mfa_serial: str, code: str, client: str
    ) -> Credentials | Failure:
        """Exchange an MFA code for credentials."""
        ...


@dataclass(slots=True, kw_only=True)
class Devices:
    """The devices of a run, each of one source.

    `sessions` are those of devices that are open already, and of those that are opened here.
    """

    sts: OpensDevices
    codes: GivesCodes
    patience: Patience
    sessions: DeviceSessions
    _opened: dict[tuple[Source, str], Credentials | Failure] = field(default_factory=dict)
    _unopened: dict[tuple[Source, str, str], Failure] = field(default_factory=dict)
    _unused_codes: dict[tuple[Source, str], str] = field(default_factory=dict)

    def credentials(self, source: Source, mfa_serial: str, *, client: str) -> Credentials | Failure:
        """Return a device's credentials, or why it could not be opened for this client."""
        opened = self._opened.get((source, mfa_serial))
        return self._unopened[source, mfa_serial, client] if opened is None else opened

    def open(
        self, source: Source, mfa_serial: str, credentials: Credentials | Failure, *, client: str
    ) -> None:
        """Exchange a code at a client's place, unless the device is open or has refused.

        Where the answer may be that of the place, it counts for this client alone, and the next
        one is asked with the same code, which has not been used up.
        """
        device = (source, mfa_serial)
        if device in self._opened or (*device, client) in self._unopened:
            return
        if isinstance(credentials, Failure):
            self._opened[device] = credentials
            return
        session = self.sessions.get((credentials, mfa_serial))
        if session is not None:
            self._opened[device] = session
            return
        for attempt in range(1, CODE_ATTEMPTS + 1):
            unused = self._unused_codes.pop(device, None)
            code = unused or self.codes.code(mfa_serial, attempt=attempt)
            if isinstance(code, Failure):
                if attempt == 1:
                    self._opened[device] = code
                return
            ask = partial(
                self.sts.mfa_session, credentials, mfa_serial=mfa_serial, code=code, client=client
            )
            answer = self.patience.ask(client, ask)
            if _is_of_the_place(answer):
                self._unused_codes[device] = code
                self._unopened[*device, client] = answer
                return
            self._opened[device] = answer
            if not isinstance(answer, Failure):
                self.sessions[credentials, mfa_serial] = answer
            if not _is_rejected(answer):
                return


def _is_rejected(answer: Credentials | Failure) -> bool:
    return isinstance(answer, Failure) and answer.cause is Cause.MFA_CODE_REJECTED


def _is_of_the_place(answer: Credentials | Failure) -> TypeGuard[Failure]:
    """Return whether another place might give another answer."""
    return isinstance(answer, Failure) and answer.cause not in _OF_THE_DEVICE
