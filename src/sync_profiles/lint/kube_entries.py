"""Find the entries of a kubeconfig that assume a profile's role under a name of their own.

A kubeconfig is YAML or JSON. Only the lists `args` are read, in both notations and line by line:
this needs no YAML parser, gives the lines, and works where the rest of a file is odd.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sync_profiles.model import Profile
from sync_profiles.planning.decision import Decision, Verdict
from sync_profiles.text import quote

_ARGS = re.compile(r"(?<![\w-])[\"']?args[\"']?[ \t]*:[ \t]*")
_ITEM = re.compile(r"([ \t]*)-[ \t]+(\S.*)")
#: a quoted word, a plain one, or the end of a list in brackets
_WORD = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\n]|'')*'|[^\s,\[\]{}\"'#][^\n,\[\]{}]*|\]")
_BETWEEN = re.compile(r"(?:[\s,]+|#[^\n]*)*")
_COMMENT = re.compile(r"\s#.*")
#: the AWS CLI takes the beginning of an option for it, and `aws eks update-kubeconfig` writes one
_ROLE_OPTIONS = ("--role-arn", "--role")
_BY_EKS = "`aws eks get-token {option}` assumes the role as `EKSGetTokenAuth`, not under your name"
_INSTEAD = "write `--profile` and {profile} in place of `{option}` and its value"
_OTHER = "write {profile} after `--profile`, and remove `{option}` and its value"
_AUTHENTICATOR = (
    "`aws-iam-authenticator token -r` assumes the role under a name of its own, not under yours"
)
_BY_VARIABLE = "remove `-r` and its value, and set `AWS_PROFILE` to {profile} in the entry's `env`"
_WORKING = frozenset({Verdict.ACCEPTED, Verdict.FIXABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class KubeconfigEntry:
    """An entry that assumes the role of a profile, though not by the profile."""

    path: Path
    line: int
    profile: str
    role_arn: str
    message: str
    hint: str


class _Word(NamedTuple):
    text: str
    line: int


def find_entries(
    files: Iterable[tuple[Path, str]], decisions: Sequence[Decision]
) -> tuple[KubeconfigEntry, ...]:
    """Return the entries for the roles of these profiles, in the order of the files.

    Of several profiles with one role, the first that works, now or after a sync, is named.
    """
    profiles: dict[str, Profile] = {}
    for decision in sorted(decisions, key=lambda each: each.verdict not in _WORKING):
        if decision.profile.is_assume_role:
            profiles.setdefault(decision.profile.role_arn, decision.profile)
    return tuple(
        KubeconfigEntry(
            path=path,
            line=role.line,
            profile=profiles[role.text].name,
            role_arn=role.text,
            message=message,
            hint=hint.format(profile=quote(profiles[role.text].name)),
        )
        for path, text in files
        for words in _args(text)
        if (found := _own_name(words)) is not None and found[0].text in profiles
        for role, message, hint in (found,)
    )


def _own_name(words: Sequence[_Word]) -> tuple[_Word, str, str] | None:
    """Return the role that a command assumes under a name of its own, and what to write instead."""
    texts = [word.text for word in words]
    if "eks" in texts and "get-token" in texts:
        instead = _INSTEAD if _value_of({"--profile"}, words) is None else _OTHER
        for option in _ROLE_OPTIONS:
            role = _value_of({option}, words)
            if role is not None:
                hint = instead.replace("{option}", option)
                return role, _BY_EKS.format(option=option), hint
        return None
    if texts[:1] == ["token"] and _value_of({"-i", "--cluster-id"}, words) is not None:
        role = _value_of({"-r", "--role"}, words)
        has_name = _value_of({"-s", "--session-name"}, words) is not None
        return None if role is None or has_name else (role, _AUTHENTICATOR, _BY_VARIABLE)
    return None


def _value_of(options: set[str], words: Sequence[_Word]) -> _Word | None:
    for number, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if name in options and equals:
            return word._replace(text=value)
        if word.text in options and number + 1 < len(words):
            return words[number + 1]._replace(line=word.line)
    return None


def _args(text: str) -> Iterator[list[_Word]]:
    line, counted = 1, 0
    for found in _ARGS.finditer(text):
        line, counted = line + text.count("\n", counted, found.end()), found.end()
        start = text.rfind("\n", 0, found.start()) + 1
        if text[start : found.start()].lstrip().startswith("#"):
            continue
        if text.startswith("[", found.end()):
            yield list(_in_brackets(text, found.end() + 1, line))
        else:
            yield list(_in_lines(text, found.end(), line))


def _in_brackets(text: str, position: int, line: int) -> Iterator[_Word]:
    while True:
        between = _BETWEEN.match(text, position)
        after = between.end() if between is not None else position
        line += text.count("\n", position, after)
        word = _WORD.match(text, after)
        if word is None or word[0] == "]":
            return
        position = word.end()
        yield _Word(_plain(word[0].rstrip()), line)


def _in_lines(text: str, position: int, line: int) -> Iterator[_Word]:
    indent = None
    while (end := text.find("\n", position)) >= 0:
        position, line = end + 1, line + 1
        stop = text.find("\n", position)
        content = text[position : stop if stop >= 0 else len(text)].rstrip()
        if not content or content.lstrip().startswith("#"):
            continue
        item = _ITEM.fullmatch(content)
        if item is None or indent not in {None, item[1]}:
            return
        indent = item[1]
        value = item[2]
        yield _Word(_plain(value if value[0] in "\"'" else _COMMENT.sub("", value)), line)


def _plain(word: str) -> str:
    """Return a word without the quotes around it."""
    if word[0] == '"':
        try:
            return str(json.loads(word))
        except ValueError:
            return word.strip('"')
    return word[1:-1].replace("''", "'") if word[0] == "'" else word
