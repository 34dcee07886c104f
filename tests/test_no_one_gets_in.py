"""Files that a run leaves are private or as they were, and planted files are not followed.

Their modes under any umask are in `data/screens/modes.txt`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from disk_files import OLD, change_of
from disk_files import replace as replace_files
from e2e import Home, role_profile
from loopback import Gate
from sandbox_fixtures import client
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import FakeCredentials, Role

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links are of POSIX")

CHAIN = role_profile("first", s.ADMIN_ROLE.arn, "keys") + role_profile(
    "second", s.NEXT_ROLE.arn, "first"
)
SESSION = re.compile(
    "<AccessKeyId>(.*?)</AccessKeyId>.*?<SecretAccessKey>(.*?)</SecretAccessKey>"
    ".*?<SessionToken>(.*?)</SessionToken>",
    re.DOTALL,
)

# its own policy names the sessions of a run: an implicit deny of a session policy is no limit to it
VAULT = Role(
    name="vault",
    trust=s.trust(
        principal={"AWS": [role.session_arn("work_api") for role in (s.ADMIN_ROLE, s.NEXT_ROLE)]}
    ),
)


WORLD = replace(s.STORY, roles=(*s.STORY.roles, VAULT))


@pytest.fixture
def laptop(work_home: Home) -> Home:
    """Return a home where both profiles are to be filled."""
    return work_home.write(CHAIN)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Return a file that a planted link may lead to."""
    path = tmp_path / "victim"
    path.write_text("precious", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        (".config.sync-profiles.lock", {0, 3}),
        (".config.sync-profiles-0123456789abcdef.tmp", {0}),
        ("config.tmp", {0}),
    ],
)
def test_a_link_in_place_of_a_lock_or_a_temporary_file_leads_nowhere(
    name: str, codes: set[int], laptop: Home, victim: Path
) -> None:
    victim.chmod(0o644)
    (laptop.path / ".aws" / name).symlink_to(victim)
    assert laptop.run().code in codes
    assert victim.read_text(encoding="utf-8") == "precious"
    assert stat.S_IMODE(victim.stat().st_mode) == 0o644


# what makes the names of a run's new files: they are known beforehand
FORESEEN = """
import datetime, secrets
from sync_profiles.disk import replacement
class Clock(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return cls(2025, 1, 31, 12, tzinfo=zone)
replacement.datetime = Clock
secrets.token_hex = lambda size: "0123456789abcdef"[: 2 * size]
"""


@pytest.mark.parametrize(
    "name",
    [
        ".config.sync-profiles-0123456789abcdef.tmp",
        "sync-profiles/config.20250131T120000.000000Z.bak.tmp",
        "sync-profiles/config.20250131T120000.000000Z.json.tmp",
    ],
)
@pytest.mark.parametrize("held", ["precious", None], ids=["to a file", "to no file"])
def test_a_link_with_the_name_of_a_new_file_is_not_followed(
    name: str, held: str | None, laptop: Home, victim: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(FORESEEN, encoding="utf-8")
    if held is None:
        victim.unlink()
    (laptop.path / ".aws" / "sync-profiles").mkdir(mode=0o700)
    (laptop.path / ".aws" / name).symlink_to(victim)
    before = laptop.config_file.read_bytes()
    ended = laptop.with_environment(PYTHONPATH=str(tmp_path)).run()
    assert (ended.code, laptop.config_file.read_bytes()) == (3, before)
    assert ended.stderr.startswith("error: ")
    assert (victim.read_text(encoding="utf-8") if victim.exists() else None) == held


def outcome(
    sandbox: Sandbox, session: tuple[str, ...], service: str, call: str, **more: str
) -> str:
    """Return what a session gets for a call: `OK`, or the code of the refusal."""
    key, secret, token = session
    credentials = FakeCredentials(access_key_id=key, secret_access_key=secret, session_token=token)
    try:
        getattr(client(sandbox, credentials, service), call)(**more)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "OK"


def test_the_sessions_of_a_run_can_only_assume_the_next_role(
    laptop: Home, sandbox: Sandbox
) -> None:
    with Gate(sandbox.endpoint_url) as gate:
        assert laptop.with_environment(AWS_ENDPOINT_URL=gate.url).run("-n").code == 1
        answers = b"".join(gate.passed_on).decode()
    hop, end = SESSION.findall(answers)
    for session in (hop, end):
        denied = [
            outcome(sandbox, session, "iam", "list_users"),
            outcome(sandbox, session, "iam", "get_role", RoleName="admin_role"),
            outcome(sandbox, session, "ec2", "describe_instances"),
            outcome(sandbox, session, "s3", "list_buckets"),
            outcome(sandbox, session, "sts", "get_session_token"),
            *(
                outcome(
                    sandbox, session, "sts", "assume_role", RoleArn=role.arn, RoleSessionName="x1"
                )
                for role in (s.OPEN_ROLE, s.ADMIN_ROLE, s.NAMES_ROLE, VAULT)
            ),
        ]
        assert set(denied) <= {"AccessDenied", "UnauthorizedOperation"}
    next_role = {"RoleArn": s.NEXT_ROLE.arn, "RoleSessionName": "work_api"}
    assert outcome(sandbox, hop, "sts", "assume_role", **next_role) == "OK"
    assert outcome(sandbox, end, "sts", "assume_role", **next_role) == "AccessDenied"


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone may")


@as_root
def test_owner_and_group_are_kept(config: Path) -> None:
    os.chown(config, 12345, 54321)
    replace_files(change_of(config))
    status, lock = config.stat(), (config.parent / ".config.sync-profiles.lock").stat()
    assert (status.st_uid, status.st_gid) == (12345, 54321)
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert lock.st_uid == 12345, "or its owner could never take the lock again"


@as_root
def test_files_that_root_creates_in_another_users_directory_belong_to_that_user(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 12345, 54321)

    path = home / "new" / ".aws" / "config"
    replace_files(change_of(path))
    replace_files(change_of(path, OLD))

    made = [*home.rglob("*")]
    assert {"config", ".config.sync-profiles.lock", "sync-profiles"} < {file.name for file in made}
    assert [file.suffix for file in sorted(made)].count(".bak") == 1
    assert {(file.stat().st_uid, file.stat().st_gid) for file in made} == {(12345, 54321)}


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Linux has extended attributes")
def test_extended_attributes_are_kept(config: Path) -> None:
    try:
        os.setxattr(config, "user.origin", b"team")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    replace_files(change_of(config))
    assert os.getxattr(config, "user.origin") == b"team"


@as_root
@pytest.mark.skipif(sys.platform != "linux", reason="Linux has these access control lists")
@pytest.mark.parametrize("rights", ["a mode", "an access control list"])
def test_another_group_gets_no_right_that_the_old_one_had(
    rights: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    os.chown(config, -1, 54321)
    config.chmod(0o660)
    if rights != "a mode":
        # user::rw-, user:4242:r--, group::rw-, mask::rw-, other::---
        entries = [(1, 6, -1), (2, 4, 4242), (4, 6, -1), (16, 6, -1), (32, 0, -1)]
        packed = b"".join(struct.pack("<HHi", *entry) for entry in entries)
        try:
            os.setxattr(config, "system.posix_acl_access", struct.pack("<I", 2) + packed)
        except OSError:
            pytest.skip("this file system has no access control lists")

    monkeypatch.setattr(os, "fchown", refuse)  # as for a user who is not in that group
    replace_files(change_of(config))

    assert config.stat().st_gid != 54321
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert "system.posix_acl_access" not in os.listxattr(config)
