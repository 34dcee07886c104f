"""Work is done by a bounded number of threads, and an interrupted run waits for none of them."""

from __future__ import annotations

import threading
import time

import pytest

from sync_profiles.aws.pool import run_all, run_within

PATIENCE = 10.0


def workers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "serve" in thread.name}


def test_every_item_comes_back_with_its_result_from_a_daemon_thread() -> None:
    def work(item: int) -> tuple[int, bool]:
        return item * item, threading.current_thread().daemon

    assert sorted(run_all(work, range(50), jobs=8)) == [(n, (n * n, True)) for n in range(50)]


def test_one_thread_works_in_the_given_order_and_no_items_need_none() -> None:
    assert list(run_all(str.upper, [*"cab", "a"], jobs=1)) == [*zip("caba", "CABA", strict=True)]
    before = workers()
    assert list(run_all(str.upper, [], jobs=8)) == []
    assert workers() <= before


def test_a_result_is_yielded_as_soon_as_it_is_there() -> None:
    may_end = threading.Event()

    def work(item: str) -> str:
        if item == "slow":
            assert may_end.wait(PATIENCE)
        return item

    results = run_all(work, ["slow", "quick"], jobs=2)
    assert next(results) == ("quick", "quick")
    may_end.set()
    assert list(results) == [("slow", "slow")]


@pytest.mark.parametrize(("jobs", "at_once"), [(4, 4), (1, 1), (0, 1), (-3, 1), (100, 8)])
def test_as_many_items_are_processed_at_once_as_there_are_jobs(jobs: int, at_once: int) -> None:
    lock = threading.Lock()
    all_in_work = threading.Barrier(at_once)
    in_work, most = 0, 0

    def work(_item: int) -> None:
        nonlocal in_work, most
        with lock:
            in_work += 1
            most = max(most, in_work)
        all_in_work.wait(PATIENCE)
        with lock:
            in_work -= 1

    assert len(list(run_all(work, range(8), jobs=jobs))) == 8
    assert most == at_once


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
    results.close()  # type: ignore[attr-defined]
    first_is_read.set()
    deadline = time.monotonic() + PATIENCE
    while workers() - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert workers() <= before
    assert len(started) <= 2


def test_work_that_takes_too_long_is_abandoned() -> None:
    may_end, daemons = threading.Event(), []

    def work() -> str:
        daemons.append(threading.current_thread().daemon)
        assert may_end.wait(PATIENCE)
        return "done"

    assert run_within(0.05, work, late=lambda: "late") == "late"
    may_end.set()
    assert daemons == [True]


def test_work_in_time_gives_its_result_or_its_error() -> None:
    assert run_within(PATIENCE, lambda: "done", late=lambda: "late") == "done"
    with pytest.raises(KeyboardInterrupt):
        run_within(PATIENCE, interrupt, late=lambda: None)


def interrupt() -> None:
    raise KeyboardInterrupt
