"""Every problem of the two files with its line, found without a network.

Also in files that botocore refuses to parse: those are read as far as they can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.lint.chains import find_chains, find_overridden
from sync_profiles.lint.codes import ProblemCode
from sync_profiles.lint.headers import find_headers
from sync_profiles.lint.lines import find_misread
from sync_profiles.lint.reading import Reading
from sync_profiles.lint.values import find_values
from sync_profiles.model import FileKind, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.config.ini import IniFile


def lint(config: IniFile, credentials: IniFile) -> tuple[Problem, ...]:
    """Return the problems of both files, the config file's first, in the order of the lines.

    The codes are those of `ProblemCode`. A consequence of a problem is not told as another one,
    and no text shows the value of a key that may be secret.
    """
    reading = Reading(config=config, credentials=credentials)
    misread = find_misread(reading)
    problems = [
        *_refusals(reading),
        *reading.hidden,
        *find_headers(reading),
        *misread.problems,
        *find_values(reading, spoiled=misread.spoiled),
        *find_overridden(reading),
        *find_chains(reading, misread),
    ]
    order = {FileKind.CONFIG: 0, FileKind.CREDENTIALS: 1}
    return tuple(
        sorted(problems, key=lambda problem: (order[problem.place.file], problem.place.line))
    )


def _refusals(reading: Reading) -> Iterator[Problem]:
    """Yield what makes botocore refuse a whole file."""
    for kind, file in reading.files.items():
        for problem in file.problems:
            place = Place(file=kind, line=problem.line)
            yield Problem(
                place=place,
                code=ProblemCode(problem.code),
                profile=reading.name_at(place),
                message=problem.message,
                hint=problem.hint,
            )
