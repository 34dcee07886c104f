"""Home directories for the measurements, and the environment of their processes."""

from __future__ import annotations

import os
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Self

REGION = "eu-central-1"
#: the variables that a child process gets: nothing about AWS, proxies or terminals
_KEPT = ("LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A home directory with the two files; if `named`, the profiles already have session names."""

    path: Path
    profiles: int
    sources: int = 1
    named: bool = False
    port: int = 9

    @property
    def config_file(self) -> Path:
        """The path of the config file."""
        return self.path / ".aws" / "config"

    @property
    def names(self) -> list[str]:
        """The profiles that assume a role."""
        return [_name(number) for number in range(self.profiles)]

    @property
    def environment(self) -> dict[str, str]:
        """The complete environment of the processes in this home."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
        return (
            {"LANG": "C.UTF-8"}
            | kept
            | {
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
                "HOME": str(self.path),
                "NO_PROXY": "127.0.0.1",
                "PATH": path,
                "USERPROFILE": str(self.path),
            }
        )

    def make(self) -> Self:
        """Write the two files and remove everything else; return the home."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.config_file.parent.mkdir(mode=0o700, parents=True)
        self.config_file.write_text("".join(map(self._section, range(self.profiles))), "utf-8")
        self.config_file.with_name("credentials").write_text(
            "".join(map(_keys, range(self.sources))), "utf-8"
        )
        return self

    def _section(self, number: int) -> str:
        source = number % self.sources
        comment = f"# the roles of group {number // 10}\n" if number % 10 == 0 else ""
        output = "output = json\n" if number % 5 == 0 else ""
        name = f"role_session_name = {_key_id(source).lower()}\n" if self.named else ""
        return (
            f"{comment}[profile {_name(number)}]\n"
            f"role_arn = arn:aws:iam::222222222222:role/teams/role-{number:05}\n"
            f"source_profile = person-{source}\n{name}region = {REGION}\n{output}\n"
        )


def _keys(source: int) -> str:
    return (
        f"[person-{source}]\naws_access_key_id = {_key_id(source)}\n"
        "aws_secret_access_key = no-secret-at-all\n\n"
    )


def _key_id(source: int) -> str:
    return f"AKIA{source:016}"


def _name(number: int) -> str:
    return f"team-{number:05}"
