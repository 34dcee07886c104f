"""Session names that are inserted, rewritten, there already, or refused, byte for byte."""

from __future__ import annotations

import io
from configparser import RawConfigParser

import pytest

from examples import params, table, unescape
from ini_texts import edited
from sync_profiles.errors import EditRefused

ME = "work_api"


@pytest.mark.parametrize("marked", params("inserted_lines.txt"))
def test_an_inserted_line(marked: str) -> None:
    """The text has a `+` in front of the lines that are inserted."""
    before = after = section = ""
    names = {}
    for line in io.StringIO(marked, newline=""):
        header = RawConfigParser.SECTCRE.match(line.strip())
        section = section if header is None else header["header"]
        if line.startswith("+"):
            names[section] = ME
        else:
            before += line
        after += line.removeprefix("+")
    assert edited(before, names) == after
    assert edited(after, names) == after


@pytest.mark.parametrize(("before", "after"), params("edited_texts.txt"))
def test_an_edited_text(before: str, after: str) -> None:
    assert edited(before, {"p": ME}) == after
    assert edited(after, {"p": ME}) == after


@pytest.mark.parametrize("row", table("refused_edits.txt"))
def test_refuses(row: str) -> None:
    text, section, name, message, hint, _ = row.split(" | ")
    with pytest.raises(EditRefused) as refusal:
        edited(unescape(text), {section: unescape(name)})
    assert (refusal.value.message, refusal.value.hint or "-") == (message, hint)


def test_without_names_even_a_broken_text_is_returned_as_it_is() -> None:
    assert edited("broken", {}) == "broken"
