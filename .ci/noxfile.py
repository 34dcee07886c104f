"""Run the tests on each supported Python, on the oldest packages and on the wheel; audit; build.

`make compatibility`, `make audit` and `make dist` use it. A Python is used if it is on PATH under
its own name, such as `python3.12`; the last lines show which ones were used, and which were not
found. Arguments after `--` go to pytest or to pip-audit; `-s osv --osv-url URL` selects another
database.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parents[1]
PINNED = ".ci/constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

nox.needs_version = ">=2026.7"
nox.options.envdir = ROOT / ".nox"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["tests", "lowest", "wheel", "installers", "report"]

#: the Pythons with which the tests were started, by session
started: dict[str, list[str]] = {"tests": [], "lowest": [], "wheel": []}


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests with the pinned packages."""
    session.chdir(ROOT)
    session.install("--constraint", PINNED, "--editable", ".[demo]", "--group", "test")
    _test(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests with the oldest packages that pyproject.toml allows."""
    session.chdir(ROOT)
    session.install(*("--resolution", "lowest-direct", "--editable", ".[demo]", "--group", "test"))
    _test(session)


@nox.session(python=PYTHONS[0])
def wheel(session: nox.Session) -> None:
    """Run the tests on the installed wheel: where the sdist is unpacked, without its source."""
    with tempfile.TemporaryDirectory(prefix="sync-profiles-wheel-") as place:
        built, sdist = _build(session, Path(place))
        with tarfile.open(sdist) as archive:
            archive.extractall(place, filter="data")
        copy = Path(place, sdist.name.removesuffix(".tar.gz"))
        shutil.rmtree(copy / "src")
        session.install(
            *("--constraint", str(ROOT / PINNED), f"{built}[demo]"),
            *("--group", f"{copy / 'pyproject.toml'}:test"),
        )
        session.chdir(copy)
        _test(session)


@nox.session(venv_backend="none")
def installers(session: nox.Session) -> None:
    """Install the wheel as people do, and follow its hints to the letter."""
    with tempfile.TemporaryDirectory(prefix="sync-profiles-installers-") as place:
        built, _ = _build(session, Path(place))
        session.run("python", str(ROOT / ".ci/installers.py"), str(built), *session.posargs)


@nox.session(venv_backend="none")
def dist(session: nox.Session) -> None:
    """Build what is committed in dist/, prove that it can be reproduced, and check it."""
    if _git("status", "--porcelain"):
        session.error("commit first: what is released is what is committed")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="sync-profiles-dist-") as place:
        # as anyone builds it: with packages installed for it, and the wheel from the sdist
        _build_copy(session, Path(place, "one"), dist, umask=0o022, time_zone="UTC")
        # different in all that must not matter: place, times, rights, time zone, packages, way
        again = Path(place, "again")
        ways = ("--no-isolation", "--sdist", "--wheel")
        _build_copy(
            session, Path(place, "a", "b"), again, *ways, umask=0o077, time_zone="Etc/GMT-14"
        )
        files = sorted(file.name for file in dist.iterdir())
        differ = [
            name for name in files if (dist / name).read_bytes() != (again / name).read_bytes()
        ]
    if differ or len(files) != 2:  # noqa: PLR2004 - an sdist and a wheel
        session.error(f"the second build differs: {', '.join(differ or files)}")
    session.run("twine", "check", "--strict", *(str(dist / name) for name in files))
    for name in files:
        session.log(f"{hashlib.sha256((dist / name).read_bytes()).hexdigest()}  dist/{name}")


def _build(session: nox.Session, into: Path) -> tuple[Path, Path]:
    """Build what is here, committed or not; return the wheel and the sdist."""
    session.run(
        *("pyproject-build", "--no-isolation", "--outdir", str(into), str(ROOT)),
        external=True,
        silent=True,
    )
    return next(into.glob("*.whl")), next(into.glob("*.tar.gz"))


def _build_copy(
    session: nox.Session, copy: Path, into: Path, *ways: str, umask: int, time_zone: str
) -> None:
    """Build what is committed, in a copy whose files are as old as the run."""
    before = os.umask(umask)
    try:
        copy.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "HEAD"))) as archive:
            archive.extractall(  # noqa: S202 - our own commit
                copy, filter=lambda file, _: file.replace(mtime=time.time())
            )
        session.run(
            *("pyproject-build", *ways, "--outdir", str(into), str(copy)),
            env={
                "PIP_CONSTRAINT": str(ROOT / PINNED),
                "PIP_BUILD_CONSTRAINT": str(ROOT / PINNED),
                "SOURCE_DATE_EPOCH": _git("log", "-1", "--format=%ct").decode().strip(),
                "TZ": time_zone,
            },
            silent=True,
        )
    finally:
        os.umask(before)


def _git(*arguments: str) -> bytes:
    return subprocess.run(  # noqa: S603 - fixed words
        ["git", *arguments],  # noqa: S607 - of the system
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout


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
        ("wheel", PYTHONS[:1], "the installed wheel"),
    ):
        missing = [python for python in pythons if python not in started[name]]
        session.log(f"{packages}: tried on {', '.join(started[name]) or 'no Python'}")
        if missing:
            session.warn(f"{packages}: NOT tried on {', '.join(missing)}, not found on PATH")


def _test(session: nox.Session) -> None:
    started[session.name.partition("-")[0]].append(str(session.python))
    session.run("python", "-m", "pytest", *(session.posargs or ["-q", "-n", "auto"]))
