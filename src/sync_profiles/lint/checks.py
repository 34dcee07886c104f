"""Apply every check to the two files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.lint import header_checks
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.check_table import CHECKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.config.document import Document
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.model import BrokenChain, Chain, Problem

_HIDING = frozenset(check.code for check in CHECKS if check.hides_profiles)
_FATAL = frozenset(check.code for check in CHECKS if check.is_fatal)


def find_problems(
    config: Document,
    credentials: Document,
    *,
    of_hidden_profiles: bool = False,
    read: Profiles | None = None,
) -> tuple[Problem, ...]:
    """Return the problems of both files, the config file's first, in the order of the lines.

    With `of_hidden_profiles` they are those for which a profile is not seen at all. A consequence
    of a problem is not listed as another one, and no text shows the value of a key that may be
    secret. `read` are the profiles of the files, if they have been read already.
    """
    files = BothFiles(config=config, credentials=credentials, read=read)
    problems = [
        replace(problem, code=check.code)
        for check in CHECKS
        if check.hides_profiles or not of_hidden_profiles
        for problem in check.find(files)
    ]
    return tuple(sorted(problems, key=lambda problem: files.order(problem.place)))


def hides_profiles(problem: Problem) -> bool:
    """Return whether profiles are not seen because of a problem."""
    return problem.code in _HIDING


def find_ignored_profiles(
    config: Document, credentials: Document, *, with_credentials: bool = False
) -> Mapping[str, Problem]:
    """Return what is wrong with the headers that were meant for profiles, by these profiles."""
    files = BothFiles(config=config, credentials=credentials)
    return header_checks.ignored_profiles(files, with_credentials=with_credentials)


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
    return tuple(
        problem for problem in problems if problem.profile in names or problem.code in _FATAL
    )
