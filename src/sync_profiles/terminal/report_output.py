"""Print the report of a sync or a check as JSON, version 1, or of a check as Markdown.

The reference documents the JSON: keys may be added, but never removed or renamed.
"""

from __future__ import annotations

import sys

from sync_profiles.explain.explanation import explain_source
from sync_profiles.model import Source
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.decision import Verdict
from sync_profiles.planning.session_name import user_name, wanted_name
from sync_profiles.report import Report, ReportRow, count_verdicts
from sync_profiles.terminal.json_document import Json, backups_json, pick, print_json, problem_json
from sync_profiles.terminal.markdown import markdown, write_list, write_row, write_titles
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_groups import COLUMNS, cells_of
from sync_profiles.terminal.report_view import view_check
from sync_profiles.text import first_line


def print_report(report: Report, options: Options) -> None:
    """Print the report of a sync or a check."""
    print_json(report.command, report.paths, report_json(report, options))


def report_json(report: Report, options: Options) -> Json:
    """Return a report, for the commands that print one."""
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
        "backups": backups_json(report.written),
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


def print_markdown(report: Report, options: Options) -> None:
    """Print one row for each profile that is not accepted; with `--verbose` for every one."""
    view = view_check(report, options)
    write_list(
        f"source {source.names}: {source.arn or source.error or ''}" for source in view.sources
    )
    write_list(
        f"{problem.place}: {problem.message} ({problem.hint})"
        for problem in (() if options.quiet else report.problems)
    )
    listed = [
        row
        for row in report.rows
        if options.verbose or row.decision.verdict is not Verdict.ACCEPTED
    ]
    if listed:
        sys.stdout.write("\n")
        write_titles(*COLUMNS)
    for row in listed:
        write_row(*cells_of(row))
    if view.total is not None:
        sys.stdout.write(f"\n{markdown(view.total)}\n")
