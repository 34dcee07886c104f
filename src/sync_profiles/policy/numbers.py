"""Read the numbers and times that policies and requests have as texts. No I/O."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(?P<time>T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[-+][0-9]{2}:?[0-9]{2})?)?)?)?",
    re.ASCII,
)
_EPOCH_SECONDS = re.compile(r"([0-9]{1,3}|[0-9]{5,12})(\.[0-9]{1,9})?", re.ASCII)  # 2026: a year


def read_number(text: str) -> Decimal | None:
    """Return the number that a text is."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def read_date(text: str) -> Decimal | None:
    """Return a time in seconds since 1970, from a W3C date or from a number of seconds."""
    if _EPOCH_SECONDS.fullmatch(text):
        return Decimal(text)
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    day = f"{found['year']}-{found['month'] or '01'}-{found['day'] or '01'}"
    try:
        moment = datetime.fromisoformat(day + (found["time"] or ""))
        return Decimal(str((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        return None
