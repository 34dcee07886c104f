"""The help of the commands, and the choices of their options.

What a wrong command line is told is in `data/screens/wrong-lines.txt`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

import pytest

from e2e import Home, role_profile
from sync_profiles.sandbox import story as s
from sync_profiles.team.block import OnConflict
from sync_profiles.terminal.command_options import ImportOptions, TrustPolicyOptions
from sync_profiles.terminal.help import EXAMPLES, FIRST_GROUP, GROUPS
from sync_profiles.terminal.options import accepted_values, parameters
from sync_profiles.trust_policy.formats import PRINTERS


@pytest.fixture
def laptop(bare_home: Home) -> Home:
    """Return a home with a profile whose name is close to a command's."""
    config = role_profile("admin", s.ADMIN_ROLE.arn, "keys")
    config += role_profile("checks", s.ADMIN_ROLE.arn, "keys")
    return bare_home.write(config)


@pytest.mark.parametrize("name", EXAMPLES, ids=lambda name: name or "sync")
def test_the_help_has_groups_and_examples(name: str, laptop: Home) -> None:
    shown = laptop.run(*name.split(), "--help")
    assert laptop.run("help", *name.split()).stdout == shown.stdout
    assert (shown.code, shown.stderr) == (0, "")
    titles = re.findall(r"^(\w[\w ]*):$", shown.stdout, re.MULTILINE)
    named = {FIRST_GROUP, *GROUPS, "Arguments", "Commands", "Examples"}
    named |= {"Environment variables", "Exit codes"}
    assert set(titles) <= named
    _, _, others = shown.stdout.partition("Other options:\n")
    strangers = set(re.findall(r"--[a-z-]+", others.partition("\n\n")[0]))
    assert strangers <= {"--version", "--install-completion", "--show-completion", "--help"}
    for line in EXAMPLES[name]:
        assert f"  $ {line}\n" in shown.stdout


def test_every_example_is_a_valid_command_line(laptop: Home) -> None:
    for name, examples in EXAMPLES.items():
        assert len(examples) in {2, 3}
        for line in examples:
            program, *words = shlex.split(line.partition(" > ")[0])
            assert (program, name in {"", *words}) == ("sync-profiles", True)
            assert laptop.run(*words, "--help").code == 0
            assert laptop.run(*words, "--bogus").stderr.startswith("error: there is no option")


@pytest.mark.parametrize(
    ("options", "name", "known"),
    [(ImportOptions, "on_conflict", OnConflict), (TrustPolicyOptions, "format_", PRINTERS)],
)
def test_the_choices_of_an_option_are_those_of_the_program(
    options: type, name: str, known: Iterable[str]
) -> None:
    (declared,) = parameters(options, command="import", taken=[name])
    assert re.findall(r"`(\S+)`", accepted_values(declared.annotation) or "") == list(known)
