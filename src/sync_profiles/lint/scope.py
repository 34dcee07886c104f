"""Which problems concern some profiles: those in their sections and in those of their chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sync_profiles.lint.codes import FATAL
from sync_profiles.model import BrokenChain, Chain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sync_profiles.model import Problem


def names_along(chain: Chain | BrokenChain | None) -> tuple[str, ...]:
    """Return the profiles that a chain goes through, its source with them."""
    match chain:
        case Chain(source=source, hops=hops):
            return hops if source.profile is None else (source.profile, *hops)
        case BrokenChain(via=via):
            return via
        case None:
            return ()
        case _:
            assert_never(chain)


def concerning(problems: Iterable[Problem], names: Collection[str]) -> tuple[Problem, ...]:
    """Return the problems of these profiles, and those with which botocore reads no profile."""
    return tuple(
        problem for problem in problems if problem.profile in names or problem.code in FATAL
    )
