"""The tests on each Python that is supported and on the oldest packages, and the audit.

`make compatibility` and `make audit` run it. A Python counts where it stands on PATH under its
own name; the last lines tell which ones that were, and which were not there. What stands
behind `--` goes to pytest, or to pip-audit, which takes another database: `-s osv --osv-url URL`.
"""

from __future__ import annotations

from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parents[1]
PINNED = ".ci/constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13")

nox.needs_version = ">=2026.7"
nox.options.envdir = ROOT / ".nox"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lowest", "tell"]

#: where the tests were started, with what: a Python that is not there starts none
started: dict[str, list[str]] = {"tests": [], "lowest": []}


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on the pinned packages."""
    session.chdir(ROOT)
    session.install("--constraint", PINNED, "--editable", ".[test]")
    _test(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests on the oldest packages that pyproject.toml allows."""
    session.chdir(ROOT)
    session.install("--resolution", "lowest-direct", "--editable", ".[test]")
    _test(session)


@nox.session(venv_backend="none")
def audit(session: nox.Session) -> None:
    """Look for known vulnerabilities: in what is pinned, and in what users get."""
    session.chdir(ROOT)
    # strict: without it, packages that the database cannot tell about count as clean
    audit = ("pip-audit", "--strict", *session.posargs)
    session.run(*audit, "--requirement", PINNED, "--no-deps", "--disable-pip")
    session.run(*audit, ".")


@nox.session(venv_backend="none")
def tell(session: nox.Session) -> None:
    """Tell on which Pythons the tests ran, and which were not there."""
    for name, pythons, packages in (
        ("tests", PYTHONS, "the pinned packages"),
        ("lowest", PYTHONS[:1], "the oldest packages"),
    ):
        missing = [python for python in pythons if python not in started[name]]
        session.log(f"{packages}: tried on {', '.join(started[name]) or 'no Python'}")
        if missing:
            session.warn(f"{packages}: NOT tried on {', '.join(missing)}, not found on PATH")


def _test(session: nox.Session) -> None:
    started[session.name.partition("-")[0]].append(str(session.python))
    session.run("python", "-m", "pytest", *(session.posargs or ["-q", "-n", "auto"]))
