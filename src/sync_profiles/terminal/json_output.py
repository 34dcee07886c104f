"""Print what was done with the files as JSON, version 1, as documented in the reference.

Keys may be added, but never removed or renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sync_profiles.explain.explanation import explain_source
from sync_profiles.masked_lines import mask_setting
from sync_profiles.model import FileKind, Problem, Source
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.session_name import user_name, wanted_name
from sync_profiles.redaction import mask_document
from sync_profiles.report import Report, ReportRow, count_verdicts
from sync_profiles.terminal.json_document import Json, pick, print_document
from sync_profiles.terminal.options import Options
from sync_profiles.text import first_line

if TYPE_CHECKING:
    from sync_profiles.disk.config_file import Written
    from sync_profiles.disk.records import DamagedRecord, Record
    from sync_profiles.team.import_results import EditConflict, ImportResult, SourceResult
    from sync_profiles.undo import Listed, Undone


def print_report(report: Report, options: Options) -> None:
    """Print the report of a sync or a check."""
    print_json(report.command, report.paths, _report(report, options))


def print_import(result: ImportResult, options: Options) -> None:
    """Print an import, and the sync of the imported profiles."""
    report = result.report or Report(
        command="import", paths=result.paths, problems=result.problems, written=result.written
    )
    more = {
        "diff": result.diff,
        "imports": [_of_source(one) for one in result.imports],
        "imported": bool(result.written),
    }
    print_json(report.command, result.paths, _report(report, options) | more)


def print_undo(undone: Undone, _: Options) -> None:
    """Print an undo."""
    written = {file.kind for file in undone.written}
    document: Json = {
        "restored": [
            {
                **_record(reversal.record, undone.paths),
                "way": reversal.mode.value,
                "written": reversal.record.kind in written,
            }
            for reversal in undone.reversals
        ],
        "diff": undone.diff,
        "backups": _backups(undone.written),
        "problems": [_damaged(record) for record in undone.damaged],
    }
    print_json("undo", undone.paths, document)


def print_records(listed: Listed, _: Options) -> None:
    """Print the list of undo records."""
    document: Json = {
        "records": [
            {
                "number": number,
                "undone": number in listed.undone if listed.unread is None else None,
                **_record(record, listed.paths),
            }
            for number, write in enumerate(listed.records.writes, start=1)
            for record in write
        ],
        "problems": [_damaged(record) for record in listed.records.damaged],
    }
    print_json("undo", listed.paths, document)


def print_json(command: str, paths: Mapping[FileKind, Path], document: Json) -> None:
    """Print what a command did with the files."""
    files: Json = {f"{kind}_file": str(path) for kind, path in paths.items()}
    print_document(command, mask_document(files | document))


def _report(report: Report, options: Options) -> Json:
    return {
        "callers": [
            _caller(report, source, caller, options.session_name)
            for source, caller in report.survey.callers.items()
        ],
        "profiles": [profile_json(row) for row in report.rows],
        "problems": [problem_json(problem, report.paths) for problem in report.problems],
        "kubeconfig": [
            {
                "file": str(entry.path),
                **pick(entry, "line", "profile", "role_arn", "message", "hint"),
            }
            for entry in report.kubeconfig
        ],
        "notes": list(report.survey.notes),
        "summary": count_verdicts(report.decisions)
        | {"written": sum(row.written for row in report.rows)},
        "diff": report.diff,
        "backups": _backups(report.written),
    }


def _caller(
    report: Report, source: Source, caller: Caller | Failure, session_name: str | None
) -> Json:
    known = caller if isinstance(caller, Caller) else None
    wanted = wanted_name(known, override=session_name)
    document: Json = {
        "source": str(source),
        "arn": None if known is None else str(known.arn),
        **pick(known, account="arn.account_id"),
        "user_name": user_name(known),
        "session_name": wanted if isinstance(wanted, str) else None,
        "error": None,
    }
    if isinstance(caller, Caller):
        return document
    explanation = explain_source(source, caller, report.background)
    return document | {
        "error": explanation.message,
        "cause": caller.cause,
        "hint": explanation.hint,
    }


def profile_json(row: ReportRow) -> Json:
    """Return a profile, as every command has it."""
    decision, profile, failure = row.decision, row.decision.profile, row.decision.failure
    configured = profile.session_name
    refused = failure if failure is not None and failure.proves else None
    return {
        "profile": profile.name,
        "role_arn": first_line(profile.role_arn),
        "account": None if profile.role is None else profile.role.account_id,
        "chain": row.chain,
        "session_name": first_line(configured) if configured is not None else None,
        "wanted_session_name": decision.wanted_name,
        **pick(decision, "verdict", "cause"),
        **pick(refused, "policy_type"),
        "fixer": row.fixer,
        "change": decision.change,
        **pick(row, "written", "assumed_role_arn"),
        **pick(row.explanation, "message", "hint"),
        "reasons": [
            pick(reason, topic="topic", statement="text", certain="is_certain")
            for reason in row.explanation.reasons
        ],
        "blocked_by": decision.blocked_by,
        **pick(profile.place, "file", "line"),
    }


def problem_json(problem: Problem, paths: Mapping[FileKind, Path]) -> Json:
    """Return a problem of the files."""
    return {
        "file": str(paths[problem.place.file]),
        "line": problem.place.line,
        **pick(problem, "profile", "code", "message", "hint"),
    }


def _edit_value(edit: EditConflict, value: str | None) -> str | None:
    return None if value is None or edit.key is None else mask_setting(edit.key, value)


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


def _record(record: Record, paths: Mapping[FileKind, Path]) -> Json:
    return {
        "file": str(paths[record.kind]),
        **pick(record, "kind", "command"),
        "time": record.time.isoformat(timespec="microseconds"),
        "changes": record.changes,
        "record": str(record.file),
    }


def _damaged(record: DamagedRecord) -> Json:
    return {
        "file": str(record.file),
        "line": None,
        "profile": None,
        "code": "undo-record-unusable",
        "message": record.message,
        "hint": "delete it if you do not need it",
    }


def _backups(written: tuple[Written, ...]) -> list[str]:
    return [str(file.backup) for file in written if file.backup is not None]
