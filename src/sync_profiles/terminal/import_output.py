"""Print an import, and the sync of what is imported, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from sync_profiles.causes import Cause
from sync_profiles.errors import UsageError
from sync_profiles.masked_lines import mask_setting
from sync_profiles.model import BrokenChain, in_parentheses
from sync_profiles.team.import_results import (
    Conflict,
    EditConflict,
    ImportResult,
    SourceResult,
    Status,
)
from sync_profiles.team.sources import SourceKind, parse_source
from sync_profiles.terminal.json_document import Json, pick, print_json
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_groups import Group, group_problems
from sync_profiles.terminal.report_output import report_json
from sync_profiles.terminal.report_table import print_view
from sync_profiles.terminal.report_view import ReportView, view_sync
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.shell import short_path
from sync_profiles.terminal.streams import at_home, printable
from sync_profiles.text import counted, first_of, quote

_T = TypeVar("_T")
#: how many profiles of which the same is to be said have a line each, without `--verbose`; and how
#: many of more are named
_FEW, _NAMED = 4, 3
_WITHOUT_SOURCE = {Cause.SOURCE_PROFILE_MISSING, Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS}


def print_import(result: ImportResult, options: Options) -> None:
    """Print what was imported from each source, its sync and, in a dry run, the diff."""
    screen = Screen()
    shown = [one for one in result.imports if one.needs_user or not options.quiet]
    for one in shown:
        screen.line("import ", (_named(one.source), "bold"), f": {_summary(one, result)}")
        for line in _details(
            one, few=len(one.conflicts) + len(one.edits) if options.verbose else _FEW
        ):
            screen.detail(line)
    report, view = result.report, ReportView()
    if report.decisions:
        view = _without_hints(view_sync(report, options), result)
    elif not options.quiet:
        view = ReportView(
            problems=group_problems(report.problems),
            written=[short_path(file.path) for file in report.written],
        )
    print_view(screen, view, is_below=bool(shown))
    if options.dry_run and result.diff:
        screen.gap()
        screen.diff(result.diff, whole=options.verbose)


def _named(source: str) -> str:
    with suppress(UsageError):  # what a block names may have been edited by hand
        parsed = parse_source(source)
        if parsed.kind is SourceKind.FILE:
            return at_home(printable(parsed.place))
    return printable(source)


def _without_hints(view: ReportView, result: ImportResult) -> ReportView:
    """Return a view without the hints on source profiles that an import has said how to get."""
    missing = {name for one in result.imports for name in one.missing}
    said = {
        decision.profile.name
        for decision in result.report.decisions
        if isinstance(decision.chain, BrokenChain)
        and decision.chain.cause in _WITHOUT_SOURCE
        and decision.profile.text("source_profile") in missing
    }

    def without_hint(group: Group) -> Group:
        if not said.issuperset(line.profile for line in group.lines):
            return group
        details = [each for each in group.details if not each.startswith("hint: ")]
        return group._replace(details=details)

    chapters = [
        chapter._replace(groups=list(map(without_hint, chapter.groups)))
        for chapter in view.chapters
    ]
    return replace(view, chapters=chapters)


def _summary(one: SourceResult, result: ImportResult) -> str:
    if one.status is Status.SKIPPED:
        return "it came from stdin and cannot be read again"
    if one.error is not None:
        return one.error.message
    parts = [counted(len(one.profiles), "profile")]
    decisions = result.report.decisions
    roles = len({decision.profile.name for decision in decisions} & set(one.profiles))
    if 0 < roles < len(one.profiles):  # the rows are about these
        parts.append(f"{roles} of them with a role")
    if one.status is Status.UNCHANGED:
        parts.append("nothing new")
    elif one.status is Status.UPDATED:
        changes = (one.added, one.removed, one.changed)
        parts += [
            f"{len(names)} {word}"
            for names, word in zip(changes, ("added", "removed", "changed"), strict=True)
            if names
        ]
    return ", ".join(parts)


def _folded(
    items: Sequence[_T], alike: Callable[[_T], Hashable], *, few: int
) -> Iterator[list[_T]]:
    """Yield items in order: those that are alike together if they are more than a few."""
    groups: dict[Hashable, list[_T]] = {}
    for item in items:
        groups.setdefault(alike(item), []).append(item)
    for item in items:
        group = groups[alike(item)]
        if len(group) <= few:
            yield [item]
        elif item is group[0]:
            yield group


def _names(names: Iterable[str]) -> str:
    return first_of(map(quote, names), _NAMED)


def _details(one: SourceResult, *, few: int) -> Iterator[str]:
    if one.error is not None and one.error.hint:
        yield f"hint: {one.error.hint}"
    if one.moved_from:
        yield f"it continues the block of {quote(_named(one.moved_from))}"
    yield from _conflicts(one, few=few)
    for edits in _folded(one.edits, _difference, few=few):
        yield f"{_describe(edits)}; yours stays"
    if one.edits:
        source = quote(_named(one.source))
        yield f"hint: to take the team's, discard your edits: import {source} with `--force`"
    hints = list(one.missing.values())
    for number, name in enumerate(one.missing, 1):
        yield f"source profile `{name}` has no credentials here"
        if hints[number - 1] not in hints[number:]:  # one step may be for several
            yield f"hint: {hints[number - 1]}"
    waiting = Counter((setting.key, setting.reason, setting.hint) for setting in one.waiting)
    for (key, reason, hint), count in waiting.items():
        yield f"`{key}` of {counted(count, 'profile')} waits for your credentials: {reason}"
        if hint and hint not in one.missing.values():
            yield f"hint: {hint}"


def _conflicts(one: SourceResult, *, few: int) -> Iterator[str]:
    same = [each for each in one.conflicts if each.becomes is None and each.is_same]
    for conflicts in _folded(same, _what_happens, few=few):
        yield _describe_conflict(conflicts)
    if same:
        yield "hint: run `sync-profiles`, which tests yours and writes your name"
    others = [each for each in one.conflicts if each.becomes is not None or not each.is_same]
    for conflicts in _folded(others, _what_happens, few=few):
        yield _describe_conflict(conflicts)
    yield from _conflict_hints(one)


def _what_is_here(conflict: Conflict, *, is_one: bool = True) -> str:
    if conflict.serves_team:
        mine = "yours" if conflict.source is None else f"that of {quote(_named(conflict.source))}"
        return f"{mine} has credentials, the team's has none"
    if conflict.source is not None:
        return f"{quote(_named(conflict.source))} has {'one' if is_one else 'these'}"
    return "you have the same" if conflict.is_same else "you have your own"


def _what_happens(conflict: Conflict) -> Hashable:
    becomes = conflict.becomes
    return becomes is None, becomes == conflict.name, conflict.source, _what_is_here(conflict)


def _describe_conflict(conflicts: Sequence[Conflict]) -> str:
    """Return what happens to a profile, or to several to which the same happens."""
    conflict, *others = conflicts
    names = _names(each.name for each in conflicts)
    where = "" if others or conflict.own is None else f" {in_parentheses(conflict.own)}"
    here = f"{_what_is_here(conflict, is_one=not others)}{where}"
    if conflict.becomes is None:
        return f"{names} {'are' if others else 'is'} left out: {here}"
    if not conflict.is_replaced:
        new = "`team-…`" if others else quote(conflict.becomes)
        return f"{names} {'are' if others else 'is'} imported as {new}: {here}"
    verb = "replace" if others else "replaces"
    if conflict.source is None:
        return (
            f"{names} {verb} your own, which {'are now comments' if others else 'is now a comment'}"
        )
    return f"{names} {verb} {'those' if others else 'that'} of {quote(_named(conflict.source))}"


def _conflict_hints(one: SourceResult) -> Iterator[str]:
    out = [
        conflict
        for conflict in one.conflicts
        if conflict.becomes is None and not (conflict.is_same or conflict.serves_team)
    ]
    located = [conflict for conflict in out if conflict.own is not None]
    is_prefix_free = not any(conflict.is_taken_too for conflict in located)
    if any(conflict.has_credentials for conflict in located):
        way = "use `--on-conflict prefix`" if is_prefix_free else "rename yours"
        yield f"hint: yours stays, with its credentials; to import the team's too, {way}"
    elif located:
        is_replaced = not any(
            conflict.has_credentials and not conflict.serves_team for conflict in one.conflicts
        )
        free = {"prefix": is_prefix_free, "replace": is_replaced}
        options = "` or `".join(option for option, is_free in free.items() if is_free)
        rename = "rename your own, or " if any(item.source is None for item in located) else ""
        alone = f"import {quote(_named(one.source))} alone, with"
        use = alone if any(item.source is not None for item in located) else "use"
        way = (
            f"{rename}{use} `--on-conflict {options}`" if options else "rename the one that is here"
        )
        yield f"hint: {way}"
    if any(conflict.own is None for conflict in out):
        yield (
            "hint: compare the two sections; to have both, rename your own, and write its new name "
            "where your profiles name it"
        )


def _difference(edit: EditConflict) -> Hashable:
    """Return the difference, which several profiles may have; of sections it is always another."""
    return (edit.section if edit.key is None else edit.key, edit.yours, edit.theirs)


def _describe(edits: Sequence[EditConflict]) -> str:
    edit = edits[0]
    if edit.key is None:
        you, team = ("removed", "changed") if edit.yours is None else ("changed", "removed")
        return f"you {you} `[{edit.section}]`, and the team {team} it"
    yours, theirs = (
        "removed" if value is None else quote(mask_setting(edit.key, value))
        for value in (edit.yours, edit.theirs)
    )
    of = _names(f"[{each.section}]" for each in edits)
    return f"`{edit.key}` of {of}: yours is {yours}, the team's is {theirs}"


def print_import_json(result: ImportResult, options: Options) -> None:
    """Print an import, and the sync of the imported profiles, as JSON."""
    report = result.report
    more = {
        "diff": result.diff,
        "imports": [_of_source(one) for one in result.imports],
        "imported": bool(result.report.written),
    }
    print_json(report.command, report.paths, report_json(report, options) | more)


def _of_source(one: SourceResult) -> Json:
    return {
        **pick(one, "source", "status", "moved_from", "profiles"),
        **pick(one, "added", "removed", "changed"),
        "conflicts": [
            {
                **pick(conflict, profile="name", line="line", becomes="becomes"),
                **pick(conflict.own, own_file="file", own_line="line"),
            }
            for conflict in one.conflicts
        ],
        "edits": [
            {
                **pick(edit, section="section", setting="key"),
                "yours": _edit_value(edit, edit.yours),
                "theirs": _edit_value(edit, edit.theirs),
            }
            for edit in one.edits
        ],
        "missing_source_profiles": dict(one.missing),
        "waiting": [
            pick(setting, section="section", setting="key", message="reason")
            for setting in one.waiting
        ],
        **pick(one.error, error="message", hint="hint"),
    }


def _edit_value(edit: EditConflict, value: str | None) -> str | None:
    return None if value is None or edit.key is None else mask_setting(edit.key, value)
