"""Declare a check of the two files: its stable code, what it means, and what finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

from sync_profiles.lint.both_files import BothFiles
from sync_profiles.model import Problem

Finder = Callable[[BothFiles], Iterable[Problem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that can be wrong.

    For a fatal one botocore, and with it the AWS CLI, refuses the whole file. One that hides
    profiles is reported by every run, as the profiles cannot be. The table of problems in
    `docs/reference/problems.md` has the codes and their meanings.
    """

    code: str
    meaning: str
    find: Finder
    is_fatal: bool = False
    hides_profiles: bool = False

    def __call__(self, files: BothFiles) -> Iterator[Problem]:
        """Yield the problems that it finds, as its own."""
        for problem in self.find(files):
            yield replace(
                problem,
                code=self.code,
                is_fatal=self.is_fatal,
                hides_profiles=self.hides_profiles,
            )


def check(code: str, meaning: str, *, hides_profiles: bool = False) -> Callable[[Finder], Check]:
    """Make a function that finds problems the check with this code, which never changes.

    The meaning says what it finds, in place of a docstring.
    """

    def declare(find: Finder) -> Check:
        return Check(code=code, meaning=meaning, find=find, hides_profiles=hides_profiles)

    return declare


def checks_in(module: ModuleType) -> tuple[Check, ...]:
    """Return the checks that a module declares, in their order there."""
    found = (each for each in vars(module).values() if isinstance(each, Check))
    return tuple(each for each in found if each.find.__module__ == module.__name__)
