"""Where sections and options stand in a config file, line by line; lines count from 0."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.document import NESTED_BLOCK_INVALID
from sync_profiles.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync_profiles.config.document import Document, Option


class OptionPlace(NamedTuple):
    """The lines of one option that carry its text: its first one, then those that continue it.

    Comments and blank lines between them are not counted. `key` is in lower case.
    """

    key: str
    lines: tuple[int, ...]


class SectionPlace(NamedTuple):
    """A section's header, its own options, and the next header, None for the last section."""

    header: int
    options: tuple[OptionPlace, ...]
    next_header: int | None


def find_sections(parsed: Document, names: Collection[str]) -> dict[str, SectionPlace]:
    """Return where the named sections stand, `[DEFAULT]` apart.

    Raises EditRefused where `RawConfigParser` does not accept the text: then nobody knows what it
    means.
    """
    if any(problem.code != NESTED_BLOCK_INVALID for problem in parsed.problems):
        raise EditRefused(
            "the file cannot be edited line by line; nothing was written",
            hint="set the session names by hand",
        )
    every = (parsed.defaults, *parsed.sections.values())
    headers = sorted(line for section in every for line in (section.line, *section.repeated))
    places = {}
    for name in names:
        section = parsed.sections.get(name)
        if section is not None:
            after = bisect_right(headers, section.line)
            places[name] = SectionPlace(
                header=section.line - 1,
                options=tuple(map(_place_of, section.options.values())),
                next_header=headers[after] - 1 if after < len(headers) else None,
            )
    return places


def _place_of(option: Option) -> OptionPlace:
    further = zip(option.lines[1:], option.values[1:], strict=True)
    return OptionPlace(
        option.key, (option.line - 1, *(number - 1 for number, text in further if text))
    )
