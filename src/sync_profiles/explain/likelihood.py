"""Turn counts of what other profiles do into evidence: logarithms of odds, to base 2.

One bit makes a reason twice as likely. With nothing to count, the evidence is 0 or close to it: it
grows with the number of profiles that agree.
"""

from __future__ import annotations

from math import log2

#: how many profiles of an account outweigh what is usual elsewhere
_STRENGTH = 2


def rate(count: int, total: int, *, usual: float) -> float:
    """Return the expected share, given `count` of `total` and the share that is usual elsewhere."""
    return (count + _STRENGTH * usual) / (total + _STRENGTH)


def lacking(share: float, *, usual: float) -> float:
    """Return the evidence that a role requires what its profile does not send.

    `share` is that of the profiles nearby that send it. Either the role is like theirs, and
    requires it as often; or it is not, which is twice as likely, as what is unlike the rest is
    refused more often. If something else is wrong, the setting is lacking by right, the less often
    the more of the others send it.
    """
    share = min(share, 0.85)
    forgotten = (2 + share / usual) / 3
    return log2(forgotten * (1 - usual) / (1 - share))


def sending(share: float, *, usual: float) -> float:
    """Return the evidence that what a profile sends is wrong, where a share of the others send it.

    The fewer do, the stranger it is that this one does, if nothing is wrong with it.
    """
    return log2((1 + usual / max(share, 0.03)) / 2)


def differing(same: int, total: int, *, doubt: float = 0.5, if_wrong: float = 0.2) -> float:
    """Return the evidence that what `same` of `total` others have is wrong here.

    `if_wrong` is the share of errors that change it, and `doubt` how many profiles of each kind
    there may be that are not in the files: the smaller, the more uniform such things are.
    """
    expected = (same + doubt) / (total + 2 * doubt)
    return log2(1 - if_wrong + if_wrong / 2 / expected)
