"""Prove that an edit changed the planned session names and nothing else, or refuse it.

The proof does not trust the code that edits: it reads both texts as botocore does, with Python's
`RawConfigParser`, and it finds the changed lines anew.
"""

from __future__ import annotations

import configparser
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

from sync_profiles.config.changes import changed_lines, restore_lines
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_profiles.config.changes import ChangedLine, Headers


class _Parser(configparser.RawConfigParser):
    """Python's parser, which takes the same from each line and no square of the line's blanks.

    Newer Pythons mend that themselves: https://github.com/python/cpython/issues/146333
    """

    OPTCRE = re.compile(r"(?P<option>[^=:]*)(?P<vi>[=:])\s*(?P<value>.*)$")

    @property
    def converters(self) -> dict[str, Never]:  # type: ignore[override] # there are none
        """Nothing: otherwise each section has methods of its own, for numbers, bound to itself."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What botocore's parser takes from a text: sections and options, in their order.

    The keys that `[DEFAULT]` leaks are among each section's, and in `defaults` by themselves.
    """

    sections: dict[str, dict[str, str]]
    defaults: dict[str, str]


def read_settings(text: str) -> Settings:
    """Return what botocore's parser takes from text; raises EditRefused where it takes nothing."""
    parser = _parse(text)
    return Settings(sections=dict(_take_apart(parser)), defaults=dict(parser.defaults()))


def prove_same_meaning(old: Settings, new_text: str, names: Mapping[str, str]) -> None:
    """Raise EditRefused unless new_text means what old meant, but for the planned names."""
    new = _parse(new_text)
    defaults = list(new.defaults().items())
    if new.sections() != list(old.sections) or defaults != list(old.defaults.items()):
        raise EditRefused("the edit would change the file's sections; nothing was written")
    for section, options in _take_apart(new):
        before = old.sections[section]
        planned = names.get(section)
        if planned is None:
            is_right = list(options.items()) == list(before.items())
        else:
            is_right = options.get(SESSION_NAME_KEY, "") == planned and (
                _without_name(options) == _without_name(before)
            )
        if not is_right:
            raise EditRefused(
                f"the edit would change more of section `[{section}]` than its session name; "
                "nothing was written",
                hint="set its session name by hand",
            )


def prove_lossless(old: str, new: str, *, headers: Headers | None = None) -> list[ChangedLine]:
    """Return the changed lines; raise EditRefused unless taking them back gives the old text.

    `headers` are those of old, as botocore reads it.
    """
    lines = changed_lines(old, new, headers=headers)
    if restore_lines(new, lines) != old:
        raise EditRefused("the edit would change more than session names; nothing was written")
    return lines


def _parse(text: str) -> configparser.RawConfigParser:
    parser = _Parser()
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:  # its text quotes the line, and that may hold a secret
        raise EditRefused(
            "the file cannot be parsed; nothing was written", hint="correct the file first"
        ) from None
    return parser


def _take_apart(parser: configparser.RawConfigParser) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the sections, and remove each from the parser.

    The two name each other: what is left together goes with the garbage, and not at once.
    """
    for section in parser.sections():
        options = dict(parser.items(section, raw=True))
        parser.remove_section(section)
        yield section, options


def _without_name(options: dict[str, str]) -> list[tuple[str, str]]:
    return [option for option in options.items() if option[0] != SESSION_NAME_KEY]
