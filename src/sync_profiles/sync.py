"""The sync: survey, decide, write, and start again if another program wrote in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from sync_profiles.causes import Cause
from sync_profiles.config.edit import edit_document
from sync_profiles.config.profiles import ParsedTexts, parse_texts
from sync_profiles.disk.config_file import ConfigFiles, FileChange
from sync_profiles.disk.replacement import write_files
from sync_profiles.errors import ConfigChanged
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems
from sync_profiles.model import Problem
from sync_profiles.planning.decision import Decision, Verdict, WriteMode
from sync_profiles.planning.plan import Plan
from sync_profiles.report import Report
from sync_profiles.survey import AwsAccess, Survey, Surveyor, SurveyRequest, surveyor_for

T = TypeVar("T")

#: how often a run is attempted if other programs keep writing the files
ATTEMPTS = 12
#: seconds before the second attempt, at most; later attempts wait longer
PAUSE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSync:
    """What a sync would do: its report on the files as they are, with the edits of the files.

    A run that writes reports what `report_after` returns. If its output shows lines, `report` has
    no problems of the files: `report_after` finds them in the edited ones, whose lines are right.
    """

    report: Report
    surveyor: Surveyor
    shows_lines: bool

    def report_after(self, mode: WriteMode) -> Report:
        """Return the report on the edited files, with their lines, from the same tests.

        For a run that writes, the verdicts are those after the write.
        """
        edits, surveyor = self.report.edits, self.surveyor
        if not edits:
            return self.report
        if not self.shows_lines:
            if mode is surveyor.request.options.mode:
                return self.report
            return replace(self.report, survey=surveyor.test_and_decide(surveyor.texts, mode))
        texts = surveyor.texts.with_files({edit.kind: edit.after for edit in edits})
        found = surveyor.test_and_decide(texts, mode)
        return _report(texts, found, _find_problems(texts, found), edits)


def sync(
    files: ConfigFiles,
    request: SurveyRequest,
    access: AwsAccess,
    *,
    agrees: Callable[[Report], bool] | None = None,
) -> Report:
    """Bring every selected profile's session name up to date.

    With `WriteMode.PREVIEW` nothing is written: the report describes the files as they are, and its
    diff is exactly what a run with `WriteMode.WRITE` writes. If `agrees` is given, it is then asked
    about a report with changes, and these are written if it returns True; no test is repeated.
    """
    agreed = ""

    def attempt() -> Report:
        nonlocal agreed
        planned = plan_sync(surveyor_for(parse_texts(files.read()), request, access))
        report = planned.report
        if request.options.mode is WriteMode.PREVIEW:
            if agrees is None or not report.edits:
                return report
            # asked again only if another program has changed what would be written
            if report.diff != agreed and not agrees(report):
                return report
            agreed = report.diff
        report = planned.report_after(WriteMode.WRITE)
        written = write_files(report.edits, command="sync", paths=files.paths.values())
        return replace(report, written=written)

    return start_again_when_changed(attempt)


def plan_sync(surveyor: Surveyor) -> PlannedSync:
    """Test and decide; write nothing. The surveyed texts need not be on disk."""
    texts, request = surveyor.texts, surveyor.request
    found = surveyor.test_and_decide(texts, request.options.mode)
    is_written = bool(found.plan.changes) and request.options.mode is WriteMode.WRITE
    shows_lines = request.shows_lines or any(map(_has_lines, found.plan.decisions))
    # before the edit, after which the documents are empty
    problems = () if is_written and shows_lines else _find_problems(texts, found)
    edits = tuple(_edit(texts, found.plan))
    report = _report(texts, found, problems, edits)
    return PlannedSync(report=report, surveyor=surveyor, shows_lines=shows_lines)


def _has_lines(decision: Decision) -> bool:
    """Return whether a table may name lines of a profile."""
    is_plain = decision.verdict is Verdict.ACCEPTED or decision.cause is Cause.NOT_TESTED
    return not is_plain or decision.note is not None


def _find_problems(texts: ParsedTexts, found: Survey) -> tuple[Problem, ...]:
    decisions = found.plan.decisions
    is_short = bool(decisions) and not any(map(_has_lines, decisions))
    return find_problems(BothFiles.of(texts), of_hidden_profiles=is_short)


def _report(
    texts: ParsedTexts,
    found: Survey,
    problems: tuple[Problem, ...],
    edits: tuple[FileChange, ...],
) -> Report:
    return Report(
        command="sync",
        paths=texts.paths,
        survey=found,
        # if no profile has a role, each may be why
        problems=tuple(
            each for each in problems if each.hides_profiles or not found.plan.decisions
        ),
        all_problems=problems,
        edits=edits,
    )


def start_again_when_changed(attempt: Callable[[], T]) -> T:
    """Return the result of `attempt`; try again if another program wrote a file meanwhile."""
    for number in range(1, ATTEMPTS):
        try:
            return attempt()
        except ConfigChanged:
            # at random, so that runs that began at once do not meet again
            time.sleep(random.random() * PAUSE * number)  # noqa: S311 - no secret
    return attempt()


def _edit(texts: ParsedTexts, plan: Plan) -> Iterator[FileChange]:
    """Yield the files that get session names, with the names written into their texts."""
    for kind, before in texts.files.items():
        names = {
            change.profile.section: change.wanted_name
            for change in plan.changes
            if change.profile.place.file is kind and change.wanted_name is not None
        }
        if names:
            edited = edit_document(texts.documents[kind], names)
            after = before.with_text(edited.text)
            yield FileChange(before=before, after=after, lines=edited.lines)
