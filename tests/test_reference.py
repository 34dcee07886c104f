"""The reference agrees with the program: what is generated is current, and so is the rest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from e2e import Home, keys, role_profile
from json_schema import check_json, strict_schema
from sync_profiles import DOCUMENTATION
from sync_profiles.causes import Cause
from sync_profiles.planning.decision import Verdict
from sync_profiles.planning.session_name import NameOwner
from sync_profiles.sandbox import story as s

DOCS = Path(__file__).resolve().parents[1] / "docs"
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the pages are in the repository alone")
POLICY = '{"Version": "2012-10-17", "Statement": []}'

#: what to run for each object that a command prints, after the preparations
RUNS: Mapping[str, list[str]] = {
    "check": ["check"],
    "explain": ["explain"],
    "import": ["import", "--trust", "team"],
    "import-check": ["import", "--check", "team"],
    "trust-policy": ["trust-policy", "--caller", "111111111111"],
    "trust-policy-check": ["trust-policy", "--check", "policy.json"],
    "trust-policy-as": [
        *("trust-policy", "--check", "policy.json", "--as", s.WORK_API.arn),
        *("--session-name", "work_api"),
    ],
    "trust-policy-all-roles": ["trust-policy", "--check", "--all-roles", "--profile", "open"],
    "sync": [],
    "undo-list": ["undo", "--list"],
    "undo": ["undo"],
    "who": ["who", "open", "--me"],
    "who-calls": ["who", "open", "--name", "work_api"],
}


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home with a profile to fill, a refused one, a problem and a source without keys."""
    config = role_profile("admin", s.ADMIN_ROLE.arn, "keys")
    config += role_profile("denied", s.STRANGERS_ROLE.arn, "keys", duration_seconds="1h")
    config += role_profile("stale", s.ADMIN_ROLE.arn, "old")
    config += role_profile("open", s.OPEN_ROLE.arn, "keys", role_session_name="work_api")
    old = "[old]\naws_access_key_id = AKIASTALESTALESTALE1\naws_secret_access_key = x\n"
    team = role_profile("admin", s.ADMIN_ROLE.arn, "keys", mfa_serial="${sync:mfa_serial}")
    (empty_home.path / "team").write_text(team, encoding="utf-8")
    (empty_home.path / "policy.json").write_text(POLICY, encoding="utf-8")
    return empty_home.write(config, keys("keys", s.WORK_API.credentials) + old)


@pytest.mark.skipif(os.name != "posix", reason="the picture has paths of POSIX")
def test_everything_that_is_generated_is_current(child_environment: Mapping[str, str]) -> None:
    checked = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, DOCS / "generating", "--check"],
        env={**child_environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_the_site_is_built_without_a_warning_and_has_what_the_program_links_to(
    tmp_path: Path,
) -> None:
    built = subprocess.run(  # noqa: S603 - our own pages
        [
            *(sys.executable, "-m", "sphinx", "--nitpicky", "--fail-on-warning", "--keep-going"),
            *("--quiet", "--doctree-dir", tmp_path / "doctrees", DOCS, tmp_path / "html"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    there = "".join(
        f"{page.relative_to(tmp_path / 'html').as_posix()}#{anchor}\n"
        for page in (tmp_path / "html").rglob("*.html")
        for anchor in ["", *re.findall(r' id="([^"]*)"', page.read_text(encoding="utf-8"))]
    ).splitlines()
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    linked = re.findall(re.escape(f"{DOCUMENTATION}/") + r"([^)#]+)(?:#([^)]*))?", readme)
    assert linked != []
    pages = [f"{page}#{anchor}" for page, anchor in linked]
    pages += [cause.page.removeprefix(f"{DOCUMENTATION}/") for cause in Cause]
    assert set(pages) - set(there) == set()
    schema = strict_schema()["$id"].removeprefix(f"{DOCUMENTATION}/")
    assert (tmp_path / "html" / schema).exists()


def test_every_command_prints_what_the_schema_has_for_it(laptop: Home) -> None:
    named = {name for name, keys in strict_schema()["$defs"].items() if is_printed(keys)}
    assert named == set(RUNS)
    laptop.run_aws("sts", "get-caller-identity", "--profile", "open")
    for name, arguments in RUNS.items():
        check_json(laptop.run_json(*arguments).report, of=name)


def is_printed(definition: Mapping[str, object]) -> bool:
    """Return whether a definition is of an object that a command prints, not of a part of one."""
    properties = definition.get("properties", {})
    return isinstance(properties, dict) and "command" in properties and "version" in properties


@pytest.mark.parametrize(
    ("page", "title", "values"),
    [("commands", "a name says", NameOwner), ("verdicts", "verdict", Verdict)],
)
def test_every_value_has_a_row(page: str, title: str, values: type[NameOwner | Verdict]) -> None:
    text = (DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8")
    rows = text.partition(f"| {title} |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)`", rows, re.MULTILINE) == list(values)


def test_the_speed_page_has_the_default_number_of_jobs(laptop: Home) -> None:
    speed = (DOCS / "explanation" / "speed.md").read_text(encoding="utf-8")
    (jobs,) = re.findall(r"The default is (\d+)", speed)
    assert f"[default: {jobs}]" in laptop.run("--help").stdout
