"""Kill a run before any system call of the write path, or make the call fail: no file is harmed.

`make reliability` tries every scene, call and error; `make test` a selection of them in a sync.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from e2e import Home
from fault_injection import (
    ERRORS,
    Call,
    Tracer,
    Tree,
    kill_before,
    let_fail,
    skip_without_strace,
    trace_installed,
    trace_warm,
    write_path,
)
from rounds import ALL_ROUNDS
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from warm_command import WarmCommand, warm_command
from write_checks import check_error, check_files, check_lasting, check_next_run, check_undo
from write_scenes import CONFIG, KEYS, SCENES, Scene, make_scene

ATTEMPTS = 5


class Missed(Exception):
    """Another call was hit: what a process does before its write path varies a little."""


@pytest.fixture(scope="module")
def warm_home(isolated_environment: Callable[[], dict[str, str]]) -> Iterator[Home]:
    skip_without_strace()
    with Sandbox(s.STORY) as sandbox:
        environment = {**isolated_environment(), "AWS_ENDPOINT_URL": sandbox.endpoint_url}
        yield Home(path=Path(environment["HOME"]), environment=environment)


@pytest.fixture(scope="module")
def warm(warm_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCommand]:
    warm_home.write(CONFIG, KEYS)
    with warm_command(warm_home, tmp_path_factory.mktemp("warm")) as command:
        yield command


@pytest.fixture(params=SCENES if ALL_ROUNDS else ["sync"])
def scene(
    request: pytest.FixtureRequest, warm: WarmCommand, warm_home: Home, home: Path
) -> Iterator[Scene]:
    made = make_scene(
        request.param,
        warm,
        Home(path=home, environment={**warm_home.environment, "HOME": str(home)}),
    )
    yield made
    made.tree.forget()


def record(scene: Scene, trace: Tracer) -> list[Call]:
    """Return the write path's calls; check that what it leaves would outlast a power cut."""
    scene.tree.put_back()
    traced = trace(scene.home, *scene.arguments)
    assert traced.ended.code == (3 if scene.kept else 0), traced.ended.stderr
    calls = write_path(traced.calls, *scene.directories)
    check_lasting(calls)
    return calls


def disturb(scene: Scene, trace: Tracer, call: Call, *, error: str | None) -> None:
    """Kill a run before a call, or let the call fail; check what it leaves."""
    scene.tree.put_back()
    options = kill_before(call) if error is None else let_fail(call, error)
    traced = trace(scene.home, *scene.arguments, options=options)
    hit = next((one for one in traced.calls if one.place == call.place), None)
    if hit is None or hit.what != call.what:
        raise Missed
    check_files(scene)
    if error is None:
        assert traced.ended.code == -signal.SIGKILL
        assert traced.calls[-1] == hit, "the kill came later"
    else:
        check_error(scene, traced.ended)
    after = Tree.of(scene.home.path)
    try:
        check_undo(scene)
        after.put_back()
    finally:
        after.forget()
    check_next_run(scene)


def disturb_surely(
    scene: Scene,
    trace: Tracer,
    calls: Sequence[Call],
    number: int,
    *,
    error: str | None,
) -> Sequence[Call]:
    """Disturb a run at the call that is meant; return the write path's calls as they now count."""
    for _ in range(ATTEMPTS):
        try:
            disturb(scene, trace, calls[number], error=error)
        except Missed:
            calls = record(scene, trace)
        else:
            return calls
    raise AssertionError("no run came to this call")


def try_calls(
    scene: Scene,
    trace: Tracer,
    *,
    errors: Sequence[str | None],
    selected: Callable[[Sequence[Call]], Iterable[tuple[int, str | None]]],
) -> None:
    """Disturb a run at each call, in each way, or at the selected ones; print the figures."""
    calls: Sequence[Call] = record(scene, trace)
    every = [(number, error) for number in range(len(calls)) for error in errors]
    chosen = every if ALL_ROUNDS else [*selected(calls)]
    kills = sum(error is None for _, error in chosen)
    failures = []
    for number, error in chosen:
        try:
            calls = disturb_surely(scene, trace, calls, number, error=error)
        except AssertionError as failure:
            how = "killed before" if error is None else f"{error} from"
            failures.append(f"{how} {calls[number].what}: {failure}")
    sys.stdout.write(
        f"{scene.name}: {len(calls)} calls on the write path, {kills} kills, "
        f"{len(chosen) - kills} errors, {len(failures)} failures\n"
    )
    assert chosen
    assert not failures, "\n".join(failures)


def where_names_change(calls: Sequence[Call]) -> list[tuple[int, None]]:
    """Select the kills between which the directory looks different."""
    names = re.compile(r"(?:rename|link|unlink)(?:at)?2?")
    return [(number, None) for number, call in enumerate(calls) if names.fullmatch(call.name)]


def where_files_are_empty(calls: Sequence[Call]) -> list[tuple[int, None]]:
    """Select the kills at which a new file of each kind is there without its text."""
    first_writes: dict[str, int] = {}
    for number, call in enumerate(calls):
        if call.name == "write":
            first_writes.setdefault(call.what, number)
    return [(number, None) for number in first_writes.values()]


def where_disks_differ(calls: Sequence[Call]) -> list[tuple[int, None]]:
    """Select both: what the short run tries."""
    return [*where_names_change(calls), *where_files_are_empty(calls)]


def one_of_each_kind(calls: Sequence[Call]) -> list[tuple[int, str]]:
    """Select the first writing call of each name and what follows the last swap, each an error."""
    kinds: dict[str, int] = {}
    last_swap = 0
    for number, call in enumerate(calls):
        if call.writes:
            kinds.setdefault(call.name, number)
        if call.name in ("renameat2", "link", "linkat"):
            last_swap = number
    closed = (number for number in range(last_swap, len(calls)) if calls[number].name == "close")
    chosen = [*kinds.values(), next(closed)]
    return list(zip(chosen, itertools.cycle(ERRORS), strict=False))


def test_killed_before_any_call_the_files_are_whole_and_the_next_run_works(
    scene: Scene, tmp_path: Path
) -> None:
    trace = trace_warm(scene.warm, tmp_path / "log")
    try_calls(scene, trace, errors=[None], selected=where_disks_differ)


@pytest.mark.parametrize("scene", SCENES, indirect=True)
def test_what_a_run_has_written_outlasts_a_power_cut(scene: Scene, tmp_path: Path) -> None:
    assert record(scene, trace_warm(scene.warm, tmp_path / "log"))


@pytest.mark.parametrize(
    "errors", [[error] for error in ERRORS] if ALL_ROUNDS else [ERRORS], ids=",".join
)
def test_refused_any_call_the_command_says_so_and_the_files_are_whole(
    errors: Sequence[str], scene: Scene, tmp_path: Path
) -> None:
    trace = trace_warm(scene.warm, tmp_path / "log")
    try_calls(scene, trace, errors=errors, selected=one_of_each_kind)


@pytest.mark.parametrize("scene", ["sync"], indirect=True)
def test_the_installed_command_can_be_killed_before_any_call_that_writes(
    scene: Scene, tmp_path: Path
) -> None:
    def around_the_first_swap(calls: Sequence[Call]) -> list[tuple[int, None]]:
        swap = next(number for number, call in enumerate(calls) if call.name == "renameat2")
        return [(swap, None), (swap + 1, None)]

    trace = trace_installed(tmp_path / "log")
    try_calls(scene, trace, errors=[None], selected=around_the_first_swap)


@pytest.mark.parametrize("error", ["ENOSYS", "EOPNOTSUPP", "ENOLCK"])
@pytest.mark.parametrize("scene", ["sync"], indirect=True)
def test_where_the_file_system_has_no_locks_the_run_ends_and_says_so(
    error: str, scene: Scene, tmp_path: Path
) -> None:
    scene.tree.put_back()
    trace = trace_warm(scene.warm, tmp_path / "log")
    options = ("-e", f"inject=flock:error={error}")
    ended = trace(scene.home, *scene.arguments, options=options).ended
    words = os.strerror(getattr(errno, error)).lower()
    assert ended.stderr.endswith(
        f"cannot be written: its file system has no locks ({words})\n"
        "hint: move the file to a local disk, and leave a symbolic link to it\n"
    )
    assert (ended.code, scene.texts()) == (3, scene.old)
