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

import pytest

from e2e import Home
from fault_injection import (
    ERRORS,
    Call,
    Traced,
    check_error,
    check_files,
    check_lasting,
    check_next_run,
    check_undo,
    kill_before,
    let_fail,
    run_traced,
    skip_without_strace,
    write_path,
)
from rounds import ALL_ROUNDS
from write_scenes import SCENES, Scene, Tree, make_scene

# what a process does before its write path varies a little, so that another call may be hit
ATTEMPTS = 5


@pytest.fixture(params=SCENES if ALL_ROUNDS else ["sync"])
def scene(request: pytest.FixtureRequest, empty_home: Home) -> Iterator[Scene]:
    skip_without_strace()
    made = make_scene(request.param, empty_home)
    yield made
    made.tree.forget()


def run(scene: Scene, options: Sequence[str] = ()) -> Traced:
    scene.tree.put_back()
    log = scene.tree.copy.with_name("log")
    return run_traced(scene.home, *scene.arguments, log=log, options=options)


def record(scene: Scene) -> list[Call]:
    """Return the write path's calls; check that what it leaves would outlast a power cut."""
    traced = run(scene)
    assert traced.ended.code == (3 if scene.kept else 0), traced.ended.stderr
    calls = write_path(traced.calls, *scene.directories)
    check_lasting(calls)
    return calls


def disturb(scene: Scene, call: Call, *, error: str | None) -> bool:
    """Kill a run before a call, or let the call fail, and check what it leaves.

    Return whether that call was hit, and not another one.
    """
    traced = run(scene, kill_before(call) if error is None else let_fail(call, error))
    hit = next((one for one in traced.calls if one.place == call.place), None)
    if hit is None or hit.what != call.what:
        return False
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
    return True


def try_calls(
    scene: Scene,
    *,
    errors: Sequence[str | None],
    selected: Callable[[Sequence[Call]], Iterable[tuple[int, str | None]]],
) -> None:
    """Disturb a run at each call, in each way, or at the selected ones; print the figures."""
    calls = record(scene)
    every = [(number, error) for number in range(len(calls)) for error in errors]
    chosen = every if ALL_ROUNDS else [*selected(calls)]
    kills = sum(error is None for _, error in chosen)
    failures = []
    for number, error in chosen:
        try:
            attempts = ATTEMPTS
            while not disturb(scene, calls[number], error=error):
                calls, attempts = record(scene), attempts - 1
                assert attempts, "no run came to this call"
        except AssertionError as failure:
            how = "killed before" if error is None else f"{error} from"
            failures.append(f"{how} {calls[number].what}: {failure}")
    sys.stdout.write(
        f"{scene.name}: {len(calls)} calls on the write path, {kills} kills, "
        f"{len(chosen) - kills} errors, {len(failures)} failures\n"
    )
    assert chosen
    assert not failures, "\n".join(failures)


def where_disks_differ(calls: Sequence[Call]) -> Iterator[tuple[int, None]]:
    """Select the kills between which the directory looks different, or a new file is empty."""
    written = set()
    for number, call in enumerate(calls):
        if re.fullmatch(r"(?:rename|link|unlink)(?:at)?2?", call.name):
            yield number, None
        if call.name == "write" and call.what not in written:
            written.add(call.what)
            yield number, None


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


def test_killed_before_any_call_the_files_are_whole_and_the_next_run_works(scene: Scene) -> None:
    try_calls(scene, errors=[None], selected=where_disks_differ)


@pytest.mark.parametrize("scene", SCENES, indirect=True)
def test_what_a_run_has_written_outlasts_a_power_cut(scene: Scene) -> None:
    assert record(scene)


@pytest.mark.parametrize(
    "errors", [[error] for error in ERRORS] if ALL_ROUNDS else [ERRORS], ids=",".join
)
def test_refused_any_call_the_command_says_so_and_the_files_are_whole(
    errors: Sequence[str], scene: Scene
) -> None:
    try_calls(scene, errors=errors, selected=one_of_each_kind)


@pytest.mark.parametrize("error", ["ENOSYS", "EOPNOTSUPP", "ENOLCK"])
@pytest.mark.parametrize("scene", ["sync"], indirect=True)
def test_where_the_file_system_has_no_locks_the_run_ends_and_says_so(
    error: str, scene: Scene
) -> None:
    ended = run(scene, ("-e", f"inject=flock:error={error}")).ended
    words = os.strerror(getattr(errno, error)).lower()
    assert ended.stderr.endswith(
        f"cannot be written: its file system has no locks ({words})\n"
        "hint: move the file to a local disk, and leave a symbolic link to it\n"
    )
    assert (ended.code, scene.texts()) == (3, scene.old)
