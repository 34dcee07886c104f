"""Multi-factor authentication: a device belongs to one user, and a code works once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from sync_profiles.sandbox.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.sandbox.world import User

_FAILED = "MultiFactorAuthentication failed"
BOTH_NEEDED = f"{_FAILED}, must provide both MFA serial number and one time pass code."
CODE_REJECTED = f"{_FAILED} with invalid MFA one time pass code. "
NOT_YOURS = (
    f"{_FAILED}, unable to validate MFA code.  Please verify your MFA serial number is valid and "
    "associated with this user."
)


class UsedCodes:
    """The codes that were used since the sandbox started."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._used: set[tuple[str, str]] = set()

    def authenticate(self, parameters: Mapping[str, str], user: User | None) -> bool:
        """Say whether a device was used; raise `Refusal` where it does not prove the user."""
        serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
        if serial is None and code is None:
            return False
        if serial is None or code is None:
            raise _denied(BOTH_NEEDED)
        devices = user.mfa_devices if user is not None else ()
        device = next((device for device in devices if device.serial == serial), None)
        if device is None:
            raise _denied(NOT_YOURS)
        with self._lock:
            if code not in device.codes or (serial, code) in self._used:
                raise _denied(CODE_REJECTED)
            self._used.add((serial, code))
        return True


def _denied(message: str) -> Refusal:
    return Refusal("AccessDenied", message, status=403)
