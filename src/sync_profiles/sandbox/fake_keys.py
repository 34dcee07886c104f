"""Access keys and IDs that are well-formed, clearly fake, and the same for the same seed."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCredentials:
    """An access key; temporary ones have a session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    def settings(self) -> dict[str, str]:
        """Return the credentials as the settings of a profile."""
        settings = {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }
        if self.session_token is not None:
            settings["aws_session_token"] = self.session_token
        return settings


def fake_id(prefix: str, seed: str, length: int = 20) -> str:
    """Return a well-formed identifier such as `AKIAFAKE…`, always the same for the same seed."""
    digest = base64.b32encode(hashlib.sha256(f"{prefix}:{seed}".encode()).digest()).decode()
    return f"{prefix}FAKE{digest}"[:length]


def long_term_credentials(seed: str) -> FakeCredentials:
    """Return an access key of a user or a root user."""
    return FakeCredentials(access_key_id=fake_id("AKIA", seed), secret_access_key=_secret(seed))


def temporary_credentials(seed: str) -> FakeCredentials:
    """Return an access key with a session token."""
    token = hashlib.sha512(f"token:{seed}".encode()).digest()
    return FakeCredentials(
        access_key_id=fake_id("ASIA", seed),
        secret_access_key=_secret(seed),
        session_token=f"FAKE/token/{base64.b64encode(token).decode()}",
    )


def _secret(seed: str) -> str:
    digest = hashlib.sha256(f"secret:{seed}".encode()).digest()
    return f"fake/secret/{base64.b64encode(digest).decode()}"[:40]
