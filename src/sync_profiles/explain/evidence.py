"""What is likeliest behind a refusal for which STS has one text and a dozen reasons.

Where it names the role's trust policy, the reasons are fewer, and `by_trust_policy` weighs them.

Each piece of evidence is a small value.  What stands in the section and is not heard
(`evidence_unheard`) goes before what other profiles' results tell (`evidence_others`), that before
what the profile's own settings do (`evidence_own`), and `hint_from` ranks all.
The texts stand below a message that names role and caller, so they say `the role`, `the caller`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def by_trust_policy(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """Yield what still counts where STS says that the role's trust policy does not allow the call.

    The caller's own policies are not what it refuses by. The role's name is the last to doubt:
    STS has most likely read the policy of a role that is there, though nobody documents that it
    answers otherwise for one that is not. All else remains: a trust policy may demand MFA, an
    external ID, a session name or a user name, trust another caller, or not trust the role itself.
    """
    names: list[Evidence] = []
    for piece in evidence:
        match piece:
            case Suspicion(topic=Topic.PERMISSION):
                pass
            case Suspicion(topic=Topic.ROLE_NAME):
                names.append(replace(piece, strength=Strength.POSSIBLE))
            case _:
                yield piece
    yield from names


def by_deny(evidence: Iterable[Evidence], *, is_by_role: bool) -> Iterator[Evidence]:
    """Yield what still counts where STS says that a policy of the caller or the role denies.

    Either may demand MFA; the role's trust policy may demand an external ID or a name as well,
    though few deny what comes without: what is merely possible does not count.
    """
    topics = {Topic.MFA}
    if is_by_role:
        topics |= {Topic.EXTERNAL_ID, Topic.SESSION_NAME}
    for piece in evidence:
        match piece:
            case Suspicion(strength=Strength.POSSIBLE):
                pass
            case Suspicion(topic=topic) | Cleared(topic=topic) if topic not in topics:
                pass
            case _:
                yield piece


def hint_from(evidence: Iterable[Evidence], *, otherwise: str | None = None) -> str | None:
    """Return the next step: what is proved, else what to check, the likeliest first.

    Of several pieces about one topic the first counts, unless one clears it. Pieces of equal
    strength stay in order.
    `otherwise` is the step that is left where no check finds anything.
    """
    cleared: set[Topic] = set()
    by_topic: dict[Topic, Suspicion] = {}
    for piece in evidence:
        match piece:
            case Proof():
                return piece.step
            case Cleared():
                cleared.add(piece.topic)
            case Suspicion():
                by_topic.setdefault(piece.topic, piece)
            case _:
                assert_never(piece)
    suspicions = [piece for topic, piece in by_topic.items() if topic not in cleared]
    suspicions.sort(key=lambda piece: -piece.strength)
    checks = [piece.check for piece in suspicions[:_SHOWN]]
    if not checks:
        return otherwise
    numbered = "; ".join(f"({place}) {check}" for place, check in enumerate(checks, 1))
    is_one = len(checks) == 1  # and needs no order
    hint = f"check {checks[0]}" if is_one else f"check, likeliest first: {numbered}"
    return hint if otherwise is None else f"{hint}; else {otherwise}"
