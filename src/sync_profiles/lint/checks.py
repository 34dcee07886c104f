"""Apply every check to the two files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.check_table import CHECKS
from sync_profiles.model import BrokenChain, Chain, Problem


def find_problems(files: BothFiles, *, of_hidden_profiles: bool = False) -> tuple[Problem, ...]:
    """Return the problems of both files, the config file's first, in the order of the lines.

    With `of_hidden_profiles` they are those for which a profile is not seen at all. A consequence
    of a problem is not listed as another one, and no text shows the value of a key that may be
    secret.
    """
    problems = [
        replace(
            problem,
            code=check.code,
            is_fatal=check.is_fatal,
            hides_profiles=check.hides_profiles,
        )
        for check in CHECKS
        if check.hides_profiles or not of_hidden_profiles
        for problem in check.find(files)
    ]
    return tuple(sorted(problems, key=attrgetter("place")))


def problems_of(
    problems: tuple[Problem, ...], chains: Mapping[str, Chain | BrokenChain | None]
) -> tuple[Problem, ...]:
    """Return the problems of profiles and of all along their chains, and every fatal one.

    With a fatal one, botocore reads no profile at all.
    """
    names = {
        name
        for profile, chain in chains.items()
        for name in (profile, *(chain.profiles if chain is not None else ()))
    }
    return tuple(problem for problem in problems if problem.profile in names or problem.is_fatal)
