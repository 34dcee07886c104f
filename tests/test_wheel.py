"""The wheel that users install: what is in it, what PyPI shows, and that it runs by itself."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import zipfile
from email.message import Message
from pathlib import Path

import pytest

import sync_profiles
from e2e import Home

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(
    not (ROOT / "src").exists(), reason="these tests run without the source, on a wheel"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("dist")
    subprocess.run(  # noqa: S603 - no outside input
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(directory)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """Return the wheel's metadata; its payload is the README."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_has_the_source_its_license_the_manual_page_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    information = f"sync_profiles-{sync_profiles.__version__}.dist-info"
    source = {
        file.relative_to(ROOT / "src").as_posix()
        for file in (ROOT / "src").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert "sync_profiles/py.typed" in source
    data = f"sync_profiles-{sync_profiles.__version__}.data/data"
    assert names - source == {
        f"{data}/share/man/man1/sync-profiles.1",
        *(
            f"{information}/{name}"
            for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
        ),
    }
    assert source - names == set()


def test_pypi_shows_a_readme_whose_links_all_lead_somewhere(metadata: Message) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = str(metadata.get_payload())
    links = re.findall(r"\]\(([^)]*)\)", shown)
    tag = f"v{sync_profiles.__version__}"
    assert len(links) == len(re.findall(r"\]\(", readme)) > 0
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    in_repository = [link.partition(f"/{tag}/")[2] for link in links if f"/{tag}/" in link]
    assert in_repository
    missing = [link for link in in_repository if not (ROOT / link.partition("#")[0]).exists()]
    assert missing == []


def test_users_get_no_package_that_only_contributors_need(metadata: Message) -> None:
    assert metadata.get_all("Provides-Extra") == ["crt", "demo"]
    plain = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(re.split(r"\W", line, maxsplit=1)[0] for line in plain) == [
        *("boto3", "configupdater", "filelock", "rich", "typer", "urllib3")
    ]


def test_the_wheel_runs_without_the_checkout(wheel: Path, bare_home: Home, tmp_path: Path) -> None:
    site = tmp_path / "site"
    subprocess.run(  # noqa: S603 - no outside input
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"),
            *("--no-deps", "--no-index", "--no-compile", "--target", str(site), str(wheel)),
        ],
        check=True,
        capture_output=True,
    )
    home = bare_home.with_environment(PYTHONPATH=str(site))
    where = "import sync_profiles as s; print(s.__file__)"
    assert str(site) in home.run_command([sys.executable, "-c", where]).stdout
    command = str(site / "bin" / "sync-profiles")
    version = home.run_command([command, "--version"])
    assert version.stdout == f"sync-profiles {sync_profiles.__version__}\n"
    assert "Usage: sync-profiles" in home.run_command([command, "--help"]).stdout
