"""Measure everything, print the results and write them to a file: `python -m bench [FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

from bench.files import file_tables
from bench.lab import open_lab
from bench.network import jobs_section, many_rows, one_row
from bench.start import import_section, load_rows, start_rows
from bench.table import page, summary


def main(file: Path | None) -> bool:
    """Measure, print and write; return whether every target is reached."""
    began = perf_counter()

    def announce(what: str) -> None:
        sys.stderr.write(f"{perf_counter() - began:4.0f} s  {what}\n")

    with open_lab() as lab:
        announce("the start")
        rows = [*start_rows(lab), *load_rows(lab)]
        announce("one profile")
        rows.append(one_row(lab))
        announce("many profiles")
        rows.extend(many_rows(lab))
        announce("large files")
        file_rows, growth = file_tables(lab)
        rows.extend(file_rows)
        announce("jobs")
        sections = [summary(rows), growth, jobs_section(lab), import_section(lab)]
    announce("done")
    text = page(sections, command="make bench")
    if file is not None:
        file.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    missed = [row for row in rows if not row.reached]
    for row in missed:
        sys.stderr.write(f"not reached: {row.what}: {row.figure}, to reach {row.to_reach}\n")
    return not missed


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1]) if sys.argv[1:] else None) else 1)
