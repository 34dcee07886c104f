"""Who may import what: the middle knows no terminal and no AWS, and each library has a room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sync_profiles

PACKAGE = Path(sync_profiles.__file__).parent

ROOMS_OF_LIBRARIES = {
    "typer": {"cli", "terminal"},
    "rich": {"terminal"},
    "boto3": {"aws", "sandbox"},
    "botocore": {"aws", "sandbox"},
    "configupdater": {"config"},
    "filelock": {"disk"},
    "moto": {"sandbox"},
}
#: takes values and returns values: it may know the types of others, and nothing else of them
MIDDLE = {
    *(
        "answers",
        "arn",
        "causes",
        "config",
        "decisions",
        "denials",
        "errors",
        "explain",
        "lint",
        "model",
        "outcomes",
    ),
    *("planning", "policy", "redaction", "text"),
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path, *, for_types: bool = True) -> set[str]:
    """Return the modules that a file imports, wherever it does."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        match waiting.pop():
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) if not for_types:
                pass
            case ast.Import(names=names):
                found.update(name.name for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
            case node:
                waiting.extend(ast.iter_child_nodes(node))
    return found


def room_of(path: Path) -> str:
    """Return the package or module of ours in which a file stands."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("library", ROOMS_OF_LIBRARIES)
def test_a_library_is_imported_in_its_own_rooms_alone(library: str) -> None:
    importers = {
        room_of(path) for path in FILES if library in {name.split(".")[0] for name in imports(path)}
    }
    assert importers == ROOMS_OF_LIBRARIES[library]


def test_the_middle_uses_the_middle_alone() -> None:
    used = {
        f"{room_of(path)}: {name}"
        for path in FILES
        if room_of(path) in MIDDLE
        for name in imports(path, for_types=False)
        if name.startswith("sync_profiles.") and name.split(".")[1] not in MIDDLE
    }
    assert used == set()
