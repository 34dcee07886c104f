"""Examples in the files of `data`: texts below a sentence that begins with `=== `."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"


def examples(file: str) -> list[tuple[str, str]]:
    """Return the sentence and the exact text of each example of a file."""
    text = (DATA / file).read_text(encoding="utf-8")
    return [
        (sentence, example)
        for sentence, _, example in (
            part.partition("\n") for part in re.split("^=== ", text, flags=re.MULTILINE)[1:]
        )
    ]


def params(file: str) -> list[object]:
    """Return a test's parameters: for each example the parts of it between lines of `---`."""
    return [
        pytest.param(*re.split("^---\n", example, flags=re.MULTILINE), id=sentence)
        for sentence, example in examples(file)
    ]
