"""Select what a table shows of a report, in which order and under which titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sync_profiles.causes import Cause
from sync_profiles.config.profiles import how_to_name
from sync_profiles.disk.config_file import NO_FILE
from sync_profiles.errors import ExitCode
from sync_profiles.explain.explanation import Explanation, explain_source
from sync_profiles.lint.checks import problems_of
from sync_profiles.lint.kube_entries import KubeconfigEntry
from sync_profiles.model import Chain, FileKind, Problem, Source, in_parentheses
from sync_profiles.outcomes import Failure
from sync_profiles.planning.decision import Verdict
from sync_profiles.planning.session_name import NoName, wanted_name
from sync_profiles.report import Report, ReportRow, exit_code, verdicts_in_words
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_groups import (
    FEW_PROFILES,
    Chapter,
    chapters_of,
    group_problems,
    is_of_source,
)
from sync_profiles.terminal.shell import short_path
from sync_profiles.text import counted, first_of, quote, shared

#: where there is no profile to report, so many problems are listed by a sync too
FEW_PROBLEMS = 5


class SourceLine(NamedTuple):
    """One source with its caller's ARN, or all sources that have no caller for the same reason.

    `remark` is why the caller has no name to write.
    """

    names: str
    arn: str | None = None
    error: str | None = None
    remark: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """Everything that is shown of a report, in this order; empty parts are left out.

    `remark` is about problems that are not listed, `written` names the files with what was written.
    """

    sources: Sequence[SourceLine] = ()
    problems: Sequence[Sequence[Problem]] = ()
    remark: str | None = None
    kubeconfig: Sequence[KubeconfigEntry] = ()
    chapters: Sequence[Chapter] = ()
    total: str | None = None
    hint: str | None = None
    written: Sequence[str] = ()


def view_sync(report: Report, options: Options) -> ReportView:
    """Return the view of a sync, grouped by who can fix what is not accepted."""
    shown = _shown_rows(report, options)
    sources = _sources(report, options, shown)
    chapters = chapters_of(report, options, shown)
    if options.quiet:
        return ReportView(sources=sources, chapters=chapters)
    is_all = not report.decisions and len(report.problems) <= FEW_PROBLEMS
    return ReportView(
        sources=sources,
        problems=group_problems(report.problems) if is_all else (),
        remark=None if is_all else remark_on_problems(report),
        chapters=chapters,
        total=_total(report, options),
        hint=hint_on_nothing(report),
        written=_written(report),
    )


def view_check(report: Report, options: Options) -> ReportView:
    """Return the view of a check, grouped by who can fix it; many accepted are left out."""
    problems = report.problems
    if options.quiet:
        chains = {
            decision.profile.name: decision.chain
            for decision in report.decisions
            if decision.verdict is not Verdict.ACCEPTED
        }
        problems = problems_of(problems, chains)
    shown = _shown_rows(report, options)
    sources = _sources(report, options, shown)
    chapters = chapters_of(report, options, shown)
    listed = _not_stated(problems, shown, sources)
    remark = None
    if report.other_problems and not options.quiet:
        noun = (
            f"{report.other_problems} more" if listed else counted(report.other_problems, "problem")
        )
        remark = f"{noun} in other profiles: `sync-profiles check`"
    is_short = options.quiet or not report.is_readable
    return ReportView(
        sources=sources,
        problems=group_problems(listed),
        remark=remark,
        kubeconfig=() if options.quiet else report.kubeconfig,
        chapters=chapters,
        total=None if is_short else _total(report, options),
        hint=None if is_short else hint_on_nothing(report),
    )


def _not_stated(
    problems: Sequence[Problem], shown: Sequence[ReportRow], sources: Sequence[SourceLine]
) -> list[Problem]:
    """Return the problems that neither a row nor a source states with their line and hint."""
    stated = {
        (row.explanation.fact, row.explanation.hint)
        for row in shown
        if row.decision.verdict is not Verdict.ACCEPTED
    } | {(source.error, source.hint) for source in sources}
    hints = {row.explanation.hint for row in shown}
    left = []
    for problem in problems:
        fact = f"{problem.message} {in_parentheses(problem.place)}"
        if (fact, problem.hint) not in stated and f"{fact}: {problem.hint}" not in hints:
            left.append(problem)
    return left


def _shown_rows(report: Report, options: Options) -> list[ReportRow]:
    """Return the rows to show; if no source has a caller, without rows that only repeat that."""
    repeat = _has_no_caller(report) and not options.verbose
    return [row for row in report.rows if not (repeat and _repeats_source(row, report))]


def _repeats_source(row: ReportRow, report: Report) -> bool:
    """Return whether a profile is not tested for the reason for which its source has no caller."""
    decision, caller = row.decision, report.caller_of(row.decision)
    if not isinstance(decision.chain, Chain):
        return False
    own = decision.failure
    return own is None or not isinstance(caller, Failure) or own.cause is caller.cause


def _has_no_caller(report: Report) -> bool:
    return exit_code(report) is ExitCode.CANNOT_RUN


def _sources(report: Report, options: Options, shown: Sequence[ReportRow]) -> list[SourceLine]:
    """Return the sources, without those of which a row says the same.

    With `--quiet` there are only those whose profiles are left out.
    """
    if options.quiet and not _has_no_caller(report):
        return []
    lines = []
    failed: dict[Source, Failure] = {}
    said: set[str | None] = set()
    hints_without_name = _hints_without_name(shown)
    for source, caller in report.survey.callers.items():
        if isinstance(caller, Failure):
            failed[source] = caller
            continue
        wanted = wanted_name(caller, override=options.session_name)
        line = SourceLine(str(source), arn=str(caller.arn))
        if isinstance(wanted, NoName):
            hint = hints_without_name.get(source)
            remark = f"no session name for it: {wanted.reason}"
            line = line._replace(remark=remark, hint=None if hint in said else hint)
            said.add(hint)
        lines.append(line)
    return [*lines, *_without_caller(report, failed, shown)] if failed else lines


def _without_caller(
    report: Report, failed: Mapping[Source, Failure], shown: Sequence[ReportRow]
) -> Iterator[SourceLine]:
    """Yield the sources without a caller, unless a row says why; those with one reason together."""
    stated = {row.explanation.fact for row in shown}
    by_reason: dict[tuple[str, str], list[tuple[str, Explanation]]] = {}
    for source, failure in failed.items():
        found = explain_source(source, failure, report.background)
        if found.message not in stated:
            in_general = shared(found.message), shared(found.hint or "")
            by_reason.setdefault(in_general, []).append((str(source), found))
    for in_general, members in by_reason.items():
        names = first_of([name for name, _ in members], FEW_PROFILES)
        first = members[0][1]
        error, hint = (first.message, first.hint) if len(members) == 1 else in_general
        is_only_here = _has_no_caller(report)  # or in the rows
        yield SourceLine(names, error=error, hint=hint or None if is_only_here else None)


def _hints_without_name(shown: Sequence[ReportRow]) -> dict[Source, str | None]:
    """Return, by source, the hint of its first profile that is accepted without a name to write."""
    rows = [(row.decision.chain, row) for row in reversed(shown) if is_of_source(row)]
    return {chain.source: row.explanation.hint for chain, row in rows if isinstance(chain, Chain)}


def _total(report: Report, options: Options) -> str:
    total = len(report.decisions)
    if not total:
        line = f"no profile in {short_path(report.paths[FileKind.CONFIG])} assumes a role"
        if report.problems:
            return line
        line = f"{line}: nothing to do"
        people = [
            quote(profile.name) for profile in report.profiles.values() if profile.names_login
        ]
        if not people:
            return line
        names = first_of(people, 1)
        return f"{line}; IAM Identity Center names the sessions of {names} itself"
    line = f"{counted(total, 'profile')}: {verdicts_in_words(report.decisions)}"
    if any(decision.cause is Cause.NOT_TESTED for decision in report.decisions):
        nameless = sum(
            decision.profile.session_name is None
            and not (report.written and decision.change.writes)
            for decision in report.decisions
        )
        line = f"{line} (not tested)"
        if nameless:
            line = f"{line}, {nameless} without a session name"
    planned = sum(decision.change.writes for decision in report.decisions)
    if report.written:
        return line
    if planned:
        is_next = report.command != "import" and not options.ask  # which asks below
        by = f": run `{report.survey.request.sync_command}`" if is_next else ""
        return f"{line}; {counted(planned, 'name')} to write{by}"
    if exit_code(report) is ExitCode.OK and report.command != "import":  # which says so above
        return f"{line}; nothing to change"
    return line


def _written(report: Report) -> list[str]:
    names = Counter(
        decision.profile.place.file for decision in report.decisions if decision.change.writes
    )
    return [
        f"{short_path(file.path)} ({counted(names[file.kind], 'name')})"
        if names[file.kind] and report.command != "import"  # which writes profiles
        else short_path(file.path)
        for file in report.written
    ]


def remark_on_problems(report: Report) -> str | None:
    """Return how to list the problems of the files, if there are any, and if they hide profiles."""
    if not report.problems:
        return None
    number = len(report.problems)
    hide = f" hide{'s' * (number == 1)} profiles or their settings from the AWS CLI"
    are_hiding = all(problem.hides_profiles for problem in report.problems)
    found = f"{counted(number, 'problem')} in the files" + hide * are_hiding
    return f"note: {found}: run `sync-profiles check`"


def hint_on_nothing(report: Report) -> str | None:
    """Return the next step if no profile assumes a role, and no problem is the reason."""
    if report.decisions or report.problems:
        return None  # the next step is said above
    if report.paths[FileKind.CONFIG] == NO_FILE:
        return how_to_name(FileKind.CONFIG)
    return "run `sync-profiles import SOURCE` to import your team's profiles"
