"""Build the manual page from the pages of the reference, as Sphinx writes it for `man`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

_TABLE = re.compile(r"^\.TS\ncenter;\n(\|[l|]+)\.\n(.*?)^\.TE\n", re.MULTILINE | re.DOTALL)
DOCS = Path(__file__).parents[1]


def build() -> str:
    """Return the manual page."""
    with tempfile.TemporaryDirectory() as room:
        subprocess.run(  # noqa: S603 - no outside input
            [
                *(sys.executable, "-m", "sphinx", "--builder", "man", "--tag", "manual"),
                *("--fail-on-warning", "--quiet", "--doctree-dir", f"{room}/doctrees"),
                *(str(DOCS), room),
            ],
            check=True,
        )
        page = (Path(room) / "sync-profiles.1").read_text(encoding="utf-8")
    # no word is spaced out or divided: many are codes and variables
    page = re.sub(r"^\.TH .*\n", r"\g<0>.ad l\n.nh\n", page, count=1, flags=re.MULTILINE)
    return _TABLE.sub(_without_lines, page)


def _without_lines(table: re.Match[str]) -> str:
    """Return a table of Sphinx's without lines, as wide as the page: each page would cut a box."""
    columns = table[1].count("l")
    layout = " ".join(["lb"] * columns) + "\n" + " ".join(["l"] * (columns - 1) + ["lx."])
    # a text block of one word may get a column that is narrower than the word
    rows = re.sub(r"T\{\n(\S+)\nT\}", r"\1", re.sub(r"^_\n", "", table[2], flags=re.MULTILINE))
    return f".TS\n{layout}\n{rows}.TE\n"
