"""Amazon Resource Names: taking them apart, without trusting them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
_PARTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """`arn:partition:service:region:account_id:resource`, the account ID a 12-digit string."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    @property
    def kind(self) -> str:
        """What stands before the first slash of the resource: `user`, `role`, `assumed-role` …."""
        return self.resource.partition("/")[0]

    @property
    def name(self) -> str:
        """The last segment of the resource: a user's name without its path, a session's name."""
        return self.resource.rpartition("/")[2]

    def __str__(self) -> str:
        where = f"{self.service}:{self.region}:{self.account_id}"
        return f"arn:{self.partition}:{where}:{self.resource}"


def parse_arn(text: str) -> Arn | None:
    """Return the parts of text, or None where text is no ARN: one of several lines is none."""
    if "\n" in text:
        return None
    parts = text.split(":", 5)
    if len(parts) != _PARTS or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(
        partition=parts[1],
        service=parts[2],
        region=parts[3],
        account_id=parts[4],
        resource=parts[5],
    )


def is_account_id(text: str) -> bool:
    """Say whether text is a 12-digit account ID."""
    return _ACCOUNT_ID.fullmatch(text) is not None
