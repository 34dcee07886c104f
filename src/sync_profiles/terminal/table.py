"""What a person sees: who they are, a row a profile, one line of sum, how to undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.causes import Cause
from sync_profiles.decisions import Verdict
from sync_profiles.errors import ExitCode
from sync_profiles.explain.hints import explain_source
from sync_profiles.explain.remedies import Remedy, remedy_for
from sync_profiles.lint.checks import problems_of
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller
from sync_profiles.planning.session_name import NoName, wanted_name
from sync_profiles.report import exit_code, rows, summarize
from sync_profiles.terminal.columns import Columns, print_detail, print_wrapped
from sync_profiles.terminal.details import group_problems
from sync_profiles.terminal.paths import line_to_undo, short_path
from sync_profiles.text import inert

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO, Self

    from rich.console import Console
    from rich.progress import Progress

    from sync_profiles.explain.explanation import Explanation
    from sync_profiles.report import Report, Row

#: fewer switches than this are done before a bar can be read
BAR_FROM = 6
#: `check` shows the accepted profiles of a report up to this number of profiles
FEW_PROFILES = 24


def print_sync(
    console: Console, report: Report, *, session_name: str | None, quiet: bool, verbose: bool
) -> None:
    """Print a sync: a row a profile, with those together that share a reason.

    `quiet` leaves out the accepted ones.
    """
    shown = [
        row
        for row in _telling_rows(report, verbose=verbose)
        if not (quiet and row.decision.verdict is Verdict.ACCEPTED)
    ]
    chapters = _Chapters(console)
    _print_callers(chapters, report, session_name, quiet=quiet)
    if not quiet and report.problems:
        chapters.begin()
        count = len(report.problems)
        note = f"{count} {'thing' if count == 1 else 'things'} in the files to look at"
        print_wrapped(console, Text(f"note: {note}: run `sync-profiles check`", "yellow"))
    if shown:
        chapters.begin()
        columns = Columns(console, shown)
        columns.print_titles()
        columns.print_rows(shown, verbose=verbose)
    if not quiet:
        chapters.begin()
        _print_sum(console, report)
        _print_undo(console, report)


def print_check(
    console: Console, report: Report, *, session_name: str | None, quiet: bool, verbose: bool
) -> None:
    """Print a check, grouped by who mends what; of many accepted profiles only the number."""
    chapters = _Chapters(console)
    _print_callers(chapters, report, session_name, quiet=quiet)
    _print_problems(chapters, report, quiet=quiet)
    if report.survey is None:
        return
    all_rows = _telling_rows(report, verbose=verbose)
    with_accepted = verbose or (len(all_rows) <= FEW_PROFILES and not quiet)
    groups = {
        remedy: [row for row in all_rows if remedy_for(row.decision) is remedy] for remedy in Remedy
    }
    columns = Columns(console, all_rows)
    for remedy, members in groups.items():
        if not members or (remedy is Remedy.NOTHING and not with_accepted):
            continue
        chapters.begin()
        title = remedy.title(sync_command=report.sync_command)
        print_wrapped(console, Text(f"{title} ({len(members)})", style="bold"))
        columns.print_rows(members, verbose=verbose)
    if not quiet:
        chapters.begin()
        _print_sum(console, report)


class _Chapters:
    """Parts of a report, with an empty line between them."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._is_first = True

    def begin(self) -> None:
        """Begin a part."""
        if not self._is_first:
            self.console.print()
        self._is_first = False


def print_diff(console: Console, diff: str, file: IO[str]) -> None:
    """Print a diff: to a terminal inert and in colour, elsewhere byte for byte."""
    if not console.is_terminal:
        file.write(diff)
        return
    for line in diff.splitlines(keepends=True):
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0], "")
        console.print(Text(inert(line.rstrip("\r\n"), keep="\t"), style=style), soft_wrap=True)


class Bar:
    """A progress bar on stderr, shown once there is something to wait for."""

    def __init__(self, console: Console, *, shown: bool) -> None:
        self._console = console
        self._shown = shown
        self._progress: Progress | None = None
        self._total = 0
        self._done = 0

    def expect(self, switches: int) -> None:
        """Learn that so many more switches are about to be sent."""
        self._total += switches

    def advance(self) -> None:
        """Learn that one switch got its answer."""
        self._done += 1
        # not before: a person may have been asked for a code
        if self._shown and self._total >= BAR_FROM:
            if self._progress is None:
                self._progress = _start_progress(self._console, total=self._total)
            for task in self._progress.task_ids:
                self._progress.update(task, completed=self._done, total=self._total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()


def _start_progress(console: Console, *, total: int) -> Progress:
    # imported here: most runs have nothing to wait for
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("test switches"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, console=console, transient=True)
    progress.add_task("", total=total)
    progress.start()
    return progress


def _telling_rows(report: Report, *, verbose: bool) -> list[Row]:
    """Return the rows; where no source has a caller, not those that would only repeat it."""
    nobody = _is_nobody_s(report)
    return [
        row
        for row in rows(report)
        if verbose or not (nobody and isinstance(row.decision.chain, Chain))
    ]


def _is_nobody_s(report: Report) -> bool:
    """Say whether no source has a caller."""
    return exit_code(report) is ExitCode.CANNOT_RUN


def _print_callers(
    chapters: _Chapters, report: Report, session_name: str | None, *, quiet: bool
) -> None:
    """Print the sources; with `quiet` only where they tell what the rows then leave out."""
    if not report.callers or (quiet and not _is_nobody_s(report)):
        return
    chapters.begin()
    console = chapters.console
    nobodies: dict[Explanation, list[str]] = {}
    for source, caller in report.callers.items():
        if not isinstance(caller, Caller):
            explanation = explain_source(
                caller, profiles=report.profiles, overrides=report.overrides
            )
            nobodies.setdefault(explanation, []).append(inert(str(source)))
            continue
        print_wrapped(console, _source(inert(str(source))).append(inert(caller.arn)))
        wanted = wanted_name(caller, override=session_name)
        if isinstance(wanted, NoName):
            print_detail(console, f"no session name for it: {wanted.reason}")
    for explanation, sources in nobodies.items():  # what stops several is told once
        label = _source(", ".join(sources))
        print_wrapped(console, label.append(inert(explanation.message), style="red"))
        if explanation.hint:
            print_detail(console, f"hint: {explanation.hint}")


def _source(names: str) -> Text:
    return Text.assemble(("source ", "dim"), (names, "bold"), ": ")


def _print_problems(chapters: _Chapters, report: Report, *, quiet: bool) -> None:
    """Print the problems of the files; with `quiet` only what concerns profiles not accepted."""
    console, problems = chapters.console, report.problems
    if quiet:
        chains = {
            decision.profile.name: decision.chain
            for decision in report.decisions
            if decision.verdict is not Verdict.ACCEPTED
        }
        problems = problems_of(problems, chains)
    if problems or (report.others and not quiet):
        chapters.begin()
    if problems:
        console.print(Text(f"in the files ({len(problems)})", style="bold"))
    for group in group_problems(problems):
        lines = [str(problem.place.line) for problem in group.problems]
        noun = "line" if len(lines) == 1 else "lines"
        where = f"{group.problems[0].place.file}, {noun} {', '.join(lines)}"
        print_wrapped(console, Text.assemble((f"{where}: ", "yellow"), inert(group.message)))
        print_detail(console, f"hint: {group.hint}")
    if report.others and not quiet:
        noun = "more" if problems else "problem" if report.others == 1 else "problems"
        more = f"{report.others} {noun} in other profiles"
        print_wrapped(console, Text(f"{more}: `sync-profiles check`", "yellow"))


def _print_sum(console: Console, report: Report) -> None:
    console.print(Text(_sum(report), style="bold"))
    if not report.decisions:
        hint = "`sync-profiles import SOURCE` brings in the profiles of your team"
        print_wrapped(console, Text(f"hint: {hint}", style="cyan"))


def _sum(report: Report) -> str:
    counts = summarize(report)
    total = len(report.decisions)
    if not total:
        return f"no profile in {short_path(report.paths.config_file)} assumes a role: nothing to do"
    parts = [f"{counts[verdict.value]} {verdict}" for verdict in Verdict if counts[verdict.value]]
    line = f"{total} {'profile' if total == 1 else 'profiles'}: {', '.join(parts)}"
    if any(decision.cause is Cause.NOT_TESTED for decision in report.decisions):
        nameless = sum(decision.profile.session_name is None for decision in report.decisions)
        line = f"{line} (not tested), {nameless} without a session name"
    planned = sum(decision.change.writes for decision in report.decisions)
    if counts["written"]:
        return f"{line}; {counts['written']} written"
    if planned:
        return f"{line}; {planned} {'name' if planned == 1 else 'names'} to write"
    if exit_code(report) is ExitCode.OK:
        return f"{line}; nothing to change"
    return line


def _print_undo(console: Console, report: Report) -> None:
    if report.written:
        console.print(Text(f"undo: {line_to_undo(report.paths)}"), soft_wrap=True)
