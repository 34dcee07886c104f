"""Large files: `sync --no-test` compared with the parsers of botocore and ConfigUpdater."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.lab import Lab, ours, yardstick
from bench.measure import Figures, measure
from bench.table import Row, Section, at_most, megabytes, seconds

_Measured = tuple[Figures, Figures, Figures, bool]

MANY = 10_000
_SIZES = {100: 5, 1000: 5, MANY: 3, 20_000: 2}
_LIMIT = 1.8
_SECOND_LIMIT = 1.0
_PEAK_LIMIT = 150_000_000
_CURVE_LIMIT = 1.0
_SYNC = "--no-test"


def file_tables(lab: Lab) -> tuple[list[Row], Section]:
    """Return the rows about large files, and a table of the time by size of the file."""
    found = {size: _measure(lab, size) for size in _SIZES}
    first, second, bare, untouched = found[MANY]
    shares = {size: own.seconds / by.seconds for size, (own, _, by, _) in found.items()}
    rows = [
        at_most(
            f"`sync-profiles {_SYNC}` that fills {MANY:,} profiles, vs. botocore's parse of the "
            "two files and ConfigUpdater's of the one",
            _LIMIT,
            ours=first.seconds,
            yardstick=bare.seconds,
        ),
        at_most(
            "the second sync, which has nothing to do, vs. the first",
            _SECOND_LIMIT,
            ours=second.seconds,
            yardstick=first.seconds,
        ),
        Row(
            what="files that the second sync changes",
            ours="none" if untouched else "some",
            yardstick="",
            figure="bytes and modification times compared",
            to_reach="none",
            reached=untouched,
        ),
        Row(
            what=f"memory at the peak, {MANY:,} profiles",
            ours=megabytes(max(first.peak, second.peak)),
            yardstick=megabytes(bare.peak),
            figure=megabytes(max(first.peak, second.peak)),
            to_reach=f"< {megabytes(_PEAK_LIMIT)}",
            reached=max(first.peak, second.peak) < _PEAK_LIMIT,
        ),
        *(_growth_row(found, smaller) for smaller in (100, 1000)),
    ]
    growth = Section(
        title="As the file grows",
        about=f"`sync-profiles {_SYNC}` that fills all profiles, then a second one.",
        head=("profiles", "first sync", "second sync", "the parsers alone", "first / parsers"),
        lines=tuple(
            (
                f"{size:,}",
                seconds(own.seconds),
                seconds(again.seconds),
                seconds(by.seconds),
                f"{shares[size]:.2f} ×",
            )
            for size, (own, again, by, _) in found.items()
        ),
    )
    return rows, growth


def _growth_row(found: Mapping[int, _Measured], smaller: int) -> Row:
    """Return how the time grows up to the largest file, vs. the parsers' time."""
    largest = max(_SIZES)
    (own, _, by, _), (small_own, _, small_by, _) = found[largest], found[smaller]
    ratio = (own.seconds / by.seconds) / (small_own.seconds / small_by.seconds)
    return Row(
        what=f"from {smaller:,} to {largest:,} profiles, vs. the same step of the parsers",
        ours=_times(own, small_own),
        yardstick=_times(by, small_by),
        figure=f"{ratio:.2f} ×",
        to_reach=f"≤ {_CURVE_LIMIT:.2f} ×",
        reached=ratio <= _CURVE_LIMIT,
    )


def _measure(lab: Lab, size: int) -> _Measured:
    """Measure the first sync, the second one and the parsers; then check the files."""
    fresh, synced, read = (lab.home(f"{name}-{size}", size) for name in ("first", "second", "bare"))
    second = ours(synced, _SYNC)
    measure(1, [second], warm_up=False)
    before = _footprint(synced.path)
    found = measure(
        _SIZES[size],
        [ours(fresh, _SYNC, prepare=fresh.make), second, yardstick(read, "bare_parse")],
        warm_up=False,
    )
    return found[0], found[1], found[2], _footprint(synced.path) == before


def _footprint(directory: Path) -> dict[Path, tuple[bytes, int]]:
    return {
        file: (file.read_bytes(), file.stat().st_mtime_ns)
        for file in directory.rglob("*")
        if file.is_file()
    }


def _times(large: Figures, small: Figures) -> str:
    return f"{large.seconds / small.seconds:.1f} × the time"
