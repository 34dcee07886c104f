"""Build the manual page from the pages of the reference, as Sphinx writes it for `man`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

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
        return (Path(room) / "sync-profiles.1").read_text(encoding="utf-8")
