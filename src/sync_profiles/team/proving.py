"""Prove that an import does not change the user's own settings, or refuse it.

The proof does not rely on the code that merges: it reads the texts as botocore does, with Python's
`RawConfigParser`, and compares the settings by botocore's section names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from configparser import DEFAULTSECT

from sync_profiles.config.document import Document
from sync_profiles.config.proof import read_settings
from sync_profiles.config.section_names import PROFILE, SectionName, sections_by_name
from sync_profiles.errors import EditRefused
from sync_profiles.team.block import find_block, without_block


def prove_import(
    rest: str,
    content: Sequence[str],
    new: Document,
    *,
    source: str,
    sections: Collection[SectionName],
    taken: Collection[str],
) -> None:
    """Raise `EditRefused` unless new consists of rest and content, byte for byte and in meaning.

    `sections` are the only ones that content may have; none of them may be the user's own, or a
    profile of the names `taken`.
    """
    block = find_block(new.text, source)
    if block is None or list(block.content.lines) != list(content):
        raise EditRefused("the import could not find its block again; nothing was written")
    if without_block(new.text, block).rstrip("\r\n") != rest.rstrip("\r\n"):
        raise EditRefused("the import would change your own lines; nothing was written")
    for problem in new.problems[:1]:  # a problem with `[DEFAULT]`, which had no section before
        raise EditRefused(
            f"with the import, the AWS CLI could not read your config file: {problem.message}; "
            "nothing was written",
            hint=problem.hint,
        )
    own, team, both = map(read_settings, (rest, "\n".join(content), new.text))
    defaults, of_team, of_both = (each.pop(DEFAULTSECT) for each in (own, team, both))
    own_named, team_named = map(sections_by_name, (own, team))
    if len(team_named) != len(team) or team_named.keys() != set(sections):
        raise EditRefused(
            "the import would bring in other sections than the team's file has; nothing was written"
        )
    own_names = own_named.keys() | {SectionName(PROFILE, name) for name in taken}
    came = {header: defaults | options for header, options in team.items()}
    if (
        own_names & team_named.keys()
        or of_team
        or of_both != defaults
        or both != own | came
        or sections_by_name(both) != own_named | sections_by_name(came)
    ):
        raise EditRefused(
            "the import would change what the AWS CLI reads in other profiles; nothing was written",
            hint="start each header in the team's file at the beginning of its line",
        )


def prove_replaced(old: str, new: str, *, headers: Collection[str]) -> None:
    """Raise `EditRefused` unless new means the same as old without these headers' sections."""
    before, after = read_settings(old), read_settings(new)
    if after != {header: o for header, o in before.items() if header not in headers}:
        raise EditRefused(
            "replacing your own profile would change what the AWS CLI reads in others; nothing "
            "was written",
            hint="start each header in your own file at the beginning of its line, or use "
            "`--on-conflict prefix`",
        )
