"""The documentation, followed to the letter: each page's commands run in a home of its own.

The home has the access keys of `work_api` as `base`, `https://git.example.com/team/aws.git` has the
team's file, and AWS is the sandbox. A comment before a block says what the page itself does not:

    <!-- file: ~/.aws/config -->      the block is written to this file
    <!-- file: ~/.aws/config
    [profile admin]                   this text is written, and not shown
    -->
    <!-- hidden: sync-profiles -->    this is run, and not shown
    <!-- exit code: 1 -->             of the block's command, or one code for each; 0 otherwise
    <!-- answers: yes, 000001 -->     what is typed on the terminal
    <!-- not run: it installs … -->   and why

Where output is shown it is compared; a line `…`, or `…` in a line, stands for anything, and times,
IDs and ports may differ. `make generated` writes what is printed now, and keeps lines of `…`; below
a new command, let it replace a `?`.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from e2e import Home, keys
from examples import expected
from home_texts import run_line, run_on_terminal
from sync_profiles.demo import HISTORY
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.history import record_history
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, ALLOW_LOOKUP_EVENTS, MfaDevice, User

ROOT = Path(__file__).parents[1]
PAGES = [
    page
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    if page.is_file() and "```console\n" in page.read_text(encoding="utf-8")
]
pytestmark = [
    pytest.mark.skipif(not PAGES, reason="the pages are in the repository alone"),
    pytest.mark.skipif(sys.platform == "win32", reason="the pages show the commands of a POSIX sh"),
]

ME = User(
    name="work_api",
    policies=(ALLOW_ASSUME_ROLE, ALLOW_LOOKUP_EVENTS),
    mfa_devices=(MfaDevice(serial="arn:aws:iam::111111111111:mfa/work_api"),),
)
COLLEAGUE = User(name="jdoe", policies=(ALLOW_ASSUME_ROLE,))
WORLD = replace(s.STORY, users=(ME, COLLEAGUE))
TEAM = "https://git.example.com/team/aws.git"

PART = re.compile(
    r"^<!-- (?P<marker>file|hidden|exit code|answers|not run): (?P<value>.*?)\s*-->$"
    r"|^(?P<indent> *)```(?P<language>\w+)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
KNOWN = {"file", "hidden", "exit code", "answers", "not run", "generated"}
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
#: what differs from run to run
PASSING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(ASIA|AROA|AIDA)[A-Z0-9]{16,17}\b"
    r"|(?<=127\.0\.0\.1:)\d+|\d{8}T\d{6}\w*"
)


def provide_team_file(home: Home) -> None:
    """Let git find the file that the guide for a team shows, at the address that the pages name."""
    guide = (ROOT / "docs" / "how-to" / "team-file.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```ini\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)[0]
    repository = home.path / ".team"
    repository.mkdir()
    (repository / "config").write_text(shown, encoding="utf-8")
    person = "git -c user.name=ann -c user.email=ann@example.com"
    steps = f"git init --quiet && git add config && {person} commit --quiet --message profiles"
    ended = home.with_environment(PWD=str(repository)).run_command(
        ["sh", "-c", f"cd {shlex.quote(str(repository))} && {steps}"]
    )
    assert ended.code == 0, ended.stderr
    address = f'[url "file://{repository}"]\ninsteadOf = {TEAM}\n'
    (home.path / ".gitconfig").write_text(address, encoding="utf-8")


@pytest.fixture
def laptop(bare_home: Home) -> Iterator[Home]:
    """Return the home in which a page is followed."""
    trail = Trail()
    record_history(trail, HISTORY, now=datetime.now(UTC))
    with Sandbox(WORLD, trail=trail) as sandbox:
        home = bare_home.with_environment(
            AWS_ENDPOINT_URL=sandbox.endpoint_url, AWS_DEFAULT_REGION="us-east-1"
        )
        home.write(credentials=keys("base", ME.credentials))
        provide_team_file(home)
        yield home


def run(home: Home, line: str, *, answers: str | None) -> tuple[int, str]:
    """Run a command line as a shell does; return its exit code, and all that it printed."""
    if answers is not None:
        given = [answer.strip() for answer in answers.split(",")]
        ended = run_on_terminal(home, line, given, columns=80)
    elif re.fullmatch(r"sync-profiles(?: [^|<>&;$*?~]*)?", line):
        ended = run_line(home, line, together=True)  # much faster
    else:
        ended = home.run_command(["sh", "-c", f"{{ {line}\n}} 2>&1"])
    return ended.code, ended.stdout + ended.stderr


def is_shown(shown: str, printed: str) -> bool:
    """Return whether a page shows what was printed, apart from what passes."""
    parts = re.split(r"^…\n|…", PASSING.sub("<>", shown), flags=re.MULTILINE)
    pattern = ".*?".join(map(re.escape, parts))
    return re.fullmatch(pattern, PASSING.sub("<>", printed), re.DOTALL) is not None


def with_omissions(shown: str, printed: str) -> str:
    """Return what was printed, without the lines that a `…` stands for in what is shown."""
    before, after = (text.splitlines(keepends=True) for text in (shown, printed))
    old, new = ([PASSING.sub("<>", line) for line in lines] for lines in (before, after))
    lines: list[str] = []
    for _, i, j, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if "…\n" not in before[i:j]:
            lines += after[start:end]
            continue
        above = before[i:j].index("…\n")
        below = j - i - above - 1
        lines += [*after[start:end][:above], "…\n", *after[max(start, end - below) : end]]
    return "".join(lines)


def write(home: Home, path: str, text: str) -> None:
    file = home.path / path.removeprefix("~/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def run_block(home: Home, block: str, markers: Mapping[str, str]) -> str:
    """Run the commands of a block; return it with what they print."""
    commands = COMMAND.findall(block)
    codes = markers.get("exit code", "0").split()
    codes = ["0"] * (len(commands) - len(codes)) + codes
    assert "".join(f"$ {line}\n{shown}" for line, shown in commands) == block
    now = ""
    for (line, shown), code in zip(commands, codes, strict=True):
        got, printed = run(home, line, answers=markers.get("answers"))
        assert str(got) == code, f"`{line}` ended with {got}, not {code}:\n{printed}"
        printed = printed.replace(str(home.path), "/home/work_api")
        is_current = not shown or is_shown(shown, printed)
        now += f"$ {line}\n{shown if is_current else with_omissions(shown, printed)}"
    return now


def follow(home: Home, page: str) -> str:
    """Write what a page has to be written, and run what is run; return it with what is printed."""
    unknown = set(re.findall(r"^<!-- ([^:>]*):", page, re.MULTILINE)) - KNOWN
    assert unknown == set(), "no such comment"
    markers: dict[str, str] = {}

    def take(part: re.Match[str]) -> str:
        name, value, indent = part["marker"], part["value"], part["indent"]
        if name == "file" and "\n" in value:
            path, text = value.split("\n", maxsplit=1)
            write(home, path, f"{text}\n")
        elif name == "hidden":
            run_block(home, f"$ {value}\n", {})
        elif name:
            markers[name] = value
        else:
            text = re.sub(f"^{indent}", "", part["body"], flags=re.MULTILINE)
            if "file" in markers:
                write(home, markers["file"], text)
            if part["language"] == "console" and "not run" not in markers:
                text = run_block(home, text, markers)
            markers.clear()
            shown = re.sub("^(?=.)", indent, text, flags=re.MULTILINE)
            start, end = (edge - part.start() for edge in part.span("body"))
            return part[0][:start] + shown + part[0][end:]
        return part[0]

    return PART.sub(take, page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_runs_and_prints_what_it_shows(page: Path, laptop: Home) -> None:
    written = follow(laptop, page.read_text(encoding="utf-8"))
    assert written == expected(page, written), "run `make generated`, and read the diff"
