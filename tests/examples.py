"""Examples in the files of `data`: texts below a sentence that begins with `=== `.

Lines that begin with `- ` are answers. With `UPDATE=1`, which `make generated` sets, the tests
write the answers, and all that they expect in a file, anew: read the diff.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync_profiles.text import shell_word

if TYPE_CHECKING:  # it loads much that a table of examples does not need
    from e2e import Home

DATA = Path(__file__).parent / "data"
IS_UPDATE = bool(os.environ.get("UPDATE"))
#: times and hashes, with what is shown in their places
VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?"), "2026-03-04 05:06"),
    (re.compile(r"\d{4}-\d\d-\d\d\n\d\d:\d\d"), "2026-03-04\n05:06"),  # of a wrapped line
    (re.compile(r"\d{8}T\d{6}\.\d{6}Z"), "20260304T050607.000000Z"),  # of a backup
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "REQUEST-ID"),
    (re.compile(r"\(\d{4}-\d\d-\d\d\) sha256=[0-9a-f]{64}(?: names=[0-9a-f]{16})?"), "MARKS"),
    (re.compile(r"\(\d{4}-\d\d-\d\d\)"), "(2026-03-04)"),
)


def examples(file: str) -> list[tuple[str, str]]:
    """Return the sentence and the exact text of each example of a file."""
    text = (DATA / file).read_text(encoding="utf-8")
    found = [
        (sentence, example)
        for sentence, _, example in (
            part.partition("\n") for part in re.split("^=== ", text, flags=re.MULTILINE)[1:]
        )
    ]
    assert len(found) == len(dict(found)), "two examples have the same sentence"
    return found


def parts(file: str) -> dict[str, list[str]]:
    """Return the texts of each example of a file, between lines of `---`, by its sentence.

    What no editor shows is escaped as in Python; a backslash at the end of a line joins it to the
    next one, or takes away its end.
    """
    return {
        sentence: [unescape(text) for text in re.split("^---\n", example, flags=re.MULTILINE)]
        for sentence, example in examples(file)
    }


def params(file: str) -> list[object]:
    """Return a test's parameters: for each example the texts in it."""
    return [pytest.param(*texts, id=sentence) for sentence, texts in parts(file).items()]


def rows(file: str) -> list[object]:
    """Return a test's parameters as `params` does, each without its last line end."""
    return [
        pytest.param(*(text.removesuffix("\n") for text in texts), id=sentence)
        for sentence, texts in parts(file).items()
    ]


def unescape(text: str) -> str:
    def character(escape: re.Match[str]) -> str:
        return "" if escape[0] == "\\\n" else escape[0].encode().decode("unicode_escape")

    return re.sub(r"\\(?:x..|u....|U.{8}|.)", character, text, flags=re.DOTALL)


def pair(line: str) -> tuple[str, str]:
    """Return both texts of a line `ONE => OTHER`, which are escaped as those of `parts`."""
    one, other = re.split(" => ?", line)
    return unescape(one), unescape(other)


def pairs(file: str) -> dict[str, list[tuple[str, str]]]:
    """Return the lines `ONE => OTHER` of each example of a file, by its sentence."""
    return {
        sentence: [*map(pair, filter(None, text.split("\n")))] for sentence, text in examples(file)
    }


def table(file: str) -> list[object]:
    """Return a test's parameters: each line of a file that is a table, by its last cell."""
    return [
        pytest.param(line, id=line.rpartition(" | ")[2])
        for line in (DATA / file).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def expected(file: Path, current: str) -> str:
    """Return the text that a file expects; with `UPDATE=1` that is the current one from now on."""
    if IS_UPDATE:
        file.write_text(current, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def write_examples(file: str, new: Mapping[str, str]) -> None:
    """Write the examples of a file anew, each below its sentence; what is above the first stays."""
    above = (DATA / file).read_text(encoding="utf-8").partition("=== ")[0]
    text = above + "".join(f"=== {sentence}\n{example}" for sentence, example in new.items())
    text = text.rstrip("\n") + "\n"
    temporary = DATA / f"{file}.{os.getpid()}"  # tests in other processes may read the file now
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(DATA / file)


def steady(text: str, home: Home) -> str:
    """Return what is printed in a home without what differs from run to run."""
    text = text.replace(str(home.path), "HOME")
    for pattern, shown in VARYING:
        text = pattern.sub(shown, text)
    return text


def for_this_shell(text: str) -> str:
    """Return expected text with the quotes in its commands as this system's shells take them."""
    if os.name == "posix":
        return text
    word = re.compile(r"""'[^']*'(?:"'"'[^']*')*""")

    def quoted(word: re.Match[str]) -> str:
        return shell_word("".join(shlex.split(word[0])))

    return re.sub("`[^`]*`", lambda command: word.sub(quoted, command[0]), text)


def answers_of(example: str) -> list[str]:
    """Return the answers that an example states."""
    return [line.removeprefix("- ") for line in example.splitlines() if line.startswith("- ")]


def with_answers(example: str, answers: Sequence[str]) -> str:
    """Return an example with these answers, which come last."""
    asked = [line for line in example.splitlines() if line and not line.startswith("- ")]
    return "".join(f"{line}\n" for line in [*asked, *(f"- {line}" for line in answers), ""])


def write_answers(file: str, sentence: str, answers: Sequence[str]) -> str:
    """Write the answers of one example of a file anew; return the example."""
    found = dict(examples(file))
    found[sentence] = with_answers(found[sentence], answers)
    write_examples(file, found)
    return found[sentence]


def answered_examples(file: str, answer: Callable[[str], Sequence[str]]) -> list[object]:
    """Return a test's parameters, the examples of a file; write their answers if that is asked."""
    if IS_UPDATE:
        asked = examples(file)
        write_examples(file, {each: with_answers(text, answer(text)) for each, text in asked})
    return [pytest.param(example, id=sentence) for sentence, example in examples(file)]
