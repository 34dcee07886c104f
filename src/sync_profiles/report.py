"""What a run found, as JSON (version 1), as figures, and as an exit code."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sync_profiles.decisions import Verdict
from sync_profiles.errors import ExitCode
from sync_profiles.explain.comparison import compare_results
from sync_profiles.explain.explanation import SYNC_COMMAND
from sync_profiles.explain.hints import explain, explain_source
from sync_profiles.explain.overrides import NO_OVERRIDES
from sync_profiles.model import Chain, FileKind
from sync_profiles.outcomes import Accepted, Caller, Refused
from sync_profiles.planning.session_name import user_name, wanted_name
from sync_profiles.text import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync_profiles.decisions import Decision
    from sync_profiles.disk.config_file import FilePaths, Written
    from sync_profiles.explain.explanation import Explanation
    from sync_profiles.explain.overrides import Overrides
    from sync_profiles.explain.suspicions import Finding
    from sync_profiles.model import BrokenChain, Problem, Profile, Source
    from sync_profiles.outcomes import NoCaller
    from sync_profiles.survey import Survey

JSON_VERSION = 1

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run found, what it changes, and the files that it replaced.

    `survey` is None where the files cannot be read: `problems` says why. `others` counts the
    problems that concern no selected profile; `is_offline` says that nobody was to be asked,
    `sync_command` how a person runs the sync that mends what a sync can.
    """

    command: str
    paths: FilePaths
    survey: Survey | None
    problems: tuple[Problem, ...]
    others: int = 0
    is_offline: bool = False
    sync_command: str = SYNC_COMMAND
    make_diff: Callable[[], str] = str
    written: tuple[Written, ...] = ()

    @property
    def diff(self) -> str:
        """What the run changes, as a unified diff; made anew each time that somebody asks."""
        return self.make_diff()

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions in the files' order; none where the files cannot be read."""
        return self.survey.plan.decisions if self.survey is not None else ()

    @property
    def callers(self) -> Mapping[Source, Caller | NoCaller]:
        """The sources' callers."""
        return self.survey.callers if self.survey is not None else {}

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """All profiles of the files."""
        return self.survey.profiles.by_name if self.survey is not None else {}

    @property
    def overrides(self) -> Overrides:
        """The settings that override the profiles' own."""
        return self.survey.overrides if self.survey is not None else NO_OVERRIDES


@dataclass(frozen=True, kw_only=True)  # without slots: an explanation is made once
class Row:
    """One profile of the report: the decision, its explanation, whether its name was written."""

    decision: Decision
    written: bool
    explain: Callable[[], Explanation] = field(repr=False)

    @cached_property
    def explanation(self) -> Explanation:
        """The fact and the hint; of many rows nobody asks for them."""
        return self.explain()

    @property
    def assumed_role_arn(self) -> str | None:
        """The proof, where the verdict is `accepted`."""
        outcome = self.decision.outcome
        if self.decision.verdict is Verdict.ACCEPTED and isinstance(outcome, Accepted):
            return outcome.assumed_role_arn
        return None

    @property
    def chain(self) -> list[str]:
        """The chain, from the source to the profile that the switch starts from."""
        chain = self.decision.chain
        if isinstance(chain, Chain):
            return [str(chain.source), *chain.hops[:-1]]
        return []


def rows(report: Report) -> Iterator[Row]:
    """Yield the profiles of a report in the files' order."""
    findings = compare_results(report.decisions, report.callers, profiles=report.profiles)
    for decision in report.decisions:
        about = findings.get(decision.profile.name, ())
        yield Row(
            decision=decision,
            written=_is_written(report, decision),
            explain=partial(_explain, report, decision, about),
        )


def _explain(report: Report, decision: Decision, findings: tuple[Finding, ...]) -> Explanation:
    chain = decision.chain
    explanation = explain(
        decision,
        caller=report.callers.get(chain.source) if isinstance(chain, Chain) else None,
        profiles=report.profiles,
        overrides=report.overrides,
        findings=findings,
        sync_command=report.sync_command,
    )
    if decision.verdict is Verdict.FIXABLE and report.command == "import":
        return replace(explanation, hint="the import writes it")
    return explanation


def exit_code(report: Report) -> ExitCode:
    """Return 0 where every selected profile is accepted; 3 where nothing could be found out.

    That is, where the files cannot be read, or every selected chain is broken or starts from a
    source without a caller, so that no switch could be sent; otherwise 1. Profiles with a web
    identity do not count for it, nor does it hold where nobody was to be asked.
    """
    if report.survey is None:
        return ExitCode.CANNOT_RUN
    if all(decision.verdict is Verdict.ACCEPTED for decision in report.decisions):
        return ExitCode.OK
    if report.is_offline or any(decision.wanted_name is not None for decision in report.decisions):
        return ExitCode.NOT_ACCEPTED
    chains = [decision.chain for decision in report.decisions if decision.chain is not None]
    if chains and not any(_has_caller(report, chain) for chain in chains):
        return ExitCode.CANNOT_RUN
    return ExitCode.NOT_ACCEPTED


def _has_caller(report: Report, chain: Chain | BrokenChain) -> bool:
    return isinstance(chain, Chain) and isinstance(report.callers.get(chain.source), Caller)


def summarize(report: Report) -> dict[str, int]:
    """Count the profiles by verdict, and the names that were written."""
    verdicts = Counter(decision.verdict for decision in report.decisions)
    written = sum(_is_written(report, decision) for decision in report.decisions)
    return {verdict.value: verdicts[verdict] for verdict in Verdict} | {"written": written}


def to_json(report: Report, *, session_name: str | None) -> str:
    """Return the report as one JSON object, in ASCII; `session_name` is the name asked for."""
    document: Json = {
        "version": JSON_VERSION,
        "command": report.command,
        "config_file": str(report.paths.config_file),
        "credentials_file": str(report.paths.credentials_file),
        "callers": [
            _caller(report, source, caller, session_name)
            for source, caller in report.callers.items()
        ],
        "profiles": [profile_json(row) for row in rows(report)],
        "problems": problems_json(report),
        "summary": summarize(report),
        "diff": report.diff,
        "backups": [str(file.backup) for file in report.written if file.backup is not None],
    }
    return json.dumps(document, indent=2)


def _is_written(report: Report, decision: Decision) -> bool:
    kinds = {file.kind for file in report.written}
    return decision.change.writes and decision.profile.place.file in kinds


def _caller(
    report: Report, source: Source, caller: Caller | NoCaller, session_name: str | None
) -> Json:
    wanted = wanted_name(caller if isinstance(caller, Caller) else None, override=session_name)
    if isinstance(caller, Caller):
        return {
            "source": str(source),
            "arn": caller.arn,
            "account": caller.account_id,
            "user_name": user_name(caller),
            "session_name": wanted if isinstance(wanted, str) else None,
            "error": None,
        }
    explanation = explain_source(caller, profiles=report.profiles, overrides=report.overrides)
    return {
        "source": str(source),
        "arn": None,
        "account": None,
        "user_name": None,
        "session_name": wanted if isinstance(wanted, str) else None,
        "error": explanation.message,
        "cause": caller.cause.value,
        "hint": explanation.hint,
    }


def profile_json(row: Row) -> Json:
    """Return one profile of the JSON report."""
    decision = row.decision
    outcome = decision.outcome
    configured = decision.profile.session_name
    return {
        "profile": decision.profile.name,
        "role_arn": first_line(decision.profile.role_arn),
        "chain": row.chain,
        "session_name": first_line(configured) if configured is not None else None,
        "wanted_session_name": decision.wanted_name,
        "verdict": decision.verdict.value,
        "cause": decision.cause.value if decision.cause is not None else None,
        "policy_type": outcome.policy_type if isinstance(outcome, Refused) else None,
        "change": decision.change.value,
        "written": row.written,
        "assumed_role_arn": row.assumed_role_arn,
        "message": row.explanation.message,
        "hint": row.explanation.hint,
        "blocked_by": decision.blocked_by,
        "file": decision.profile.place.file.value,
        "line": decision.profile.place.line,
    }


def problems_json(report: Report) -> list[Json]:
    """Return the problems of the JSON report."""
    paths = {
        FileKind.CONFIG: report.paths.config_file,
        FileKind.CREDENTIALS: report.paths.credentials_file,
    }
    return [
        {
            "file": str(paths[problem.place.file]),
            "line": problem.place.line,
            "profile": problem.profile,
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in report.problems
    ]
