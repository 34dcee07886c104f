"""Laws of an edit, tried on hostile files: lossless, of the same meaning, idempotent."""

from __future__ import annotations

import configparser
import io
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from botocore.configloader import build_profile_map, load_config, raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ini_texts import edited, ini_texts
from rounds import EXAMPLES
from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import Edited, edit_document
from sync_profiles.config.line_changes import invert_changes, restore_lines
from sync_profiles.config.revert import find_our_names, revert_names
from sync_profiles.config.syntax import split_lines
from sync_profiles.errors import EditRefused
from sync_profiles.masked_lines import hides_secret

KEY = "role_session_name"
NAMES = ["work_api", "=a", "b@c.d", "ab", "x" * 64]

few_characters = st.text('[]=:#; \t\n\r"abrK\udcff', max_size=60).map(
    lambda text: "[a]" + text.replace("K", KEY)
)
hostile = ini_texts(broken=True)


def read(text: str) -> configparser.RawConfigParser | None:
    """Return what botocore's parser makes of a text, None where it refuses it."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        return None
    return parser


def accepted_part(text: str) -> str:
    """Leave out each line for which botocore would refuse the text."""
    kept = ""
    for line in io.StringIO(text, newline=""):
        if read(kept + line) is not None:
            kept += line
    return kept


def names_over_several_lines(text: str) -> list[str]:
    """Return the sections whose session name no edit touches: it spans several lines."""
    found = Counter(owner for _, owner in owners(text) if owner is not None)
    return [section for (section, key), lines in found.items() if key == KEY and lines > 1]


@st.composite
def planned(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """Draw a text that botocore accepts, and names for some of its sections."""
    text = accepted_part(draw(st.one_of(hostile, hostile, few_characters)))
    parser = read(text)
    assert parser is not None
    refused = names_over_several_lines(text)
    named = [section for section in parser.sections() if section not in refused]
    assume(named)
    sections = draw(st.lists(st.sampled_from(named), min_size=1, unique=True))
    return text, {section: draw(st.sampled_from(NAMES)) for section in sections}


def owners(text: str) -> list[tuple[str, tuple[str, str] | None]]:
    """Return each line, and the section and key for which it says something."""
    found: list[tuple[str, tuple[str, str] | None]] = []
    section = ""
    owner = None
    level = 0
    for line in io.StringIO(text, newline=""):
        content = line.strip()
        if not content or content[0] in "#;":
            found.append((line, None))
            continue
        indent = len(line) - len(line.lstrip())
        if owner is None or indent <= level:
            level = indent
            header = configparser.RawConfigParser.SECTCRE.match(content)
            if header is not None:
                section, owner = header["header"], None
            else:
                owner = (section, re.split("[=:]", content)[0].strip().lower())
        found.append((line, owner))
    return found


@given(hostile | few_characters)
def test_a_name_over_several_lines_is_refused(text: str) -> None:
    text = accepted_part(text)
    parser = read(text)
    assert parser is not None
    for section in set(names_over_several_lines(text)) & set(parser.sections()):
        with pytest.raises(EditRefused, match="spans several lines"):
            edited(text, {section: "work_api"})


def check_lines(text: str, names: dict[str, str]) -> None:
    """Check that no line but the planned ones changes."""
    new = edited(text, names)
    edits = {(section, KEY) for section in names}
    before, after = owners(text), owners(new)
    others = [line for line, owner in before if owner not in edits]
    new_others = [line for line, owner in after if owner not in edits]
    assert [line.rstrip("\r\n") for line in new_others] == [line.rstrip("\r\n") for line in others]
    if "\r" not in text.replace("\r\n", ""):  # else a line may take the ending of one that went
        assert new_others[:-1] == others[:-1]
    if after[-1][0].strip():  # a blank line above a last line that went needs its newline
        assert new.endswith(("\r", "\n")) == text.endswith(("\r", "\n"))
    first_lines: dict[tuple[str, str], str] = {}
    for line, owner in before:
        if owner is not None:
            first_lines.setdefault(owner, line)
    assert sorted(owner for _, owner in after if owner in edits) == sorted(edits)
    for line, owner in after:
        if owner in edits and owner in first_lines:
            was = re.match(r"[^=:]*[=:]", first_lines[owner])
            assert was is not None
            assert line.startswith(was[0])


@given(planned())
def test_only_the_planned_lines_change_and_can_be_reverted(
    plan: tuple[str, dict[str, str]],
) -> None:
    text, names = plan
    check_lines(text, names)
    new = edit_document(parse_document(text), names)
    assert edit_document(parse_document(new.text), names) == Edited(text=new.text)
    assert restore_lines(new.text, new.lines) == text
    assert restore_lines(text, invert_changes(new.lines)) == new.text
    assert invert_changes(invert_changes(new.lines)) == list(new.lines)
    assert len({change.section for change in new.lines} & names.keys()) == len(new.lines)
    assert find_our_names(parse_document(new.text), new.lines) == (list(new.lines), [])
    assert revert_names(parse_document(new.text), new.lines).text == text


@given(planned())
def test_botocore_reads_the_planned_names_and_all_else_as_before(
    plan: tuple[str, dict[str, str]],
) -> None:
    text, names = plan
    text = text.encode("utf-8", "replace").decode()  # botocore reads no file that is not UTF-8
    names = {section: name for section, name in names.items() if f"[{section}]" in text}
    check_meaning(text, names)


def check_meaning(text: str, names: dict[str, str]) -> None:
    """Check that botocore reads the planned names, and all else as before."""
    with tempfile.TemporaryDirectory() as folder:
        old_file, new_file = Path(folder, "old"), Path(folder, "new")
        old_file.write_bytes(text.encode())
        new_file.write_bytes(edited(text, names).encode())
        reads_nested = True
        try:
            expected = raw_config_parse(str(old_file))
        except ConfigParseError:
            reads_nested = False
            expected = raw_config_parse(str(old_file), parse_subsections=False)
        for section, name in names.items():
            expected[section][KEY] = name
        assert raw_config_parse(str(new_file), parse_subsections=reads_nested) == expected
        if reads_nested:
            assert load_config(str(new_file)) == build_profile_map(expected)


@settings(max_examples=EXAMPLES // 5)
@given(planned())
def test_git_applies_the_diff(plan: tuple[str, dict[str, str]]) -> None:
    text, names = plan
    # the context of a change ends before a secret, and git takes that for the end of the file
    assume(not any(hides_secret(line) for line in text.splitlines()))
    new = edited(text, names)
    diff = unified_diff(text, new, name="config")
    assert (diff == "") == (text == new)
    if diff:
        assert git_apply(text, diff) == new


def git_apply(text: str, diff: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config")
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
        patch = diff.encode("utf-8", "surrogateescape")
        done = subprocess.run(command, cwd=folder, input=patch, capture_output=True, check=False)  # noqa: S603 - git, on a text of ours
        assert done.returncode == 0, done.stderr
        return file.read_bytes().decode("utf-8", "surrogateescape")


@given(st.text(alphabet="a \r\n\x0b\x0c\x1c\x85\u2028"))
def test_lines_end_where_a_file_object_ends_them(text: str) -> None:
    assert split_lines(text) == list(io.StringIO(text, newline=""))
