"""Make text from files and from AWS safe to print: one line, quoted, no control characters.

`closest` finds the word that another one was meant to be.
"""

from __future__ import annotations

import re
import shlex
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Self

# control, format (bidirectional overrides among them), surrogate, private use, unassigned,
# line separator, paragraph separator, and blanks, which look like the space of ASCII
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_SPACES = re.compile(r"[ \t\r\n\v\f]+")
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_PLAIN_ON_WINDOWS = re.compile(r"[\w:/\\.+=-]+")
# PowerShell takes typographic quotes for quotes, too
_UNSAFE_IN_DOUBLE_QUOTES = re.compile('["\u201c-\u201e$`%]')
_GRAVE = "\u02cb"
_SINGLE_QUOTES = re.compile("['\u2018-\u201b]")

# Default_Ignorable_Code_Point, without those of the category Cf:
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_IGNORABLE = (
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors
    (0x2065, 0x2065),
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF0, 0xFFF8),
    (0xE0000, 0xE0FFF),  # tags, and variation selectors
)
# the blank of Braille, and a note head that shows nothing: symbols, for Unicode
_BLANK_SYMBOLS = {0x2800, 0x1D159}


class Phrase(str):
    """A text about one profile that also has a form about several.

    In that form, `shared`, general words replace the profile's own name, section, role and lines:
    "each profile" for "profile `dev`". `join`, `listed` and `+` keep both forms; an f-string
    keeps the first one only.
    """

    __slots__ = ("shared",)
    shared: str

    def __new__(cls, own: str, shared: str) -> Self:
        """Return the words about one profile, with those about several."""
        text = super().__new__(cls, own)
        text.shared = shared
        return text

    def __add__(self, other: str) -> Phrase:
        return Phrase(str(self) + other, self.shared + shared(other))

    def __radd__(self, other: str) -> Phrase:
        return Phrase(other + str(self), other + self.shared)


def shared(text: str) -> str:
    """Return the form of a text that is about several profiles; the text itself if it has none."""
    return text.shared if isinstance(text, Phrase) else text


def join(separator: str, texts: Sequence[str]) -> Phrase:
    """Return texts with a separator between them."""
    return Phrase(separator.join(texts), separator.join(map(shared, texts)))


def inert(text: str, *, keep: str = "") -> str:
    r"""Return text with every character that a terminal acts on spelled out, as `\x1b`.

    The characters of `keep` stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character == " "
        or character in keep
        or unicodedata.category(character) not in _UNPRINTABLE
        else spell_out(character)
        for character in text
    )


def spell_out(text: str) -> str:
    r"""Return text with each character outside printable ASCII as an escape: `\x1b`, `\u200b`."""
    return text.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    r"""Return text as one line: white space collapsed, unprintable characters spelled out."""
    line = _SPACES.sub(" ", text).strip(" ")
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else spell_out(c) for c in line)


def first_line(value: str) -> str:
    """Return the part of a value that is safe to show: its first line, and `…` for further lines.

    They belong to it because they are indented, or because a line break is missing; they may be
    another setting, such as a secret key.
    """
    first, *further = value.split("\n")
    return f"{first.rstrip()} …" if further else first


def quote(text: str) -> str:
    """Return text as a literal in backticks; only the first of several lines.

    Another accent replaces a backtick in it: a quote would end that of a shell word.
    """
    return "`" + one_line(first_line(text)).replace("`", _GRAVE) + "`"


def shell_word(text: str) -> str:
    """Return text as one word for this system's shells; on Windows, for PowerShell at least."""
    if sys.platform != "win32":
        word = shlex.quote(text)
    elif _PLAIN_ON_WINDOWS.fullmatch(text):
        word = text
    elif _UNSAFE_IN_DOUBLE_QUOTES.search(text):  # only PowerShell has others
        word = "'" + _SINGLE_QUOTES.sub(r"\g<0>\g<0>", text) + "'"
    else:
        word = f'"{text}"'
    return word


def shell_line(words: Iterable[str]) -> str:
    """Return words as a line for a shell; PowerShell runs a quoted program only behind `&`."""
    line = " ".join(map(shell_word, words))
    return f"& {line}" if sys.platform == "win32" and line.startswith(('"', "'")) else line


def with_profile(command: str, profile: str | None) -> str:
    """Return a command of the AWS CLI as a literal, with the option for a profile, if any."""
    if profile is None:
        return quote(command)
    sign = "=" if profile.startswith("-") else " "  # else the AWS CLI takes it for an option
    return quote(f"{command} --profile{sign}{shell_word(first_line(profile))}")


def listed(items: Iterable[str]) -> str:
    """Return items as people list them: `a, b and c`."""
    *first, last = items
    return join(", ", first) + " and " + last if first else last


def first_of(items: Iterable[str], most: int) -> str:
    """Return items in a row: of more than `most` the first, and how many more there are."""
    every = list(items)
    others = len(every) - most
    return ", ".join(every[:most]) + (f" and {others} more" if others > 0 else "")


def counted(count: int, noun: str) -> str:
    """Return a number with its noun."""
    plural = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def lasting(seconds: float) -> str:
    """Return how long something takes: in seconds, or in minutes from two on."""
    minutes = round(seconds / 60)
    return counted(minutes, "minute") if minutes > 1 else counted(round(seconds), "second")


def has_controls(text: str) -> bool:
    """Return whether text has a character that ends a line or acts on a terminal."""
    return any(unicodedata.category(character) in _CONTROLS for character in text)


def is_invisible(character: str) -> bool:
    """Return whether a character that is not a control makes text look different from what it is.

    It shows nothing, or it shows a blank that is not the space of ASCII.
    """
    if character.isascii():
        return False
    number = ord(character)
    return (
        unicodedata.category(character) in {"Cf", "Zs"}
        or number in _BLANK_SYMBOLS
        or any(first <= number <= last for first, last in _IGNORABLE)
    )


def name_character(character: str) -> str:
    """Return what Unicode calls a character: `a no-break space (U+00A0)`."""
    name = unicodedata.name(character, "character").lower()
    article = "an" if re.match("(?!one |uni|eu)[aeiou]", name) else "a"
    return f"{article} {name} (U+{ord(character):04X})"


def closest(word: str, among: Iterable[str], *, cutoff: float) -> str | None:
    """Return what a word is a typo of, or None if no other one is as similar as `cutoff`.

    The same word in another case comes first, then one with a single typo. A word with other digits
    is another word, not a typo: `prod-1`, `prod-2`.
    """
    from difflib import get_close_matches  # imported here because most runs do not need it

    by_lower: dict[str, str] = {}
    for each in among:
        if _digits(each) == _digits(word):
            by_lower.setdefault(each.lower(), each)
    lower = word.lower()
    near = [lower] if lower in by_lower else get_close_matches(lower, by_lower, cutoff=cutoff)
    if not near:
        return None
    return by_lower[next((each for each in near if is_one_slip(lower, each)), near[0])]


def difference(left: str, right: str) -> tuple[int, str, str]:
    """Return after how many letters two words differ, and what each has there."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    return start, left, right


def is_one_slip(left: str, right: str) -> bool:
    """Return whether two words differ by one added, missing, changed or swapped letter."""
    _, left, right = difference(left, right)
    if any(map(str.isdigit, left + right)):
        return False
    is_swap = len(left) == len(right) == 2 and left == right[::-1]  # noqa: PLR2004 - a pair
    return is_swap or (left != right and max(len(left), len(right)) == 1)


#: letters; of longer words there would be too many slips
_LONGEST_WITH_SLIPS = 40


def one_slip_off(word: str) -> Iterator[str]:
    """Yield the words that a word may be a slip of, the same in other cases first.

    They are as many as 60 for each letter; of a long word, there are the other cases alone.
    """
    yield from dict.fromkeys((word.lower(), word.upper(), word.capitalize()))
    for at in range(len(word) + 1 if len(word) <= _LONGEST_WITH_SLIPS else 0):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in "abcdefghijklmnopqrstuvwxyz-_":
            yield before + letter + after
            yield before + letter + after[1:]


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))
