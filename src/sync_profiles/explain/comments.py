"""What the comments of a profile hold for its settings: lines that do not count, ARNs, account IDs.

Other words of a comment may be a secret, so they are neither shown nor sent, except for the name
that something was given: `renamed to platform-admin`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from sync_profiles.arn import Arn, gives_codes, is_role, parse_arn
from sync_profiles.config.syntax import split_lines
from sync_profiles.config.values import meant_value
from sync_profiles.explain.account_names import scope_of
from sync_profiles.explain.spelling import account_words, name_words
from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END
from sync_profiles.lint.misreading import meant_key
from sync_profiles.masked_lines import pasted_secret
from sync_profiles.model import SESSION_NAME_KEY, FileKind, Place, Profile
from sync_profiles.planning.session_name import is_external_id, is_session_name
from sync_profiles.redaction import may_name_secret, mentions_secret
from sync_profiles.secret_shapes import may_hold_secret

#: the key of an account ID, which no setting has
ACCOUNT = "account"
#: the key of a role's name, as a comment about its new one has it
ROLE_NAME = "role name"
#: the settings that are read, each with what its value can be: `ask Ann` is not an external ID
_KEYS: Mapping[str, Callable[[str], bool]] = {
    "role_arn": lambda value: is_role(parse_arn(value)),
    "source_profile": bool,
    "external_id": is_external_id,
    "mfa_serial": gives_codes,
    SESSION_NAME_KEY: is_session_name,
}
_COMMENT = re.compile(r"\s*[#;][#;\s]*(?P<text>.*\S)")
_HEADER = re.compile(r"\[[^\]]+\]")
_SETTING = re.compile(r"(?P<key>\w[\w -]*?)\s*[=:]\s*(?P<value>\S.*)")
_ARN = re.compile(r"arn:[\w-]+:iam::[0-9]{12}:(?:role|mfa)/[\w+=,.@/-]*[\w+=@-]", re.ASCII)
_NEW_NAME = re.compile(
    r"(?:\brenamed(?: it)? to|\b(?:is|now|role) (?:called|named)|\brole name:"
    # before an arrow is what it was called, else what follows may be the password of a user
    r"|(?<![\w+=,.@-])(?P<old>[\w+=,.@-]{1,64}+)[`'\"]? (?:->|=>|→))"
    r" [`'\"]?(?!(?:for|from|its|that|the|this|via|when|with)\s|\S*[:/]\S)"
    r"(?P<name>(?=\S*[a-z])[\w+=,.@-]{2,63}[\w+=@-])(?=[`'\"),.;:]*(?:\s|$))",
    re.ASCII | re.IGNORECASE,
)
_ROLE = re.compile(r"\brole\b", re.IGNORECASE)
_MANY_DIGITS_AT_WORD = re.compile(r"[A-Za-z][0-9]{3}")
_ACCOUNT_ID = re.compile(r"(?<![\w:+])[0-9]{12}(?!\w)", re.ASCII)


class CommentedValue(NamedTuple):
    """A value that a comment holds, for a setting, or for the role's account or name."""

    key: str
    value: str
    place: Place


class Comments:
    """The comments of both files.

    A comment is a profile's if it is in its section, between its settings or directly below them,
    or directly above its header. A header in a comment ends the section, as what follows, down to
    the next header, is what another profile had. An account ID is also that of profiles which the
    comment is about, wherever it is: `# acme prod: …` of `acme-prod-admin`.
    """

    def __init__(self, texts: Mapping[FileKind, str]) -> None:
        self._texts = texts

    @cached_property
    def _lines(self) -> Mapping[FileKind, list[str]]:
        return {kind: split_lines(text) for kind, text in self._texts.items()}

    def of(self, profile: Profile, key: str) -> Iterator[CommentedValue]:
        """Yield what a profile's comments hold for a setting, `ACCOUNT` or `ROLE_NAME`."""
        own, role = [setting.place for setting in profile.settings.values()], profile.role
        for kind, lines in self._lines.items():
            numbers = [place.line for place in [profile.place, *own] if place.file is kind]
            for number, text in _comments_around(lines, numbers) if numbers else ():
                for found, value in _values(text, role_name=role.name if role else ""):
                    if found == key:
                        yield CommentedValue(key, value, Place(kind, number))
        if key == ACCOUNT and role is not None:
            scope = scope_of(profile, role)
            rarest = min((self._accounts.get(word, ()) for word in scope), key=len)
            yield from (account for words, account in rarest if words.issuperset(scope))

    def roles(self, profile: Profile, role: Arn) -> Iterator[CommentedValue]:
        """Yield a role with the account, or the name, that the profile's comments have instead."""
        for each in self.of(profile, ACCOUNT):
            yield each._replace(value=str(replace(role, account_id=each.value)))
        for each in self.of(profile, ROLE_NAME):
            yield each._replace(value=str(role).removesuffix(role.name) + each.value)

    @cached_property
    def _accounts(self) -> Mapping[str, list[tuple[frozenset[str], CommentedValue]]]:
        """The comments with one account ID, each with its words, by word; none of a team's file."""
        found = defaultdict(list)
        for kind, lines in self._lines.items():
            is_of_team = False
            for number, line in enumerate(lines, start=1):
                is_of_team = line.startswith(BLOCK_BEGIN) if _is_mark(line) else is_of_team
                comment = _COMMENT.match(line) if not is_of_team else None
                if comment is None or len(ids := _ACCOUNT_ID.findall(comment["text"])) != 1:
                    continue
                words = frozenset(account_words(comment["text"]))
                for word in words:
                    found[word].append(
                        (words, CommentedValue(ACCOUNT, ids[0], Place(kind, number)))
                    )
        return found


NO_COMMENTS = Comments({})


def _comments_around(lines: list[str], numbers: list[int]) -> Iterator[tuple[int, str]]:
    """Yield the comments of a section, some of whose lines are given, with their own lines."""
    first = min(numbers)
    while first > 1 and not lines[first - 1].startswith("["):
        first -= 1
    above, found = first - 1, []
    while above >= 1 and not _is_mark(line := lines[above - 1]) and (at := _COMMENT.match(line)):
        found.append((above, at["text"]))
        above -= 1
    # else they are below another's settings, or header
    is_apart = above == 0 or not lines[above - 1].strip() or _is_mark(lines[above - 1])
    if is_apart and not any(_HEADER.match(text) for _, text in found):
        yield from reversed(found)
    last = max(numbers)
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        comment = _COMMENT.match(line)
        if comment is not None and (_HEADER.match(comment["text"]) or _is_mark(line)):
            return
        is_end = number > last and comment is None and not line.startswith((" ", "\t"))
        if is_end or line.startswith("["):
            return
        if comment is not None:
            yield number, comment["text"]


def _is_mark(line: str) -> bool:
    """Return whether a line begins or ends an imported block, whose comments are no one else's."""
    return line.startswith((BLOCK_BEGIN, BLOCK_END))


def _values(text: str, *, role_name: str) -> Iterator[tuple[str, str]]:
    """Yield what a comment holds, by setting."""
    setting = _SETTING.fullmatch(text)
    if setting is not None:
        written = setting["key"].lower().replace(" ", "_")
        key = written if written in _KEYS else meant_key(written, present=()) or ""
        if key in _KEYS:
            value = meant_value(setting["value"])
            if _KEYS[key](value) and not pasted_secret(key, value):
                yield key, value
            return
    for value in _ARN.findall(text):
        arn = parse_arn(value)
        yield ("mfa_serial" if arn is not None and arn.kind == "mfa" else "role_arn"), value
    for value in _ACCOUNT_ID.findall(text):
        yield ACCOUNT, value
    is_of_role = _ROLE.search(text) is not None
    names = [
        new["name"]
        for new in _NEW_NAME.finditer(text)
        if new["old"] is None
        or (new["old"] == role_name and _is_name(new["name"], role_name, is_of_role=is_of_role))
    ]
    if names and not (mentions_secret(text) or may_name_secret(text) or may_hold_secret(text)):
        yield from ((ROLE_NAME, name) for name in names)


def _is_name(name: str, old: str, *, is_of_role: bool) -> bool:
    """Return whether what is behind an arrow is the new name of a role, as it or the comment shows.

    It may also be the password of a user who is called as the role, even if it is a word.
    """
    shared = set(filter(str.isalpha, name_words(name))) & set(name_words(old))
    return (is_of_role or bool(shared)) and _MANY_DIGITS_AT_WORD.search(name) is None
