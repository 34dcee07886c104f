"""Apply every check to the two files."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from sync_profiles.lint import (
    arn_checks,
    chain_checks,
    header_checks,
    look_alikes,
    overridden_values,
    setting_checks,
    sso_checks,
    use_checks,
    value_checks,
)
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import Check, checks_in
from sync_profiles.model import BrokenChain, Chain, Problem

_MODULES = (
    *(header_checks, setting_checks, look_alikes, value_checks, arn_checks),
    *(sso_checks, use_checks, overridden_values, chain_checks),
)
#: in the order of `docs/reference/problems.md`
CHECKS: tuple[Check, ...] = (
    *setting_checks.REFUSALS,
    *(each for module in _MODULES for each in checks_in(module)),
    *chain_checks.BROKEN_CHAINS,
)


def find_problems(files: BothFiles, *, of_hidden_profiles: bool = False) -> tuple[Problem, ...]:
    """Return the problems of both files, the config file's first, in the order of the lines.

    With `of_hidden_profiles`, only those are returned that hide a profile from the AWS CLI. A
    consequence of a problem is not listed as another one, and no text shows the value of a key that
    may be secret.
    """
    problems = [
        problem
        for check in CHECKS
        if check.hides_profiles or not of_hidden_profiles
        for problem in check(files)
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
