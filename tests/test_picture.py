"""The README's picture is that of a real run, and current."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = Path(__file__).parent.parent / "docs"


def test_the_picture_shows_what_a_run_prints_today(
    child_environment: Mapping[str, str],
) -> None:
    drawn = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, DOCS / "make_picture.py", "--check"],
        env={**child_environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (drawn.returncode, drawn.stderr) == (0, ""), "run `make generated`, and look at it"
