"""A setting below another one that is indented, and so part of its value: kept, and never shown."""

from __future__ import annotations

import json

from e2e import Home, section
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SWALLOWED = f"  aws_secret_access_key = {SECRET}\n"
SETTINGS = {
    "role_arn": s.ADMIN_ROLE.arn,
    "source_profile": "keys",
    "region": "us-east-1",
    "role_session_name": "bob",
    "external_id": "an-id",
    "mfa_serial": s.WORK_API.arn.replace(":user/", ":mfa/"),
    "duration_seconds": "900",
    "output": "json",
    "endpoint_url": "http://127.0.0.1:1",
    "sts_regional_endpoints": "regional",
    "credential_source": "Environment",
}
COMMANDS: tuple[list[str], ...] = (
    ["check"],
    ["check", "--no-test", "--verbose"],
    ["check", "--output", "json"],
    ["explain", "p-*"],
    ["explain", "p-*", "--output", "json"],
    ["--dry-run"],
    ["--dry-run", "--output", "json"],
    [],
    ["--overwrite", "--verbose"],
    ["--no-test", "--overwrite", "--output", "json"],
)


def profile_with(key: str, *, below: str = SWALLOWED, name: str = "p") -> str:
    """Return a profile with one more setting, and a line indented below it."""
    names = ["role_arn", "region", "credential_source" if key == "credential_source" else ""]
    names = [*filter(None, names), *([] if "credential_source" in names else ["source_profile"])]
    settings = {name: SETTINGS[name] for name in names if name != key}
    return section(f"profile {name}", settings).rstrip() + f"\n{key} = {SETTINGS[key]}\n{below}"


def test_no_command_shows_it(work_home: Home, sandbox: Sandbox) -> None:
    work_home.write("".join(profile_with(key, name=f"p-{key}") for key in SETTINGS))
    for arguments in COMMANDS:
        ended = work_home.run(*arguments)
        assert "wJalr" not in ended.stdout + ended.stderr, arguments
        assert "K7MDENG" not in ended.stdout + ended.stderr, arguments
    assert "wJalr" not in json.dumps([dict(call.parameters) for call in sandbox.calls])
    # it is where it was, and nowhere else but in a backup
    assert work_home.config_file.read_text().count(SWALLOWED) == len(SETTINGS)
    holders = [f for f in work_home.path.rglob("*") if f.is_file() and SECRET in f.read_text()]
    assert {f.suffix for f in holders} <= {"", ".bak"}
