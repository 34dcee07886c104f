"""Read the numbers and times that policies and requests have as texts. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor

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


#: what reads the texts of the operators whose names begin so
READERS = {"Numeric": read_number, "Date": read_date}
_SOME_NUMBER = Decimal(10**9)
_DIGITS = 12


def numbers_around(texts: Iterable[str], names: set[str]) -> Sequence[str] | None:
    """Return the numbers of texts, and some between each two, and before and after them all.

    Among those between is a whole number, if there is one: some keys have no others. They have as
    many digits as an account ID at least, for keys that have one; other keys take these, too.

    There are none if the operators are not all about numbers, or all about times, or if one cannot
    be written, as a time before 1970.
    """
    kinds = (read for kind, read in READERS.items() if all(name.startswith(kind) for name in names))
    read = next(kinds, None)
    if read is None:
        return None
    points = sorted({_SOME_NUMBER, *(point for text in texts if (point := read(text)) is not None)})
    between = [
        one
        for low, high in pairwise(points)
        for one in ((low + high) / 2, Decimal(floor(low) + 1))
        if low < one < high
    ]
    outside = Decimal(ceil(points[0]) - 1), Decimal(floor(points[-1]) + 1)
    values = [*points, *between, *outside]
    written = [str(int(one)).zfill(_DIGITS) if one == int(one) else f"{one:f}" for one in values]
    return written if list(map(read, written)) == values else None
