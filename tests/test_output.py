"""The output on a terminal and elsewhere; names from files have no control characters."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from e2e import Home, acting, finish, role_profile, section
from sync_profiles.sandbox import story as s
from sync_profiles.terminal.markdown import markdown
from sync_profiles.terminal.screen import Screen

ON_A_TERMINAL = pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[(?:3[0-7]|9[0-7]|[0-9;]*;3[0-7])m")
#: profile names that would take effect on the screen
HOSTILE = {
    "\x1b[31mred": r"\x1b[31mred",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\x9b2J": r"\x9b2J",
    "[red]x[/red]": "[red]x[/red]",
    "[/]": "[/]",
    ":warning:": ":warning:",
    "\u202egnp.exe": r"\u202egnp.exe",
    "\u2066a\u2069": r"\u2066a\u2069",
    "a\u2028b": r"a\u2028b",
    "a\x08\x08\x08b": r"a\x08\x08\x08b",
    "zero\u200bwidth": r"zero\u200bwidth",
    "no\xa0break": r"no\xa0break",
}
LONG = {"x" * 130, "\uff57\uff49\uff44\uff45" * 20, "two words " * 12 + "end"}


@pytest.fixture
def hostile_home(home_of_three: Home) -> Home:
    """Return a home with hostile names in every place where there is a name."""
    settings = {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys", "region": "us-east-1"}
    sections = [section(f'profile "{name}"', settings) for name in [*HOSTILE, *sorted(LONG)]]
    elsewhere = [
        role_profile("a", f"arn:aws:iam::222222222222:role/{ESCAPE}[2J{'r' * 90}", "keys"),
        role_profile("b", s.ADMIN_ROLE.arn, f"{ESCAPE}[2Jnobody"),
        role_profile("c", s.ADMIN_ROLE.arn, "keys", role_session_name=f"{ESCAPE}[2J[red]"),
        role_profile("d", s.ADMIN_ROLE.arn, "keys", output=f"{ESCAPE}[2J[red]"),
        role_profile("e", s.ADMIN_ROLE.arn, "keys", external_id=f"{ESCAPE}[2J"),
    ]
    return home_of_three.write("".join(sections + elsewhere))


def without_colour(text: str) -> str:
    """Return what a terminal shows of a text in which only colours are set."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")


def test_names_from_the_files_do_nothing_in_a_table_or_in_json(hostile_home: Home) -> None:
    ended = hostile_home.with_environment(COLUMNS="500").run("--verbose")
    assert ended.code == 1
    for shown in HOSTILE.values():
        assert re.search(rf"^✓ +{re.escape(shown)} +222222222222 ", ended.stdout, re.MULTILINE)
    as_json = hostile_home.with_environment(FORCE_COLOR="1").run_json()
    assert as_json.stdout.isascii()
    assert set(HOSTILE) <= set(as_json.profiles)
    assert acting(ended) + acting(as_json) == []
    for arguments in ([], ["--verbose"]):
        narrow = hostile_home.with_environment(COLUMNS="80").run(*arguments).stdout
        # the command to undo, and a long word, stay in one piece, to be copied
        lines = [line for line in narrow.splitlines() if not line.startswith("undo: ")]
        assert [line for line in lines if cell_len(line) > 80 and " " in line.strip()] == []
        assert [line for line in lines if line != line.rstrip()] == []


@ON_A_TERMINAL
@pytest.mark.parametrize("arguments", [["--verbose"], ["--dry-run"]], ids=["a sync", "a diff"])
def test_names_from_the_files_are_inert_on_a_terminal(
    arguments: list[str], hostile_home: Home
) -> None:
    ended = hostile_home.with_environment(TERM="dumb").run_on_terminal(*arguments)
    assert acting(replace(ended, stdout=without_colour(ended.stdout))) == []
    assert r"\x1b[31mred" in ended.stdout


@pytest.mark.parametrize(
    ("where", "variable", "coloured"),
    [
        ("terminal", "", True),
        ("terminal", "NO_COLOR=1", False),
        ("terminal", "TERM=dumb", False),
        ("pipe", "", False),
        ("pipe", "FORCE_COLOR=1", True),
    ],
)
def test_colours(where: str, variable: str, *, coloured: bool, home_of_three: Home) -> None:
    home = home_of_three.with_environment(**dict([variable.split("=")] if variable else []))
    ended = (home.run if where == "pipe" else home.run_on_terminal)("--dry-run")
    assert bool(COLOUR.search(ended.stdout)) is coloured
    assert "3 profiles: 1 accepted, 1 fixable, 1 rejected" in without_colour(ended.stdout)
    if where == "pipe":
        plain = home_of_three.run("--dry-run").stdout
        assert (without_colour(ended.stdout), ended.stderr) == (plain, "")


@ON_A_TERMINAL
@pytest.mark.parametrize("columns", [40, 80])
def test_an_error_is_wrapped_at_words_on_a_terminal(columns: int, empty_home: Home) -> None:
    home = empty_home.with_environment(TERM="xterm")
    shown = finish(home.start_on_terminal(columns=columns)).stdout
    assert shown.startswith("\x1b[31merror:\x1b[0m there is no config file")
    assert "\x1b[36mhint:\x1b[0m " in shown
    words = [word for line in without_colour(shown).splitlines() for word in line.split(" ")]
    said = home.run().stderr
    assert words == said.split()
    long = [line for line in without_colour(shown).splitlines() if len(line) > columns]
    assert [line for line in long if "/" not in line] == []
    for more in ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb", "FORCE_COLOR": "1"}):
        plain = finish(home.with_environment(**more).start_on_terminal(columns=columns)).stdout
        assert plain.replace("\r\n", "\n") == without_colour(shown)
    assert "\x1b" not in said


def test_nothing_in_a_name_takes_effect_in_markdown(hostile_home: Home) -> None:
    extra = section("profile a|b", {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys"})
    extra += section("profile `c`<i>*d*", {"role_arn": "x", "source_profile": "keys"})
    hostile_home.write(hostile_home.config_file.read_text() + extra)
    ended = hostile_home.run("check", "--verbose", "--output", "markdown")
    shown = ended.stdout
    assert acting(ended) == []
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}
    assert "| a\\|b |" in shown
    outside = re.sub(r"`[^`]*`", "", shown)
    assert re.findall(r"(?<!\\)[<*]", outside) == []


def test_elsewhere_the_whole_change_is_shown(home_of_three: Home) -> None:
    names = [f"p{number}" for number in range(30)]
    home_of_three.write("".join(role_profile(name, s.OPEN_ROLE.arn, "keys") for name in names))
    assert home_of_three.run("--dry-run").stdout.count("+role_session_name = ") == 30


def test_a_diff_goes_where_its_screen_prints(capsys: pytest.CaptureFixture[str]) -> None:
    file = io.StringIO()
    Screen(Console(file=file)).diff("+new\n")
    assert (file.getvalue(), capsys.readouterr().out) == ("+new\n", "")


def test_fingerprints_of_a_block_are_short_on_a_terminal_unless_all_is_asked_for() -> None:
    begin = "+# >>> sync-profiles import: https://h/x (2026-03-04) sha256="
    line = f"{begin}{'0a' * 32} names={'1' * 16}"
    for whole, shown in ((False, f"{begin}0a0a0a0a…"), (True, line)):
        file = io.StringIO()
        Screen(Console(file=file, force_terminal=True, color_system=None)).diff(line, whole=whole)
        assert file.getvalue().rstrip("\n") == shown


def test_three_backticks_are_no_literal_in_markdown() -> None:
    assert "[click]" not in markdown("by ```[click](https://evil.example)`")
    assert markdown("the `a|b` and `c`") == "the `a\\|b` and `c`"
