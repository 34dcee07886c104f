"""What the commands print, held in `data/screens/*.txt` as a person sees it.

A section begins with a home of `data/homes.txt` and the width. A line `$ …` runs a command there,
perhaps with variables before it, `% …` runs it on a terminal, `> …` is what the person answers, and
the rest is what is printed. A comment on a command, `# exits with 1`, is its exit code. After a
change, `make generated` writes the output anew: read the diff.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from e2e import Home, acting
from examples import DATA, examples, expected, steady
from home_texts import run_line, run_on_terminal, written_out
from screen_world import WORLD
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.history import record_history
from sync_profiles.terminal.options import FORMATS, Options
from sync_profiles.terminal.shell import remember, with_run_options
from used_role import HISTORY

HOMES = dict(examples("homes.txt"))
FILE_OF_HOME = re.compile(r"^--- (.+)\n", re.MULTILINE)
FILES = sorted((DATA / "screens").glob("*.txt"))
CODE = re.compile(r"# exits with (\d+)$")
#: the commands whose tables fit the screen, and what is not broken there, to be copied
REPORT = re.compile(r"(?:\w+=\S+ )*sync-profiles(?: (?:check|explain|--dry-run)\b|$| #)")
WHOLE = re.compile(r"arn:|request [0-9a-f]|https:|^undo: |^written: |^[-+]|^ *`[^`]+`\S*$")
SECTION = re.compile(r"^=== (.+), (\d+) columns\n", re.MULTILINE)
COMMAND = re.compile(r"^([$%]) (.*)\n((?:> .*\n)*)", re.MULTILINE)


@contextmanager
def running_sandbox() -> Iterator[Sandbox]:
    """Yield an AWS whose CloudTrail knows what happened before."""
    trail = Trail(lookups_per_second=None)
    record_history(trail, HISTORY, now=datetime.now(UTC))
    with Sandbox(WORLD, trail=trail) as running:
        yield running


@pytest.mark.skipif(os.name != "posix", reason="the screens have the paths and quotes of POSIX")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_screen_is_as_the_file_has_it(file: Path, bare_home: Home, tmp_path: Path) -> None:
    _, *sections = SECTION.split(file.read_text(encoding="utf-8"))
    screens = ""
    for number, (name, width, text) in enumerate(
        zip(sections[::3], sections[1::3], sections[2::3], strict=True)
    ):
        path = tmp_path / str(number)
        screens += f"=== {name}, {width} columns\n"
        _, *files = FILE_OF_HOME.split(HOMES[name])
        for place, content in zip(files[::2], files[1::2], strict=True):
            (path / place).parent.mkdir(parents=True, exist_ok=True)
            (path / place).write_text(written_out(content.rstrip("\n") + "\n"), encoding="utf-8")
        path.mkdir(exist_ok=True)
        with running_sandbox() as sandbox:
            settings = {"HOME": str(path), "USERPROFILE": str(path), "COLUMNS": width}
            settings |= {"AWS_ENDPOINT_URL": sandbox.endpoint_url, "TERM": "dumb"}
            home = Home(path=path, environment={**bare_home.environment, **settings})
            for command in COMMAND.finditer(text):
                screens += command[0] + _printed(home, command, int(width))
    assert screens == expected(file, screens)


def _printed(home: Home, command: re.Match[str], width: int) -> str:
    """Return what a command prints in a pipe or on a terminal."""
    prompt, line, answers = command.groups()
    before = home.footprint()
    if prompt == "$":
        ended = run_line(home, line)
    else:
        given = [answer.removeprefix("> ") for answer in answers.splitlines()]
        ended = run_on_terminal(home, line, given, columns=width)
    text = ended.stdout + ended.stderr
    assert acting(ended) == []
    code = CODE.search(line)
    assert code is None or ended.code == int(code[1]), text
    if ended.code == 2 and prompt == "$":  # wrong usage
        assert (ended.stdout, home.footprint()) == ("", before)
    text = steady(text, home)
    # what goes to stderr is wrapped on a terminal alone
    if REPORT.match(line) and "--output" not in line:
        lines = [line for line in ended.stdout.splitlines() if not WHOLE.search(line)]
        long = [line for line in lines if cell_len(line) > width]
        assert [line for line in long if " " in line.strip()] == []  # a word is not broken
    return text


def test_every_format_for_people_is_on_a_screen() -> None:
    lines = {line for file in FILES for _, line, _ in COMMAND.findall(file.read_text("utf-8"))}
    for command, modes in FORMATS.items():
        for mode, formats in modes.items():
            for output in formats.keys() - {"table", "json"}:
                words = {command, *filter(None, [mode]), f"--output {output}"}
                assert any(all(word in line for word in words) for line in lines), words


def test_commands_with_variables_are_for_powershell_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "win32")

    def advised() -> str:
        remember("check", Options(config_file=Path("its config")))
        return with_run_options("run `aws sso login`")

    assert copy_context().run(advised) == "run `$env:AWS_CONFIG_FILE = 'its config'; aws sso login`"
