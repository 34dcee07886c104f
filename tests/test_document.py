"""A text is read exactly as botocore reads it, with the line of everything, and past errors.

Texts that botocore refuses are in `data/lint/refused.txt`.
"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examples import params, table
from ini_texts import Glued, Raw, ini_texts, parse_nested, read_raw
from sync_profiles.config.document import Document, parse_document
from sync_profiles.config.syntax import split_lines
from sync_profiles.config.values import split_settings


def raw_of(file: Document) -> Raw:
    """Return the sections as botocore gives them."""
    return {
        section.name: {
            key: parse_nested(option.value)
            if option.is_nested
            else (Glued if option.is_glued else str)(option.value)
            for key, option in file.options(section).items()
        }
        for section in file.sections.values()
    }


def ordered(raw: Raw | None) -> list[tuple[str, list[tuple[str, object]]]] | None:
    return None if raw is None else [(name, list(options.items())) for name, options in raw.items()]


@pytest.mark.parametrize("row", table("settings_on_one_line.txt"))
def test_settings_on_the_line_of_another_one(row: str) -> None:
    *settings, _ = row.split(" | ")
    assert split_settings("".join(settings)) == settings


@pytest.mark.parametrize("text", params("readable_texts.txt"))
def test_a_text_is_read_as_botocore_reads_it(text: str) -> None:
    file = parse_document(text)
    assert file.problems == ()
    assert ordered(raw_of(file)) == ordered(read_raw(text))
    assert file.edited_text == text


def test_the_lines_of_default() -> None:
    defaults = parse_document("\n[DEFAULT]\n[a]\n[DEFAULT]\n").defaults
    assert (defaults.line, defaults.repeated) == (2, [4])
    assert parse_document("[a]\n").defaults.line == 0


@pytest.mark.parametrize(("text", "kept"), params("keep_comments.txt"))
def test_the_comment_that_keeps_a_name(text: str, kept: str) -> None:
    sections = parse_document(text).sections.values()
    assert [section.name for section in sections if section.keep_name] == kept.splitlines()


def check_lines(file: Document, text: str) -> None:
    """Check that every line number points at what it is said to point at."""
    lines = split_lines(text)
    for section in (file.defaults, *file.sections.values()):
        if section.line:
            header = lines[section.line - 1].strip().removeprefix("\ufeff")
            assert header.startswith(f"[{section.name}]")
        for option in section.options.values():
            key, _, value = lines[option.line - 1].replace(":", "=").partition("=")
            assert key.strip().lower() == option.key
            assert value.strip() == "".join(option.on_line).replace(":", "=")
    assert [problem.place.line for problem in file.problems] == sorted(
        problem.place.line for problem in file.problems
    )


@example("[default]\na = b\nc =\na = b\nc =\n")  # a header is lost
@given(ini_texts(broken=True) | ini_texts())
def test_a_hostile_text_is_read_as_botocore_reads_it_and_kept_to_the_byte(text: str) -> None:
    file = parse_document(text)
    assert file.edited_text == text
    check_lines(file, text)
    witness = read_raw(text)
    if file.problems:
        assert witness is None
    else:
        assert ordered(raw_of(file)) == ordered(witness)


@given(st.text('[]=:#; \t\n\r"aK\ufeff\x0b\x1c\x85\u2028', max_size=40))
def test_any_text_at_all_is_read_as_botocore_reads_it_and_kept_to_the_byte(text: str) -> None:
    file = parse_document(text)
    assert file.edited_text == text
    witness = read_raw(text)
    assert (file.problems == ()) == (witness is not None)
    if witness is not None:
        assert ordered(raw_of(file)) == ordered(witness)
