"""Every problem of the two files is found with its line; a correct file has none."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import DATA, IS_UPDATE, for_this_shell, params, write_examples
from examples import examples as read_examples
from ini_texts import CREDENTIALS_HEADERS, ini_texts, read_raw
from sync_profiles.config.document import parse_document
from sync_profiles.config.syntax import split_lines
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import CHECKS, find_problems
from sync_profiles.model import BrokenChain, FileKind, Problem

CODES = [check.code for check in CHECKS]
FATAL = {check.code for check in CHECKS if check.is_fatal}
C, K = FileKind.CONFIG, FileKind.CREDENTIALS
#: what an editor might change in the examples
CHARACTERS = {
    "<BOM>": "\ufeff",
    "<CR>": "\r",
    "<TAB>": "\t",
    "<NBSP>": "\xa0",
    "<ZWSP>": "\u200b",
    "<NUL>": "\x00",
    "<UNNAMED>": "\u2065",
    "<FILLER>": "\u3164",
    "<LONG>": "x" * 1000,
}
ROLE = "arn:aws:iam::222222222222:role/admin_role"


def found(config: str, credentials: str) -> tuple[Problem, ...]:
    files = BothFiles(config=parse_document(config), credentials=parse_document(credentials, K))
    return find_problems(files)


def shown(problem: Problem) -> str:
    """Return a problem as the examples have it: place, code, profile; message; hint."""
    profile = f'"{problem.profile}"' if problem.profile is not None else "-"
    place = f"{problem.place.file}:{problem.place.line}"
    return f"{place} {problem.code} {profile}\n  {problem.message}\n  hint: {problem.hint}"


def parts_of(example: str) -> dict[str, str]:
    """Return an example's texts, its problems, and the texts once the hints have been followed."""
    for name, character in CHARACTERS.items():
        example = example.replace(name, character)
    _, *parts = re.split("^--- (.+)\n", example, flags=re.MULTILINE)
    return {"config": "", "credentials": "", **dict(zip(parts[::2], parts[1::2], strict=True))}


def updated(example: str) -> str:
    """Return an example with the problems that are found now."""
    parts = parts_of(example)
    problems = "".join(f"{shown(each)}\n" for each in found(parts["config"], parts["credentials"]))
    for name, character in CHARACTERS.items():
        problems = problems.replace(character, name)
    now = f"--- problems\n{problems}"
    return re.sub(r"^--- problems\n(?:(?!--- ).+\n)*", lambda _: now, example, flags=re.MULTILINE)


def examples() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the examples; with `UPDATE=1`, their problems are written anew first."""
    for file in sorted(DATA.glob("lint/*.txt")):
        name = f"lint/{file.name}"
        if IS_UPDATE:
            write_examples(name, {each: updated(text) for each, text in read_examples(name)})
        for sentence, text in read_examples(name):
            yield f"{file.stem}: {sentence}", parts_of(text)


EXAMPLES = dict(examples())


@pytest.mark.parametrize("sentence", EXAMPLES)
def test_a_problem_and_the_files_once_its_hints_were_followed(sentence: str) -> None:
    parts = dict(EXAMPLES[sentence])
    config, credentials = parts.pop("config"), parts.pop("credentials")
    expected = parts.pop("problems").rstrip("\n")
    assert "\n".join(map(shown, found(config, credentials))) == for_this_shell(expected)
    check(config, credentials)
    if parts:
        followed = parts.pop("followed: config", config)
        assert found(followed, parts.pop("followed: credentials", credentials)) == ()
        assert not parts
    if not expected:
        assert found(config.replace("\n", "\r\n"), credentials.replace("\n", "\r\n")) == ()


def test_every_check_has_a_unique_code_and_an_example() -> None:
    problems = "\n".join(parts["problems"] for parts in EXAMPLES.values())
    codes = re.findall(r"^\w+:\d+ (\S+)", problems, flags=re.MULTILINE)
    assert set(codes) == set(CODES)
    assert len(set(CODES)) == len(CODES)


@pytest.mark.parametrize(("config", "credentials"), params("secrets_in_problems.txt"))
def test_a_problem_shows_no_secret(config: str, credentials: str) -> None:
    problems = found(config, credentials)
    assert problems
    assert not any("hunter" in problem.message + problem.hint for problem in problems)


def check(config: str, credentials: str) -> None:
    """Check what is true of the problems of any two texts."""
    problems = found(config, credentials)
    for kind, text in ((C, config), (K, credentials)):
        own = [problem for problem in problems if problem.place.file is kind]
        lines = [problem.place.line for problem in own]
        assert lines == sorted(lines)
        assert all(1 <= line <= len(split_lines(text)) for line in lines)
        assert (read_raw(text) is None) == any(problem.code in FATAL for problem in own)
    files = BothFiles(config=parse_document(config), credentials=parse_document(credentials, K))
    assert problems or not any(isinstance(chain, BrokenChain) for chain in files.chains.values())
    assert all(problem.code in CODES for problem in problems)
    texts = [text for problem in problems for text in (problem.message, problem.hint)]
    assert all(text and text[-1] != "." for text in texts)
    assert len({(p.place, p.code, p.profile, p.message) for p in problems}) == len(problems)


ANY = st.text("[]=:#; \t\n\r\"'aK\ufeff\x0b\x1c\x85\u2028", max_size=40)


@given(
    ini_texts(broken=True) | ini_texts() | ANY,
    ini_texts(CREDENTIALS_HEADERS, broken=True) | st.text(),
)
def test_hostile_files(config: str, credentials: str) -> None:
    check(config, credentials)
