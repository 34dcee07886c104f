"""Run the installed command and the real AWS CLI on real files in a temporary home."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sysconfig
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pexpect
import pytest

from json_schema import check_json
from sync_profiles.sandbox.world import FakeCredentials

SCRIPTS = Path(sysconfig.get_path("scripts"))
in_posix_shell = pytest.mark.skipif(os.name != "posix", reason="Windows quotes otherwise")
#: nothing here takes a minute, unless it hangs
PATIENCE = 60

Json = dict[str, Any]


def installed(command: str) -> str:
    """Return the path of a command that is installed next to this Python."""
    found = shutil.which(command, path=str(SCRIPTS))
    assert found is not None, f"{command} is not installed in {SCRIPTS}"
    return found


@functools.lru_cache(maxsize=8)  # most tests look at a report several times
def _check(text: str) -> None:
    check_json(json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that has ended: its exit code and what it printed."""

    code: int
    stdout: str
    stderr: str

    def with_tilde(self, home: str) -> Ended:
        """Return what a run on Windows prints as others print it, with `~/` for its home."""

        def shown(text: str) -> str:
            return path.sub(lambda found: "~" + found[1].replace("\\", "/"), text)

        path = re.compile(re.escape(home) + r"((?:\\[\w.-]+)+)")
        return replace(self, stdout=shown(self.stdout), stderr=shown(self.stderr))

    @property
    def report(self) -> Json:
        """The one JSON object on stdout, which has the keys of the published schema alone."""
        _check(self.stdout)
        report: Json = json.loads(self.stdout)
        return report

    @property
    def profiles(self) -> dict[str, Json]:
        """The report's profiles by name, in order."""
        return {profile["profile"]: profile for profile in self.report["profiles"]}

    def column(self, key: str) -> dict[str, Any]:
        """Return one value of every profile of the report."""
        return {name: profile[key] for name, profile in self.profiles.items()}

    @property
    def accepted(self) -> set[str]:
        """The profiles that the report calls accepted."""
        verdicts = self.column("verdict")
        return {name for name, verdict in verdicts.items() if verdict == "accepted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A home directory with the two files, and the environment of the processes that use it."""

    path: Path
    environment: Mapping[str, str]

    @property
    def config_file(self) -> Path:
        return self.path / ".aws" / "config"

    @property
    def credentials_file(self) -> Path:
        return self.path / ".aws" / "credentials"

    def with_environment(self, **more: str) -> Home:
        """Return the same home with additional environment variables for its processes."""
        return Home(path=self.path, environment={**self.environment, **more})

    def write(self, config: str | bytes | None = None, credentials: str | None = None) -> Home:
        """Write the files that are given, byte for byte; return the home."""
        self.config_file.parent.mkdir(mode=0o700, exist_ok=True)
        if config is not None:
            data = config.encode() if isinstance(config, str) else config
            self.config_file.write_bytes(data)
        if credentials is not None:
            self.credentials_file.write_text(credentials, encoding="utf-8", newline="")
        return self

    def footprint(self) -> dict[Path, tuple[bytes, int]]:
        """Return what a write would change in `~/.aws`, apart from the AWS CLI's files."""
        cli = self.path / ".aws" / "cli"
        return {
            file: (file.read_bytes(), file.stat().st_mtime_ns)
            for file in (self.path / ".aws").rglob("*")
            if file.is_file() and cli not in file.parents
        }

    def run(self, *arguments: str, input_text: str | None = None, together: bool = False) -> Ended:
        """Run `sync-profiles` without a terminal, forked from a process that has loaded it.

        On Windows, it runs in this process. Where something is read while it is loaded, it starts
        from nothing.
        With `together`, as with `2>&1`, `stdout` is all that it prints, in this order.
        """
        if hasattr(os, "fork"):
            from warm_command import shared_command

            ended = shared_command("sync-profiles").run(
                self, *arguments, input_text=input_text, together=together
            )
        else:
            from run_here import run_here

            ended = run_here(self, arguments, input_text=input_text, together=together)
        if ended is None:
            command = [installed("sync-profiles"), *arguments]
            ended = self.run_command(command, input_text=input_text, together=together)
        return ended if os.name == "posix" else ended.with_tilde(self.environment["HOME"])

    def run_installed(self, *arguments: str, input_text: str | None = None) -> Ended:
        """Run the installed command `sync-profiles` without a terminal, in a new process."""
        return self.run_command([installed("sync-profiles"), *arguments], input_text=input_text)

    def start_installed(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the installed command without a terminal, for a test that does something to it."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [installed("sync-profiles"), *arguments],
            env=dict(self.environment),
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_json(self, *arguments: str) -> Ended:
        """Run a command, or a sync, with `--output json`."""
        return self.run(*arguments, "--output", "json")

    def run_on_terminal(self, *arguments: str) -> Ended:
        """Run `sync-profiles` on a terminal of 80 columns; both of its outputs are `stdout`."""
        return finish(self.start_on_terminal(*arguments))

    def start_on_terminal(self, *arguments: str, columns: int = 80) -> pexpect.spawn[str]:
        """Start `sync-profiles` on a terminal, for a test that answers its questions."""
        if not hasattr(os, "openpty"):
            pytest.skip("there are no pseudo-terminals")
        import pexpect

        from warm_command import shared_command

        ready = shared_command("sync-profiles")
        started = ready.start_on_terminal(self, *arguments, columns=columns)
        if started is not None:
            return started
        return pexpect.spawn(
            installed("sync-profiles"),
            list(arguments),
            env=dict(self.environment),
            cwd=str(self.path),
            encoding="utf-8",
            timeout=PATIENCE,
            dimensions=(40, columns),
        )

    def run_command(
        self, command: list[str], *, input_text: str | None = None, together: bool = False
    ) -> Ended:
        """Run a command in this home; the input is empty by default; `together` is as in `run`."""
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            env=dict(self.environment),
            cwd=self.path,
            input=input_text if input_text is not None else "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if together else subprocess.PIPE,
            check=False,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        return Ended(code=done.returncode, stdout=done.stdout, stderr=done.stderr or "")

    def working_profiles(self, names: Iterable[str], *, mfa_codes: Sequence[str] = ()) -> set[str]:
        """Return the profiles with which `aws sts get-caller-identity` works, without a cache.

        `mfa_codes` has what a person would type, one code for each profile.
        """
        from aws_witness import find_working

        return find_working(self, list(names), mfa_codes)

    def run_aws(self, *arguments: str) -> Ended:
        """Run the real command `aws` with an empty cache."""
        from aws_witness import CHOSEN

        shutil.rmtree(self.path / ".aws" / "cli" / "cache", ignore_errors=True)
        return self.run_command([CHOSEN or installed("aws"), *arguments])


def acting(ended: Ended) -> list[str]:
    """Return the characters of what was printed on which a terminal acts, line ends apart."""
    return [
        character
        for character in ended.stdout + ended.stderr
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}
    ]


def finish(child: pexpect.spawn[str]) -> Ended:
    """Wait for the end of a run on a terminal; `stdout` is what came after the last answer."""
    import pexpect

    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus is not None
    return Ended(code=child.exitstatus, stdout=str(child.before), stderr="")


def write_script(path: Path, text: str) -> Path:
    """Write a program for the shell, which may be run."""
    path.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
    path.chmod(0o700)
    return path


def keys(profile: str, credentials: FakeCredentials) -> str:
    """Return a section of the credentials file with a profile's keys."""
    return section(profile, credentials.settings())


def process_output(credentials: FakeCredentials) -> str:
    """Return what a `credential_process` prints."""
    token = {"SessionToken": credentials.session_token} if credentials.session_token else {}
    return json.dumps(
        {
            "Version": 1,
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            **token,
        }
    )


def section(header: str, settings: Mapping[str, str]) -> str:
    """Return a section of either file."""
    lines = (f"{key} = {value}\n" for key, value in settings.items())
    return f"[{header}]\n{''.join(lines)}\n"


def role_profile(name: str, role_arn: str, source_profile: str, **more: str) -> str:
    """Return the config file's section of a profile that assumes a role."""
    header = name if name == "default" else f"profile {name}"
    settings = {"role_arn": role_arn, "source_profile": source_profile, "region": "us-east-1"}
    return section(header, settings | more)
