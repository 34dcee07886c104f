"""Checks of single lines and settings: those that are refused or misread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

from sync_profiles.config.syntax import PROBLEMS
from sync_profiles.config.values import (
    is_own_header,
    meant_value,
    quote_key,
    quote_lost_header,
    second_delimiter,
    split_header,
    write_as,
)
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import Check, check
from sync_profiles.lint.misreading import (
    Misreading,
    indented_headers,
    indented_line,
    indented_settings,
    instead_of_variable,
    is_setting_line,
    settings_below,
    variable_in,
)
from sync_profiles.lint.written_setting import SETTING_WAITS, WrittenSetting
from sync_profiles.masked_lines import hides_secret
from sync_profiles.model import (
    SESSION_NAME_KEY,
    TOKEN_KEYS,
    FileKind,
    Place,
    Problem,
    in_parentheses,
)
from sync_profiles.text import listed, quote

_REST = re.compile(r"(?=[A-Za-z]*[\d/+]|[A-Za-z]+==)[A-Za-z0-9/+]{8,}={1,2}")  # not a word and `=`
#: with a space before it, or alone, a header was meant as a part of the comment
_COMMENT_WITH_HEADER = re.compile(r"[#;].*[^\s#;](?P<header>\[profile\s[^\[\]]+\])\s*")
_MOVE = "move the header to a line of its own"


def _refused_lines(files: BothFiles, code: str) -> Iterator[Problem]:
    for file in files.by_kind.values():
        for problem in file.problems:
            if problem.code == code:
                yield replace(problem, profile=files.profile_at(problem.place))


#: for these botocore, and with it the AWS CLI, refuses the whole file
REFUSALS = tuple(
    Check(code=code, meaning=meaning, find=partial(_refused_lines, code=code), is_fatal=True)
    for code, (meaning, *_) in PROBLEMS.items()
)


@check(SETTING_WAITS, "a setting of an import still waits for your credentials")
def _waiting_settings(files: BothFiles) -> Iterator[Problem]:
    for place, (name, key) in files.waiting.items():
        profile = files.profiles.get(name or "")
        if profile is not None and key not in profile.settings:
            yield Problem(
                place=place,
                profile=name,
                message=f"{quote(key)} still waits for your credentials",
                hint="run `sync-profiles import`",
                unread=(key,),
            )


@check(
    "swallowed-header",
    "a header is indented, so it is part of the value above it",
    hides_profiles=True,
)
def swallowed_headers(files: BothFiles) -> Iterator[Problem]:
    """Yield the headers that are part of the value above them."""
    for setting in files.with_header(Misreading.LINES_BELOW):
        for header, line in indented_headers(setting.option):
            if files.is_refused(Place(file=setting.place.file, line=line)):
                continue  # the keys below it are there twice
            text = setting.option.block.lines[line - setting.option.line].strip()
            what, hint = "is indented", "remove the indentation of the header"
            if not text.startswith("["):
                what, hint = "is on the same line as a setting", _MOVE
            yield setting.problem(
                f"{quote_lost_header(header)} {what}, {_so_it_is_part_of(setting)}",
                _merged(header, setting, files) or hint,
                line=line,
            )


@check(
    "header-in-comment",
    "a header is on the line of a comment, so it is part of that comment",
    hides_profiles=True,
)
def _headers_in_comments(files: BothFiles) -> Iterator[Problem]:
    """Yield the headers that a program has appended to a last line without a line break."""
    for number, (line, below) in enumerate(pairwise(files.lines[FileKind.CONFIG]), start=1):
        found = _COMMENT_WITH_HEADER.fullmatch(line)
        if found is not None and is_setting_line(below):
            place = Place(file=FileKind.CONFIG, line=number)
            header = quote_lost_header(found["header"])
            yield Problem(
                place=place,
                profile=files.profile_at(place),
                message=f"{header} is on the line of a comment, so it is part of that comment",
                hint=_MOVE,
            )


@check("swallowed-line", "a line is indented, so it is part of the value above it")
def _swallowed_lines(files: BothFiles) -> Iterator[Problem]:
    """Yield the first indented line that became part of a value which should have one line.

    The settings below are part of the same value, and would be part of that line's next.
    """
    for setting in files.misread_as(Misreading.LINES_BELOW):
        line = indented_line(setting.option, is_one_line=setting.is_one_line)
        if line is not None:
            # with text alone in it, the AWS CLI would refuse the file
            hint = f"join it to line {setting.place.line} if it belongs to the value, or remove it"
            if runs := indented_settings(setting.option, line):
                noun = "line" if runs == [[line]] else "lines"
                which = listed(f"{one[0]} to {one[-1]}" if one[1:] else str(one[0]) for one in runs)
                hint = f"remove the indentation of {noun} {which}, or remove the {noun}"
            yield setting.problem(
                f"the line is indented, {_so_it_is_part_of(setting)}",
                hint,
                line=line,
                unread=settings_below(setting.option.values),
            )


@check("broken-value", "a line has the rest of the secret key or the token above it")
def _broken_values(files: BothFiles) -> Iterator[Problem]:
    """Yield the lines with the rest of a secret or a token, which end with a `=` of its Base64."""
    for settings in files.settings.values():
        for rest in settings:
            if not rest.takes_effect or _REST.fullmatch(rest.option.block.lines[0].strip()) is None:
                continue
            for key in ("aws_secret_access_key", *TOKEN_KEYS):
                above = rest.place_of_other(key)
                if above is not None and above.line + 1 == rest.place.line:
                    found = rest.problem(
                        f"the line has the rest of the value of {quote(key)} on line {above.line}",
                        f"join it to line {above.line}",
                    )
                    yield replace(found, value_at=above)


def _so_it_is_part_of(setting: WrittenSetting) -> str:
    return f"so it is part of the value of {quote_key(setting.key)} on line {setting.place.line}"


@check("nested-value", "a setting has a block of settings where its value should be")
def _nested_values(files: BothFiles) -> Iterator[Problem]:
    for setting in files.misread_as(Misreading.BLOCK):
        if files.is_refused(setting.place):
            continue
        yield setting.problem(
            f"{quote(setting.key)} has no value, but a block of settings below it",
            f"write the value on the same line as {quote(setting.key)}",
            unread=(setting.key, *settings_below(setting.option.values)),
        )


@check("inline-comment", "a comment after a value is part of that value")
def _inline_comments(files: BothFiles) -> Iterator[Problem]:
    for setting in files.misread_as(Misreading.COMMENT):
        value = meant_value(setting.value)
        line = f"{setting.key} = {value}"
        is_shown = value and not hides_secret(line)
        yield setting.problem(
            f"the comment after {quote(setting.key)} is part of its value",
            (f"write {quote(line)}, and " if is_shown else "") + "put the comment on its own line",
        )


@check(
    "quoted-value", "the quotes around a value, or a second `=` before it, are part of that value"
)
def _quoted_values(files: BothFiles) -> Iterator[Problem]:
    for setting in files.misread_as(Misreading.QUOTES):
        line = f"{setting.key} = {meant_value(setting.value)}"
        mark = second_delimiter(setting.value)
        what = f"the quotes around the value of {quote(setting.key)} are"
        if mark:
            what = f"{quote(mark)} before the value of {quote(setting.key)} is"
        yield setting.problem(
            f"{what} part of that value",
            f"remove {quote(mark) if mark else 'the quotes'}"
            if hides_secret(line)
            else f"write {quote(line)}",
        )


@check(
    "header-after-value",
    "a header is on the same line as a value, so it is part of that value",
    hides_profiles=True,
)
def glued_headers(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that a header follows on the same line."""
    for setting in files.with_header(Misreading.HEADER):
        if files.is_refused(setting.place):
            continue
        value, header = split_header(setting.value) or ("", "")
        if not value and not is_own_header(header):  # a key, which is not shown
            yield setting.problem(
                f"the brackets around the value of {quote(setting.key)} are part of that value",
                "remove the brackets",
            )
            continue
        yield setting.problem(
            f"the header {quote_lost_header(header)} is on the same line as the value of "
            f"{quote(setting.key)}, so it is part of that value",
            _merged(header, setting, files) or _MOVE,
        )


def _merged(header: str, setting: WrittenSetting, files: BothFiles) -> str | None:
    """Return what to do with a header that the file has already; None if it has no other."""
    known = files.by_kind[setting.place.file].sections.get(header[1:-1])
    if known is None:
        return None
    there = in_parentheses(known.place)
    return f"move what is below it to {quote_lost_header(header)} {there}, and remove the header"


@check(
    "setting-after-value",
    "a setting is on the same line as another one, so it is part of that value",
)
def _glued_settings(files: BothFiles) -> Iterator[Problem]:
    for setting in files.misread_as(Misreading.SETTING):
        keys = tuple(settings_below(setting.option.on_line))
        own, others = quote(setting.key), listed(map(quote, keys))
        if setting.key in keys:
            yield setting.problem(f"{own} appears twice in the line", "remove one of the two")
            continue
        are, it, they = ("are", "each", "they are") if keys[1:] else ("is", "it", "it is")
        hint = f"move {it} to a line of its own"
        there = [place for key in keys if (place := setting.place_of_other(key)) is not None]
        if there:
            hint = f"remove {it}, or {hint} in place of {listed(f'line {p.line}' for p in there)}"
        yield setting.problem(
            f"{others} {are} on the same line as the value of {own}, so {they} part of that value",
            hint,
            unread=keys,
        )


@check("variable-not-replaced", "a value names a variable, which the AWS CLI does not replace")
def variables(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that name a variable, as a team's file may."""
    for setting in files.misread_as(Misreading.VARIABLE):
        variable = variable_in(setting.value)
        is_name = setting.key == SESSION_NAME_KEY and setting.is_of_role
        yield setting.problem(
            f"the AWS CLI does not replace {quote(variable)} in the value of {quote(setting.key)}",
            "run `sync-profiles`, which writes your name if AWS accepts it, or write the value"
            if is_name
            else instead_of_variable(variable),
        )


@check("misspelt-key", "a key is a typo of one that the AWS CLI knows")
def _misspelled_keys(files: BothFiles) -> Iterator[Problem]:
    for setting, meant, repair in files.without_delimiter:
        yield setting.problem(f"the line has no `=` after {quote(meant)}", repair, unread=(meant,))
    for setting, meant in files.misspelled.values():
        yield setting.problem(
            f"{quote(setting.written_key)} is not a setting that the AWS CLI knows",
            write_as(meant, setting.option.block.lines[0]),
            unread=(meant,),
        )
