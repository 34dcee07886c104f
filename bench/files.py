"""What the files cost: `sync --no-test` beside the parsers that botocore and ConfigUpdater have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.lab import ours, yardstick
from bench.measure import measure
from bench.table import Row, Section, at_most, megabytes, seconds

if TYPE_CHECKING:
    from pathlib import Path

    from bench.lab import Lab
    from bench.measure import Figures

MANY = 10_000
_SIZES = {100: 5, 1000: 5, MANY: 3, 20_000: 2}
_LIMIT = 1.5
_SECOND_LIMIT = 1.0
_PEAK_LIMIT = 150_000_000
#: by how much noise may bend the curve
_BEND = 1.1
_SYNC = "--no-test"


def file_tables(lab: Lab) -> tuple[list[Row], Section]:
    """Return the rows of 10,000 profiles, and the table of how it grows."""
    found = {size: _measure(lab, size) for size in _SIZES}
    first, second, bare, untouched = found[MANY]
    shares = {size: own.seconds / by.seconds for size, (own, _, by, _) in found.items()}
    smaller, largest = 1000, max(_SIZES)
    bend = shares[largest] / shares[smaller]
    rows = [
        at_most(
            f"`sync-profiles {_SYNC}` that fills {MANY:,} profiles, beside botocore's parse of the "
            "two files and ConfigUpdater's of the one",
            _LIMIT,
            ours=first.seconds,
            yardstick=bare.seconds,
        ),
        at_most(
            "the second sync, nothing to do, beside the first",
            _SECOND_LIMIT,
            ours=second.seconds,
            yardstick=first.seconds,
        ),
        Row(
            what="files that the second sync touches",
            ours="none" if untouched else "some",
            yardstick="",
            figure="bytes and times of change compared",
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
        Row(
            what=f"from {smaller:,} to {largest:,} profiles, beside the parsers' own curve",
            ours=_times(found[largest][0], found[smaller][0]),
            yardstick=_times(found[largest][2], found[smaller][2]),
            figure=f"{bend:.2f} ×",
            to_reach=f"≤ {_BEND:.2f} ×",
            reached=bend <= _BEND,
        ),
    ]
    growth = Section(
        title="As the file grows",
        about=f"`sync-profiles {_SYNC}` that fills all profiles, and a second one.",
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


def _measure(lab: Lab, size: int) -> tuple[Figures, Figures, Figures, bool]:
    """Measure the first sync, the second one and the parsers; say if the second wrote nothing."""
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
