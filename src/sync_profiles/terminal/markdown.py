"""Write results as Markdown, in which nothing takes effect but the literals in backticks.

What a backslash does not keep from taking effect is made such a literal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from sync_profiles.terminal.shell import fit_to_show
from sync_profiles.text import quote

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~&])")
#: what GitHub acts on behind a backslash as well: links, mentions, references, emoji, math
_ONLY_IN_CODE = re.compile(r"@|://|www\.|:[\w+-]+:|#\d|\bGH-\d|\$", re.IGNORECASE)
# three backticks would begin something else
_CODE = re.compile(r"((?<!`)`[^`]+`(?!`))")


def write_list(lines: Iterable[str]) -> None:
    """Write texts as the items of a list."""
    sys.stdout.writelines(f"- {markdown(line)}\n" for line in lines)


def write_titles(*titles: str) -> None:
    """Write the head of a table."""
    sys.stdout.write(f"| {' | '.join(titles)} |\n| {' | '.join(['---'] * len(titles))} |\n")


def write_row(*cells: str) -> None:
    """Write a row of a table, from texts."""
    sys.stdout.write(f"| {' | '.join(map(markdown, cells))} |\n")


def markdown(text: str) -> str:
    """Return text as Markdown in which nothing takes effect but the literals in backticks."""
    parts = _CODE.split(fit_to_show(text))
    written = "".join(
        part.replace("|", "\\|") if number % 2 else " ".join(map(_inert_word, part.split(" ")))
        for number, part in enumerate(parts)
    )
    return written.replace("``", "` `")  # two literals that touch would be none


def _inert_word(word: str) -> str:
    if _ONLY_IN_CODE.search(word) is None:
        return _ACTIVE.sub(r"\\\1", word)
    return quote(word).replace("|", "\\|")
