"""Session names that are inserted, rewritten, there already, or refused, byte for byte.

The proof refuses what no edit of session names may do, whoever did it.
"""

from __future__ import annotations

import io
from configparser import RawConfigParser
from pathlib import Path

import pytest

from e2e import Home, role_profile
from examples import pairs, params, table, unescape
from ini_texts import edited
from sync_profiles.config.proof import prove_lossless, prove_same_meaning
from sync_profiles.errors import EditRefused
from sync_profiles.model import ChangedLine
from sync_profiles.sandbox import story as s

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


OLD = "# c\n\n[DEFAULT]\nx = y\n[p]\na = b\nc = d\n[q]\nrole_session_name = q\n"
NEW = OLD.replace("c = d\n", "c = d\nrole_session_name = me\n")
LINES = [ChangedLine(line=8, before=None, after="role_session_name = me\n", section="p")]

EDITS = pairs("edits_refused.txt")
LOST = EDITS.pop("lines lost")
REFUSALS = {
    "other sections": "the edit would change the file's sections",
    "a text that botocore refuses": "the file cannot be parsed",
}


def test_accepts_the_planned_change() -> None:
    prove_same_meaning(OLD, NEW, {"p": "me"})
    prove_lossless(OLD, NEW, LINES)


@pytest.mark.parametrize(
    ("kind", "was", "now"), [(kind, *edit) for kind, edits in EDITS.items() for edit in edits]
)
def test_refuses_another_meaning(kind: str, was: str, now: str) -> None:
    assert was in NEW
    with pytest.raises(EditRefused) as refusal:
        prove_same_meaning(OLD, NEW.replace(was, now), {"p": "me"})
    section = kind.removeprefix("another meaning of ")
    more = f"the edit would change more of section {section} than its session name"
    assert refusal.value.message == f"{REFUSALS.get(kind, more)}; nothing was written"
    if kind not in REFUSALS:
        assert refusal.value.hint == "set its session name by hand"


@pytest.mark.parametrize(("was", "now"), LOST)
def test_refuses_to_lose_lines(was: str, now: str) -> None:
    assert was in NEW
    reason = "the edit would change more than session names|line [0-9]+ has changed since"
    with pytest.raises(EditRefused, match=f"^({reason}); nothing was written$"):
        prove_lossless(OLD, NEW.replace(was, now), LINES)


@pytest.mark.parametrize("line", ["# d\n", "role_session_name = me\n# d\n", "region = x\n"])
def test_refuses_lines_that_are_not_session_names(line: str) -> None:
    with pytest.raises(EditRefused):
        prove_lossless(OLD, OLD + line, [ChangedLine(line=10, before=None, after=line)])


# What goes wrong in the edit itself: a new name continues the line above it, a comment is lost, or
# two sections get each other's names.
BROKEN = {
    "sync": """
import sync_profiles.config.syntax as lines
sound = lines.parse_option_line
lines.parse_option_line = lambda line: sound(line) and sound(line)._replace(indent="  ")
""",
    "sync without a comment": """
from sync_profiles.config.document import Document
whole = Document.edited_text.fget
Document.edited_text = property(lambda document: whole(document).replace("# ours\\n", ""))
""",
    "undo": """
from sync_profiles.config.edit import NameEditor
other = {"profile fixed": "profile filled", "profile filled": "profile fixed"}
set_line, remove_line = NameEditor.set_line, NameEditor.remove_line
NameEditor.set_line = lambda editor, header, text: set_line(editor, other[header], text)
NameEditor.remove_line = lambda editor, header, **how: remove_line(editor, other[header], **how)
""",
}


@pytest.mark.parametrize("command", BROKEN)
def test_the_command_writes_nothing_that_the_proof_refuses(
    command: str, work_home: Home, tmp_path: Path
) -> None:
    config = role_profile("fixed", s.ADMIN_ROLE.arn, "keys", role_session_name="alice")
    config += role_profile("filled", s.ADMIN_ROLE.arn, "keys") + "# ours\n"
    (tmp_path / "sitecustomize.py").write_text(BROKEN[command], encoding="utf-8")
    laptop = work_home.write(config)
    assert laptop.run("--overwrite").code == 0
    if command != "undo":
        assert laptop.run("undo").code == 0
        assert laptop.config_file.read_text(encoding="utf-8") == config
    else:
        # not byte for byte what the sync left: the undo finds its lines one by one
        laptop.write(laptop.config_file.read_bytes() + b"# since\n")
    before = laptop.footprint()
    ended = laptop.with_environment(PYTHONPATH=str(tmp_path)).run(
        *(["undo"] if command == "undo" else ["--overwrite"])
    )
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.startswith("error: ")
    assert "should not have happened" not in ended.stderr
    assert laptop.footprint() == before
