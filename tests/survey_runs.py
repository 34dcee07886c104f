"""A check in this process, with the real STS client: as the command line wires it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest

from e2e import Home, role_profile, section
from sync_profiles.check import check
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.model import FileKind
from sync_profiles.planning.decision import SyncOptions, Testing, WriteMode
from sync_profiles.report import ReportRow
from sync_profiles.survey import AwsAccess, SurveyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The results of a check for each profile."""

    rows: dict[str, ReportRow]

    @property
    def found(self) -> set[tuple[str, str | None]]:
        return set(self.by_profile.values())

    @property
    def by_profile(self) -> dict[str, tuple[str, str | None]]:
        return {
            name: (str(row.decision.verdict), row.decision.cause) for name, row in self.rows.items()
        }

    @property
    def proofs(self) -> dict[str, str | None]:
        """Each profile's role as assumed."""
        return {name: row.assumed_role_arn for name, row in self.rows.items()}


def run_check(home: Home, *, url: str | None = None, jobs: int = 16) -> Checked:
    """Check the files of a home; AWS is at a URL, or where the files say."""
    paths = {FileKind.CONFIG: home.config_file, FileKind.CREDENTIALS: home.credentials_file}
    options = SyncOptions(
        mode=WriteMode.PREVIEW, testing=Testing.ON, overwrite=False, session_name=None
    )
    access = AwsAccess(environ=os.environ, jobs=jobs)
    with pytest.MonkeyPatch.context() as patch:
        if url is not None:
            patch.setenv("AWS_ENDPOINT_URL", url)
        report = check(ConfigFiles(paths=paths), SurveyRequest(options=options), access)
    return Checked(rows={row.decision.profile.name: row for row in report.rows})


def role(number: int) -> str:
    return f"arn:aws:iam::222222222222:role/role-{number}"


def profiles(count: int) -> str:
    """Return profiles of which each has a role of its own, and the wanted name."""
    source = section("profile keys", {"region": "us-east-1"})
    return source + "".join(
        role_profile(f"p{number}", role(number), "keys", role_session_name="work_api")
        for number in range(count)
    )


def check_at(url: str, laptop: Home, *, count: int, jobs: int = 16) -> Checked:
    return run_check(laptop.write(profiles(count)), url=url, jobs=jobs)
