"""A replaced file keeps its mode, owner and attributes; a new one gets its directory's owner."""

from __future__ import annotations

import errno
import os
import stat
import struct
import sys
from pathlib import Path

import pytest

from disk_files import OLD, change_of, replace

as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="root alone may")


@as_root
def test_owner_and_group_are_kept(config: Path) -> None:
    os.chown(config, 12345, 54321)
    replace(change_of(config))
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
    replace(change_of(path))
    replace(change_of(path, OLD))

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
    replace(change_of(config))
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
    replace(change_of(config))

    assert config.stat().st_gid != 54321
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert "system.posix_acl_access" not in os.listxattr(config)
