"""Draw the architecture: the parts of the package, with their imports as arrows, top down.

An arrow that others imply is left out, as are imports for types. A part is above all that it
imports, so that every arrow leads downwards.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple

import sync_profiles

PACKAGE = Path(sync_profiles.__file__).parent
INNER, ADAPTER, OUTER = "#e3f3e1", "#fde9c8", "#dbe9fb"


class Part(NamedTuple):
    """A part: what it does, its packages and modules, and its color.

    Adapters are the only parts that touch the world; the outer ones are what people and tests see.
    """

    says: str
    rooms: tuple[str, ...]
    fill: str = INNER


PARTS: Mapping[str, Part] = {
    "cli": Part("parses, wires, exits", ("cli", "__main__"), OUTER),
    "terminal": Part("prints and asks", ("terminal",), OUTER),
    "demo": Part("plays the story", ("demo",), OUTER),
    "sync, check, undo": Part("use cases", ("sync", "check", "undo")),
    "inquiry": Part("use case: explain", ("inquiry",)),
    "team": Part("use case: import", ("team",)),
    "who": Part("use case: who", ("who",)),
    "role_reading": Part("use case: trust-policy", ("role_reading",)),
    "survey, report": Part("callers, tests, verdicts", ("survey", "report", "selection")),
    "explain": Part("what a refusal means", ("explain",)),
    "lint": Part("problems of the files", ("lint",)),
    "config": Part("the two files, losslessly", ("config",)),
    "planning": Part("decides", ("planning",)),
    "trust_policy": Part("writes and checks policies", ("trust_policy",)),
    "policy": Part("judges policies", ("policy",)),
    "aws": Part("adapter: calls AWS", ("aws",), ADAPTER),
    "disk": Part("adapter: files", ("disk",), ADAPTER),
    "programs": Part("adapter: starts programs", ("programs", "installation"), ADAPTER),
    "sandbox": Part("a simulated AWS", ("sandbox",), OUTER),
    "vocabulary": Part(
        "values that all share",
        (
            *("model", "outcomes", "causes", "aws_errors", "errors", "arn"),
            *("text", "known_keys", "redaction", "masked_lines", "secret_shapes", "waiting"),
        ),
    ),
}
BOX, GAP, ROW, HEIGHT = 166, 18, 104, 50
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" \
width="{width}" height="{height}" font-family="sans-serif" text-anchor="middle">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
orient="auto"><path d="M0 0 8 4 0 8z" fill="#8a8f98"/></marker></defs>"""
BOX_SVG = """\
<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="#8a8f98"/>
<text x="{x}" y="{first}" font-size="15" font-weight="bold" fill="#1b1f24">{name}</text>
<text x="{x}" y="{second}" font-size="11.5" fill="#3b424a">{says}</text>"""


def draw() -> str:
    """Return the picture as SVG."""
    imports = _reduced(_imports_of_parts())
    rows = _ordered(_rows(imports), imports)
    width = max(sum(_width(name) + GAP for name in row) for row in rows) + GAP
    places = {
        name: (x, number * ROW + GAP)
        for number, row in enumerate(rows)
        for name, x in zip(row, _spread(row, width), strict=True)
    }
    arrows = [
        _arrow([places[name] for name in path])
        for part, imported in imports.items()
        for path in (_path(part, other, rows) for other in sorted(imported))
    ]
    boxes = [_box(name, *places[name]) for name in imports]
    height = (len(rows) - 1) * ROW + HEIGHT + 2 * GAP
    lines = [SVG.format(width=width, height=height), *arrows, *boxes, "</svg>", ""]
    return "\n".join(lines)


def _imports_of_parts() -> dict[str, set[str]]:
    part_of = {room: name for name, part in PARTS.items() for room in part.rooms}
    found: dict[str, set[str]] = {part: set() for part in PARTS}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in {"__init__", *part_of}:
            sys.exit(f"error: no part in `{__file__}` has `{room}`")
        if room != "__init__":
            found[part_of[room]].update(part_of[other] for other in _imported_rooms(path))
    return {part: others - {part} for part, others in found.items()}


def _imported_rooms(path: Path) -> Iterator[str]:
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        match waiting.pop():
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                pass
            case ast.ImportFrom(module=str(name)) if name.startswith("sync_profiles."):
                yield name.split(".")[1]
            case node:
                waiting.extend(ast.iter_child_nodes(node))


def _reduced(imports: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the imports without those that others imply."""

    def reached(part: str) -> set[str]:
        return imports[part].union(*(reached(other) for other in imports[part]))

    return {
        part: {each for each in others if not any(each in reached(other) for other in others)}
        for part, others in imports.items()
    }


def _rows(imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the parts in rows, and a place, `PART>PART>ROW`, where an arrow passes a row."""

    def above(part: str) -> int:
        importers = [other for other, imported in imports.items() if part in imported]
        return 1 + max(map(above, importers), default=-1)

    level = {part: above(part) for part in imports}
    rows: list[list[str]] = [[] for _ in range(1 + max(level.values()))]
    for part in imports:
        rows[level[part]].append(part)
        for other in sorted(imports[part]):
            for between in range(level[part] + 1, level[other]):
                rows[between].append(f"{part}>{other}>{between}")
    return rows


def _ordered(rows: list[list[str]], imports: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the rows, each in the order of what it is connected with, so that few arrows cross."""
    links = [
        pair
        for part, imported in imports.items()
        for other in sorted(imported)
        for pair in zip(_path(part, other, rows)[:-1], _path(part, other, rows)[1:], strict=True)
    ]
    for turn in range(24):
        down = turn % 2 == 0
        for number in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            other = rows[number - 1 if down else number + 1]
            at = {name: (index + 0.5) / len(other) for index, name in enumerate(other)}
            middles = {}
            for index, name in enumerate(rows[number]):
                near = [at[one] for one, two in links if two == name and one in at]
                near += [at[two] for one, two in links if one == name and two in at]
                alone = (index + 0.5) / len(rows[number])
                middles[name] = sum(near) / len(near) if near else alone
            rows[number].sort(key=middles.__getitem__)
    return rows


def _path(part: str, other: str, rows: list[list[str]]) -> list[str]:
    """Return the places that an arrow passes, from one part to another."""
    passing = f"{part}>{other}>"
    return [part, *(name for row in rows for name in row if name.startswith(passing)), other]


def _width(name: str) -> int:
    return GAP if ">" in name else BOX


def _spread(row: list[str], width: int) -> Iterator[float]:
    """Yield the middle of each place of a row that fills the width."""
    free = (width - sum(map(_width, row))) / (len(row) + 1)
    x = 0.0
    for name in row:
        x += free + _width(name) / 2
        yield round(x)
        x += _width(name) / 2


def _arrow(points: list[tuple[float, int]]) -> str:
    (x, y), *others = points
    y += HEIGHT
    way = f"M{x} {y}"
    for number, (to_x, top) in enumerate(others, start=1):
        bend = (y + top) / 2
        way += f"C{x} {bend} {to_x} {bend} {to_x} {top}"
        x, y = to_x, top
        if number < len(others):
            y += HEIGHT
            way += f"V{y}"
    return f'<path d="{way}" fill="none" stroke="#8a8f98" marker-end="url(#tip)"/>'


def _box(name: str, x: float, y: int) -> str:
    return BOX_SVG.format(
        left=x - BOX / 2,
        top=y,
        width=BOX,
        height=HEIGHT,
        fill=PARTS[name].fill,
        x=x,
        first=y + 21,
        name=escape(name),
        second=y + 39,
        says=escape(PARTS[name].says),
    )
