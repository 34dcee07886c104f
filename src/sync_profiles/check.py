"""The check: test the profiles and lint the files, without changing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.config.profiles import parse_texts
from sync_profiles.lint.checks import find_problems, problems_of
from sync_profiles.lint.kube_entries import find_entries
from sync_profiles.report import Report
from sync_profiles.selection import is_selected
from sync_profiles.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sync_profiles.disk.files import ConfigFiles
    from sync_profiles.model import Problem
    from sync_profiles.survey import Adapters, Request, Survey


def check(
    files: ConfigFiles,
    request: Request,
    adapters: Adapters,
    kubeconfigs: Iterable[tuple[Path, str]] = (),
) -> Report:
    """Test the profiles as they are now and find problems in the files; write nothing.

    If profiles are selected, only problems of these and of their chains are reported. If botocore
    cannot read the files, the report has no survey; its problems say why. `kubeconfigs` are files
    whose entries may assume the profiles' roles.
    """
    texts = parse_texts(files.read(), files.paths)
    found = survey(texts, request, adapters) if texts.are_readable else None
    problems = find_problems(texts.config, texts.credentials)
    reported = problems if not request.patterns else _selected(problems, request, found)
    of_all = (found.plugin_problem,) if found is not None and found.plugin_problem else ()
    return Report(
        command="check",
        paths=files.paths,
        survey=found,
        problems=(*of_all, *reported),
        others=len(problems) - len(reported),
        kubeconfig=find_entries(kubeconfigs, found.plan.decisions) if found is not None else (),
    )


def _selected(
    problems: tuple[Problem, ...], request: Request, found: Survey | None
) -> tuple[Problem, ...]:
    if found is None:  # without profiles there are no chains: select by name
        names = {problem.profile for problem in problems if problem.profile is not None}
        selected = (
            name
            for name in names
            if any(is_selected(name, pattern) for pattern in request.patterns)
        )
        return problems_of(problems, dict.fromkeys(selected))
    chains = {decision.profile.name: decision.chain for decision in found.plan.decisions}
    return problems_of(problems, chains)
