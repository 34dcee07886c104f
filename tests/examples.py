"""Examples in the files of `data`: texts below a sentence that begins with `=== `.

Lines that begin with `- ` are answers. After a change of wording, `make wording` writes them anew:
read the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def answers_of(example: str) -> list[str]:
    """Return the answers that an example states."""
    return [line.removeprefix("- ") for line in example.splitlines() if line.startswith("- ")]


def answered_examples(file: str, answer: Callable[[str], Sequence[str]]) -> list[object]:
    """Return a test's parameters, the examples of a file; write their answers if that is asked."""
    if os.environ.get("UPDATE_EXPLANATIONS"):
        above = (DATA / file).read_text(encoding="utf-8").partition("=== ")[0].rstrip("\n")
        rewritten = [f"{above}\n"] if above else []
        for sentence, example in examples(file):
            asked = [line for line in example.splitlines() if line and not line.startswith("- ")]
            lines = [f"=== {sentence}", *asked, *(f"- {line}" for line in answer(example))]
            rewritten.append("\n".join([*lines, ""]))
        new = DATA / f"{file}.{os.getpid()}"  # tests in other processes may read it now
        new.write_text("\n".join(rewritten), encoding="utf-8")
        new.replace(DATA / file)
    return [pytest.param(example, id=sentence) for sentence, example in examples(file)]
