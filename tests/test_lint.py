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


def examples() -> Iterator[tuple[str, tuple[str, str, str, tuple[str, str]]]]:
    """Yield the examples of the data files: a sentence; two texts and the problems as `shown`.

    After them come the two texts as they are once the hints have been followed. With `UPDATE=1`,
    the problems are written anew first.
    """
    for file in sorted(DATA.glob("lint/*.txt")):
        name = f"lint/{file.name}"
        if IS_UPDATE:
            write_examples(name, {each: updated(text) for each, text in read_examples(name)})
        for sentence, example in read_examples(name):
            yield sentence, parts_of(example)


def parts_of(example: str) -> tuple[str, str, str, tuple[str, str]]:
    """Return an example's texts, its problems, and the texts once the hints have been followed."""
    for name, character in CHARACTERS.items():
        example = example.replace(name, character)
    title, *parts = re.split("^--- (.+)\n", example, flags=re.MULTILINE)
    assert not title
    by_name = dict(zip(parts[::2], parts[1::2], strict=True))
    config, credentials = by_name.pop("config", ""), by_name.pop("credentials", "")
    problems = by_name.pop("problems").rstrip("\n")
    followed = (
        by_name.pop("followed: config", config),
        by_name.pop("followed: credentials", credentials),
    )
    assert not by_name
    return config, credentials, problems, followed


def updated(example: str) -> str:
    """Return an example with the problems that are found now."""
    config, credentials, *_ = parts_of(example)
    problems = "".join(f"{shown(problem)}\n" for problem in found(config, credentials))
    for name, character in CHARACTERS.items():
        problems = problems.replace(character, name)
    before, title, after = example.partition("--- problems\n")
    end = re.search(r"^(?:--- |$)", after, flags=re.MULTILINE)
    return f"{before}{title}{problems}{after[end.start() :] if end is not None else ''}"


EXAMPLES = [pytest.param(*texts, id=sentence) for sentence, texts in examples()]


@pytest.mark.parametrize(("config", "credentials", "expected", "followed"), EXAMPLES)
def test_a_problem_and_the_files_once_its_hints_were_followed(
    config: str, credentials: str, expected: str, followed: tuple[str, str]
) -> None:
    assert "\n".join(map(shown, found(config, credentials))) == for_this_shell(expected)
    check(config, credentials)
    if followed != (config, credentials):
        assert found(*followed) == ()
    if not expected:
        assert found(config.replace("\n", "\r\n"), credentials.replace("\n", "\r\n")) == ()


def test_every_check_has_a_unique_code_and_an_example() -> None:
    problems = "\n".join(problems for _, (_, _, problems, _) in examples())
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
    assert all(is_plain(problem) for problem in problems)
    assert len({(p.place, p.code, p.profile, p.message) for p in problems}) == len(problems)


def is_plain(problem: Problem) -> bool:
    """Return whether a problem is one fact and one hint, of a known code."""
    texts = (problem.message, problem.hint)
    return problem.code in CODES and all(text and text[-1] != "." for text in texts)


ANY = st.text("[]=:#; \t\n\r\"'aK\ufeff\x0b\x1c\x85\u2028", max_size=40)


@given(
    ini_texts(broken=True) | ini_texts() | ANY,
    ini_texts(CREDENTIALS_HEADERS, broken=True) | st.text(),
)
def test_hostile_files(config: str, credentials: str) -> None:
    check(config, credentials)
