"""Hostile INI texts for property tests, and how botocore itself reads a text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.session
from botocore.configloader import raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import strategies as st

from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import edit_document

Raw = dict[str, dict[str, object]]

KEYS = [
    *["role_arn", "ROLE_ARN", "source_profile", "credential_source", "region", "mfa_serial"],
    *["role_session_name", "Role_Session_Name", "s3", "k y", "aws_access_key_id", "\u0130d"],
    *["x_role_session_name", "role_\u017fession_name"],
]
VALUES = [
    *["arn:aws:iam::222222222222:role/r", "default", "alice # me", '"quoted"', "", "", "=", "a=b"],
    "us-east-1 output=json",
    *["x ; y", "[profile q]", "é", "%(x)s", "a\x0bb", "a\x1cb", "a\x85b", "a\u2028b", "a \xa0"],
]
CONFIG_HEADERS = [
    *["default", "profile default", "profile a", "profile  a", 'profile "a"', "profile\ta"],
    *["profile b", "profile 'b c'", "profile b c", "profile o'brien", " profile x", "Profile x"],
    *["profilex y", "profile d]", "preview", "sso-session s", "services s", "profile é", "profile"],
    *["g]=", "[h", "role_session_name = i"],
]
CREDENTIALS_HEADERS = ["default", "a", "b", "b c", "profile a", "d]", "é", "o'brien", "e"]

_blanks = st.sampled_from(["", "", " ", "  ", "\t"])
_indents = st.sampled_from(["", "", "", "", "", " ", "  ", "\t"])
_values = st.one_of(st.sampled_from(VALUES), st.text("ab =:#;[]\x0c\x1d\u3000", max_size=6))
_comments = st.sampled_from(
    ["# c", "; c", "  # indented", "#", "# [profile z]", "\t; k = v", "# sync-profiles: keep"]
)
_continuations = st.one_of(
    st.builds("{}{}".format, st.sampled_from([" ", "   ", "\t\t", "\x0b", "\xa0"]), _values),
    st.builds("  {}{}={}{}".format, st.sampled_from(KEYS), _blanks, _blanks, _values),
)
_further = st.lists(
    st.one_of(_comments, st.just(""), st.just("   "), _continuations), max_size=3
).map("\n".join)
_styles = st.tuples(_indents, st.sampled_from(KEYS), _blanks, st.sampled_from("==:"), _blanks)
_anomalies = st.sampled_from(
    ["no delimiter", "= no key", ": x", "[", "[]", "]", "role_arn = again", "[default]", "\ufeff"]
)
_endings = st.sampled_from(
    [("\n",), ("\n",), ("\r\n",), ("\r",), ("\n", "\r\n"), ("\n", "\r", "\r\n", "\n")]
)


@st.composite
def _options(draw: st.DrawFn) -> str:
    """Draw one option with the lines below it."""
    indent, key, before, delimiter, after = draw(_styles)
    if draw(st.integers(0, 9)) == 0:
        block = draw(st.lists(st.sampled_from(["a = b", "c=", "d = e=f", "", "# c"]), min_size=1))
        further = "\n".join(f"{indent}  {line}" for line in block)
        return f"{indent}{key}{before}{delimiter}\n{further}"
    below = draw(_further) if draw(st.integers(0, 3)) == 0 else draw(st.sampled_from(["", "# c"]))
    return f"{indent}{key}{before}{delimiter}{after}{draw(_values)}{below and chr(10)}{below}"


def _key_of(option: str) -> str:
    return option.replace(":", "=").partition("=")[0].strip().lower()


@st.composite
def _sections(draw: st.DrawFn, headers: Sequence[str]) -> tuple[str, str]:
    """Draw a section: its name, and its text."""
    name = draw(st.sampled_from([*headers, "DEFAULT"]))
    rest = draw(st.sampled_from(["", "", "", "", " ; c", " # sync-profiles: keep", " x = y"]))
    lines = draw(st.lists(_options(), max_size=4, unique_by=_key_of))
    indent = draw(st.sampled_from(["", "", "", "", "", "", "", " "]))
    return name, "\n".join([f"{indent}[{name}]{rest}", *lines])


@st.composite
def ini_texts(
    draw: st.DrawFn, headers: Sequence[str] = CONFIG_HEADERS, *, broken: bool = False
) -> str:
    """Draw a text full of oddities; with `broken`, often one that botocore refuses."""
    sections = draw(st.lists(_sections(headers), max_size=4, unique_by=lambda drawn: drawn[0]))
    start = draw(st.sampled_from(["", "", "", "# c\n", "\n \n", "; c\n\n  # d\n"]))
    lines = (start + "\n".join(text for _, text in sections)).split("\n")
    for _ in range(draw(st.integers(0, 2)) if broken else 0):
        lines.insert(draw(st.integers(0, len(lines))), draw(_anomalies))
    ends = draw(_endings)
    text = "".join(f"{line}{ends[number % len(ends)]}" for number, line in enumerate(lines))
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    if broken and draw(st.integers(0, 19)) == 0:
        text = "\ufeff" + text
    return text


def readable(headers: Sequence[str]) -> st.SearchStrategy[str]:
    """Draw texts that botocore reads."""
    return ini_texts(headers).filter(lambda text: not parse_document(text).problems)


def edited(text: str, names: Mapping[str, str]) -> str:
    """Return a text with these session names in its sections."""
    return edit_document(parse_document(text), names).text


def read_raw(text: str) -> Raw | None:
    """Return what botocore reads from a real file with this text, or None if it refuses it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config")
        file.write_bytes(text.encode())
        return read_raw_file(file)


def read_raw_file(file: Path) -> Raw | None:
    """Return what botocore reads from a file, or None if it refuses it."""
    try:
        return raw_config_parse(str(file))
    except ConfigParseError:
        return None


@contextmanager
def botocore_session(config: str, credentials: str) -> Iterator[botocore.session.Session]:
    """Yield a session of botocore on two real files with these texts."""
    with tempfile.TemporaryDirectory() as folder:
        session = botocore.session.Session()
        for name, text in (("config_file", config), ("credentials_file", credentials)):
            file = Path(folder, name)
            file.write_bytes(text.encode())
            session.set_config_variable(name, str(file))
        yield session


def read_full_config(config: str, credentials: str) -> dict[str, Any]:
    """Return what a session of botocore makes of two real files with these texts."""
    with botocore_session(config, credentials) as session:
        return dict(session.full_config)


class Glued(str):
    """A value with other settings on its line, which we split from it and botocore does not."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.replace("\n", "") == other.replace("\n", "")

    def __hash__(self) -> int:
        return hash(self.replace("\n", ""))


def parse_nested(value: str) -> dict[str, str]:
    """Return a block of `key = value` lines as the mapping that botocore makes of it."""
    pairs = (line.split("=", 1) for line in value.splitlines() if line.strip())
    return {key.strip(): setting.strip() for key, setting in pairs}


#: up to nine lines of a few kinds, so that the same ones come back
few_lines = st.lists(
    st.sampled_from(["a", "", "[x]", "k = v", " w"]).flatmap(
        lambda text: st.sampled_from([f"{text}\n", f"{text}\r\n", f"{text}\r"])
    ),
    max_size=9,
).flatmap(lambda lines: st.sampled_from(["".join(lines), "".join(lines).rstrip("\r\n")]))
