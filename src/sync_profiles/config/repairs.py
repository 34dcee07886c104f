"""What was meant by lines that botocore refuses, or reads in another way, and what to write.

A line that spoils those below it is reported alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sync_profiles.config.syntax import (
    NESTED_BLOCK_INVALID,
    carries_text,
    indent_of,
    parse_option_line,
)
from sync_profiles.config.values import (
    LONGEST_TYPO,
    correct_powershell,
    first_invisible,
    is_own_header,
    lines_of_broken_keys,
    named_header,
    names_header,
    quote_key,
    quote_lost_header,
    spaced,
    split_header,
    without_comment,
    without_delimiter,
    write_header,
)
from sync_profiles.known_keys import ONE_LINE_KEYS
from sync_profiles.model import Place, Problem
from sync_profiles.secret_shapes import holds_access_key
from sync_profiles.text import name_character, quote

_NUL = "\x00"
_HEADER = re.compile(r"\[.+\]")
_CONFLICT_MARK = re.compile(r"([<|=>])\1{6}(?:\s|$)")
#: the lines of other programs and formats: of git, of a template, of Markdown
_MARKS_OF_PROGRAMS = (
    (
        _CONFLICT_MARK,
        "git's mark of a conflict",
        "keep the lines of one version, and remove the others and git's marks",
    ),
    (
        re.compile(r"\s*(?:<%|\{[{%#])"),
        "a line of a template",
        "use what a program makes of the template instead, or remove the line",
    ),
    (re.compile(r"\s*(?:`{3}|~{3})\s*\w*\s*$"), "a line of Markdown", "remove the line"),
)
_WITHOUT_BRACKETS = re.compile(
    r"default|(?:profile|sso-session|services)\s+(?:[^\s=:\[\]\"']+|\"[^\"]+\"|'[^']+')"
)
#: a header behind what a shell, `echo -e` or a list has in front of it, or what is not seen
_BEHIND_TEXT = re.compile(
    r"(?P<mark>(?:export|set|-[eEn]+)(?=[\s\[])|\d+\s*[.):|]?|[^\w\[\]]+)\s*"
    r"(?P<header>\[[^\[\]]+\])[^\w\[\]]*"
)
#: what is around a header in place of square brackets, or beside them
_BRACKETS = "[](){}<>\uff3b\uff3d\u3010\u3011` "
_QUOTES = "\"'\u201c\u201d\u2018\u2019"
_OF_A_LINE = frozenset({"no-delimiter", "text-before-section"})
KEY_TWICE = "duplicate-option"
#: what begins a comment elsewhere
_OTHER_COMMENT = re.compile(r"//|--|/\*|<!--|(?i:rem)(?=\s)")


def correct_problems(problems: Sequence[Problem], lines: Sequence[str]) -> tuple[Problem, ...]:
    """Return the problems of a text with what was meant, in order and without mere consequences."""
    problems = sorted(problems, key=lambda problem: problem.place.line)
    spoiled = _spoiled_lines(problems, lines)
    found: list[Problem] = []
    reported = {problem.place.line for problem in problems if problem.place.line not in spoiled}
    keys = lines_of_broken_keys(lines)
    for problem in problems:
        cause = spoiled.get(problem.place.line)
        if cause is None:
            key = keys.get(problem.place.line)
            found.append(_repair_line(problem, lines[problem.place.line - 1], broken_key=key))
        elif cause.place.line not in reported:
            reported.add(cause.place.line)
            found.append(cause)
    found = sorted(found, key=lambda problem: problem.place.line)
    twice = {problem for problem in problems if problem.code == KEY_TWICE}
    return tuple(_join_repeated_keys(found, twice=twice))


def _join_repeated_keys(
    problems: Sequence[Problem], *, twice: Collection[Problem]
) -> Iterator[Problem]:
    """Yield the problems, but only one for successive lines whose keys are all there `twice`.

    Such lines are most often another profile's, without its header: following a hint for each line
    would remove that profile's settings, or mix them with the other's.
    """
    rows: list[list[Problem]] = []
    for problem in problems:
        above = rows[-1][-1] if rows else problem
        if problem in twice and above in twice and problem.place.line == above.place.line + 1:
            rows[-1].append(problem)
        else:
            rows.append([problem])
    for first, *others in rows:
        if not others:
            yield first
            continue
        yield replace(
            first,
            message=f"the keys of lines {first.place.line} to {others[-1].place.line} are in their "
            "section a second time, as if a header were missing",
            hint="write the header of their profile above its first setting; if they are new keys "
            "of the same profile, remove the old ones",
        )


def _repair_line(problem: Problem, text: str, *, broken_key: int | None) -> Problem:
    if len(text) > LONGEST_TYPO:
        return problem
    if problem.code == KEY_TWICE and (of_powershell := correct_powershell(text)) is not None:
        return replace(problem, message=of_powershell[0], hint=of_powershell[1])
    of_program = next((each for each in _MARKS_OF_PROGRAMS if each[0].match(text)), None)
    if of_program is not None:
        return replace(problem, message=f"this is {of_program[1]}", hint=of_program[2])
    if problem.code not in _OF_A_LINE:
        return problem
    bare = without_comment(text.strip())
    if not bare.strip("[] "):
        return problem  # a bracket alone is not a header with one missing
    setting = without_delimiter(text) if problem.code == "no-delimiter" else None
    found = _repair_header(bare)
    if setting is not None and _without_brackets(bare) is None:
        found = f"the line has no `=` after {quote(setting[1])}", setting[0]
    if found is None and (mark := _OTHER_COMMENT.match(bare)) is not None:
        found = f"{quote(mark[0])} does not make a line a comment", "begin the line with `#`"
    if found is None:
        found = problem.message, _repair_text(text, broken_key, problem)
    return replace(problem, message=found[0], hint=found[1])


def _repair_text(text: str, broken_key: int | None, problem: Problem) -> str:
    """Return what to do with a line that was not meant as a header."""
    is_setting = parse_option_line(text) is not None
    if holds_access_key(text) and not is_setting:
        return "copy the keys, remove the line, and give them to `aws configure`"
    if broken_key is not None:
        return f"join it to line {broken_key} if it belongs to the value, or remove it"
    if problem.code == "text-before-section" and not is_setting:
        return "make it a comment with `#`, or remove it"
    return problem.hint


def _repair_header(bare: str) -> tuple[str, str] | None:
    """Return what is wrong with a line that was meant as a header, and what to do."""
    if bare.startswith("[") and "]" not in bare:
        cut_off = bare.rstrip(")}> ")
        end = " NAME]" if cut_off in {"[profile", "[sso-session", "[services"} else "]"
        return "the header has no `]`", write_header(cut_off + end)
    if bare.endswith("]") and "[" not in bare:
        return "the header has no `[`", write_header(f"[{bare}")
    inner = _without_brackets(bare)
    if inner is not None:
        what = "has no brackets" if inner == bare else "is not between `[` and `]` alone"
        return f"the header {what}", write_header(f"[{inner}]")
    if (behind := _BEHIND_TEXT.fullmatch(bare)) is None:
        return None
    write = write_header(behind["header"], otherwise="remove it")
    if (invisible := first_invisible(behind["mark"])) is not None:
        return f"there is {name_character(invisible)} before the header", f"{write}; retype it"
    mark = behind["mark"].strip()
    if mark == "//":
        write += ", or begin it and all lines of its section with `#`"
    return f"there is {quote(mark)} before the header", write


def _without_brackets(bare: str) -> str | None:
    """Return the text of a line that was meant as a header, without what is around it."""
    without = (bare if "[" in bare else spaced(bare)).strip(_BRACKETS)
    is_quoted = {*without[:1], *without[-1:]} <= {*_QUOTES}  # a name may have quotes of its own
    unquoted = without[1:-1].strip(_BRACKETS) if is_quoted else without
    for inner in (without, unquoted, without.strip(_BRACKETS + _QUOTES)):
        if _WITHOUT_BRACKETS.fullmatch(inner) is not None:
            return inner
    return None


def _spoiled_lines(problems: Sequence[Problem], lines: Sequence[str]) -> dict[int, Problem]:
    """Return the lines whose problem is a consequence, each with the problem to report instead."""
    by_place = {problem.place: problem for problem in problems}
    blocks = {problem.place.line for problem in problems if problem.code == NESTED_BLOCK_INVALID}
    spoiled: dict[int, Problem] = {}
    cause: Problem | None = None
    first_nul: Place | None = None
    setting: tuple[int, str] | None = None  # the last one above, in its section
    for number, line in enumerate(lines, start=1):
        place = Place(problems[0].place.file, number)
        problem = by_place.get(place)
        first_nul = place if first_nul is None and _NUL in line else first_nul
        if carries_text(line):
            if setting is not None and len(indent_of(line)) > len(indent_of(setting[1])):
                swallowed = _swallowed(place, line, setting)
                cause = swallowed or cause
                if swallowed is not None and setting[0] in blocks and is_own_header(line.strip()):
                    spoiled[setting[0]] = replace(swallowed, code=NESTED_BLOCK_INVALID)
                continue
            setting = None if _HEADER.match(line.strip()) is not None else (number, line)
        if problem is not None and first_nul is not None:
            spoiled[number] = _nul_problem(problem, first_nul, lines[first_nul.line - 1])
        elif problem is not None and cause is not None and problem.code == KEY_TWICE:
            spoiled[number] = cause
        elif carries_text(line):
            cause = _cause(place, line, problem, cause)
            if cause is not None and cause.place == place and problem not in {None, cause}:
                spoiled[number] = cause  # who removes the line of such a key loses the header
    return spoiled


def _swallowed(place: Place, line: str, setting: tuple[int, str]) -> Problem | None:
    """Return what is wrong with a line below a setting, if it was meant as a header."""
    bare = without_comment(line.strip())
    option = parse_option_line(setting[1])
    is_alone = _HEADER.fullmatch(bare) is not None
    header = bare if is_alone else named_header(bare)
    if option is None or header is None or not (is_alone or "=" in bare):
        return None
    what, hint = "is indented", f"remove the indentation of line {place.line}"
    if not is_alone:
        what, hint = "is on the same line as a setting", "move the header to a line of its own"
    whose = f"so it is part of the value of {quote_key(option.key.lower())} on line {setting[0]}"
    message = f"{quote_lost_header(header)} {what}, {whose}"
    return Problem(place=place, code=KEY_TWICE, message=message, hint=hint)


def _nul_problem(problem: Problem, place: Place, line: str) -> Problem:
    """Return what is wrong from a line on that has NULs in it."""
    message, hint = "the file is saved as UTF-16 from this line on", "save it as UTF-8 without BOM"
    if not line.strip().strip(_NUL):
        message = "from this line on there are NULs, as a crash leaves them"
        hint = "remove them, and compare the file with a backup"
    return replace(problem, place=place, message=message, hint=hint)


def _cause(
    place: Place, line: str, problem: Problem | None, cause: Problem | None
) -> Problem | None:
    """Return the problem for which keys below it seem to be there twice, as far as this line."""
    if problem is not None and problem.code == "duplicate-section":
        return problem
    if _HEADER.match(line) is not None:
        return None
    if len(line) > LONGEST_TYPO:
        return cause
    if problem is not None and problem.code in _OF_A_LINE:
        bare = without_comment(line.strip())
        is_cut = bare.startswith("[") != bare.endswith("]")
        is_cut = is_cut or _CONFLICT_MARK.match(bare) is not None  # a version of the lines begins
        is_header = is_cut or _BEHIND_TEXT.fullmatch(bare) or _without_brackets(bare)
        return problem if is_header else cause
    option = parse_option_line(line)
    key = "" if option is None else option.key.lower()
    if option is None or not (key in ONE_LINE_KEYS or names_header(key, option.value)):
        return cause
    glued = split_header(option.value)
    if glued is None or not (glued[0] or is_own_header(glued[1])):
        return cause  # brackets around a value, such as a key, are no header's
    return Problem(
        place=place,
        code=KEY_TWICE,
        message=f"the header {quote_lost_header(glued[1])} is on the same line as the value of "
        f"{quote(option.key.lower())}",
        hint="move the header to a line of its own",
    )
