"""What of a report is shown, and how it is grouped; how it is printed is up to each format.

A hundred profiles may fail for one reason, such as a key that has expired: they form one group,
and the reason is given once, without what belongs to one profile alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.causes import Cause
from sync_profiles.config.section_names import header_for
from sync_profiles.decisions import Change, Verdict
from sync_profiles.errors import ExitCode
from sync_profiles.explain.hints import explain_source
from sync_profiles.explain.remedies import Remedy, remedy_for
from sync_profiles.lint.checks import problems_of
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller
from sync_profiles.planning.session_name import NoName, wanted_name
from sync_profiles.report import exit_code, rows, summarize
from sync_profiles.terminal.shell import line_to_undo, short_path
from sync_profiles.text import first_line, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.explanation import Explanation
    from sync_profiles.model import Problem
    from sync_profiles.report import Report, Row
    from sync_profiles.terminal.options import Options

#: `check` shows the accepted profiles of a report up to this number of profiles
FEW_PROFILES = 24
#: the titles of a check's chapters; `{sync}` is the command that runs the sync
TITLES = {
    Remedy.SYNC: "fixed by `{sync}`",
    Remedy.YOURSELF: "you can fix these",
    Remedy.EITHER: "you or an administrator can fix these: run `sync-profiles explain PROFILE`",
    Remedy.ADMINISTRATOR: "needs an administrator: `sync-profiles explain PROFILE` writes to them",
    Remedy.UNTESTED: "not tested",
    Remedy.NOTHING: "accepted",
}
# as `place_of` writes them
_PLACES = re.compile(r" \((?:config|credentials), line \d+\)")


class Line(NamedTuple):
    """A profile in a table; `session_name` has the change, as in `alice → work_api`."""

    verdict: Verdict
    profile: str
    account: str
    session_name: str
    role: str


class Group(NamedTuple):
    """Profiles, and what is said of each of them: facts, and hints that begin with `hint: `."""

    lines: Sequence[Line]
    details: Sequence[str]


class Chapter(NamedTuple):
    """Groups of profiles below a title, or below the titles of the columns."""

    title: str | None
    groups: Sequence[Group]


class SourceLine(NamedTuple):
    """Sources: one with its caller's ARN, or all that have no caller for one reason."""

    names: Sequence[str]
    arn: str | None
    error: str | None
    detail: str | None


class ProblemGroup(NamedTuple):
    """Problems of one file that differ in line and profile alone, and the text for all of them."""

    problems: Sequence[Problem]
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that is shown of a report, in this order; empty parts are left out.

    `remark` is about problems that are not listed, `undo` the command that undoes the run.
    """

    sources: Sequence[SourceLine] = ()
    problems: Sequence[ProblemGroup] = ()
    remark: str | None = None
    chapters: Sequence[Chapter] = ()
    total: str | None = None
    hint: str | None = None
    undo: str | None = None


def view_sync(report: Report, options: Options) -> View:
    """Return what is shown of a sync; with `--quiet` only the profiles that are not accepted."""
    shown = [
        row
        for row in _shown_rows(report, options)
        if not (options.quiet and row.decision.verdict is Verdict.ACCEPTED)
    ]
    sources = _sources(report, options)
    groups = group_rows(shown, verbose=options.verbose)
    chapters = [Chapter(None, groups)] if groups else []
    if options.quiet:
        return View(sources=sources, chapters=chapters)
    remark = None
    if report.problems:
        count = _counted(len(report.problems), "problem")
        remark = f"note: {count} in the files: run `sync-profiles check`"
    return View(
        sources=sources,
        remark=remark,
        chapters=chapters,
        total=_total(report),
        hint=_hint(report),
        undo=line_to_undo(report.paths) if report.written else None,
    )


def view_check(report: Report, options: Options) -> View:
    """Return what is shown of a check, grouped by who can fix it; many accepted are not listed."""
    sources = _sources(report, options)
    problems = report.problems
    if options.quiet:
        chains = {
            decision.profile.name: decision.chain
            for decision in report.decisions
            if decision.verdict is not Verdict.ACCEPTED
        }
        problems = problems_of(problems, chains)
    remark = None
    if report.others and not options.quiet:
        noun = f"{report.others} more" if problems else _counted(report.others, "problem")
        remark = f"{noun} in other profiles: `sync-profiles check`"
    groups = group_problems(problems)
    if report.survey is None:
        return View(sources=sources, problems=groups, remark=remark)
    shown = _shown_rows(report, options)
    with_accepted = options.verbose or (len(shown) <= FEW_PROFILES and not options.quiet)
    chapters = []
    for remedy, title in TITLES.items():
        members = [row for row in shown if remedy_for(row.decision) is remedy]
        if members and (with_accepted or remedy is not Remedy.NOTHING):
            named = title.format(sync=report.sync_command)
            chapters.append(
                Chapter(f"{named} ({len(members)})", group_rows(members, verbose=options.verbose))
            )
    return View(
        sources=sources,
        problems=groups,
        remark=remark,
        chapters=chapters,
        total=None if options.quiet else _total(report),
        hint=None if options.quiet else _hint(report),
    )


def group_rows(rows: Iterable[Row], *, verbose: bool) -> list[Group]:
    """Return the rows in groups with the same details, the accepted ones first.

    Of these, those without details come first, then each group where its first row was; in a
    group the rows keep their order. With `verbose` each row is a group by itself, in their order.
    """
    if verbose:
        return [Group([_line(row)], _details(row, verbose=True)) for row in rows]
    found: dict[tuple[str, ...], list[tuple[Row, list[str]]]] = {(): []}
    for row in rows:
        details = _details(row, verbose=False)
        shared = tuple(_shared(text, row.decision) for text in details)
        found.setdefault(shared, []).append((row, details))
    groups = [
        Group(
            [_line(row) for row, _ in members],
            _for_all(shared, [own for _, own in members]),
        )
        for shared, members in found.items()
        if members
    ]
    groups.sort(key=lambda group: group.lines[0].verdict is not Verdict.ACCEPTED)
    return groups


def group_problems(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Return problems with those together that say the same of several profiles."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        name = problem.profile
        message, hint = problem.message, problem.hint
        if name is not None:
            message = _without_name(message, name)
            hint = _without_name(hint, name).replace(quote(header_for(name)), "its section")
        found.setdefault((problem.place.file, problem.code, message, hint), []).append(problem)
    return [
        ProblemGroup(members, message, hint)
        if len(members) > 1
        else ProblemGroup(members, members[0].message, members[0].hint)
        for (_, _, message, hint), members in found.items()
    ]


def _line(row: Row) -> Line:
    decision = row.decision
    profile = decision.profile
    session_name = first_line(profile.session_name or "-")
    if decision.change.writes and decision.wanted_name is not None:
        session_name = f"{session_name} → {decision.wanted_name}"
    role = profile.role.name if profile.role is not None else first_line(profile.role_arn)
    if row.assumed_role_arn is not None:
        role = "/".join(row.assumed_role_arn.split("/")[-2:])
    account = profile.role.account_id if profile.role is not None else ""
    return Line(decision.verdict, profile.name, account, session_name, role)


def _details(row: Row, *, verbose: bool) -> list[str]:
    decision = row.decision
    if decision.cause is Cause.NOT_TESTED and not verbose:
        return []  # the total says it once for all
    lines = []
    if verbose or decision.verdict is not Verdict.ACCEPTED or decision.note is not None:
        lines.append(row.explanation.message)
        if row.explanation.hint:
            lines.append(f"hint: {row.explanation.hint}")
    elif decision.change is Change.KEEP:
        lines.append(f"kept: it is accepted, but differs from your name `{decision.wanted_name}`")
    if verbose and row.chain:
        lines.append(f"chain: {' > '.join((*row.chain, decision.profile.name))}")
    return lines


def _for_all(shared: Sequence[str], own: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts for rows that share them: word for word where no word is one row's own."""
    if not shared or len(own) == 1:
        return list(own[0])
    same = all(texts == own[0] for texts in own)
    first, *further = own[0] if same else shared
    return [f"these {len(own)}: {first}", *further]


def _shared(text: str, decision: Decision) -> str:
    """Return a text without what is the profile's own: its name, section, role and lines.

    What is at fault stays: a role's ARN that is not one, and a source, be it the profile itself.
    """
    profile, chain = decision.profile, decision.chain
    if isinstance(chain, Chain) and chain.source.profile == profile.name:
        return text
    text = text.replace(quote(f"[{profile.section}]"), "its section")
    if profile.role_arn and decision.cause is not Cause.ROLE_ARN_INVALID:
        text = text.replace(quote(profile.role_arn), "the role")
    return _PLACES.sub("", _without_name(text, profile.name))


def _without_name(text: str, name: str) -> str:
    # by itself the same word may be a session name, or another profile
    return text.replace(f"profile {quote(name)}", "each profile")


def _shown_rows(report: Report, options: Options) -> list[Row]:
    """Return the rows; where no source has a caller, not those that would only repeat it."""
    repeat = _has_no_caller(report) and not options.verbose
    return [row for row in rows(report) if not (repeat and isinstance(row.decision.chain, Chain))]


def _has_no_caller(report: Report) -> bool:
    return exit_code(report) is ExitCode.CANNOT_RUN


def _sources(report: Report, options: Options) -> list[SourceLine]:
    """Return the sources; with `--quiet` only where the profiles are left out for them."""
    if options.quiet and not _has_no_caller(report):
        return []
    lines = []
    without: dict[Explanation, list[str]] = {}
    for source, caller in report.callers.items():
        if isinstance(caller, Caller):
            wanted = wanted_name(caller, override=options.session_name)
            remark = (
                f"no session name for it: {wanted.reason}" if isinstance(wanted, NoName) else None
            )
            lines.append(SourceLine([str(source)], caller.arn, None, remark))
        else:
            explanation = explain_source(
                source, caller, profiles=report.profiles, overrides=report.overrides
            )
            without.setdefault(explanation, []).append(str(source))
    for explanation, names in without.items():  # once for several
        hint = f"hint: {explanation.hint}" if explanation.hint else None
        lines.append(SourceLine(names, None, explanation.message, hint))
    return lines


def _total(report: Report) -> str:
    counts = summarize(report)
    total = len(report.decisions)
    if not total:
        return f"no profile in {short_path(report.paths.config_file)} assumes a role: nothing to do"
    parts = [f"{counts[verdict.value]} {verdict}" for verdict in Verdict if counts[verdict.value]]
    line = f"{_counted(total, 'profile')}: {', '.join(parts)}"
    if any(decision.cause is Cause.NOT_TESTED for decision in report.decisions):
        nameless = sum(decision.profile.session_name is None for decision in report.decisions)
        line = f"{line} (not tested), {nameless} without a session name"
    planned = sum(decision.change.writes for decision in report.decisions)
    if counts["written"]:
        return f"{line}; {counts['written']} written"
    if planned:
        return f"{line}; {_counted(planned, 'name')} to write"
    if exit_code(report) is ExitCode.OK:
        return f"{line}; nothing to change"
    return line


def _hint(report: Report) -> str | None:
    if report.decisions:
        return None
    return "run `sync-profiles import SOURCE` to import your team's profiles"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
