"""The setup behind `make`: which Python it uses, and its error if there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from e2e import write_script

SET_UP = Path(__file__).resolve().parents[1] / ".ci/set-up"
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not SET_UP.exists(), reason="make and sh set up the repository"
)

OLD = "exit 1"
GOOD = 'exec {python} "$@"'
# has no ensurepip, as Debian's python3 without its venv package
BARE = 'case $2 in *ensurepip*) exit 1 ;; *_base_executable*) echo "$0" ;; *) ' + GOOD + " ;; esac"
INSTALL = "hint: install one (Debian, Ubuntu: apt install python3 python3-venv), or name one: "


def set_up(path: Path, *, python: str | None = None) -> subprocess.CompletedProcess[str]:
    """Ask for the Python that .venv would be built with, when only `path` holds any."""
    return subprocess.run(  # noqa: S603 our own script
        ["/bin/sh", SET_UP, "python"],
        env={"PATH": str(path)} | ({} if python is None else {"PYTHON": python}),
        check=False,
        capture_output=True,
        text=True,
    )


def provide(path: Path, **pythons: str) -> None:
    """Make scripts in `path` that stand in for Pythons: they run this one, or fail."""
    base = getattr(sys, "_base_executable", sys.executable)
    for name, body in pythons.items():
        write_script(path / name.replace("_", "."), f"{body.format(python=base)}\n")


@pytest.mark.parametrize(
    "pythons",
    [
        pytest.param({"python3": GOOD}, id="python3"),
        pytest.param({"python3": OLD, "python3_12": GOOD}, id="a newer one next to an old python3"),
        pytest.param({"python3": OLD, "python": GOOD}, id="python, if it is not too old"),
    ],
)
def test_a_python_that_works_is_found(tmp_path: Path, pythons: dict[str, str]) -> None:
    provide(tmp_path, **pythons)
    found = set_up(tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert Path(found.stdout.rstrip("\n")).exists()


def test_without_any_python_the_error_says_what_to_install(tmp_path: Path) -> None:
    provide(tmp_path, python3=OLD)
    found = set_up(tmp_path)
    assert found.returncode == 1
    assert found.stderr == (
        f"error: there is no Python 3.11 or newer on PATH\n{INSTALL}make PYTHON=…\n"
    )


def test_a_named_python_that_is_too_old_is_refused_even_if_another_one_works(
    tmp_path: Path,
) -> None:
    provide(tmp_path, python3=GOOD, python3_9=OLD)
    found = set_up(tmp_path, python="python3.9")
    assert found.returncode == 1
    assert found.stderr == (
        f"error: PYTHON=python3.9 is not Python 3.11 or newer\n{INSTALL}make PYTHON=…\n"
    )


def test_without_ensurepip_the_error_names_the_package_to_install(tmp_path: Path) -> None:
    provide(tmp_path, python3=BARE)
    found = set_up(tmp_path)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found.returncode == 1
    assert found.stderr == (
        f"error: `{tmp_path}/python3` cannot create virtual environments: it has no ensurepip\n"
        "hint: install what your system splits off "
        f"(Debian, Ubuntu: apt install python{version}-venv)\n"
    )
