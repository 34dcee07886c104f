"""Edits of any text obey their laws; a text that botocore refuses is not edited."""

from __future__ import annotations

from ini_texts import edited
from sync_profiles.config.line_changes import find_changed_lines, restore_lines
from sync_profiles.config.proof import read_settings
from sync_profiles.errors import EditRefused
from test_edit_laws import (
    NAMES,
    check_lines,
    check_meaning,
    names_over_several_lines,
    read,
)

WORDS = (
    *("[profile p]", "[DEFAULT]", "role_session_name", "ROLE_SESSION_NAME = ", "role_arn = "),
    *("source_profile", "\r\n", "\n  ", "\n\n", "# ", "; ", "\x0b", "\x85", " : "),
)


def check(data: bytes) -> None:
    """Raise if an edit of all sections, or of one, breaks a law."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return  # `reading` sees to it that such a file is refused
    parser = read(text)
    if parser is None:
        try:
            assert edited(text, {"p": "work_api"}) == text, (
                "a text that botocore refuses was edited"
            )
        except EditRefused as error:
            assert error.message
        return
    sections = parser.sections()
    assert read_settings(text) == {name: dict(options) for name, options in parser.items()}
    for section in names_over_several_lines(text):
        try:
            edited(text, {section: NAMES[0]})
        except EditRefused:
            if section in sections:  # [DEFAULT] is none
                sections.remove(section)
        else:
            raise AssertionError("a name over several lines was edited")
    plans = [dict.fromkeys(sections, NAMES[0]), *({name: NAMES[1]} for name in sections[-2:])]
    for names in filter(None, plans):
        new = edited(text, names)
        assert edited(new, names) == new
        assert restore_lines(new, find_changed_lines(text, new)) == text
        check_lines(text, names)
        check_meaning(text, names)
