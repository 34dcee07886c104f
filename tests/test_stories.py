"""Commands one after the other: what each says, and what it changes in the files.

A story of the `FILES` in `data` begins with the keys of `work_api` as `base`. `--- NAME` is a file,
`--- config` and `--- credentials` those of the AWS CLI, `--- NAME, more` and `--- NAME, above` what
is added to one; `written_out` has how they are written. `~ NAME: OLD => NEW` edits a file, `$ …`
runs a command, `! …` one that is not shown, and `% …` one on a terminal, where a person answers `>
…` to its questions. `HOME/` in such a line is the home. `@ …` asks the AWS CLI which of these
profiles work, and `& calls` shows for which roles AWS was asked, and what it answered to codes.
What is below a command is what it says and changes: `make generated` writes it anew.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from e2e import Home
from examples import IS_UPDATE, examples, pair, steady, write_examples
from home_texts import in_short, run_line, run_on_terminal, written_out
from sync_profiles.sandbox import Sandbox

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stories have the paths of POSIX")

FILES = (
    "advice_stories.txt",
    "asking_stories.txt",
    "check_stories.txt",
    "import_stories.txt",
    "undo_stories.txt",
)
STEP = re.compile(r"^(---|[~$%!@&]) (\S.*)\n", re.MULTILINE)
#: the report of the sync that follows, and what is told of it
REPORT = re.compile(r"^\n?(?:source |written: ).*\n(?:(?!--- a).*\n)*", re.MULTILINE)
ROW = re.compile(r"^[✓✗?] .*\n", re.MULTILINE)
DIFF = re.compile(r"^--- a.*\n\+\+\+ b.*\n(?:@@.*\n(?:[ +-].*\n)*)+\n?", re.MULTILINE)
HEADER = re.compile(r"^--- a.*\n\+\+\+ b.*\n", re.MULTILINE)


class Story:
    """A home, and what is done there step by step."""

    def __init__(self, home: Home, aws: Sandbox) -> None:
        self.home = home.with_environment(COLUMNS="1000")
        self.aws = aws

    def path(self, name: str) -> Path:
        return self.home.path / (f".aws/{name}" if name in {"config", "credentials"} else name)

    def put(self, name: str, text: str) -> None:
        """Write a file, or what is added to it."""
        name, _, where = name.partition(", ")
        text = written_out(text)
        old = self.path(name).read_bytes().decode() if where else ""
        self.path(name).write_bytes((text + old if where == "above" else old + text).encode())

    def edit(self, what: str) -> None:
        """Replace a text in a file, where it is first."""
        name, _, change = what.partition(": ")
        old, new = pair(change)
        text = self.path(name).read_bytes().decode()
        assert old in text
        self.path(name).write_bytes(text.replace(old, new, 1).encode())

    def tell(self, line: str, answers: Iterable[str] | None = None) -> Iterator[str]:
        """Run a command; yield what it prints, and the lines of the config file that it changes.

        With answers it runs on a terminal.
        """
        before, old = self.home.footprint(), self.texts
        if answers is None:
            ended = run_line(self.home, line, together=True)
        else:
            home = self.home.with_environment(TERM="dumb")
            ended = run_on_terminal(home, line, answers, columns=1000)
        is_written, new = self.home.footprint() != before, self.texts
        if "json" in line:
            for each in ended.report["imports"]:
                known = {key: value for key, value in each.items() if value}
                yield steady(json.dumps(known, ensure_ascii=False), self.home)
        else:
            printed = DIFF.sub("", ended.stdout) if is_written else ended.stdout
            if not re.search("sync-profiles (?:check|explain)", line):
                printed = REPORT.sub(lambda report: "".join(ROW.findall(report[0])), printed)
            yield from steady(HEADER.sub("", printed), self.home).splitlines()
        yield from [f"# exits with {ended.code}"] if ended.code else []
        changed = [*map(_changes, old, new)]
        yield from ["in the credentials file:", *changed[1]] if changed[1] else []
        yield from changed[0]
        if not any(changed):
            yield "# the same lines" if is_written else "# nothing is written"
        assert is_written or not any(changed)

    @property
    def texts(self) -> tuple[str, str]:
        """Both files, without what differs from run to run."""
        files = (self.home.config_file, self.home.credentials_file)
        texts = (file.read_bytes().decode() if file.exists() else "" for file in files)
        one, other = (steady(text, self.home) for text in texts)
        return one, other

    def take(self, mark: str, words: str, text: str) -> str:
        """Take a step; return what is below it then."""
        words = words.replace("HOME/", f"{self.home.path}/")
        match mark:
            case "---":
                self.put(words, text)
                return text
            case "~":
                self.edit(words)
                return ""
            case "!":
                ended = run_line(self.home, words, together=True)
                assert ended.code == 0, ended.stdout + ended.stderr
                return ""
            case "%":
                answers = re.findall(r"^> (.*)\n", text, re.MULTILINE)
                given = "".join(f"> {answer}\n" for answer in answers)
                return given + "".join(f"{line}\n" for line in self.tell(words, answers))
            case "&":
                calls = self.aws.calls
                self.aws.reset_calls()
                roles = {call.parameters.get("RoleArn", "") for call in calls} - {""}
                codes = [call.outcome for call in calls if call.action == "sts:GetSessionToken"]
                told = [*(f"a code: {outcome}" for outcome in codes), *sorted(roles)]
                return "".join(f"{each}\n" for each in told) or "nothing\n"
            case "@":
                return f"{', '.join(sorted(self.home.working_profiles(words.split())))}\n"
            case _:
                return "".join(f"{line}\n" for line in self.tell(words))


def _changes(old: str, new: str) -> list[str]:
    """Return the lines that are removed and added."""
    changes = [*difflib.unified_diff(old.split("\n"), new.split("\n"), n=0, lineterm="")][2:]
    lines = "\n".join(each for each in changes if not each.startswith("@@"))
    return in_short(lines).replace("\r", "\\r").splitlines()


@pytest.mark.parametrize(
    ("file", "sentence", "story"),
    [pytest.param(file, *each, id=each[0]) for file in FILES for each in examples(file)],
)
def test_a_story_goes_as_it_is_told(
    file: str, sentence: str, story: str, with_keys: Home, aws: Sandbox
) -> None:
    take = Story(with_keys, aws).take
    _, *steps = STEP.split(f"{story.rstrip()}\n")
    told = "".join(
        f"{mark} {words}\n{take(mark, words, text)}"
        for mark, words, text in zip(steps[::3], steps[1::3], steps[2::3], strict=True)
    )
    if IS_UPDATE:
        write_examples(file, dict(examples(file)) | {sentence: f"{told}\n"})
        story = told
    assert told == f"{story.rstrip()}\n"
