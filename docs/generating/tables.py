"""The tables of causes, problems, findings and codes, from the tables of the program."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from commands import as_markdown

from sync_profiles.causes import Cause, Fixer
from sync_profiles.explain.cause_table import TABLE, CauseRow
from sync_profiles.lint.checks import CHECKS
from sync_profiles.team.refusals import TEAM_FINDINGS
from sync_profiles.terminal.help import ENVIRONMENT, EXIT_CODES, OTHER_EXIT_CODES
from sync_profiles.trust_policy.auditing import STANDINGS
from sync_profiles.trust_policy.policy_findings import MEANINGS

#: the messages and hints of every cause, as the tests hold them, and examples of some
REFUSALS = Path(__file__).parents[2] / "tests" / "data" / "refusals.txt"
#: the lines of a case in them that are not its message and hint
OTHER_LINES = ("of several: ", "fixed by: ")
#: an example of a problem of the files
PROBLEM = r'^\S+ {} "[^"]*"\n  (.*)\n  hint: (.*)$'
FIXED_BY: Mapping[Fixer, str] = {
    Fixer.SYNC: "a sync",
    Fixer.YOU: "you",
    Fixer.EITHER: "you or an administrator",
    Fixer.ADMINISTRATOR: "an administrator",
}


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table of rows, the first of which has the titles."""
    first, *others = ([cell.replace("|", r"\|") for cell in row] for row in rows)
    head = f"| {' | '.join(first)} |\n|{'---|' * len(first)}\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in others)


def describe_cause(name: str) -> str:
    """Return what the program knows about a cause: when it occurs, its texts, who can fix it."""
    row = TABLE[Cause(name)]
    message, _, hint = _example(name).partition("\nhint: ")
    return (
        f"{row.when[:1].upper()}{row.when[1:]}.\n\n"
        f"> {message}\n>\n> hint: {hint}\n\n"
        f"Who can fix it: {_fixed_by(row)}.\n"
    )


def _fixed_by(row: CauseRow) -> str:
    return FIXED_BY[row.fixed_by] if row.proves else "not known until it is tested"


def _example(name: str) -> str:
    """Return the message and the hint of a cause, as the tests have them."""
    lines = (line for line in _lines(name) if not line.startswith(OTHER_LINES))
    text = "\n".join(lines).replace(": no such thing", "")
    if text.startswith("the profile's chain is broken"):
        # a report has the problem of the files in place of that
        files = (
            file.read_text("utf-8") for file in sorted(REFUSALS.with_name("lint").glob("*.txt"))
        )
        found = re.search(PROBLEM.format(name), "".join(files), re.MULTILINE)
        if found is None:
            sys.exit(f"error: no test has an example of `{name}`")
        return f"{found[1]}\nhint: {found[2]}"
    return text


def _lines(name: str) -> list[str]:
    """Return what the tests hold of a cause: of an example of it, where there is one."""
    texts = REFUSALS.read_text(encoding="utf-8")
    titles = (f"=== {name}, {which}\n" for which in ("for example", "where nothing else is known"))
    case = next(texts.partition(title)[2] for title in titles if title in texts)
    lines = case.partition("\n\n")[0].splitlines()
    return [line[2:] for line in lines if line.startswith("- ")]


def _meanings(title: str, meanings: Iterable[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    yield title, "meaning"
    yield from ((f"`{code}`", meaning) for code, meaning in meanings)


def _problems() -> Iterator[tuple[str, ...]]:
    yield "code", "what is wrong"
    for check in CHECKS:
        yield f"`{check.code}`", f"{check.meaning}{' (fatal)' if check.is_fatal else ''}"


def _causes() -> Iterator[tuple[str, ...]]:
    yield "cause", "when", "who can fix it"
    for cause, row in TABLE.items():
        yield f"[`{cause}`](#{cause})", row.when, _fixed_by(row)


def _other_exit_codes() -> Iterator[tuple[str, ...]]:
    yield "command", "0", "1"
    for command, codes in OTHER_EXIT_CODES.items():
        yield f"`{command}`", codes["0"], codes["1"]


def _variables() -> Iterator[tuple[str, ...]]:
    yield "variable", "meaning"
    for names, meaning in ENVIRONMENT.items():
        yield f"`{names.replace(', ', '`, `')}`", as_markdown(meaning)


TABLES: Mapping[str, Callable[[], Iterable[tuple[str, ...]]]] = {
    "causes": _causes,
    "problems": _problems,
    "team-findings": lambda: _meanings("code", TEAM_FINDINGS.items()),
    "policy-findings": lambda: _meanings("finding", MEANINGS.items()),
    "standings": lambda: _meanings("standing", STANDINGS.items()),
    "exit-codes": lambda: _meanings("code", EXIT_CODES.items()),
    "other-exit-codes": _other_exit_codes,
    "variables": _variables,
}


def describe(name: str) -> str:
    """Return the table of this name."""
    return table(TABLES[name]())
