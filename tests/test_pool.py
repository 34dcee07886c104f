"""Work is done by a bounded number of threads, and an interrupted run waits for none of them."""

from __future__ import annotations

import threading
import time

import pytest

from sync_profiles.aws.patience import run_all

PATIENCE = 10.0


def workers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "serve" in thread.name}


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_a_workers_error_is_raised_when_the_results_are_read(error: BaseException) -> None:
    done: list[int] = []

    def work(item: int) -> int:
        if item == 1:
            raise error
        done.append(item)
        return item

    results = run_all(work, range(1000), jobs=1)
    assert next(results) == (0, 0)
    with pytest.raises(type(error)) as caught:
        list(results)
    assert caught.value is error


def test_a_consumer_that_stops_ends_the_work() -> None:
    started: list[int] = []
    first_is_read = threading.Event()

    def work(item: int) -> int:
        started.append(item)
        if item > 0:
            assert first_is_read.wait(PATIENCE)
        return item

    before = workers()
    results = run_all(work, range(1000), jobs=1)
    assert next(results) == (0, 0)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    first_is_read.set()
    deadline = time.monotonic() + PATIENCE
    while workers() - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert workers() <= before
    assert len(started) <= 2
