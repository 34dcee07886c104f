"""Rules for imports: each layer imports only inner layers, and each library is in its layer."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name

import pytest

import sync_profiles

PACKAGE = Path(sync_profiles.__file__).parent
ROOT = Path(__file__).resolve().parents[1]

ROOMS_OF_LIBRARIES = {
    "typer": {"terminal"},
    "rich": {"terminal"},
    "boto3": {"aws", "sandbox"},
    "botocore": {"aws", "sandbox"},
    "configupdater": {"config"},
    "filelock": {"disk"},
    "moto": {"sandbox"},
}
#: from the innermost to the outermost: each imports only those before it
ORDER = """
text arn causes errors known_keys redaction masked_lines secret_shapes model
outcomes aws_errors policy planning trust_policy
config lint explain selection
waiting disk programs installation aws survey report check sync undo inquiry role_reading who team
sandbox demo terminal cli __main__
"""
LAYERS = ORDER.split()
#: pure functions on values, without files or AWS
MIDDLE = LAYERS[: LAYERS.index("waiting")]
LONGEST = 300
LEAST_STEPS = 20
FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """Return a file's dotted name."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}


@cache
def imports(path: Path, *, for_types: bool = True) -> set[str]:
    """Return the modules that a file imports, at any level."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        match waiting.pop():
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) if not for_types:
                pass
            case ast.Import(names=names):
                found.update(name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                whole = (f"{module}.{name.name}" for name in names)
                found.update(name if name in MODULES else module for name in whole)
            case node:
                waiting.extend(ast.iter_child_nodes(node))
    return found


def room_of(path: Path) -> str:
    """Return the package or the top-level module of a file."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("library", ROOMS_OF_LIBRARIES)
def test_each_library_is_imported_only_by_its_adapters(library: str) -> None:
    importers = {
        room_of(path) for path in FILES if library in {name.split(".")[0] for name in imports(path)}
    }
    assert importers == ROOMS_OF_LIBRARIES[library]


def test_other_programs_are_found_and_started_in_one_module() -> None:
    starting = re.compile(
        r"subprocess\.(?!PIPE|DEVNULL|TimeoutExpired|CompletedProcess)\w+|shutil\.which|"
        r"os\.(?:exec|fork|popen|posix_spawn|spawn|system)\w*\("
    )
    users = {room_of(path) for path in FILES if starting.search(path.read_text("utf-8"))}
    assert users == {"programs"}


def test_every_layer_imports_only_inner_layers() -> None:
    rooms = {room_of(path) for path in FILES} - {"__init__"}
    assert rooms == set(LAYERS)
    outward = {
        f"{room_of(path)}: {name}"
        for path in FILES
        for name in imports(path, for_types=False)
        if name.startswith("sync_profiles.")
        and LAYERS.index(name.split(".")[1]) > LAYERS.index(room_of(path))
    }
    assert outward == set()


def test_modules_import_each_other_in_one_direction() -> None:
    # it raises an error that names the modules of a circle
    TopologicalSorter(
        {name: imports(path) & MODULES.keys() for name, path in MODULES.items()}
    ).prepare()


def test_no_two_modules_have_one_name() -> None:
    names = [path.stem for path in FILES if path.stem != "__init__"]
    assert sorted(names) == sorted(set(names))


def test_no_module_is_too_long() -> None:
    others = (ROOT.glob(f"{name}/**/*.py") for name in ("tests", "docs", "bench"))
    files = chain(FILES, *others)
    long = {str(path) for path in files if len(path.read_text("utf-8").splitlines()) > LONGEST}
    assert long == set()


def test_the_walks_through_the_code_name_what_there_is() -> None:
    page = (ROOT / "docs/explanation/architecture.md").read_text("utf-8")
    walks = page.partition("## Three walks")[2].partition("## The rest")[0]
    names = re.findall(r"`([a-z_]+(?:\.\w+)+)`", walks)
    assert len(names) > LEAST_STEPS
    for name in names:
        resolve_name(f"sync_profiles.{name}")


def test_every_branch_of_the_core_is_to_be_tried() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    measured = settings["tool"]["coverage"]["run"]["include"]
    rooms = {path: f"*/sync_profiles/{room_of(path)}" for path in FILES if room_of(path) in MIDDLE}
    assert set(measured) == {
        f"{room}.py" if path.stem == room_of(path) else f"{room}/*" for path, room in rooms.items()
    }
