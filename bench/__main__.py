"""Measure everything, print the page and write it to a file: `python -m bench [FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

from bench.files import file_tables
from bench.lab import open_lab
from bench.network import jobs_section, many_rows, one_row
from bench.start import import_section, load_row, start_rows
from bench.table import page, summary


def main(file: Path | None) -> bool:
    """Measure, print, write; say whether everything is reached."""
    began = perf_counter()

    def tell(what: str) -> None:
        sys.stderr.write(f"{perf_counter() - began:4.0f} s  {what}\n")

    with open_lab() as lab:
        tell("the start")
        rows = [*start_rows(lab), load_row(lab)]
        tell("one profile")
        rows.append(one_row(lab))
        tell("many profiles")
        rows.extend(many_rows(lab))
        tell("large files")
        file_rows, growth = file_tables(lab)
        rows.extend(file_rows)
        tell("jobs")
        sections = [summary(rows), growth, jobs_section(lab), import_section(lab)]
    tell("done")
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
