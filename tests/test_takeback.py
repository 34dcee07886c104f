"""Our names taken out of a text that was edited since: the edit stays, our lines go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.config.changes import (
    changed_lines,
    changes_either_way,
    invert_changes,
    restore_lines,
)
from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import NameEdit, edit_session_names
from sync_profiles.config.takeback import Standing, find_standing, take_back
from sync_profiles.errors import EditRefused
from test_edit_laws import edited, planned

OLD = "[profile a]\nrole_arn = r\n\n[profile b]\nrole_session_name = bob\nrole_arn = r\n"
NEW = edit_session_names(
    OLD,
    [
        NameEdit(section="profile a", session_name="me"),
        NameEdit(section="profile b", session_name="me"),
    ],
)
CHANGES = changed_lines(OLD, NEW)


def undone(text: str, old: str = OLD, new: str = NEW) -> str:
    standing = find_standing(parse_document(text), changed_lines(old, new))
    assert standing.touched == ()
    return take_back(parse_document(text), standing.changes).text


@pytest.mark.parametrize(
    ("now", "then"),
    [
        pytest.param(NEW, OLD, id="nothing was changed since"),
        pytest.param(f"# c\n\n{NEW}", f"# c\n\n{OLD}", id="lines came above"),
        pytest.param(
            f"{NEW}\n[profile c]\n", f"{OLD}\n[profile c]\n", id="a section came at the end"
        ),
        pytest.param(
            NEW.replace("\n", "\r\n"), OLD.replace("\n", "\r\n"), id="another editor's line endings"
        ),
        pytest.param(
            NEW.replace("role_arn = r\n", "region = x\nrole_arn = z\n"),
            OLD.replace("role_arn = r\n", "region = x\nrole_arn = z\n"),
            id="other settings of the same sections",
        ),
        pytest.param(NEW.replace("= me", "   =   me"), OLD, id="somebody aligned our line anew"),
        pytest.param(
            NEW.replace("role_session_name = me\n", "", 1),
            OLD,
            id="somebody took one of our lines out already",
        ),
        pytest.param(
            NEW.partition("[profile b]")[0],
            OLD.partition("[profile b]")[0],
            id="a section went with our line",
        ),
        pytest.param(
            "".join(NEW.partition("[profile b]")[index] for index in (1, 2, 0)),
            "".join(OLD.partition("[profile b]")[index] for index in (1, 2, 0)),
            id="the sections stand in another order",
        ),
    ],
)
def test_only_our_own_lines_go(now: str, then: str) -> None:
    assert undone(now) == then


def test_a_missing_last_newline_is_missing_again() -> None:
    old = "[profile a]\nrole_arn = r"
    new = edit_session_names(old, [NameEdit(section="profile a", session_name="me")])
    assert undone(f"# c\n{new}", old, new) == f"# c\n{old}"
    assert undone(f"{new}\n[profile b]\n", old, new) == f"{old}\n[profile b]\n"


@pytest.mark.parametrize(
    ("now", "touched"),
    [
        pytest.param(
            NEW.replace("= me", "= you", 1), ("[profile a]",), id="somebody's own name in our line"
        ),
        pytest.param(
            NEW.replace("role_session_name = me\n", "", 2).replace(
                "[profile b]\n", "[profile b]\nrole_session_name = you\n"
            ),
            ("[profile b]",),
            id="somebody's own name for ours",
        ),
        pytest.param(
            NEW.replace("= me\n", "= me\n  more\n", 1), ("[profile a]",), id="a line below ours"
        ),
    ],
)
def test_what_somebody_else_wrote_in_our_lines_is_touched(
    now: str, touched: tuple[str, ...]
) -> None:
    assert find_standing(parse_document(now), CHANGES).touched == touched


@pytest.mark.parametrize(
    "now", [pytest.param(OLD, id="undone"), pytest.param("", id="nothing is left")]
)
def test_where_nothing_of_ours_stands_there_is_nothing_to_do(now: str) -> None:
    assert find_standing(parse_document(now), CHANGES) == Standing(changes=(), touched=())


def test_a_text_that_botocore_refuses_is_refused() -> None:
    with pytest.raises(EditRefused, match="cannot be parsed"):
        find_standing(parse_document(f"{NEW}[profile a]\n"), CHANGES)


@given(planned())
def test_the_changes_of_an_edit_lead_both_ways(plan: tuple[str, dict[str, str]]) -> None:
    text, names = plan
    new = edited(text, names)
    there = changed_lines(text, new)
    assert restore_lines(text, invert_changes(there)) == new
    assert invert_changes(invert_changes(there)) == there
    assert restore_lines(text, changes_either_way(new, text)) == new


profiles = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)
styles = st.sampled_from(
    ["", "role_session_name = old\n", "role_session_name:x y\n", "ROLE_SESSION_NAME=o \n"]
)


@given(
    sections=profiles.flatmap(
        lambda names: st.lists(styles, min_size=len(names), max_size=len(names)).map(
            lambda found: dict(zip(names, found, strict=True))
        )
    ),
    place=st.integers(min_value=0),
    line=st.sampled_from(["# c\n", "\n", "[profile z]\n", "[profile z]\nregion = x\n"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_an_edit_elsewhere_stays_and_ours_goes(
    sections: dict[str, str], place: int, line: str, newline: str
) -> None:
    parts = [f"[profile {name}]\nrole_arn = r\n{own}" for name, own in sections.items()]
    old = "".join(parts).replace("\n", newline)
    names = {f"profile {name}": "work_api" for name in sections}
    new = edited(old, names)
    line = line.replace("\n", newline)
    # the edit: something between two profiles, the same in the text with our names and without
    before = place % (len(parts) + 1)

    def elsewhere(text: str) -> str:
        header = "[profile "
        pieces = [f"{header}{piece}" for piece in text.split(header)[1:]]
        return "".join([*pieces[:before], line, *pieces[before:]])

    standing = find_standing(parse_document(elsewhere(new)), changed_lines(old, new))
    assert standing.touched == ()
    assert take_back(parse_document(elsewhere(new)), standing.changes).text == elsewhere(old)
