"""Which profiles will be rejected, and why: everything but a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.config.profiles import parse_texts
from sync_profiles.lint.checks import find_problems, problems_of
from sync_profiles.report import Report
from sync_profiles.survey import is_selected, survey

if TYPE_CHECKING:
    from sync_profiles.model import Problem
    from sync_profiles.survey import Means, Request, Survey
    from sync_profiles.sync import Files


def check(files: Files, request: Request, means: Means) -> Report:
    """Find out what holds now, and the problems of the files; write nothing.

    Where profiles are selected, the problems are those of these and of their chains. Files that
    botocore refuses give a report without a survey: its problems say why.
    """
    texts = parse_texts(files.read(), files.paths)
    found = survey(texts, request, means) if texts.are_readable else None
    problems = find_problems(texts.config, texts.credentials)
    told = problems if not request.patterns else _selected(problems, request, found)
    return Report(
        command="check",
        paths=files.paths,
        survey=found,
        problems=told,
        others=len(problems) - len(told),
        is_offline=request.offline,
        sync_command=request.sync_command,
    )


def _selected(
    problems: tuple[Problem, ...], request: Request, found: Survey | None
) -> tuple[Problem, ...]:
    if found is None:  # without profiles there are no chains: their names must do
        names = {problem.profile for problem in problems if problem.profile is not None}
        selected = (
            name
            for name in names
            if any(is_selected(name, pattern) for pattern in request.patterns)
        )
        return problems_of(problems, dict.fromkeys(selected))
    chains = {decision.profile.name: decision.chain for decision in found.plan.decisions}
    return problems_of(problems, chains)
