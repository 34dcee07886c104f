"""The result of a run: per profile, as numbers, and as an exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sync_profiles.causes import Fixer
from sync_profiles.disk.config_file import FileChange, WrittenFile
from sync_profiles.errors import ExitCode
from sync_profiles.explain.background import Background
from sync_profiles.explain.explanation import Explanation, explain, fixer_of
from sync_profiles.explain.findings import NOTHING_LEARNED, Learned
from sync_profiles.lint.kube_entries import KubeconfigEntry
from sync_profiles.model import Chain, FileKind, Problem, Profile
from sync_profiles.outcomes import Accepted, Caller, Failure
from sync_profiles.planning.decision import Decision, Testing, Verdict
from sync_profiles.survey import Survey
from sync_profiles.text import quote


@dataclass(frozen=True, kw_only=True)  # no slots, because what explains the rows is cached
class Report:
    """What a run found, what it would change, and the files that it replaced.

    If the files cannot be read, nothing was surveyed; `problems` says why. `edits` are the changes,
    made or not. `all_problems` are those that may explain a row, where `problems` are only those
    to list; `other_problems` is the number of those that concern no selected profile.
    `kubeconfig` are entries of another program's files that assume the profiles' roles.
    """

    command: str
    paths: Mapping[FileKind, Path]
    survey: Survey = field(default_factory=Survey)
    is_readable: bool = True
    problems: tuple[Problem, ...] = ()
    other_problems: int = 0
    kubeconfig: tuple[KubeconfigEntry, ...] = ()
    edits: tuple[FileChange, ...] = ()
    all_problems: tuple[Problem, ...] = ()
    written: tuple[WrittenFile, ...] = ()

    @cached_property
    def diff(self) -> str:
        """What the edits change, as a unified diff."""
        return "".join(edit.diff for edit in self.edits)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions, in file order."""
        return self.survey.plan.decisions

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """All profiles of the files."""
        return self.survey.profiles.by_name

    def caller_of(self, decision: Decision) -> Caller | Failure | None:
        """Return the caller at the start of a profile's chain, or None if the chain is broken."""
        chain = decision.chain
        return self.survey.callers.get(chain.source) if isinstance(chain, Chain) else None

    @property
    def rows(self) -> Iterator[ReportRow]:
        """The profiles, in file order."""
        return (ReportRow(report=self, decision=decision) for decision in self.decisions)

    @cached_property
    def background(self) -> Background:
        """What explains the rows, and the sources."""
        sync = f"run {quote(self.survey.request.sync_command)}"
        return Background(
            profiles=self.profiles,
            callers=self.survey.callers,
            overrides=self.survey.overrides,
            comments=self.survey.comments,
            decisions=self.decisions,
            problems=self.all_problems or self.problems,
            sync_step="the import writes it" if self.command == "import" else sync,
        )


@dataclass(frozen=True, kw_only=True)  # no slots, because `explanation` is cached
class ReportRow:
    """One profile of the report: the decision, and its explanation.

    `learned` is what further calls have shown.
    """

    report: Report = field(repr=False)
    decision: Decision
    learned: Learned = NOTHING_LEARNED

    @cached_property
    def explanation(self) -> Explanation:
        """The fact and the hint; computed only if they are shown."""
        return explain(self.decision, self.report.background, self.learned)

    @property
    def fixer(self) -> Fixer:
        """Who can fix the profile, by its verdict and, if it is rejected, its explanation."""
        is_rejected = self.decision.verdict is Verdict.REJECTED
        return fixer_of(self.decision, self.explanation.reasons if is_rejected else ())

    @property
    def written(self) -> bool:
        """Whether the profile's name was written."""
        decision = self.decision
        kinds = {file.kind for file in self.report.written}
        return decision.change.writes and decision.profile.place.file in kinds

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


def exit_code(report: Report) -> ExitCode:
    """Return 0 if every selected profile is accepted, 3 if no profile could be tested, else 1.

    No profile can be tested if the files cannot be read, or if every selected chain is broken or
    starts from a source without a caller. Profiles with a web identity do not count, and an offline
    run does not need callers.
    """
    if not report.is_readable:
        return ExitCode.CANNOT_RUN
    if all(decision.verdict is Verdict.ACCEPTED for decision in report.decisions):
        return ExitCode.OK
    is_offline = report.survey.request.options.testing is Testing.OFFLINE
    if is_offline or any(decision.wanted_name is not None for decision in report.decisions):
        return ExitCode.NOT_ACCEPTED
    with_chain = [decision for decision in report.decisions if decision.chain is not None]
    if with_chain and not any(isinstance(report.caller_of(d), Caller) for d in with_chain):
        return ExitCode.CANNOT_RUN
    return ExitCode.NOT_ACCEPTED


def count_verdicts(decisions: Sequence[Decision]) -> dict[str, int]:
    """Return the number of profiles per verdict."""
    verdicts = Counter(decision.verdict for decision in decisions)
    return {verdict.value: verdicts[verdict] for verdict in Verdict}


def verdicts_in_words(decisions: Sequence[Decision]) -> str:
    """Return the number of profiles for each verdict that one has, as `2 accepted, 1 rejected`."""
    counts = count_verdicts(decisions)
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
