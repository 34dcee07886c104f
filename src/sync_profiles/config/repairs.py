"""What was meant by lines that botocore refuses, or reads in another way, and what to write.

A line that spoils those below it is reported alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sync_profiles.config.repeated_keys import KEY_TWICE, join_repeated_keys
from sync_profiles.config.syntax import (
    NESTED_BLOCK_INVALID,
    SyntaxProblem,
    carries_text,
    indent_of,
    parse_option_line,
)
from sync_profiles.config.values import (
    DELIMITERS,
    first_invisible,
    is_own_header,
    lines_of_broken_keys,
    meant_value,
    named_header,
    names_header,
    powershell_key,
    quote_key,
    quote_lost_header,
    quoted_value,
    spaced,
    split_header,
    without_comment,
    write_header,
)
from sync_profiles.known_keys import ONE_LINE_KEYS, setting_called
from sync_profiles.masked_lines import hides_secret
from sync_profiles.shapes import holds_access_key, redact
from sync_profiles.text import name_character, quote

#: a longer line is no typo, and the patterns would take quadratic time in its blanks
_LONGEST = 1000
_WITHOUT_DELIMITER = re.compile(
    r"(?P<key>\w+)(?!\s*[=:][\s\w])"  # there, what is wrong is before the key
    rf"(?P<mark>\s*[{DELIMITERS}]+\s*|\s+[-~\u2013\u2014{DELIMITERS}]+\s+|\s+)(?P<value>\S.*)"
)
_NUL = "\x00"
_HEADER = re.compile(r"\[.+\]")
# git's marks; with a colon or `=` in the name of a branch, they are settings for botocore
_CONFLICT_BEGIN, _CONFLICT_MIDDLE, _CONFLICT_END = (
    re.compile(rf"{sign}{{7}}(?:\s|$)") for sign in "<=>"
)
_CONFLICT_MARK = re.compile(r"([<|>])\1{6}(?:\s|$)")
_WITHOUT_BRACKETS = re.compile(
    r"default|(?:profile|sso-session|services)\s+(?:[^\s=:\[\]\"']+|\"[^\"]+\"|'[^']+')"
)
#: what a shell, `echo -e` or a list has in front of a header, and what is no comment here
_BEHIND_TEXT = re.compile(
    r"(?P<mark>(?:export|set|-[eEn]+)(?=[\s\[])|\d+\s*[.):|]?|[^\w\[\]/]+|(?P<slashes>//+))\s*"
    r"(?P<header>\[[^\[\]]+\])[^\w\[\]]*"
)
#: what is around a header in place of square brackets, or beside them
_BRACKETS = "[](){}<>\uff3b\uff3d\u3010\u3011` "
_QUOTES = "\"'\u201c\u201d\u2018\u2019"
_OF_A_LINE = frozenset({"no-delimiter", "text-before-section"})
#: what begins a comment elsewhere
_OTHER_COMMENT = re.compile(r"//|--|/\*|<!--|(?i:rem)(?=\s)")


def correct_problems(
    problems: Sequence[SyntaxProblem], lines: Sequence[str]
) -> tuple[SyntaxProblem, ...]:
    """Return the problems of a text with what was meant, in order and without mere consequences."""
    problems = sorted(problems, key=lambda problem: problem.line)
    spoiled = _spoiled_lines(problems, lines)
    found: list[SyntaxProblem] = []
    reported = {problem.line for problem in problems if problem.line not in spoiled}
    keys = lines_of_broken_keys(lines)
    for problem in problems:
        cause = spoiled.get(problem.line)
        if cause is None:
            key = keys.get(problem.line)
            found.append(_repair_line(problem, lines[problem.line - 1], broken_key=key))
        elif cause.line not in reported:
            reported.add(cause.line)
            found.append(cause)
    found = sorted(found, key=lambda problem: problem.line)
    twice = {problem for problem in problems if problem.code == KEY_TWICE}
    return tuple(join_repeated_keys(found, lines, twice=twice))


def _repair_line(problem: SyntaxProblem, text: str, *, broken_key: int | None) -> SyntaxProblem:
    if len(text) > _LONGEST:
        return problem
    if problem.code == KEY_TWICE and (of_powershell := correct_powershell(text)) is not None:
        return replace(problem, message=of_powershell[0], hint=of_powershell[1])
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
    elif found is None and parse_option_line(text) is None and holds_access_key(text):
        found = problem.message, "copy the keys, remove the line, and give them to `aws configure`"
    elif found is None and broken_key is not None:
        join = f"join it to line {broken_key} if it belongs to the value, or remove it"
        found = problem.message, join
    return problem if found is None else replace(problem, message=found[0], hint=found[1])


def _repair_header(bare: str) -> tuple[str, str] | None:
    """Return what is wrong with a line that was meant as a header, or is git's, and what to do."""
    if _CONFLICT_MARK.match(bare) is not None:
        return "this is git's mark of a conflict", "remove the line"
    if bare.startswith("[") and "]" not in bare:
        header = bare.rstrip(")}>") + (" NAME]" if bare == "[profile" else "]")
        return "the header has no `]`", write_header(header)
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
        return f"there is {name_character(invisible)} before the header", f"{write}, typed again"
    if behind["slashes"] is None:
        return "there is text before the header", write
    or_comment = f"{write}, or begin it and all lines of its section with `#`"
    return "`//` does not make a header a comment", or_comment


def _without_brackets(bare: str) -> str | None:
    """Return the text of a line that was meant as a header, without what is around it."""
    without = (bare if "[" in bare else spaced(bare)).strip(_BRACKETS)
    is_quoted = {*without[:1], *without[-1:]} <= {*_QUOTES}  # a name may have quotes of its own
    unquoted = without[1:-1].strip(_BRACKETS) if is_quoted else without
    for inner in (without, unquoted, without.strip(_BRACKETS + _QUOTES)):
        if _WITHOUT_BRACKETS.fullmatch(inner) is not None:
            return inner
    return None


def _spoiled_lines(
    problems: Sequence[SyntaxProblem], lines: Sequence[str]
) -> dict[int, SyntaxProblem]:
    """Return the lines whose problem is a consequence, each with the problem to report instead."""
    by_line = {problem.line: problem for problem in problems}
    blocks = {problem.line for problem in problems if problem.code == NESTED_BLOCK_INVALID}
    spoiled: dict[int, SyntaxProblem] = {}
    cause: SyntaxProblem | None = None
    conflicts = {number: lines_of[0] for lines_of in _conflicts(lines) for number in lines_of}
    wide: int | None = None
    setting: tuple[int, str] | None = None  # the last one above, in its section
    for number, line in enumerate(lines, start=1):
        problem = by_line.get(number)
        wide = number if wide is None and _NUL in line else wide
        if carries_text(line):
            if setting is not None and len(indent_of(line)) > len(indent_of(setting[1])):
                swallowed = _swallowed(number, line, setting)
                cause = swallowed or cause
                if swallowed is not None and setting[0] in blocks and is_own_header(line.strip()):
                    spoiled[setting[0]] = replace(swallowed, code=NESTED_BLOCK_INVALID)
                continue
            setting = None if _HEADER.match(line.strip()) is not None else (number, line)
        if problem is not None and wide is not None:
            spoiled[number] = _wide(problem, wide, lines[wide - 1])
        elif problem is not None and number in conflicts:
            spoiled[number] = replace(
                problem,
                line=conflicts[number],
                code="no-delimiter",
                message="git left a merge conflict here: two versions of the same lines",
                hint="keep the lines of one version, and remove the others and git's marks",
            )
        elif problem is not None and cause is not None and problem.code == KEY_TWICE:
            spoiled[number] = cause
        elif carries_text(line):
            cause = _cause(number, line, problem, cause)
    return spoiled


def _swallowed(number: int, line: str, setting: tuple[int, str]) -> SyntaxProblem | None:
    """Return what is wrong with a line below a setting, if it was meant as a header."""
    bare = without_comment(line.strip())
    option = parse_option_line(setting[1])
    is_alone = _HEADER.fullmatch(bare) is not None
    header = bare if is_alone else named_header(bare)
    if option is None or header is None or not (is_alone or "=" in bare):
        return None
    what, hint = "is indented", f"remove the indentation of line {number}"
    if not is_alone:
        what, hint = "is on the same line as a setting", "move the header to a line of its own"
    whose = f"so it is part of the value of {quote_key(option.key.lower())} in line {setting[0]}"
    message = f"{quote_lost_header(header)} {what}, {whose}"
    return SyntaxProblem(line=number, code=KEY_TWICE, message=message, hint=hint)


def _wide(problem: SyntaxProblem, number: int, line: str) -> SyntaxProblem:
    """Return what is wrong from a line on that has NULs in it."""
    message, hint = "the file is saved as UTF-16 from this line on", "save it as UTF-8 without BOM"
    if not line.strip().strip(_NUL):
        message = "from this line on there are NULs, as a crash leaves them"
        hint = "remove them, and compare the file with a backup"
    return replace(problem, line=number, message=message, hint=hint)


def _conflicts(lines: Sequence[str]) -> Iterator[range]:
    """Yield the numbers of the lines from a conflict's first mark to its last one."""
    begin = middle = None
    for number, line in enumerate(lines, start=1):
        if _CONFLICT_BEGIN.match(line) is not None:
            begin, middle = number, None
        elif begin is not None and _CONFLICT_MIDDLE.match(line) is not None:
            middle = number
        elif begin is not None and middle is not None and _CONFLICT_END.match(line) is not None:
            yield range(begin, number + 1)
            begin = middle = None


def _cause(
    number: int, line: str, problem: SyntaxProblem | None, cause: SyntaxProblem | None
) -> SyntaxProblem | None:
    """Return the problem for which keys below it seem to be there twice, as far as this line."""
    if problem is not None and problem.code == "duplicate-section":
        return problem
    if _HEADER.match(line) is not None:
        return None
    if len(line) > _LONGEST:
        return cause
    if problem is not None and problem.code in _OF_A_LINE:
        bare = without_comment(line.strip())
        is_cut = bare.startswith("[") != bare.endswith("]")
        is_header = is_cut or _BEHIND_TEXT.fullmatch(bare) or _without_brackets(bare)
        return problem if is_header else cause
    option = parse_option_line(line)
    key = "" if option is None else option.key.lower()
    if option is None or not (key in ONE_LINE_KEYS or names_header(key, option.value)):
        return cause
    glued = split_header(option.value)
    if glued is None or not (glued[0] or is_own_header(glued[1])):
        return cause  # brackets around a value, such as a key, are no header's
    return SyntaxProblem(
        line=number,
        code=KEY_TWICE,
        message=f"the header {quote_lost_header(glued[1])} is on the same line as the value of "
        f"{quote(option.key.lower())}",
        hint="move the header to a line of its own",
    )


def without_delimiter(text: str) -> tuple[str, str] | None:
    """Return what to write for a setting without `=`, and its key; None for any other line."""
    if len(text) > _LONGEST:
        return None
    row = without_comment(text.strip()).strip("| \t")  # without the borders of a table
    found = _WITHOUT_DELIMITER.fullmatch(row)
    if found is None or found["key"].lower() not in {*ONE_LINE_KEYS, "credential_process"}:
        return None
    key, mark, value = found["key"], found["mark"].strip(), found["value"]
    line = f"{key} = {meant_value(value.split(' | ')[0] if mark == '|' else value)}"
    if _is_shown(line):
        return f"write {quote(line)}", key
    return "write `=` " + (f"in place of {quote(mark)}" if mark else f"after {quote(key)}"), key


def write_as(key: str, line: str) -> str:
    """Return the hint to write a setting's line with this key, and without quotes in it."""
    value = quoted_value(line)
    is_json = line.lstrip().startswith(('"', "'"))
    if value is None or (key == "credential_process" and not is_json):  # its words may have quotes
        return f"write {quote(key)}"
    repaired = f"{key} = {meant_value(value)}"
    if _is_shown(repaired) and meant_value(value) != value:
        return f"write {quote(repaired)}"
    marks = "quotes and comma" if value.endswith(",") else "quotes"
    return f"write {quote(key)}, without {marks} around its value"


def correct_powershell(line: str) -> tuple[str, str] | None:
    """Return what is wrong with a line of PowerShell, and what to do; None for any other line."""
    key = powershell_key(line)
    if key is None:
        return None
    name = key.partition(":")[2]
    meant = setting_called(name) or name
    hint = write_as(meant, line) if meant in ONE_LINE_KEYS else "remove the line"
    return f"{quote(key)} is not a setting that the AWS CLI knows", hint


def _is_shown(line: str) -> bool:
    return not hides_secret(line) and redact(line) == line
