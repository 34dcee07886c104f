"""What is likeliest behind a refusal for which STS has one text and a dozen reasons.

Each piece of evidence is a small value.  What other profiles' results tell (`evidence_others`)
goes before what the profile's own settings do (`evidence_own`), and `hint_from` ranks all.
The texts stand below a message that names role and caller, so they say `the role`, `the caller`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 3


class Strength(IntEnum):
    """How much a piece of evidence says, by itself."""

    POSSIBLE = 1
    LIKELY = 2
    STRONG = 3


class Topic(Enum):
    """What a piece of evidence is about."""

    NEED = auto()
    SESSION_NAME = auto()
    USER_NAME = auto()
    ROLE_NAME = auto()
    TRUST = auto()
    MFA = auto()
    EXTERNAL_ID = auto()
    PERMISSION = auto()
    DIFFERENCE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A reason that would explain the refusal; `check` completes `check …`."""

    topic: Topic
    strength: Strength
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A topic that cannot be the reason."""

    topic: Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A reason that is certain: with it, no trust policy could help."""

    step: str


Evidence = Suspicion | Cleared | Proof


def hint_from(evidence: Iterable[Evidence]) -> str | None:
    """Return the next step: what is proved, else what to check, the likeliest first.

    Of several pieces about one topic the first counts. Pieces of equal strength stay in order.
    """
    pieces: dict[Topic, Suspicion | Cleared] = {}
    for piece in evidence:
        if isinstance(piece, Proof):
            return piece.step
        pieces.setdefault(piece.topic, piece)
    suspicions = [piece for piece in pieces.values() if isinstance(piece, Suspicion)]
    suspicions.sort(key=lambda piece: -piece.strength)
    checks = [piece.check for piece in suspicions[:_SHOWN]]
    if len(checks) < 2:  # noqa: PLR2004 - one check needs no order
        return f"check {checks[0]}" if checks else None
    numbered = "; ".join(f"({place}) {check}" for place, check in enumerate(checks, 1))
    return f"check, likeliest first: {numbered}"
