"""Settings that stop the AWS CLI are found once per set of settings, with their place."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from disk_files import texts_of
from examples import answered_examples, answers_of
from hint_cases import decision, knowing
from plan_worlds import of_settings, profile
from sync_profiles.aws.cli_stops import plugin_problem, stop_of_all
from sync_profiles.aws.client import Clients
from sync_profiles.causes import Cause
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.explanation import explain
from sync_profiles.model import Profile
from sync_profiles.planning.cli_settings import find_stops


@dataclass(kw_only=True)
class Judge(Clients):
    """Finds a region for everybody, and one setting unusable where it is asked."""

    key: str | None = None
    asked: list[str] = field(default_factory=list)

    def finds_region(self, profile: str) -> bool:
        return bool(profile)

    def unusable_setting(self, profile: str) -> str | None:
        self.asked.append(profile)
        return self.key


def many(count: int, **settings: str) -> dict[str, Profile]:
    made = [of_settings(f"p{number}", settings) for number in range(count)]
    return {each.name: each for each in made}


THOUSAND = many(1000, max_attempts="x") | {"q": profile("q", max_attempts="0")}
NOT_CHECKED = many(3, output="json", cli_timestamp_format="wire", duration_seconds="900")


@pytest.mark.parametrize(
    ("profiles", "environ", "asked", "stopped"),
    [
        pytest.param(THOUSAND, {}, ["p0", "q"], [*THOUSAND], id="equal profiles"),
        pytest.param(many(9), {"AWS_MAX_ATTEMPTS": "x"}, ["p0"], [*many(9)], id="a variable"),
        pytest.param(NOT_CHECKED, {"AWS_PROFILE": "p"}, [], [], id="no such settings"),
    ],
)
def test_equal_settings_are_checked_once(
    profiles: dict[str, Profile], environ: dict[str, str], asked: list[str], stopped: list[str]
) -> None:
    judge = Judge(key="max_attempts")
    assert [*find_stops(profiles, profiles, clients=judge, environ=environ)] == stopped
    assert judge.asked == asked


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has other owners")
@pytest.mark.parametrize(
    ("closed", "mode", "users", "end", "hint"),
    [
        (".aws/cli/cache", 0o500, [0], ", which cannot be written", "run `chmod u+wx {}`"),
        (
            ".aws/cli",
            0o700,
            [0],
            ": `{}` is read-only by its file system or its attributes (`lsattr -d`)",
            "mount it writable, or remove the attribute",
        ),
        (
            ".aws/cli",
            0o700,
            [1, 0],
            ": `{}` belongs to another user",
            'run `sudo chown -R "$(id -un)" {}`',
        ),
        (
            ".aws",
            0o700,
            [1, 0],
            ": `{}` belongs to another user",
            'run `sudo chown -R "$(id -un)" {}`',
        ),
        (
            ".aws",
            0o700,
            [1, 1],
            ": `{}` belongs to another user",
            "set `HOME` to a directory of your own",
        ),
        ("", 0o700, [1], ": `{}` cannot be written", "set `HOME` to a directory of your own"),
    ],
)
def test_a_cache_that_cannot_be_written(
    closed: str,
    mode: int,
    users: list[int],
    end: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blocked, me = tmp_path / closed, os.geteuid()
    blocked.mkdir(parents=True, exist_ok=True)
    aws = tmp_path / "aws"
    aws.touch(mode=0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert stop_of_all(None) is None
    blocked.chmod(mode)
    # this user, when the directory's owner is looked at, and then that of the home directory
    monkeypatch.setattr(os, "geteuid", iter([me + user for user in users]).__next__)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != blocked)
    stop = stop_of_all(None)
    assert stop is not None
    assert stop.message.endswith(f"{tmp_path}/.aws/cli/cache`{end.format(blocked)}")
    assert stop.hint.startswith(hint.format(blocked))


PLUGINS = """\
[DEFAULT]
region = eu-west-1
aws_access_key_id = AKIAJ5Q7XT3WQ2ZLMNOP
team_password = hunter2
[plugins]
cli_legacy_plugin_path = /usr/lib
mine =
    my_plugin
aws_secret_access_key = kT9vQ2xLw8ZrYp4Bn7Hd1Sf6Gj3Mc5Ae0UiOqWeR
"""
SEEN = """\
[DEFAULT]
region = eu-west-1
aws_access_key_id = ****
team_password = ****
[plugins]
cli_legacy_plugin_path = /usr/lib
mine =
    my_plugin
aws_secret_access_key = ****"""


@pytest.mark.skipif(os.name == "nt", reason="Windows starts no shell script")
def test_the_aws_cli_gets_the_plugins_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, aws = tmp_path / "seen", tmp_path / "aws"
    aws.write_text(
        f'#!/bin/sh\n/bin/cat "$AWS_CONFIG_FILE" >>{seen}\necho no >&2\nexit 1\n', "utf-8"
    )
    aws.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert plugin_problem(texts_of(PLUGINS, tmp_path), {}) is None  # it fails without them, too
    assert seen.read_text("utf-8") == SEEN


def report(example: str) -> list[str]:
    """Return what is said of the profile of an example; variables stand above it."""
    asked = [line for line in example.splitlines() if not line.startswith("- ")]
    variables, header, lines = "\n".join(asked).partition("[profile p]")
    environ = dict(variable.split("=") for variable in variables.splitlines())
    profiles = read_profiles(config=parse_document(f"{header}{lines}\n")).by_name
    (stop,) = find_stops(profiles, profiles, clients=Judge(), environ=environ).values()
    assert (stop.cause, stop.proves) == (Cause.SETTING_INVALID, True)
    assert stop.message == f"the AWS CLI stops at {stop.setting}"
    told = explain(decision(stop, subject=profiles["p"]), knowing(profiles))
    return [told.message, told.hint or ""]


@pytest.mark.parametrize("example", answered_examples("stops.txt", report))
def test_a_setting_that_stops_the_aws_cli_is_reported_with_its_place(example: str) -> None:
    assert report(example) == answers_of(example)
