"""What stands below a row: the fact and the hint, once for all profiles that share them.

A hundred profiles may fail for one reason, such as a key that has expired: they stand together,
and below the last of them the reason, without what is one profile's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.causes import Cause
from sync_profiles.config.chains import header_for
from sync_profiles.decisions import Change, Verdict
from sync_profiles.model import Chain
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync_profiles.decisions import Decision
    from sync_profiles.model import Problem
    from sync_profiles.report import Row

#: as `place_of` writes them
_PLACES = re.compile(r" \((?:config|credentials), line \d+\)")


class Group(NamedTuple):
    """Rows, and the texts below the last of them, which hold for each."""

    rows: Sequence[Row]
    details: Sequence[str]


class ProblemGroup(NamedTuple):
    """Problems of one file that differ in line and profile alone, and the text for all of them."""

    problems: Sequence[Problem]
    message: str
    hint: str


def group_rows(rows: Iterable[Row], *, verbose: bool) -> list[Group]:
    """Return the rows in groups that share what stands below them, the accepted ones first.

    Of these, those with nothing below come first, then each group where its first row stood; in a
    group the rows keep their order. With `verbose` each row is a group by itself, where it stood.
    """
    if verbose:
        return [Group([row], _details(row, verbose=True)) for row in rows]
    found: dict[tuple[str, ...], list[tuple[Row, list[str]]]] = {(): []}
    for row in rows:
        details = _details(row, verbose=False)
        shared = tuple(_shared(text, row.decision) for text in details)
        found.setdefault(shared, []).append((row, details))
    groups = [
        Group([row for row, _ in members], _told_once(shared, [own for _, own in members]))
        for shared, members in found.items()
        if members
    ]
    groups.sort(key=lambda group: group.rows[0].decision.verdict is not Verdict.ACCEPTED)
    return groups


def group_problems(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Return problems with those together that say the same of several profiles."""
    found: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        name = problem.profile
        message, hint = problem.message, problem.hint
        if name is not None:
            message = _without_name(message, name)
            hint = _without_name(hint, name).replace(quote(header_for(name)), "its section")
        found.setdefault((problem.place.file, problem.code, message, hint), []).append(problem)
    return [
        ProblemGroup(members, message, hint)
        if len(members) > 1
        else ProblemGroup(members, members[0].message, members[0].hint)
        for (_, _, message, hint), members in found.items()
    ]


def _told_once(shared: Sequence[str], own: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts for rows that share them: word for word where no word is one row's own."""
    if not shared or len(own) == 1:
        return list(own[0])
    same = all(texts == own[0] for texts in own)
    first, *further = own[0] if same else shared
    return [f"these {len(own)}: {first}", *further]


def _shared(text: str, decision: Decision) -> str:
    """Return a text without what is the profile's own: its name, section, role and lines.

    What is at fault stays: a role's ARN that is none, and a source, be it the profile itself.
    """
    profile, chain = decision.profile, decision.chain
    if isinstance(chain, Chain) and chain.source.profile == profile.name:
        return text
    text = text.replace(quote(f"[{profile.section}]"), "its section")
    if profile.role_arn and decision.cause is not Cause.ROLE_ARN_INVALID:
        text = text.replace(quote(profile.role_arn), "the role")
    return _PLACES.sub("", _without_name(text, profile.name))


def _without_name(text: str, name: str) -> str:
    # by itself the same word may be a session name, or another profile
    return text.replace(f"profile {quote(name)}", "each profile")


def _details(row: Row, *, verbose: bool) -> list[str]:
    decision = row.decision
    if decision.cause is Cause.NOT_TESTED and not verbose:
        return []  # the sum says it once for all
    lines = []
    if verbose or decision.verdict is not Verdict.ACCEPTED or decision.note is not None:
        lines.append(row.explanation.message)
        if row.explanation.hint:
            lines.append(f"hint: {row.explanation.hint}")
    elif decision.change is Change.KEEP:
        lines.append(f"kept, as it is accepted, though it differs from `{decision.wanted_name}`")
    if verbose and row.chain:
        lines.append(f"chain: {' > '.join((*row.chain, decision.profile.name))}")
    return lines
