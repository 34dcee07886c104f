"""Run the tests on each supported Python and on the oldest packages, and the audit.

`make compatibility` and `make audit` use it. A Python is used if it is on PATH under its own name,
such as `python3.12`; the last lines show which ones were used, and which were not found. Arguments
after `--` go to pytest or to pip-audit; `-s osv --osv-url URL` selects another database.
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
nox.options.sessions = ["tests", "lowest", "report"]

#: the Pythons with which the tests were started, by session
started: dict[str, list[str]] = {"tests": [], "lowest": []}


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests with the pinned packages."""
    session.chdir(ROOT)
    session.install("--constraint", PINNED, "--editable", ".[test]")
    _test(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest packages that pyproject.toml allows."""
    session.chdir(ROOT)
    session.install("--resolution", "lowest-direct", "--editable", ".[test]")
    _test(session)


@nox.session(venv_backend="none")
def audit(session: nox.Session) -> None:
    """Look for known vulnerabilities in the pinned packages and in those that users get."""
    session.chdir(ROOT)
    # strict: otherwise packages that are not in the database count as clean
    audit = ("pip-audit", "--strict", *session.posargs)
    session.run(*audit, "--requirement", PINNED, "--no-deps", "--disable-pip")
    session.run(*audit, ".")


@nox.session(venv_backend="none")
def report(session: nox.Session) -> None:
    """Report on which Pythons the tests ran, and which were not found."""
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
