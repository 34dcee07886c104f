"""Explain profiles: their chains and settings, the calls and answers, and who can fix them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync_profiles.aws.mfa_codes import MfaCodes
from sync_profiles.config.chains import resolve_chains
from sync_profiles.config.profiles import Profiles, parse_texts
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.explain.known_values import KnownValues
from sync_profiles.explain.letter import Letter, write_letters
from sync_profiles.explain.notes import imported_names, note_spent_code
from sync_profiles.inquiry.experimenter import MOST_OF_RUN, Experimenter
from sync_profiles.inquiry.explainer import ExplainedProfile, Explainer
from sync_profiles.inquiry.iam_reading import CallerPolicyReader, RoleReader
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems, problems_of
from sync_profiles.model import BrokenChain, Chain, Problem
from sync_profiles.planning.decision import Decision, Verdict
from sync_profiles.report import Report
from sync_profiles.selection import find_helpers, select
from sync_profiles.survey import AwsAccess, SurveyRequest, accepted_switches, survey
from sync_profiles.text import quote, shell_word
from sync_profiles.waiting import waiting_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """The profiles that were selected, and those of them that are explained, in file order.

    Profiles that are named are all explained; without a name, those that a person has to fix.
    `problems` are those of the explained profiles, and of the profiles along their chains;
    `letters` are one for each account whose administrator can help them.
    """

    report: Report
    asked_at: datetime
    selected: tuple[Decision, ...]
    explained: tuple[ExplainedProfile, ...]
    problems: tuple[Problem, ...]
    letters: tuple[Letter, ...]


def inquire(
    files: ConfigFiles, request: SurveyRequest, access: AwsAccess, *, asked_at: datetime
) -> Inquiry:
    """Test the selected profiles, and others of their accounts for comparison; write nothing.

    `asked_at` is the current time, in UTC.
    """
    texts = parse_texts(files.read())
    profiles = texts.profiles
    names = select(texts, request.patterns)
    chains = resolve_chains(profiles.by_name)
    with waiting_for("looking for problems in the files"):
        problems = find_problems(BothFiles.of(texts))
    helpers = _helpers_of(names, profiles, chains, codes=access.codes(profiles))
    found = survey(texts, replace(request.only(names), helpers=helpers), access)
    if found.switcher is None:  # no chain is whole
        found = replace(found, switcher=access.switcher(texts, chains))
    report = Report(
        command="explain",
        paths=files.paths,
        survey=found,
        problems=problems_of(problems, {name: chains.get(name) for name in names})
        if names
        else tuple(each for each in problems if each.hides_profiles),
        all_problems=problems,
    )
    selected = [row for row in report.rows if row.decision.profile.name in names]
    whole = {name: chain for name, chain in chains.items() if isinstance(chain, Chain)}
    known = KnownValues(
        background=report.background,
        chains=whole,
        accepted=accepted_switches(found),
        callers=found.further_calls.callers,
        session_name=found.request.options.session_name,
        imported=frozenset(imported_names(profiles.by_name.values(), texts.config.text)),
    )
    explainer = Explainer(
        report=report,
        roles=RoleReader(found),
        callers=CallerPolicyReader(found),
        experimenter=Experimenter(found=found, known=known),
        asked_at=asked_at,
    )
    asked = [row for row in selected if request.patterns or _may_need_a_person(row.decision)]
    explained = tuple(
        each
        for each in explainer.explain(asked)
        if request.patterns or _needs_a_person(each.decision)
    )
    notes = dict.fromkeys([*found.notes, *_notes(explained)])
    decided = {each.decision.profile.name: each.decision for each in explained}
    return Inquiry(
        report=replace(report, survey=replace(found, notes=tuple(notes))),
        asked_at=asked_at,
        selected=tuple(decided.get(row.decision.profile.name, row.decision) for row in selected),
        explained=explained,
        problems=problems_of(
            problems, {each.decision.profile.name: each.decision.chain for each in explained}
        ),
        letters=write_letters(each.needed_access for each in explained),
    )


def _notes(explained: Sequence[ExplainedProfile]) -> Iterator[str]:
    tried = (one for each in explained for one in each.experiments.tried)
    yield from note_spent_code({one.experiment.switch: one.outcome for one in tried})
    cut = [each.decision.profile.name for each in explained if each.experiments.is_cut]
    if cut:
        command = quote(f"sync-profiles explain {shell_word(cut[0])}")
        yield (
            f"a run sends at most {MOST_OF_RUN} calls for experiments: not everything was tried "
            f"for {len(cut)} of the profiles; name a few of them to try all, as in {command}"
        )


def _may_need_a_person(decision: Decision) -> bool:
    """Return whether a profile needs a person, or may if its role allows no long session."""
    return _needs_a_person(decision) or decision.untested_duration is not None


def _needs_a_person(decision: Decision) -> bool:
    """Return whether neither a sync can fix a profile nor the AWS CLI alone can use it."""
    is_open = decision.verdict in {Verdict.REJECTED, Verdict.UNKNOWN}
    return is_open and not decision.profile.is_web_identity


def _helpers_of(
    names: frozenset[str],
    profiles: Profiles,
    chains: Mapping[str, Chain | BrokenChain],
    *,
    codes: MfaCodes,
) -> frozenset[str]:
    """Return other profiles with a role in the accounts of all roles along the chains of these.

    Some of other accounts are with them.
    """
    found = (chains.get(name) for name in names)
    hops = (hop for chain in found if isinstance(chain, Chain) for hop in chain.hops)
    roles = (profiles.by_name[name].role for name in dict.fromkeys([*names, *hops]))
    accounts = {role.account_id for role in roles if role is not None}
    return find_helpers(names, accounts, profiles.by_name, chains, codes=codes, with_others=True)
