"""The project's files: what is shipped, what is pinned, and what no file may mention."""

from __future__ import annotations

import importlib.metadata
import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from pkgutil import resolve_name

import pytest

import sync_profiles

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    ".readthedocs.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "bench",
    "docs",
    "pyproject.toml",
    "src",
    "tests",
}
# where this checkout, this home and this Python happen to be, unless many machines have it there
PLACES = {
    str(place)
    for place in (ROOT, Path.home(), Path(sys.base_prefix))
    if len(place.parts) > 2 and place.parts[1] != "usr"
}
REPOSITORY_ONLY = pytest.mark.skipif(
    not (ROOT / "Makefile").exists(), reason="the frame is in the repository alone"
)


def project_files() -> list[Path]:
    """Return the files that git tracks or would add; nothing outside a checkout."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    # -z: names come as they are, unquoted
    listing = subprocess.run(  # noqa: S603 no outside input
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    names = filter(None, os.fsdecode(listing.stdout).split("\0"))
    return [path for name in names if (path := ROOT / name).is_file()]


def pins() -> list[str]:
    return (ROOT / ".ci/constraints.txt").read_text("utf-8").splitlines()


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lines_with(pattern: str) -> list[str]:
    """Return where `pattern` appears in the project's files, except this one."""
    searched = re.compile(pattern.encode())
    return [
        f"{path.relative_to(ROOT).as_posix()}:{number}"
        for path in project_files()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1)
        if searched.search(line)
    ]


def test_the_top_level_has_no_unexpected_files() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in project_files()} - TOP_LEVEL == set()


def test_no_file_names_a_place_on_this_machine() -> None:
    assert lines_with("|".join(re.escape(place) + r"(?![\w-])" for place in sorted(PLACES))) == []


def test_no_file_names_a_package_index() -> None:
    assert lines_with(r"--(extra-)?index-url|--find-links|pypi\.org/simple|pythonhosted\.org") == []


def test_only_test_data_files_contain_crlf() -> None:
    assert [
        line
        for line in lines_with("\r$")
        if not line.startswith(("tests/data/", "tests/fuzz/corpus/"))
    ] == []


@REPOSITORY_ONLY
def test_every_constraint_is_one_exact_version() -> None:
    assert [pin for pin in pins() if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin)] == []
    assert pins() == sorted(pins(), key=lambda pin: (pin.upper(), pin))


@REPOSITORY_ONLY
def test_the_address_of_the_documentation_is_the_project_s_and_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["urls"]["Documentation"] == sync_profiles.DOCUMENTATION
    address = re.escape(sync_profiles.DOCUMENTATION)
    spelled_out = {where.partition(":")[0] for where in lines_with(address)}
    assert {where for where in spelled_out if where.startswith("src/")} == {
        "src/sync_profiles/__init__.py"
    }


@REPOSITORY_ONLY
def test_every_requirement_is_constrained() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = pyproject["project"]
    lists = [
        project["dependencies"],
        pyproject["build-system"]["requires"],
        *project["optional-dependencies"].values(),
        *pyproject["dependency-groups"].values(),
    ]
    required = {
        normalized(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
        for requirement in itertools.chain(*lists)
        if isinstance(requirement, str)  # and not another group
    }
    pinned = {normalized(pin.split("==")[0]) for pin in pins()}
    assert required - pinned == set()


def test_the_installed_version_is_the_packages_version() -> None:
    assert importlib.metadata.version("sync-profiles") == sync_profiles.__version__


@REPOSITORY_ONLY
def test_the_changelog_begins_with_what_is_unreleased_or_with_this_version() -> None:
    headings = re.findall(
        r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert headings[0] in {"Unreleased", sync_profiles.__version__}


@REPOSITORY_ONLY
def test_the_docs_show_a_speed_that_reaches_everything() -> None:
    page = (ROOT / "docs/explanation/speed.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.endswith(("| yes |", "| **no** |"))]
    assert len(rows) >= 15
    assert [row for row in rows if row.endswith("| **no** |")] == []
    fast = re.search(
        r"profiles in (\S+ s) where .+, (\d+) times as fast",
        (ROOT / "README.md").read_text("utf-8"),
    )
    assert fast is not None
    assert [row for row in rows if f"| {fast[1]} |" in row and f"| {fast[2]} × faster |" in row]


@REPOSITORY_ONLY
def test_every_python_that_is_promised_is_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert project["requires-python"] == f">={promised[0]}"
    for path, line in (
        (".ci/noxfile.py", r"^PYTHONS = \((.+)\)$"),
        (".github/workflows/ci.yml", r"^ +python: \[(.+)\]$"),
    ):
        (listed,) = re.findall(line, (ROOT / path).read_text("utf-8"), re.MULTILINE)
        assert re.findall(r"[\d.]+", listed) == promised, path


@REPOSITORY_ONLY
def test_the_explanations_of_mutants_name_functions_that_there_are() -> None:
    explanations = (ROOT / "bench/mutants.txt").read_text("utf-8")
    for name in re.findall(r"^in ([\w.]+?)(?:\.\*)?$", explanations, re.MULTILINE):
        resolve_name(f"sync_profiles.{name}")
