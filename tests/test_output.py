"""The output on a terminal and elsewhere.

Names that would act on a terminal, or in Markdown, are in `data/screens/names.txt`.
"""

from __future__ import annotations

import io
import os
import re

import pytest
from rich.console import Console

from e2e import Home, finish, role_profile
from sync_profiles.sandbox import story as s
from sync_profiles.terminal.markdown import markdown
from sync_profiles.terminal.screen import Screen

ON_A_TERMINAL = pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
COLOUR = re.compile(r"\x1b\[(?:3[0-7]|9[0-7]|[0-9;]*;3[0-7])m")


def without_colour(text: str) -> str:
    """Return what a terminal shows of a text in which only colours are set."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")


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
        assert "\x1b" not in home.run_json("--dry-run").stdout


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
    assert markdown("by ```[click](evil.example)`") == "by \\`\\`\\`\\[click\\](evil.example)\\`"
    assert markdown("the `a|b` and `c`") == "the `a\\|b` and `c`"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("by @octocat and ann@example.com", "by `@octocat` and `ann@example.com`"),
        ("a :warning: b:c", "a `:warning:` b:c"),
        ("#12, GH-12, # 12", "`#12,` `GH-12,` \\# 12"),
        (
            "see https://a.example|b or www.a.example",
            "see `https://a.example\\|b` or `www.a.example`",
        ),
        ("$x$ &copy; <!-- -->", "`$x$` \\&copy; \\<!-- --\\>"),
        ("`a`@b`c`", "`a` `@b` `c`"),
        ("@a`b", "`@a\u02cbb`"),
        ("[a](b) **c** d|e", "\\[a\\](b) \\*\\*c\\*\\* d\\|e"),
    ],
)
def test_nothing_in_markdown_takes_effect_but_literals(text: str, written: str) -> None:
    assert markdown(text) == written
