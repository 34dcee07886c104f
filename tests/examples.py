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


def parts(file: str) -> dict[str, list[str]]:
    """Return the texts of each example of a file, between lines of `---`, by its sentence.

    What no editor shows is escaped as in Python; a backslash at the end of a line joins it to the
    next one, or takes away its end.
    """
    found = {
        sentence: [_unescape(text) for text in re.split("^---\n", example, flags=re.MULTILINE)]
        for sentence, example in examples(file)
    }
    assert len(found) == len(examples(file)), "two examples have the same sentence"
    return found


def params(file: str) -> list[object]:
    """Return a test's parameters: for each example the texts in it."""
    return [pytest.param(*texts, id=sentence) for sentence, texts in parts(file).items()]


def rows(file: str) -> list[object]:
    """Return a test's parameters as `params` does, each without its last line end."""
    return [
        pytest.param(*(text.removesuffix("\n") for text in texts), id=sentence)
        for sentence, texts in parts(file).items()
    ]


def _unescape(text: str) -> str:
    def character(escape: re.Match[str]) -> str:
        return "" if escape[0] == "\\\n" else escape[0].encode().decode("unicode_escape")

    return re.sub(r"\\(?:x..|u....|U.{8}|.)", character, text, flags=re.DOTALL)


def table(file: str) -> list[object]:
    """Return a test's parameters: each line of a file that is a table, by its last cell."""
    return [
        pytest.param(line, id=line.rpartition(" | ")[2])
        for line in (DATA / file).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def answers_of(example: str) -> list[str]:
    """Return the answers that an example states."""
    return [line.removeprefix("- ") for line in example.splitlines() if line.startswith("- ")]


def write_answers(file: str, sentence: str, answers: Sequence[str]) -> str:
    """Write the answers of one example of a file anew; return the example."""
    text = (DATA / file).read_text(encoding="utf-8")
    head, title, rest = text.partition(f"=== {sentence}\n")
    example, following, others = rest.partition("\n=== ")
    asked = [line for line in example.splitlines() if line and not line.startswith("- ")]
    new = "".join(f"{line}\n" for line in [*asked, *(f"- {line}" for line in answers)])
    (DATA / file).write_text(f"{head}{title}{new}{following}{others}", encoding="utf-8")
    return new


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
