"""The text of a header: what it was meant to be, why it is not read so, and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Container
from difflib import get_close_matches

from sync_profiles.config.section_names import split_words
from sync_profiles.config.values import first_invisible, spaced
from sync_profiles.text import is_one_slip, name_character, quote

#: a header, and what follows it on its line up to a further bracket
_WITH_TEXT_BEHIND = re.compile(r"(?P<header>[^\]\"']+)\](?P<text>.*)")
_QUOTED = re.compile(
    r"\"[^\"]+\"|'[^']+'|`[^`]+`|\u2018[^\u2019]+\u2019|[\u201c\u201e][^\u201d]+[\u201c\u201d]|\u00ab[^\u00bb]+\u00bb"
)
_JOINED = re.compile(r"profile(?:\s*[:=]+\s*|[._/-]+|(?=[\"']))(?P<name>.+)", re.IGNORECASE)
#: without anything between; `[profiler]`, `[profiles_ci]` and `[profile001]` may be whole names
_GLUED = re.compile(r"profile(?P<name>[^\W\d_]{3}\S*)")
_COMMENTED = re.compile(
    r"(?P<header>\s*(?![#;\s])(?:[^\"']|\"[^\"]*\"|'[^']*')+?)\s(?:[#;]|//\s).*", re.DOTALL
)
#: what may be `profile` before a name: most names need no closer look
_PREFIXED = re.compile(r"p\w{5,7}\W", re.IGNORECASE)
_FIRST_WORDS = frozenset({"profile", "default"})
PLACEHOLDER = "NAME"


def visible(header: str) -> str:
    """Return a header without the brackets, quotes and characters that it has by mistake.

    A comment inside of the brackets is left out, too.
    """
    header = _without_comment(header)
    plain = spaced(header)
    joined = "".join(c for c, seen in zip(header, plain, strict=True) if c == seen)
    is_word = first_word(joined) in _FIRST_WORDS and first_word(plain) not in _FIRST_WORDS
    return _bare(joined if is_word else plain)


def _bare(header: str) -> str:
    bare = header.strip()
    while bare.startswith("["):
        bare = bare[1:].removesuffix("]").strip()
    if _splits_first_word(bare):
        bare = bare.replace("]", "")
    behind = _WITH_TEXT_BEHIND.fullmatch(bare)
    return without_quotes(bare if behind is None else behind["header"].replace("[", " ").strip())


def _splits_first_word(header: str) -> bool:
    """Return whether a bracket is within the word that begins a header, as in `[pro]file x]`."""
    word = first_word(header)
    return "]" in word and word.replace("]", "") in _FIRST_WORDS


def _without_comment(header: str) -> str:
    """Return a header without a comment inside of its brackets, which quotes make part of a name.

    What is a comment alone is left as it is.
    """
    found = _COMMENTED.fullmatch(header)
    return header if found is None else found["header"].rstrip()


def without_quotes(text: str) -> str:
    """Return a text without the quotes around it."""
    return text[1:-1].strip() if _QUOTED.fullmatch(text) is not None else text


def meant_name(
    header: str, *, among: Container[str] = ("default",), sources: Container[str] = ()
) -> str:
    """Return the name of the profile that a header was meant for.

    `among` are the profiles that there are, `sources` the names that settings call for.
    """
    stripped = visible(header)
    lower = stripped.lower()
    is_called_for = first_word(stripped) == stripped and stripped in sources
    if lower != "default" and is_called_for:
        return stripped
    if lower == "default" or ("default" not in among and is_one_slip(lower, "default")):
        return "default"
    joined = _JOINED.fullmatch(stripped) or _GLUED.fullmatch(stripped)
    if joined is not None:
        return without_quotes(joined["name"])
    if not _is_like_profile(first_word(stripped)):
        name, _, last = stripped.partition(" ")
        return name if _is_like_profile(last) else stripped  # the two words in the wrong order
    _, *others = stripped.split(maxsplit=1)
    if not others:
        return PLACEHOLDER
    words = split_words(others[0])
    if len(words) == 1 and words[0]:
        return without_quotes(words[0])
    return without_quotes(others[0]) if words else others[0].strip("\"'")  # one that is not closed


def reason_in_marks(header: str) -> str | None:
    """Return which character of a header keeps it from being read as it is meant, if one does."""
    invisible = first_invisible(header)
    if invisible is not None:
        return f"there is {name_character(invisible)} in it"
    if text_behind(header):
        return "there is a further `]` on its line"
    if header.lstrip().startswith("[") or text_behind(header) == "":
        return "there is a bracket too many"
    if _without_comment(header) != header:
        return "a comment belongs after the `]`"
    return "there are quotes around it" if _QUOTED.fullmatch(header.strip()) else None


def why_no_profile(header: str) -> str:
    """Return what keeps a header of the config file from being that of a profile."""
    if (reason := reason_in_marks(header)) is not None:
        return reason
    first = first_word(header)
    if first.lower() != "profile" and header.strip().lower() != "default":
        return "in the config file, a profile's header is `[profile NAME]`"
    if header != header.lstrip() or (header != header.rstrip() and first != "profile"):
        return "there is a space next to a bracket"
    if first not in {"profile", "default"}:
        return f"`{first.lower()}` must be lower case"
    match len(split_words(header)):
        case 0:
            return "a quote in the name is not closed"
        case 1:
            return "the name is missing"
        case 2:
            return "it removes only `\"` and `'`"
        case _:
            return "a name with a space needs quotes"


def quote_header(header: str) -> str:
    """Return a section's header as a literal, without what follows it: that may be a secret."""
    text = text_behind(header)
    return quote(f"[{header}]" if not text else f"[{header.strip().removesuffix(text)} …")


def move_hint(header: str) -> str:
    """Return what else to do about a header with text behind it, to append to a hint."""
    text = (text_behind(header) or "").strip()
    if not text:
        return ""
    may_be_line = text.startswith(("#", ";", "[")) or "=" in text
    where = "move what follows it to a line of its own" if may_be_line else "remove what follows it"
    return f", and {where}"


def text_behind(header: str) -> str | None:
    """Return what follows a header up to a further bracket; None if it has no bracket inside."""
    behind = _WITH_TEXT_BEHIND.fullmatch(header.strip())
    if behind is None or behind["header"].startswith("["):
        return None
    return "" if _splits_first_word(header) else behind["text"]


def meant_name_in_credentials(header: str, *, missing: Container[str] = ()) -> str | None:
    """Return the name that a header of the credentials file was meant for, or None if correct.

    `missing` are the names of profiles that there are not.
    """
    bare = _bare(header)
    if _PREFIXED.match(bare) is not None and (name := meant_name(bare)) in missing:
        return name
    if (name := _without_comment(bare)) != bare and name in missing:
        return name
    if first_word(bare).lower() == "profile" and bare.lower() != "profile":
        return meant_name(bare)
    return bare if bare and bare != header else None


def first_word(header: str) -> str:
    """Return the part of a header before its first space."""
    return next(iter(header.split(maxsplit=1)), "")


def _is_like_profile(word: str) -> bool:
    return bool(get_close_matches(word.lower(), ["profile"], cutoff=0.75))
