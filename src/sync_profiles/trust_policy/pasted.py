"""Read JSON as people paste it: every fault with its place, and the value that was meant.

Smart quotes, missing and trailing commas, comments, unquoted keys, non-breaking spaces: a reader
that stops at the first of them sends its user around the loop once for each. JSON without faults
has exactly the value that Python's own parser gives.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from sync_profiles.text import name_character

#: keys and indexes from the top of the document
Path = tuple[str | int, ...]

DEEPEST = 100
_MOST_FAULTS, _MOST_DIGITS = 50, 4000  # Python reads no longer integers
_BLANKS = " \t\r\n"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z_$][\w.:$-]*", re.ASCII)
_NOTE = re.compile(r"(//[^\n]*|#[^\n]*|/\*.*?(?:\*/|\Z))|```[a-z]*", re.DOTALL)
#: one or several, as two of them may be one character
_UNICODE = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+", re.ASCII)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_WORDS = {"true": True, "false": False, "null": None}
_NOT_PLAIN = '{} must be a plain quote, `"`'
_SMART_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_SINGLE_QUOTES = "'`\u2018\u2019"
_QUOTES = frozenset('"' + _SMART_QUOTES + _SINGLE_QUOTES)
#: what is before a policy in a page or a command; in a template, the policy may be another one
_BEFORE = re.compile(r"""[^=<({[]+(?=\{\s*["'\u201c\u201d](?:Version|Id|Statement|Sid|Effect)\b)""")
_NO_POLICY = "a policy begins with `{{`, not with `{}`: check the JSON made of it, or use `--role`"


class Fault(NamedTuple):
    """What keeps a text from being JSON, and where; lines and columns begin with 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """A text's value, the line of each part of it, and its faults.

    `is_whole` is False if the text could not be read to its end, or if only its author knows what
    was meant; the value is then None.
    """

    value: object
    lines: dict[Path, int]
    faults: tuple[Fault, ...]
    is_whole: bool

    def line_of(self, path: Path) -> int:
        """Return the line of a part or, if it is missing, of what it would be in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_pasted(text: str) -> Pasted:
    """Read a text; any text has a result."""
    is_json = False
    with suppress(ValueError, RecursionError):
        json.loads(text)
        is_json = True
    reader = _Reader(text, is_json=is_json)
    value, is_whole = None, False
    with suppress(_Unreadable):
        value, is_whole = reader.read(), True
    faults = tuple(sorted(reader.faults))
    return Pasted(value=value, lines=reader.lines, faults=faults, is_whole=is_whole)


class _Unreadable(Exception):
    """There is no value: what follows cannot be read, or it is not clear what was meant."""


@dataclass(slots=True)
class _Reader:
    text: str
    is_json: bool
    at: int = 0
    is_unclear: bool = False
    faults: list[Fault] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def read(self) -> object:
        self._skip()
        if self.at == len(self.text):
            self._stop("the text is empty")
        word = _WORD.match(self.text, self.at)
        before = None if self.is_json else _BEFORE.match(self.text, self.at)
        if before is not None:
            self._fault("this is not part of the policy")
            self.at = before.end()
        elif word is not None and word[0] not in _WORDS:
            self._stop(_NO_POLICY.format(word[0]))
        value = self._value(())
        self._skip()
        if self.at < len(self.text):
            self._fault("there is more text after the end of the document")
            self.is_unclear |= "{" in self.text[self.at :]
        if self.is_unclear:
            raise _Unreadable
        return value

    def _value(self, path: Path) -> object:
        self._skip()
        self.lines[path] = self._line()
        if len(path) > DEEPEST:
            self._stop("the document is nested too deeply")
        character = self._peek()
        if character == "{":
            return self._object(path)
        if character == "[":
            return self._array(path)
        if character in _QUOTES:
            return self._string()
        number = _NUMBER.match(self.text, self.at)
        if number is not None:
            self.at = number.end()
            return float(number[0]) if len(number[0]) > _MOST_DIGITS else json.loads(number[0])
        return self._bare_word()

    def _object(self, path: Path) -> dict[str, object]:
        fields: dict[str, object] = {}
        self.at += 1
        while self._goes_on("}", is_first=not fields):
            start = self.at
            key = self._key()
            self._skip()
            if self._peek() not in {":", "="}:
                self._stop(f"`:` is missing behind `{key}`")
            if self._peek() == "=":
                self._fault("`=` must be `:`")
            self.at += 1
            value = self._value((*path, key))
            if key in fields:
                self._fault(f"`{key}` appears twice in one object", at=start)
                first = fields[key]
                if isinstance(first, dict) and isinstance(value, dict) and not first.keys() & value:
                    value = {**first, **value}
                elif first != value:
                    self.is_unclear = True
            fields[key] = value
        return fields

    def _array(self, path: Path) -> list[object]:
        items: list[object] = []
        self.at += 1
        while self._goes_on("]", is_first=not items):
            items.append(self._value((*path, len(items))))
        return items

    def _goes_on(self, end: str, *, is_first: bool) -> bool:
        """Read up to the next member; return whether there is one, or read the closing bracket."""
        self._skip()
        commas = []
        while self._peek() == ",":
            commas.append(self.at)
            self.at += 1
            self._skip()
        character = self._peek()
        if character == end:
            self.at += 1
            for comma in commas:
                self._fault(f"there is an extra comma before `{end}`", at=comma)
            return False
        for comma in commas if is_first else commas[1:]:
            self._fault("this comma is extra", at=comma)
        if not character:
            self._fault(f"`{end}` is missing at the end")
            return False
        if character in "}]":
            self._fault(f"`{character}` must be `{end}`")
            self.at += 1
            return False
        if not commas and not is_first:
            self._fault("a comma is missing before this")
        return True

    def _key(self) -> str:
        if self._peek() in _QUOTES:
            return self._string()
        word = _WORD.match(self.text, self.at)
        if word is None:
            self._stop(f"{_named(self._peek())} cannot begin a key")
        key = word[0].rstrip(":")
        self._fault("a key has no quotes")
        self.at += len(key)
        return key

    def _string(self) -> str:
        opening = self.text[self.at]
        ends = '"' + _SMART_QUOTES if opening not in _SINGLE_QUOTES else _SINGLE_QUOTES
        if opening == '"':
            ends = '"' if self._has_plain_end() else ends
        else:
            self._fault(_NOT_PLAIN.format(_named(opening)))
        start = self.at
        self.at += 1
        parts: list[str] = []
        while True:
            character = self._peek()
            if not character:
                self._fault("this text does not end", at=start)
                return "".join(parts)
            self.at += 1
            if character in ends:
                if opening == '"' != character:
                    self._fault(_NOT_PLAIN.format(_named(character)), at=self.at - 1)
                return "".join(parts)
            if character < " ":
                self._fault("a string cannot continue on the next line", at=self.at - 1)
            parts.append(self._escape() if character == "\\" else character)

    def _has_plain_end(self) -> bool:
        """Return whether a text that begins with a plain quote ends with one, in its line."""
        if self.is_json:
            return True
        line_end = self.text.find("\n", self.at)
        rest = self.text[self.at + 1 : None if line_end < 0 else line_end]
        plain = re.search(r'(?<!\\)"', rest)
        smart = re.search(f"[{_SMART_QUOTES}]", rest)
        if plain is None or smart is None or smart.start() > plain.start():
            return True
        return re.match(r"\s*[:,\]}]|\s*$", rest[smart.end() :]) is None

    def _escape(self) -> str:
        unicode = _UNICODE.match(self.text, self.at - 1)
        if unicode is not None:
            self.at = unicode.end()
            return str(json.loads(f'"{unicode[0]}"'))
        character = self._peek()
        self.at += 1
        if character in _ESCAPES:
            return _ESCAPES[character]
        self._fault(f"`\\{character}` is not an escape of JSON", at=self.at - 2)
        return character

    def _bare_word(self) -> object:
        word = _WORD.match(self.text, self.at)
        if word is None:
            self._stop(f"{_named(self._peek())} cannot begin a value")
        found = word[0]
        if found not in _WORDS:
            self._fault(f"`{found}` has no quotes")
        self.at += len(found)
        return _WORDS.get(found, _WORDS.get(found.lower(), found) if found != "None" else None)

    def _skip(self) -> None:
        """Read white space, and what is no part of JSON but says nothing either."""
        while self.at < len(self.text):
            character = self.text[self.at]
            note = _NOTE.match(self.text, self.at)
            if character in _BLANKS:
                self.at += 1
            elif note is not None:
                self._fault("JSON has no comments" if note[1] else "``` is not part of the policy")
                self.at = note.end()
            elif character.isspace() or character in "\u200b\u200c\u200d\u2060\ufeff":
                self._fault(f"{_named(character)} is not a space that JSON allows")
                self.at += 1
            else:
                return

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def _line(self, at: int | None = None) -> int:
        return bisect_right(self._starts, self.at if at is None else at)

    def _fault(self, message: str, *, at: int | None = None) -> None:
        place = self.at if at is None else at
        line = self._line(place)
        self.faults.append(Fault(line, place - self._starts[line - 1] + 1, message))
        if len(self.faults) >= _MOST_FAULTS:
            raise _Unreadable

    def _stop(self, message: str) -> NoReturn:
        self._fault(message)
        raise _Unreadable


def _named(character: str) -> str:
    is_plain = character.isascii() and character.isprintable()
    return (f"`{character}`" if is_plain else name_character(character)) if character else "the end"
