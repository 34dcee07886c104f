"""Prove that an edit changed the planned session names and nothing else, or refuse it.

The proof does not trust the code that edits: it reads both texts as botocore does, with Python's
`RawConfigParser`, and undoes the changed lines.
"""

from __future__ import annotations

import configparser
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from configparser import DEFAULTSECT
from typing import Never

from sync_profiles.config.line_changes import is_name_change, restore_lines
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY, ChangedLine


class _Parser(configparser.RawConfigParser):
    """Python's parser, which reads the same from each line, but in linear time.

    Newer Pythons have the fix: https://github.com/python/cpython/issues/146333
    """

    OPTCRE = re.compile(r"(?P<option>[^=:]*)(?P<vi>[=:])\s*(?P<value>.*)$")

    @property
    def converters(self) -> dict[str, Never]:  # type: ignore[override] # there are none
        """Nothing: otherwise each section has methods of its own, for numbers, bound to itself."""
        return {}


def read_settings(text: str) -> dict[str, dict[str, str]]:
    """Return what botocore's parser reads from text; raise EditRefused if it cannot parse it.

    These are sections and options, in their order. The keys that `[DEFAULT]` leaks are among each
    section's, and by themselves in `DEFAULT`, which is always there, and the first.
    """
    return dict(_take_apart(_parse(text)))


def prove_same_meaning(old_text: str, new_text: str, names: Mapping[str, str | None]) -> None:
    """Raise EditRefused unless new_text means what old_text meant, except for the planned names.

    A name of None is that of `[DEFAULT]`, if any: the section has no line of its own for it.
    """
    old, new = read_settings(old_text), _parse(new_text)
    defaults = old[DEFAULTSECT]
    is_same = list(new.defaults().items()) == list(defaults.items())
    if list(new) != list(old) or not is_same:
        raise EditRefused("the edit would change the file's sections; nothing was written")
    for section, options in _take_apart(new):
        before = old[section]
        is_planned = True
        if section in names:
            planned = names[section]
            if planned is None:
                planned = defaults.get(SESSION_NAME_KEY, "")
            is_planned = options.pop(SESSION_NAME_KEY, "") == planned
            before.pop(SESSION_NAME_KEY, None)
        if not is_planned or list(options.items()) != list(before.items()):
            raise EditRefused(
                f"the edit would change more of section `[{section}]` than its session name; "
                "nothing was written",
                hint="set its session name by hand",
            )


def prove_lossless(old: str, new: str, lines: Sequence[ChangedLine]) -> None:
    """Raise EditRefused unless all changed lines are session names, and undoing them gives old."""
    if not all(map(is_name_change, lines)) or restore_lines(new, lines) != old:
        raise EditRefused("the edit would change more than session names; nothing was written")


def cannot_be_parsed() -> EditRefused:
    """Return the refusal of a file that botocore cannot parse."""
    return EditRefused(
        "the file cannot be parsed; nothing was written", hint="correct the file first"
    )


def _parse(text: str) -> configparser.RawConfigParser:
    parser = _Parser()
    # as a file; a `StringIO` of a large text needs four bytes for each character
    data = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    try:
        parser.read_file(io.TextIOWrapper(data, "utf-8", "surrogatepass"))
    except configparser.Error:  # its text quotes the line, and that may hold a secret
        raise cannot_be_parsed() from None
    return parser


def _take_apart(parser: configparser.RawConfigParser) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield `DEFAULT` and the sections, and remove each of these from the parser.

    A section and its parser refer to each other: together they are freed only by the garbage
    collection, one by one at once.
    """
    yield DEFAULTSECT, dict(parser.defaults())
    for section in parser.sections():
        options = dict(parser.items(section, raw=True))
        parser.remove_section(section)
        yield section, options
