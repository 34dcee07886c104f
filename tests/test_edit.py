"""Session names that are inserted, rewritten, there already, or refused, byte for byte."""

from __future__ import annotations

import io
from configparser import RawConfigParser

import pytest

from examples import params
from ini_texts import edited
from sync_profiles.errors import EditRefused

ME = "work_api"

REFUSED = [
    pytest.param("[p]\nx = y\n", "q", ME, "no section `[q]`", id="a section that is not there"),
    pytest.param("[p]\nx = y\n", "P", ME, "no section `[P]`", id="a section of another case"),
    pytest.param("[DEFAULT]\nx = y\n", "DEFAULT", ME, "no section", id="[DEFAULT]"),
    pytest.param("[p]\nx = y\n  [q]\n", "q", ME, "no section `[q]`", id="a header in a value"),
    pytest.param("# [p]\n", "p", ME, "no section `[p]`", id="a header in a comment"),
    pytest.param("", "p", ME, "no section `[p]`", id="an empty file"),
    pytest.param("[p]\n", "p", "a\nb", "cannot be a session name", id="a name with a newline"),
    pytest.param("[p]\n", "p", "", "cannot be a session name", id="an empty name"),
    pytest.param("[p]\nsecret\n", "p", ME, "cannot be parsed", id="a file that botocore refuses"),
]


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


@pytest.mark.parametrize(("text", "section", "name", "reason"), REFUSED)
def test_refuses(text: str, section: str, name: str, reason: str) -> None:
    with pytest.raises(EditRefused) as refusal:
        edited(text, {section: name})
    assert reason in refusal.value.message
    if "cannot be a session name" in reason:
        assert refusal.value.hint == (
            "a session name has 2 to 64 characters of `A-Z a-z 0-9 _+=,.@-`"
        )
    assert "secret" not in f"{refusal.value.message}{refusal.value.hint}"


@pytest.mark.parametrize("value", [" bob\n  secret = 3600", "\n  a = secret\n  [c]"])
def test_refuses_to_edit_a_name_of_several_lines(value: str) -> None:
    with pytest.raises(EditRefused) as refusal:
        edited(f"[p]\nrole_session_name ={value}\n", {"p": ME})
    assert (refusal.value.message, refusal.value.hint) == (
        "the session name of section `[p]` spans several lines; nothing was written",
        "start the lines below it without blanks, or correct the value by hand",
    )


def test_without_names_even_a_broken_text_is_returned_as_it_is() -> None:
    assert edited("broken", {}) == "broken"
