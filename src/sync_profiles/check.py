"""Which profiles will be rejected, and why: everything but a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.config.texts import parse_texts
from sync_profiles.lint.lint import lint
from sync_profiles.report import Report
from sync_profiles.survey import survey

if TYPE_CHECKING:
    from sync_profiles.survey import Means, Request
    from sync_profiles.sync import Files


def check(files: Files, request: Request, means: Means) -> Report:
    """Find out what holds now, and every problem of the files; write nothing.

    Files that botocore refuses give a report without a survey: its problems tell why.
    """
    texts = parse_texts(files.read(), files.paths)
    return Report(
        command="check",
        paths=files.paths,
        survey=survey(texts, request, means) if texts.are_readable else None,
        problems=lint(texts.config, texts.credentials),
    )
