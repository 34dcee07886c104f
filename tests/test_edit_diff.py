"""What an edit changed: as a record that leads back, and as a diff that shows no secret."""

from __future__ import annotations

import pytest

from examples import params
from ini_texts import edited
from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import edit_document
from sync_profiles.config.line_changes import restore_lines
from sync_profiles.errors import EditRefused
from sync_profiles.model import ChangedLine

CHANGES = [
    pytest.param(
        "[p]\nrole_arn = r\nregion = x\n",
        [ChangedLine(line=3, before=None, after="role_session_name = me\n")],
        id="an inserted line has its own line break",
    ),
    pytest.param(
        "[p]\r\nrole_arn = r",
        [ChangedLine(line=3, before=None, after="\r\nrole_session_name = me")],
        id="a line inserted at the end of a file without a last newline has the one before it",
    ),
    pytest.param(
        "[p]\nrole_session_name = bob\n",
        [ChangedLine(line=2, before="role_session_name = bob", after="role_session_name = me")],
        id="a rewritten line keeps its line break to itself",
    ),
    pytest.param("[p]\nrole_session_name=me\n", [], id="an edit without effect has no change"),
]


@pytest.mark.parametrize(("text", "changes"), CHANGES)
def test_the_changed_lines(text: str, changes: list[ChangedLine]) -> None:
    assert list(edit_document(parse_document(text), {"p": "me"}).lines) == changes


@pytest.mark.parametrize(
    ("text", "change"),
    [
        *(
            (text, ChangedLine(line=3, before=None, after=after))
            for text in (
                "[p]\nrole_arn = r\nregion = x\n",
                "[p]\nrole_arn = r\nrole_session_name = me2\nregion = x\n",
                "[p]\nrole_arn = r\n",
                "[p]\n",
                "",
            )
            for after in ("role_session_name = me\n", "\nrole_session_name = me")
        ),
        ("[p]\n\nk=me2\n", ChangedLine(line=3, before="k=x", after="k=me")),
    ],
)
def test_lines_that_were_changed_since_are_not_restored(text: str, change: ChangedLine) -> None:
    with pytest.raises(EditRefused, match="line 3 has changed since"):
        restore_lines(text, [change])


@pytest.mark.parametrize(("text", "hunks"), params("diffs.txt"))
def test_the_diff(text: str, hunks: str) -> None:
    assert (
        unified_diff(text, edited(text, {"p": "me"}), name="config")
        == f"--- a/config\n+++ b/config\n{hunks}"
    )


def test_changes_far_apart_have_separate_hunks() -> None:
    lines = ["[p]\n", "role_session_name = a\n", *["# -\n"] * 7, "[q]\n", "role_arn = r\n"]
    text = "".join(lines)
    assert unified_diff(text, edited(text, {"p": "me", "q": "me"}), name="config") == (
        "--- a/config\n+++ b/config\n"
        "@@ -1,5 +1,5 @@\n [p]\n-role_session_name = a\n+role_session_name = me\n # -\n # -\n # -\n"
        "@@ -9,3 +9,4 @@\n # -\n [q]\n role_arn = r\n+role_session_name = me\n"
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "diff"),
    [
        pytest.param("config", "[p]\n", "[p]\n", "", id="equal texts have none"),
        pytest.param(
            "/home/me/.aws/my config",
            "[p]\noutput = b\nregion = d\n",
            "[p]\nregion = d\n\n[q]\nrole_arn = r\n",
            "--- a/home/me/.aws/my config\t\n+++ b/home/me/.aws/my config\t\n"
            "@@ -1,3 +1,5 @@\n [p]\n-output = b\n region = d\n+\n+[q]\n+role_arn = r\n",
            id="texts that differ in more than names have one too",
        ),
        pytest.param(
            "config",
            "[p]\n",
            "[p]\ncredential_process = x\n",
            "--- a/config\n+++ b/config\n@@ -1 +1,2 @@\n [p]\n+credential_process = x\n",
            id="a program that is new is shown",
        ),
        pytest.param(
            "config",
            "#a\n" * 400,
            "#b\n" * 400,
            "--- a/config\n+++ b/config\n@@ -1,400 +1,400 @@\n" + "-#a\n" * 400 + "+#b\n" * 400,
            id="of lines that all changed, the old ones come first",
        ),
        pytest.param(
            "config",
            "",
            "[p]\naws_secret_access_key =\n  [s3cr3t]\nregion = x\n",
            "--- a/config\n+++ b/config\n@@ -0,0 +1,4 @@\n+[p]\n+aws_secret_access_key =\n"
            "+****\n+region = x\n",
            id="the line below a secret setting is hidden, even if it looks like a header",
        ),
        pytest.param(
            "config",
            "",
            "[services s]\nnew =\n  endpoint_url = x\n  s3cr3t\n  #s3cr3t\n\n[p]\n",
            "--- a/config\n+++ b/config\n@@ -0,0 +1,7 @@\n+[services s]\n+new =\n"
            "+  endpoint_url = x\n+****\n+****\n+\n+[p]\n",
            id="known settings of any block are shown, and blank lines",
        ),
        pytest.param(
            'a"\n',
            "",
            "[p]\n",
            '--- "a/a\\042\\012"\n+++ "b/a\\042\\012"\n@@ -0,0 +1 @@\n+[p]\n',
            id="a new file has one",
        ),
    ],
)
def test_the_diff_of_any_two_texts(name: str, old: str, new: str, diff: str) -> None:
    assert unified_diff(old, new, name=name) == diff
