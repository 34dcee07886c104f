"""How often a call is made: again where nobody answered, and where AWS asks for patience.

botocore would do so as well, but its clients share out a budget of retries, for the sake of
services that fail for everybody: on a network that loses every third answer the later profiles of a
long run would get one try each, and no verdict.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TRIES = 5
#: seconds; a pause is a part of it, by chance, and each may be twice as long as the one before
FIRST_PAUSE = 0.1
#: seconds before a throttled call is made again
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)

Answer = TypeVar("Answer")


def in_tries(call: Callable[[], Answer | Failure]) -> Answer | Failure:
    """Make a call, and up to `TRIES` times where nobody answers."""
    answer = call()
    for number in range(TRIES - 1):
        if not (isinstance(answer, Failure) and _may_pass(answer)):
            break
        time.sleep(random.random() * FIRST_PAUSE * 2**number)  # noqa: S311 - no secret
        answer = call()
    return answer


def patiently(
    call: Callable[[], Answer | Failure], *, pauses: Sequence[float] = PAUSES[:3]
) -> Answer | Failure:
    """Make a call, and where it is throttled again after each of the pauses, in seconds."""
    answer = call()
    for pause in pauses:
        if not isinstance(answer, Failure):
            break
        if answer.cause is not Cause.THROTTLED:
            break
        time.sleep(pause)
        answer = call()
    return answer


def _may_pass(failure: Failure) -> bool:
    """Return whether there was no answer: not a page or a certificate of something else either."""
    return failure.is_silence and failure.reason not in {Reason.NOT_AWS, Reason.CERTIFICATE}
