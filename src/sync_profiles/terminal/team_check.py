"""Check team files, and print what is wrong: as text, as JSON, or for GitHub Actions.

Whoever keeps a team's file runs this, often on a machine without any file or key of a person.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

import typer

from sync_profiles.errors import ExitCode, UsageError
from sync_profiles.model import Problem
from sync_profiles.team.checked_file import CheckedFile, check_file, is_warning
from sync_profiles.team.fetching import fetch
from sync_profiles.team.sources import STDIN, TeamSource, parse_source
from sync_profiles.terminal.boundary import Ended
from sync_profiles.terminal.command_options import ImportOptions
from sync_profiles.terminal.json_document import pick, print_document
from sync_profiles.terminal.options import Options, given, refuse_ineffective
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.streams import printable
from sync_profiles.terminal.wiring import display_of
from sync_profiles.text import counted, listed, shared, shell_word


def run_check(options: Options, own: ImportOptions) -> Ended:
    """Check each source; raise `UsageError` for an option that only an import has."""
    of_import = [
        *given(options, "dry_run", "session_name", "mfa_code"),
        *given(own, "source_profile", "on_conflict", "trust", "force", "no_sync"),
    ]
    refuse_ineffective(of_import, where="with `--check`", hint="leave it out")
    if not own.source:
        raise UsageError(
            "there is no file to check", hint="name one: `sync-profiles import --check SOURCE`"
        )
    with display_of(options):
        files = tuple(_check(text) for text in own.source)
    has_errors = any(file.errors for file in files)
    return Ended(
        result=files,
        mode="--check",
        code=ExitCode.NOT_ACCEPTED if has_errors else ExitCode.OK,
    )


def _check(text: str) -> CheckedFile:
    source = parse_source(text)

    def refuse_object(_: TeamSource) -> bytes:
        raise UsageError(
            f"`{text}` cannot be checked: that would need your keys",
            hint=f"pipe it: `aws s3 cp {shell_word(text)} - | sync-profiles import --check -`",
        )

    name = str(source) if text == STDIN else text
    return check_file(fetch(source, read_s3_object=refuse_object), source=name)


def print_table(files: Sequence[CheckedFile], options: Options) -> None:
    """Print each file's problems with their lines, and its result; with `--quiet` only errors.

    A hint is printed once, below the first problems that have it.
    """
    screen = Screen()
    for file in files:
        problems = file.errors if options.quiet else file.problems
        hints = defaultdict(set)
        for problem in problems:
            hints[shared(problem.hint)].add(str(problem.hint))
        for in_general, alike in groupby(problems, key=lambda problem: shared(problem.hint)):
            for problem in alike:
                kind = _severity(problem)
                style = "magenta" if kind == "warning" else "red"
                where = f"{file.source}:{problem.place.line}: "
                screen.line(where, (kind, style), f": {problem.message}")
            if forms := hints.pop(in_general, None):
                screen.detail(f"hint: {in_general if len(forms) > 1 else forms.pop()}")
        if file.errors or not options.quiet:
            screen.line(f"{file.source}: {_result(file)}")


def _result(file: CheckedFile) -> str:
    counts = Counter(map(_severity, file.problems))
    parts = [counted(counts[kind], kind) for kind in ("error", "warning") if counts[kind]]
    if not file.errors:
        parts.insert(0, counted(len(file.profiles), "profile"))
    result = ", ".join(parts) + ("" if file.problems else ", no problem")
    if file.errors or not file.source_profiles:
        return result
    names = listed(f"`{name}`" for name in file.source_profiles)
    return f"{result}; each person needs {names}, or names another with `--source-profile`"


def print_json(files: Sequence[CheckedFile], _: Options) -> None:
    """Print all as one object of JSON."""
    checked = [
        {
            "source": file.source,
            "passed": not file.errors,
            **pick(file, "profiles", "source_profiles"),
            "problems": [
                {"severity": _severity(problem), "line": problem.place.line}
                | pick(problem, "code", "message", "hint")
                for problem in file.problems
            ],
        }
        for file in files
    ]
    print_document("import", {"checked": checked})


def _severity(problem: Problem) -> str:
    return "warning" if is_warning(problem) else "error"


def print_annotations(files: Sequence[CheckedFile], options: Options) -> None:
    """Print the problems as GitHub Actions shows them, next to their lines.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    for file in files:
        for problem in file.errors if options.quiet else file.problems:
            typer.echo("".join(_annotation(file, problem)))


def _annotation(file: CheckedFile, problem: Problem) -> Iterator[str]:
    yield f"::{_severity(problem)} "
    yield f"file={_property(_in_workspace(file.source))},line={problem.place.line}"
    yield f",title={_property(problem.code)}::"
    yield _escaped(printable(f"{problem.message}\nhint: {problem.hint}", keep="\n"))


def _in_workspace(source: str) -> str:
    """Return a file's path from the top of the repository, which GitHub takes it from."""
    top = os.environ.get("GITHUB_WORKSPACE")
    if not top or not os.path.isfile(source):  # noqa: PTH113 - a source that may be no path
        return source
    path = os.path.relpath(source, top)
    return source if path.startswith(os.pardir) else path.replace(os.sep, "/")


def _property(text: str) -> str:
    return _escaped(printable(text)).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
