"""Text from elsewhere does nothing to a terminal, and what is logged holds no secret."""

from __future__ import annotations

import json
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples, pairs, parts, rows
from sync_profiles.masked_lines import mask_line, mask_output, mask_request, mask_setting
from sync_profiles.redaction import mask_shown
from sync_profiles.secret_shapes import LONGEST_MESSAGE, mask_words, may_hold_secret
from sync_profiles.terminal.boundary import write_crash_log
from sync_profiles.text import (
    inert,
    is_invisible,
    lasting,
    name_character,
    one_line,
    quote,
    shell_line,
    with_profile,
)

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
CODE = "314159"
LINES = pairs("masked_lines.txt")
SUSPICIOUS = dict(examples("suspicious_texts.txt"))


@pytest.mark.parametrize(("text", "expected"), rows("inert_texts.txt"))
def test_control_characters_are_escaped(text: str, expected: str) -> None:
    assert inert(text) == expected


@given(st.text(st.characters()))
def test_no_text_has_control_characters(text: str) -> None:
    shown = inert(text)
    assert {unicodedata.category(character)[0] for character in shown} <= set("LMNPSZ")
    assert all(character.isprintable() or character.isspace() for character in shown)
    assert shown.splitlines() in ([], [shown])
    shown.encode()
    assert inert(shown) == shown
    assert inert("a\tb\nc\x1b", keep="\t\n") == "a\tb\nc\\x1b"


@pytest.mark.parametrize("title", SUSPICIOUS)
def test_a_text_that_may_hold_a_secret_is_known(title: str) -> None:
    may = title == "may hold a secret"
    texts = SUSPICIOUS[title].splitlines()
    assert [text for text in texts if may_hold_secret(text) is not may] == []


def masked(
    mask: Callable[..., str], found: Mapping[str, Sequence[str]], *more: object
) -> list[object]:
    """Return a test's parameters: what masks a text, the text, and how it is shown."""
    return [
        pytest.param(mask, (text.removesuffix("\n"), *more), shown.removesuffix("\n"), id=name)
        for name, (text, shown) in found.items()
    ]


def lines(title: str) -> Mapping[str, Sequence[str]]:
    return {f"{title}: {line}": (line, shown) for line, shown in LINES[title]}


COMMAND = ["/opt/saml-get2", "--role", "ops-team", "--pin=hunter22", "--profile", "saml"]


@pytest.mark.parametrize(
    ("mask", "given", "shown"),
    [
        *masked(mask_shown, parts("masked_addresses.txt") | parts("masked_tokens.txt")),
        *masked(mask_words, parts("masked_words.txt")),
        *masked(mask_line, lines("lines of a diff")),
        *masked(mask_request, lines("lines that need consent")),
        *masked(lambda text: mask_setting(*text.split(": ", 1)), lines("lines of a setting")),
        *masked(mask_output, lines("errors of a program"), COMMAND),
    ],
)
def test_secrets_are_masked(mask: Callable[..., str], given: Sequence[str], shown: str) -> None:
    assert mask(*given) == shown
    if mask is mask_line:
        assert mask(shown) == shown


def test_no_part_of_a_secret_is_shown_where_a_long_message_is_cut() -> None:
    hidden = "password=" + "a1" * (LONGEST_MESSAGE // 2 - 10)
    assert mask_words(f"no: {hidden} {KEY_ID} {KEY_ID}") == "no: password=…"
    assert mask_words(f"{'a ' * LONGEST_MESSAGE}{KEY_ID}") == "a " * 200 + "…"


def test_a_message_of_many_usages_is_read_in_linear_time() -> None:
    assert mask_words("no " + "usage: x " * 100_000 + "x: error: y") == "no x: error: y"
    assert mask_words("usage: " * 100_000).startswith("usage: usage: ")


base64 = st.text("ABCabc0123456789+/", min_size=40, max_size=80)


@given(st.text(max_size=20), base64, st.text(max_size=20))
def test_no_text_around_a_secret_makes_it_harmless(before: str, secret: str, after: str) -> None:
    assert may_hold_secret(f"{before}{secret}{after}")
    assert may_hold_secret(f"{before} {CODE} {after}")
    assert may_hold_secret(f"{before} {KEY_ID} {after}")


SECRET = "fake/secret/D57GSBksMBGnnOFZ8I1MEuLmBMlx"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("text", "note", "logged"), rows("crash_logs.txt"))
def test_a_log_escapes_control_characters_and_hides_a_note_that_may_hold_a_secret(
    text: str, note: str, logged: str, logs: Path
) -> None:
    error = ValueError(text)
    if note:
        error.add_note(note)
    path = write_crash_log(error)
    assert path is not None
    assert Path(path).parent == logs
    assert Path(path).read_text("utf-8") == f"ValueError: {logged}\n"


def test_a_log_hides_a_line_that_python_cannot_compile(logs: Path) -> None:
    with pytest.raises(SyntaxError) as raised:
        compile(f"aws_secret_access_key = {SECRET})", "config", "exec")
    path = write_crash_log(raised.value)
    assert path is not None
    text = Path(path).read_text("utf-8")
    assert SECRET not in text
    assert "SyntaxError: unmatched ')'" in text
    assert Path(path).is_relative_to(logs)


def test_no_log_is_named_if_none_can_be_written(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(logs / "missing"))
    assert write_crash_log(ValueError("no")) is None


def test_blank_characters_are_invisible() -> None:
    codes = [
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180E, 0x180F, 0x200B),
        *(0x200D, 0x2060, 0x2064, 0x2065, 0x206F, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF8),
        *(0x1BCA0, 0x1D173, 0xE0001, 0xE0020, 0xE0101, 0xE01EF, 0xE0FFF),
        *(0xA0, 0x1680, 0x2000, 0x2003, 0x200A, 0x202F, 0x205F, 0x2800, 0x3000),
    ]
    assert [hex(code) for code in codes if not is_invisible(chr(code))] == []


def test_letters_signs_and_plain_blanks_are_visible() -> None:
    assert [character for character in " \t-a~éß名ก́🙂·—¿\u0300" if is_invisible(character)] == []


def test_how_long_something_takes() -> None:
    said = [lasting(seconds) for seconds in (0.4, 1.2, 89, 91)]
    assert said == ["0 seconds", "1 second", "89 seconds", "2 minutes"]


def test_a_command_is_for_the_shells_of_its_system(monkeypatch: pytest.MonkeyPatch) -> None:
    words = (r"C:\my\config", "dev", "my role", "it's", "a$b", "", "50%", "x,y", "ö")
    monkeypatch.setattr(sys, "platform", "linux")
    assert shell_line(words) == r"""'C:\my\config' dev 'my role' 'it'"'"'s' 'a$b' '' 50% x,y 'ö'"""
    assert with_profile("aws", "x`; id; `") == "`aws --profile 'x\u02cb; id; \u02cb'`"
    monkeypatch.setattr(sys, "platform", "win32")
    # in PowerShell and in cmd.exe, but for the two with single quotes
    assert shell_line(words) == r"""C:\my\config dev "my role" "it's" 'a$b' "" '50%' "x,y" ö"""
    assert shell_line(["my tool", "u\u201d; b"]) == "& \"my tool\" 'u\u201d; b'"
    assert shell_line(["x", "a$\u2019; b"]) == "x 'a$\u2019\u2019; b'"


def test_a_character_is_named_by_its_name_and_its_number() -> None:
    assert name_character("\xa0") == "a no-break space (U+00A0)"
    assert name_character("\u2013") == "an en dash (U+2013)"
    assert name_character("\u20ac") == "a euro sign (U+20AC)"
    assert name_character("\x00") == "a character (U+0000)"
    assert name_character("\U000e0101") == "a variation selector-18 (U+E0101)"


def test_a_used_mfa_code_is_never_shown_and_an_endless_text_is_cut() -> None:
    assert mask_words("got 123456, sorry", holds_code=True) == "got …, sorry"
    assert len(mask_words("word " * 1000)) < 500


@given(code=st.text(alphabet=st.characters(exclude_characters="'"), min_size=4))
def test_no_mfa_code_is_echoed(code: str) -> None:
    message = f"Value '<{code}>' at 'tokenCode' failed to satisfy constraint"

    assert mask_words(message) == "Value '…' at 'tokenCode' failed to satisfy constraint"


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    assert one_line(text).isprintable()
    assert quote(text).count("`") == 2
    assert mask_words(text).isprintable()


def test_observed_messages_stay_readable() -> None:
    data = Path(__file__).parent / "data" / "sts_refusals.jsonl"
    for line in data.read_text(encoding="utf-8").splitlines():
        assert mask_words(json.loads(line)["message"])
