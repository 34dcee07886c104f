"""A profile as a line or as cells; profiles that share a reason, and problems with one text.

A hundred profiles may fail for one reason, such as a key that has expired: they form one group,
and the reason is given once, without the parts that are specific to one profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from sync_profiles.causes import Cause, Fixer
from sync_profiles.explain.texts_denied import further_reasons
from sync_profiles.model import BrokenChain, Chain, FileKind, Place, Problem
from sync_profiles.planning.decision import Change, Decision, Verdict
from sync_profiles.report import Report, ReportRow
from sync_profiles.terminal.options import Options
from sync_profiles.text import first_line, first_of, quote, shared

#: more profiles than this are not all listed if they have nothing to tell apart
FEW_PROFILES = 24
#: what formats with one row for each profile show of it
COLUMNS = ("profile", "verdict", "account", "role", "session name", "reason", "next step")
#: how many of those that a sync fixes are listed if there are many
EXAMPLES = 3
#: the titles of the chapters, with the number of profiles and the command that runs the sync
TITLES = {
    Fixer.SYNC: "`{sync}` fixes these ({count})",
    Fixer.YOU: "you can fix these ({count})",
    Fixer.EITHER: "you or an administrator can fix these ({count}): run `sync-profiles explain`",
    Fixer.ADMINISTRATOR: "needs an administrator ({count}): "
    "`sync-profiles explain --letter` writes the letter",
    Fixer.UNTESTED: "not tested ({count})",
    Fixer.NONE: "accepted ({count})",
}


#: a profile and its details
_Member = tuple[ReportRow, list[str]]


class Line(NamedTuple):
    """A profile in a table; `session_name` shows the change, as in `alice → work_api`."""

    verdict: Verdict
    profile: str
    account: str
    session_name: str
    role: str


class Group(NamedTuple):
    """Profiles and their common details: facts, and hints that start with `hint: `.

    `others` is the number of profiles that are not listed.
    """

    lines: Sequence[Line]
    details: Sequence[str]
    others: int = 0


class Chapter(NamedTuple):
    """Groups of profiles that the same person can fix."""

    title: str
    groups: Sequence[Group]


def group_rows(rows: Iterable[ReportRow], *, verbose: bool, listed: int) -> list[Group]:
    """Return the rows in groups with the same details, each in the position of its first row.

    The order of the reasons that a hint only names is no difference.

    Within a group the rows keep their order, and at most `listed` are listed; rows without details
    come first. If a profile's chain stops at another one that is listed (such a hop is listed
    before others), the details only name that hop, unless the next step is another one or a sync is
    enough. With `verbose`, each row is a separate group, in order.
    """
    if verbose:
        return [Group([line_of(row)], _details(row, verbose=True)) for row in rows]
    rows = tuple(rows)
    hops = _hops_among(rows, most=listed)
    found: dict[tuple[str, ...], tuple[tuple[str, ...], list[_Member]]] = {(): ((), [])}
    for row in rows:
        details, in_general = _to_group(row, hops.get(_stopping(row) or ""))
        key = tuple(_in_any_order(text, row) for text in in_general)
        found.setdefault(key, (in_general, []))[1].append((row, details))
    for _, members in found.values():
        if len(members) > listed:
            members.sort(key=lambda member: member[0].decision.profile.name not in hops)
    return [
        Group(
            [line_of(row) for row, _ in members[:listed]],
            _for_all(in_general, members),
            len(members[listed:]),
        )
        for in_general, members in found.values()
        if members
    ]


def _in_any_order(text: str, row: ReportRow) -> str:
    """Return a text, but the reasons that a hint only names in the order of their names."""
    further = further_reasons(row.explanation.reasons)
    return text.replace(", ".join(further), ", ".join(sorted(further))) if further else text


def _hops_among(rows: Sequence[ReportRow], *, most: int) -> Mapping[str, ReportRow]:
    """Return those of the rows, by name, at which chains of others stop: the first of many."""
    stopping = {_stopping(row) for row in rows}
    # in a loop, each stops at another one
    stopping -= {row.decision.profile.name for row in rows if _stopping(row) is not None}
    found = (row for row in rows if row.decision.profile.name in stopping)
    return {row.decision.profile.name: row for row in islice(found, most)}


def _stopping(row: ReportRow) -> str | None:
    """Return the hop further up at which a profile's chain stops, in a test or in the files."""
    chain, own = row.decision.chain, row.decision.profile.name
    if isinstance(chain, BrokenChain) and chain.profile != own:
        return chain.profile
    return row.decision.blocked_by


def _to_group(row: ReportRow, hop: ReportRow | None) -> tuple[list[str], tuple[str, ...]]:
    """Return a profile's details, and what they are for several profiles.

    They only name the hop at which the chain stops if it says all there is to say.
    """
    details = _details(row, verbose=False)
    in_general = tuple(_shared(text, row.decision) for text in details)
    is_fixable = row.decision.verdict is Verdict.FIXABLE  # works once the hop's name is written
    is_said = hop is not None and hop.explanation.hint == row.explanation.hint and not is_fixable
    if hop is None or not is_said or in_general == _to_group(hop, None)[1]:
        return details, in_general
    there = f"the chain stops at {quote(hop.decision.profile.name)}: see there"
    return [there], (there,)


def places_of(places: Sequence[Place]) -> str:
    """Return the lines of each file, as in `config, lines 3, 14`; of many, the first ones."""
    lines: dict[FileKind, list[str]] = {}
    for place in places:
        lines.setdefault(place.file, []).append(str(place.line))
    return "; ".join(
        f"{file}, {'line' if len(numbers) == 1 else 'lines'} {first_of(numbers, FEW_PROFILES)}"
        for file, numbers in lines.items()
    )


def group_problems(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Return the problems, together if they differ only in line and profile, in one file."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        message, hint = shared(problem.message), shared(problem.hint)
        found.setdefault((problem.place.file, problem.code, message, hint), []).append(problem)
    return list(found.values())


def is_of_source(row: ReportRow) -> bool:
    """Return whether all there is to say of an accepted profile is about its source's caller."""
    decision = row.decision
    is_nameless = decision.change is Change.SKIP and decision.untested_duration is None
    return decision.verdict is Verdict.ACCEPTED and is_nameless


def line_of(row: ReportRow) -> Line:
    """Return a profile as a table shows it."""
    decision = row.decision
    profile = decision.profile
    session_name = first_line(profile.session_name or "-")
    if decision.change.writes and decision.wanted_name is not None:
        session_name = f"{session_name} → {decision.wanted_name}"
    role = profile.role.name if profile.role is not None else first_line(profile.role_arn)
    if row.assumed_role_arn is not None:
        role = "/".join(row.assumed_role_arn.split("/")[-2:])
    account = profile.role.account_id if profile.role is not None else ""
    return Line(decision.verdict, profile.name, account, session_name, role)


def cells_of(row: ReportRow) -> tuple[str, ...]:
    """Return a profile as texts in the order of `COLUMNS`."""
    line, explanation = line_of(row), row.explanation
    explained = (explanation.message, explanation.hint or "")
    return line.profile, line.verdict, line.account, line.role, line.session_name, *explained


def _details(row: ReportRow, *, verbose: bool) -> list[str]:
    decision = row.decision
    variant = decision.failure.variant if decision.failure is not None else None
    if decision.cause is Cause.NOT_TESTED and variant is None and not verbose:
        return []  # the summary line says it for all of them
    if is_of_source(row) and not verbose:
        return []  # the line of the source says it
    lines = []
    has_note = decision.note is not None or decision.untested_duration is not None
    if verbose or decision.verdict is not Verdict.ACCEPTED or has_note:
        lines.append(row.explanation.message)
        # the title says how those are fixed that the sync fixes
        if row.explanation.hint and (verbose or decision.verdict is not Verdict.FIXABLE):
            lines.append("hint: " + row.explanation.hint)
    elif decision.change is Change.KEEP:
        lines.append(f"kept: it is accepted, but differs from your name `{decision.wanted_name}`")
    if verbose and row.chain:
        lines.append(f"chain: {' > '.join((*row.chain, decision.profile.name))}")
    return lines


def _for_all(in_general: Sequence[str], members: Sequence[_Member]) -> list[str]:
    """Return the texts for a group of rows: each unchanged if all rows have the same.

    Where their chains are broken, the lines of the files replace those of the single profiles.
    """
    texts = [
        own[0] if len(set(own)) == 1 else general
        for general, *own in zip(in_general, *(own for _, own in members), strict=True)
    ]
    chains = [row.decision.chain for row, _ in members]
    broken = {chain.place: None for chain in chains if isinstance(chain, BrokenChain)}
    if broken and texts[0] != members[0][1][0]:
        texts[0] += f" ({places_of(list(broken))})"
    return texts


def _shared(text: str, decision: Decision) -> str:
    """Return what a row's text says of several profiles.

    A source, which the text names, stays what it is, even if it is the profile itself.
    """
    chain = decision.chain
    is_source = isinstance(chain, Chain) and chain.source.profile == decision.profile.name
    return text if is_source else shared(text)


def chapters_of(report: Report, options: Options, shown: Sequence[ReportRow]) -> list[Chapter]:
    """Return the rows by who can fix them; many accepted ones are left out, and all if quiet."""
    is_long = len(shown) > FEW_PROFILES
    by_fixer: dict[Fixer, list[ReportRow]] = {}
    for row in shown:
        by_fixer.setdefault(row.fixer, []).append(row)
    chapters = []
    for fixer, title in TITLES.items():
        members = everyone = by_fixer.get(fixer, [])
        if fixer is Fixer.NONE and (options.quiet or (is_long and not options.verbose)):
            members = [row for row in members if not options.quiet and _details(row, verbose=False)]
        if not members:
            continue
        is_many = fixer is Fixer.SYNC and len(members) > FEW_PROFILES
        groups = group_rows(
            members, verbose=options.verbose, listed=EXAMPLES if is_many else FEW_PROFILES
        )
        count = str(len(members))
        if len(members) < len(everyone) and not options.quiet:
            count += f" of {len(everyone)}; `--verbose` shows all"
        sync = report.survey.request.sync_command
        chapters.append(Chapter(title.format(sync=sync, count=count), groups))
    return chapters
