"""Checks of single lines and settings: those that are refused, misread or invalid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sync_profiles.config.values import (
    in_ascii,
    is_own_header,
    meant_value,
    quote_key,
    quote_lost_header,
    second_delimiter,
    split_header,
    write_as,
)
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.misreading import (
    Misreading,
    indented_headers,
    indented_line,
    instead_of_variable,
    is_setting_line,
    settings_below,
    variable_in,
)
from sync_profiles.lint.written_setting import WrittenSetting
from sync_profiles.masked_lines import hides_secret
from sync_profiles.model import SESSION_NAME_KEY, TOKEN_KEYS, Place, Problem, in_parentheses
from sync_profiles.outcomes import LONGEST_DURATION, SHORTEST_DURATION
from sync_profiles.planning.cli_settings import OUTPUTS
from sync_profiles.planning.session_name import SESSION_NAME_RULE, is_external_id, is_session_name
from sync_profiles.text import listed, quote

_REST = re.compile(r"(?=[A-Za-z]*[\d/+]|[A-Za-z]+==)[A-Za-z0-9/+]{8,}={1,2}")  # not a word and `=`
_MOVE = "move the header to a line of its own"
_RUN_OR = "run `sync-profiles`, which writes your name, or "


def refused_lines(files: BothFiles, code: str) -> Iterator[Problem]:
    """Yield the lines for which botocore refuses the whole file."""
    for kind, file in files.by_kind.items():
        for problem in file.problems:
            if problem.code == code:
                place = Place(file=kind, line=problem.line)
                yield Problem(
                    place=place,
                    profile=files.profile_at(place),
                    message=problem.message,
                    hint=problem.hint,
                )


def waiting_settings(files: BothFiles) -> Iterator[Problem]:
    """Yield the imported settings that are a comment until the user is known."""
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


def swallowed_lines(files: BothFiles) -> Iterator[Problem]:
    """Yield the first indented line that became part of a value which should have one line."""
    for setting in files.misread_as(Misreading.LINES_BELOW):
        line = indented_line(setting.option, is_one_line=setting.is_one_line)
        if line is not None:
            # with text alone in it, the AWS CLI would refuse the file
            is_setting = is_setting_line(setting.option.block.lines[line - setting.option.line])
            hint = f"remove the indentation of line {line}, or remove the line"
            join = f"join it to line {setting.place.line} if it belongs to the value, or remove it"
            yield setting.problem(
                f"the line is indented, {_so_it_is_part_of(setting)}",
                hint if is_setting else join,
                line=line,
                unread=settings_below(setting.option.values),
            )


def broken_values(files: BothFiles) -> Iterator[Problem]:
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


def nested_values(files: BothFiles) -> Iterator[Problem]:
    """Yield the keys that have a block of settings where their value should be."""
    for setting in files.misread_as(Misreading.BLOCK):
        if files.is_refused(setting.place):
            continue
        yield setting.problem(
            f"{quote(setting.key)} has no value, but a block of settings below it",
            f"write the value on the same line as {quote(setting.key)}",
            unread=(setting.key, *settings_below(setting.option.values)),
        )


def inline_comments(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that include the comment after them."""
    for setting in files.misread_as(Misreading.COMMENT):
        value = meant_value(setting.value)
        line = f"{setting.key} = {value}"
        is_shown = value and not hides_secret(line)
        yield setting.problem(
            f"the comment after {quote(setting.key)} is part of its value",
            (f"write {quote(line)}, and " if is_shown else "") + "put the comment on its own line",
        )


def quoted_values(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that include the quotes around them, or a second delimiter before them."""
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
    there = in_parentheses(setting.place._replace(line=known.line))
    return f"move what is below it to {quote_lost_header(header)} {there}, and remove the header"


def glued_settings(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that another setting follows on the same line."""
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


def variables(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that name a variable, as a team's file may."""
    for setting in files.misread_as(Misreading.VARIABLE):
        variable = variable_in(setting.value)
        is_name = setting.key == SESSION_NAME_KEY and setting.is_of_role
        yield setting.problem(
            f"the AWS CLI does not replace {quote(variable)} in the value of {quote(setting.key)}",
            f"{_RUN_OR}write the variable's value" if is_name else instead_of_variable(variable),
        )


def misspelt_keys(files: BothFiles) -> Iterator[Problem]:
    """Yield the keys that the AWS CLI ignores and that are similar to one that it knows."""
    for setting, meant, repair in files.without_delimiter:
        yield setting.problem(f"the line has no `=` after {quote(meant)}", repair, unread=(meant,))
    for setting, meant in files.misspelt.values():
        yield setting.problem(
            f"{quote(setting.written_key)} is not a setting that the AWS CLI knows",
            write_as(meant, setting.option.block.lines[0]),
            unread=(meant,),
        )


def invalid_session_names(files: BothFiles) -> Iterator[Problem]:
    """Yield the session names that STS does not accept; an empty one counts as none."""
    for setting in files.in_effect("role_session_name"):
        if setting.is_of_any_role and setting.value and not is_session_name(setting.value):
            yield setting.problem(
                f"{quote(setting.value)} cannot be a session name: STS accepts {SESSION_NAME_RULE}",
                (_RUN_OR if setting.is_of_role else "") + "correct `role_session_name`",
            )


def invalid_external_ids(files: BothFiles) -> Iterator[Problem]:
    """Yield the external IDs that STS does not accept."""
    for setting in files.in_effect("external_id"):
        if setting.is_of_role and not is_external_id(setting.value):
            value, meant = quote(setting.value), in_ascii(setting.value)
            yield setting.problem(
                f"{value} cannot be an external ID: STS accepts 2 to 1224 characters of "
                "`A-Z a-z 0-9 _+=,.@:/-`"
                if setting.value
                else "`external_id` is empty",
                f"write {quote(f'external_id = {meant}')}"
                if is_external_id(meant)
                else "write the external ID that the role's owner gives you, or remove the line",
            )


def ignored_durations(files: BothFiles) -> Iterator[Problem]:
    """Yield the durations that botocore ignores because they are not integers."""
    for setting, seconds in _durations(files):
        if seconds is None:
            yield setting.problem(
                f"`duration_seconds` {quote(setting.value)} is not an integer, so it is ignored",
                "write it in seconds, such as `duration_seconds = 3600`",
            )


def durations_out_of_range(files: BothFiles) -> Iterator[Problem]:
    """Yield the durations that no role allows."""
    for setting, seconds in _durations(files):
        if seconds is not None and not SHORTEST_DURATION <= seconds <= LONGEST_DURATION:
            yield setting.problem(
                f"`duration_seconds` {quote(setting.value)} is not between {SHORTEST_DURATION} "
                f"and {LONGEST_DURATION}",
                "write `duration_seconds = 3600`, which every role allows",
            )


def _durations(files: BothFiles) -> Iterator[tuple[WrittenSetting, int | None]]:
    for setting in files.in_effect("duration_seconds"):
        if setting.is_of_role and setting.value:
            try:
                yield setting, int(setting.value)
            except ValueError:
                yield setting, None


def unknown_outputs(files: BothFiles) -> Iterator[Problem]:
    """Yield the values of `output` that stop the AWS CLI."""
    for setting in files.in_effect("output"):
        if setting.value not in OUTPUTS:
            yield setting.problem(
                f"`output` {quote(setting.value)} is not an output format of the AWS CLI"
                if setting.value
                else "`output` is empty",
                f"write one of {', '.join(quote(output) for output in OUTPUTS)}",
            )
