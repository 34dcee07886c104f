"""The check: test the profiles and lint the files, without changing them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sync_profiles.config.profiles import parse_texts
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems, problems_of
from sync_profiles.lint.kube_entries import find_entries
from sync_profiles.model import Problem
from sync_profiles.planning.decision import Decision
from sync_profiles.report import Report
from sync_profiles.selection import is_selected
from sync_profiles.survey import AwsAccess, Survey, SurveyRequest, survey
from sync_profiles.waiting import waiting_for


def check(
    files: ConfigFiles,
    request: SurveyRequest,
    access: AwsAccess,
    kubeconfigs: Iterable[tuple[Path, str]] = (),
) -> Report:
    """Test the profiles as they are now and find problems in the files; write nothing.

    If profiles are selected, only problems of these and of their chains are reported. If botocore
    cannot read the files, nothing is tested; the problems say why. `kubeconfigs` are files
    whose entries may assume the profiles' roles.
    """
    texts = parse_texts(files.read())
    with waiting_for("looking for problems in the files"):  # a large file takes a second
        problems = find_problems(BothFiles.of(texts))
    found = survey(texts, request, access) if texts.are_readable else Survey()
    decisions = found.plan.decisions
    listed = _listed(problems, request, decisions)
    of_all = (found.plugin_problem,) if found.plugin_problem is not None else ()
    return Report(
        command="check",
        paths=files.paths,
        survey=found,
        is_readable=texts.are_readable,
        problems=(*of_all, *listed),
        other_problems=len(problems) - len(listed),
        kubeconfig=find_entries(kubeconfigs, decisions),
    )


def _listed(
    problems: tuple[Problem, ...], request: SurveyRequest, decisions: Iterable[Decision]
) -> tuple[Problem, ...]:
    """Return the problems of the selected profiles and of their chains.

    Without decisions the chains are not known: the profiles are selected by their names.
    """
    if not request.patterns:
        return problems
    chains = {decision.profile.name: decision.chain for decision in decisions}
    named = {problem.profile for problem in problems if problem.profile is not None}
    selected = (name for name in named for each in request.patterns if is_selected(name, each))
    return problems_of(problems, chains or dict.fromkeys(selected))
