"""The result of a run: per profile, as numbers, and as an exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from sync_profiles.decisions import Verdict
from sync_profiles.errors import ExitCode
from sync_profiles.explain.comparison import compare_results
from sync_profiles.explain.explanation import SYNC_COMMAND, explain, explain_source
from sync_profiles.explain.fixer import fixer_of
from sync_profiles.explain.learned import NOTHING_LEARNED, Learned
from sync_profiles.explain.overrides import NO_OVERRIDES
from sync_profiles.model import Chain
from sync_profiles.outcomes import Accepted, Caller
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_profiles.causes import Fixer
    from sync_profiles.decisions import Decision
    from sync_profiles.disk.config_file import FilePaths, Written
    from sync_profiles.explain.explanation import Explanation
    from sync_profiles.explain.overrides import Overrides
    from sync_profiles.explain.suspicions import Finding
    from sync_profiles.lint.kube_entries import KubeconfigEntry
    from sync_profiles.model import Problem, Profile, Source
    from sync_profiles.outcomes import Failure
    from sync_profiles.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found, what it would change, and the files that it replaced.

    `findings` are all problems that explain a row, where `problems` are only those to list.
    `survey` is None if the files cannot be read; `problems` says why. `others` is the number of
    problems that concern no selected profile. `kubeconfig` are entries of another program's files
    that assume the profiles' roles.
    """

    command: str
    paths: FilePaths
    survey: Survey | None
    problems: tuple[Problem, ...]
    others: int = 0
    kubeconfig: tuple[KubeconfigEntry, ...] = ()
    make_diff: Callable[[], str] = str
    findings: tuple[Problem, ...] = ()
    written: tuple[Written, ...] = ()

    @property
    def diff(self) -> str:
        """The changes as a unified diff; computed on each access."""
        return self.make_diff()

    @property
    def sync_command(self) -> str:
        """The command line of the sync that would fix what a sync can fix."""
        return self.survey.request.sync_command if self.survey is not None else SYNC_COMMAND

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions in file order; empty if the files cannot be read."""
        return self.survey.plan.decisions if self.survey is not None else ()

    @property
    def callers(self) -> Mapping[Source, Caller | Failure]:
        """The sources' callers."""
        return self.survey.callers if self.survey is not None else {}

    def caller_of(self, decision: Decision) -> Caller | Failure | None:
        """Return the caller at the start of a profile's chain, or None if the chain is broken."""
        chain = decision.chain
        return self.callers.get(chain.source) if isinstance(chain, Chain) else None

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """All profiles of the files."""
        return self.survey.profiles.by_name if self.survey is not None else {}

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes about the environment, and on what comes next."""
        return self.survey.notes if self.survey is not None else ()

    @property
    def overrides(self) -> Overrides:
        """The settings that override the profiles' own."""
        return self.survey.overrides if self.survey is not None else NO_OVERRIDES


@dataclass(frozen=True, kw_only=True)  # no slots, because `explanation` is cached
class Row:
    """One profile of the report: the decision, its explanation, whether its name was written."""

    decision: Decision
    written: bool
    explain: Callable[..., Explanation] = field(repr=False)

    @cached_property
    def explanation(self) -> Explanation:
        """The fact and the hint; computed only if they are shown."""
        return self.explain()

    @property
    def fixer(self) -> Fixer:
        """Who can fix the profile, by its verdict and, if it is rejected, its explanation."""
        is_rejected = self.decision.verdict is Verdict.REJECTED
        return fixer_of(self.decision, self.explanation.reasons if is_rejected else ())

    @property
    def assumed_role_arn(self) -> str | None:
        """The ARN that proves the verdict `accepted`; None for other verdicts."""
        outcome = self.decision.outcome
        if self.decision.verdict is Verdict.ACCEPTED and isinstance(outcome, Accepted):
            return outcome.assumed_role_arn
        return None

    @property
    def chain(self) -> list[str]:
        """The chain, from the source to the profile whose session assumes the role."""
        chain = self.decision.chain
        if isinstance(chain, Chain):
            return [str(chain.source), *chain.hops[:-1]]
        return []


def rows(report: Report) -> Iterator[Row]:
    """Yield the profiles of a report in file order."""
    compared = cache(
        partial(compare_results, report.decisions, report.callers, profiles=report.profiles)
    )
    problems = cache(partial(problems_by_profile, report))
    for decision in report.decisions:
        yield Row(
            decision=decision,
            written=_is_written(report, decision),
            explain=partial(_explain, report, decision, compared, problems),
        )


def problems_by_profile(report: Report) -> dict[str | None, list[Problem]]:
    """Return the problems of the files by profile, also those that the report does not list."""
    found: dict[str | None, list[Problem]] = {}
    for problem in report.findings or report.problems:
        found.setdefault(problem.profile, []).append(problem)
    return found


def explain_missing_caller(report: Report, source: Source, failure: Failure) -> Explanation:
    """Return why a source has no caller, and the next step."""
    return explain_source(
        source,
        failure,
        profiles=report.profiles,
        overrides=report.overrides,
        problems=problems_by_profile(report),
    )


def _explain(
    report: Report,
    decision: Decision,
    compared: Callable[[], Mapping[str, tuple[Finding, ...]]],
    problems: Callable[[], Mapping[str | None, Sequence[Problem]]],
    *,
    learned: Learned = NOTHING_LEARNED,
) -> Explanation:
    is_accepted = decision.verdict is Verdict.ACCEPTED
    explanation = explain(
        decision,
        caller=report.caller_of(decision),
        profiles=report.profiles,
        overrides=report.overrides,
        findings=() if is_accepted else compared().get(decision.profile.name, ()),
        learned=learned,
        problems={} if is_accepted else problems(),
    )
    if decision.verdict is not Verdict.FIXABLE:
        return explanation
    is_import = report.command == "import"
    hint = "the import writes it" if is_import else f"run {quote(report.sync_command)}"
    return replace(explanation, hint=hint)


def exit_code(report: Report) -> ExitCode:
    """Return 0 if every selected profile is accepted, 3 if no profile could be tested, else 1.

    No profile can be tested if the files cannot be read, or if every selected chain is broken or
    starts from a source without a caller. Profiles with a web identity do not count, and an offline
    run does not need callers.
    """
    if report.survey is None:
        return ExitCode.CANNOT_RUN
    if all(decision.verdict is Verdict.ACCEPTED for decision in report.decisions):
        return ExitCode.OK
    is_offline = report.survey.request.offline
    if is_offline or any(decision.wanted_name is not None for decision in report.decisions):
        return ExitCode.NOT_ACCEPTED
    with_chain = [decision for decision in report.decisions if decision.chain is not None]
    if with_chain and not any(isinstance(report.caller_of(d), Caller) for d in with_chain):
        return ExitCode.CANNOT_RUN
    return ExitCode.NOT_ACCEPTED


def summarize(report: Report) -> dict[str, int]:
    """Return the number of profiles per verdict, and of names that were written."""
    written = sum(_is_written(report, decision) for decision in report.decisions)
    return count_verdicts(report.decisions) | {"written": written}


def count_verdicts(decisions: Sequence[Decision]) -> dict[str, int]:
    """Return the number of profiles per verdict."""
    verdicts = Counter(decision.verdict for decision in decisions)
    return {verdict.value: verdicts[verdict] for verdict in Verdict}


def _is_written(report: Report, decision: Decision) -> bool:
    kinds = {file.kind for file in report.written}
    return decision.change.writes and decision.profile.place.file in kinds
