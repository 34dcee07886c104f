"""`check --no-test` calls nothing, and runs nothing.

Every problem of the files is in `data/lint`, which of them are listed in
`data/screens/selection.txt`, and what is not called for them in `data/check_stories.txt`.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from e2e import Home, role_profile, section
from sync_profiles.sandbox import story as s

ROLE = s.ADMIN_ROLE.arn


def test_no_connection_is_made_and_no_program_is_run(home_with_keys: Home, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    touch = f"{sys.executable} -c \"open('{ran}', 'w')\""
    config = role_profile("good", ROLE, "keys")
    config += section("profile process", {"credential_process": touch})
    config += role_profile("programs", ROLE, "process", mfa_process=touch, mfa_serial="arn:x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ways = dict.fromkeys(("AWS_ENDPOINT_URL", "HTTP_PROXY", "HTTPS_PROXY"), url)
        home = home_with_keys.with_environment(**ways).write(config)
        before = home.footprint()
        ended = home.run("check", "--no-test", "--output", "json")
        with pytest.raises(BlockingIOError):  # no connection waits
            listener.accept()
    assert ended.code == 1
    assert ended.column("verdict") == {"good": "unknown", "programs": "unknown"}
    assert ended.column("cause") == {"good": "not-tested", "programs": "not-tested"}
    assert not ran.exists()
    assert home.footprint() == before
