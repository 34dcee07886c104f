"""No secret leaves: not in what is printed, logged, written or started, at any verbosity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e import Home
from planted import PASSWORD, PHONE, TEAM, WORLD, Vault, plant
from sync_profiles.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rough_sts import Asked

VERBOSITIES = [["--quiet"], [], ["--verbose"], ["--output", "json"]]


def code(digit: int) -> list[str]:
    """Return the option with one of the phone's codes: each works once."""
    return ["--mfa-code", PHONE.codes[digit]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(WORLD) as running:
        yield running


@pytest.fixture
def vault(home: Path, child_environment: dict[str, str], sandbox: Sandbox, tmp_path: Path) -> Vault:
    """Return a home full of secrets, whose AWS is the sandbox."""
    watched = tmp_path / "watched"
    watched.mkdir()
    made = Home(path=home, environment=child_environment)
    return plant(made, watched / "log", tmp_path / "program.py", url=sandbox.endpoint_url)


@pytest.mark.parametrize("verbosity", VERBOSITIES, ids=["quiet", "plain", "verbose", "json"])
def test_no_secret_leaves_where_all_goes_well(
    verbosity: list[str], vault: Vault, tmp_path: Path
) -> None:
    team = tmp_path / "team.ini"
    team.write_text(TEAM, encoding="utf-8")
    output = verbosity if "json" in verbosity else []
    codes = [
        vault.run("check", *verbosity, *code(0)).code,
        vault.run("--dry-run", *verbosity, *code(1)).code,
        vault.run(*verbosity, *code(2)).code,
        vault.run("explain", "from-program", *output, *code(3)).code,
        vault.run("explain", "asked", *output, *code(4)).code,
        vault.run("undo", "--list", *output).code,
        vault.run("undo", *output).code,
        vault.run("import", str(team), "--source-profile", "keys", *verbosity, *code(5)).code,
        vault.run("check", "--no-test", *verbosity).code,
    ]
    assert codes == [1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert vault.leaks() == [("config:password", "command lines")]  # its own, as it is written
    assert vault.started.count(PASSWORD) == vault.started.count("hidden.json")
    own = (str(vault.home.path), "/dev/")
    assert [path for path in vault.written if path[0] == "/" and not path.startswith(own)] == []


def sealed(asked: Asked) -> list[tuple[str, str]]:
    """Return refusals, codes and messages, that quote all that was sent."""
    headers = dict(line.split(": ", 1) for line in asked.head.splitlines() if ": " in line)
    lower = {name.lower(): value for name, value in headers.items()}
    token = lower.get("x-amz-security-token", "none")
    signed = lower.get("authorization", "none")
    code = asked.parameters.get("TokenCode", "none")
    return [
        ("AccessDenied", f"not authorized to perform: sts:AssumeRole with {signed}"),
        ("SignatureDoesNotMatch", f"The Canonical String should have been x-token:{token} POST"),
        ("ValidationError", f"Value '{code}' at 'tokenCode' failed to satisfy constraint"),
        ("ExpiredToken", f"The security token {token} included in the request is expired"),
        ("Odd", f"The token code was {code}, SessionToken={token}, and the header {signed}"),
        ("InvalidClientTokenId", f"password: {PASSWORD} of {code} ({token})"),
    ]
