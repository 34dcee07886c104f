"""The page of AWS's texts names, for each of them, the cause that the product finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync_profiles.answers import failure_of_answer
from sync_profiles.causes import Cause

PAGE = Path(__file__).parents[1] / "docs" / "troubleshooting.md"
TEXT = re.compile(
    r"^```text\nAn error occurred \((\w+)\) when calling the (\w+) operation: (.*)\n```\n\n"
    r"\[([a-z-]+)\]",
    re.MULTILINE,
)
SHOWN = TEXT.findall(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else []
pytestmark = pytest.mark.skipif(not SHOWN, reason="the page is in the repository alone")


@pytest.mark.parametrize(("code", "operation", "message", "cause"), SHOWN)
def test_each_text_has_the_cause_that_the_page_names(
    code: str, operation: str, message: str, cause: str
) -> None:
    assert failure_of_answer(operation, code, message).cause == Cause(cause)


def test_every_section_shows_a_text() -> None:
    sections = re.findall(r"^### (.*)\n\n(.*\n)*?(?=^#|\Z)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(sections) == len(SHOWN)
