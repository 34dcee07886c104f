"""No secret leaks in what goes wrong: in a refusal, an unreadable file, a failed fetch, a crash."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator

import pytest

from e2e import role_profile, section
from examples import DATA, rows
from planted import Planter
from rough_sts import Asked, RoughSts, page, refusing
from sync_profiles.sandbox import story as s
from vault import PASSWORD, PHONE, SESSION, Vault, code


def quoting(asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield refusals, codes and messages, that quote all that was sent."""
    signed = asked.headers.get("authorization", "none")
    token = asked.headers.get("x-amz-security-token", "none")
    typed = asked.parameters.get("TokenCode", "none")
    yield "AccessDenied", f"not authorized to perform: sts:AssumeRole with {signed}"
    yield "SignatureDoesNotMatch", f"The Canonical String should have been t:{token} POST"
    yield "ValidationError", f"Value '{typed}' at 'tokenCode' failed to satisfy constraint"
    yield "ExpiredToken", f"The security token {token} included in the request is expired"
    yield "Odd", f"It was {typed}, SessionToken={token}, {signed.partition(' ')[2]}"
    yield "InvalidClientTokenId", f"password: {PASSWORD}, code {typed}, ({token})"


@pytest.mark.parametrize("kind", range(6))
def test_no_secret_leaks_if_aws_quotes_it(kind: int, vault: Vault) -> None:
    def quote(asked: Asked) -> None:
        code, message = list(quoting(asked))[kind]
        refusing(code, message, status=403)(asked)

    vault.replant(
        role_profile("hop", s.ADMIN_ROLE.arn, "unused")
        + role_profile("end", s.NEXT_ROLE.arn, "hop")
        + role_profile("asked", s.MFA_ROLE.arn, "unused", mfa_serial=PHONE.serial)
    )
    actions = frozenset({"AssumeRole", "GetSessionToken"})
    with RoughSts(quote, actions=actions) as rough:
        url = {"AWS_ENDPOINT_URL": rough.url}
        assert vault.run("check", "--output", "json", *code(1), **url).code == 1
        assert vault.run("explain", "asked", *code(2), **url).code == 1
        signatures = re.findall(r"Signature=([0-9a-f]+)", "".join(rough.heads))
    assert len(signatures) > 5
    assert vault.leaks() == []
    assert not [text for text in signatures if text in "".join(vault.said)]


@pytest.mark.parametrize(
    ("profile", "settings"),
    rows("failing_sources.txt"),
)
def test_no_secret_leaks_if_a_source_fails(profile: str, settings: str, vault: Vault) -> None:
    filled = settings.format(
        python=sys.executable,
        key=SESSION.secret_access_key,
        token=SESSION.session_token,
        password=PASSWORD,
    )
    vault.replant(role_profile("p", s.ADMIN_ROLE.arn, profile) + f"[profile {profile}]\n{filled}\n")
    codes = [vault.run("check", "--verbose").code, vault.run("explain", "p").code]
    assert set(codes) <= {1, 3}
    expected = {"command lines"} if "process" in settings else set()
    assert {place for _, place in vault.leaks()} <= expected


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("aws_secret_access_key {key}", id="no delimiter"),
        pytest.param("{key}", id="a key alone"),
        pytest.param("[{token}", id="an open header"),
        pytest.param("{token}]", id="a header without its begin"),
        pytest.param("[a]\nx = 1\nx = {key}", id="a setting twice"),
        pytest.param("[keys]\naws_session_token = {token}", id="a section twice"),
        pytest.param("[a]\n  = {token}", id="no name"),
    ],
)
def test_no_secret_leaks_if_a_file_cannot_be_read(line: str, vault: Vault) -> None:
    text = line.format(key=SESSION.secret_access_key, token=SESSION.session_token)
    old = vault.home.credentials_file.read_text(encoding="utf-8")
    vault.replant(credentials=f"{text}\n{old}")
    assert vault.run("check", "--verbose").code == 3
    assert vault.run("explain", "plain").code == 3
    assert vault.leaks() == []


def test_no_secret_leaks_if_a_login_is_refused(vault: Vault) -> None:
    session = section(
        "sso-session s", {"sso_start_url": "https://example.com", "sso_region": "us-east-1"}
    )
    sso = {"sso_session": "s", "sso_account_id": "111111111111", "sso_role_name": "r"}
    vault.replant(
        session + section("profile sso", sso) + role_profile("p", s.ADMIN_ROLE.arn, "sso")
    )
    token = SESSION.session_token or ""
    cache = vault.home.path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    name = hashlib.sha1(b"s", usedforsecurity=False).hexdigest()
    login = {
        "startUrl": "https://example.com",
        "accessToken": token,
        "expiresAt": "2099-01-01T00:00:00Z",
    }
    (cache / f"{name}.json").write_text(json.dumps(login), encoding="utf-8")
    vault.origins = {**vault.origins, cache / f"{name}.json": "credentials"}
    said = json.dumps({"message": f"token {token} of {PASSWORD[:0]} is no good", "__type": "Odd"})
    with RoughSts(page(400, said, kind="application/json"), actions=frozenset({""})) as rough:
        assert vault.run("--verbose", AWS_ENDPOINT_URL=rough.url).code == 3
        assert vault.run("check", "--output", "json", AWS_ENDPOINT_URL=rough.url).code == 3
        assert token in "".join(rough.heads)
    assert vault.leaks() == []


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("http://me:{}@127.0.0.1:9", id="dead"),
        pytest.param("http://me:{}#1@127.0.0.1:9", id="without an address, for a number sign"),
        pytest.param("me:{}/1@127.0.0.1:9", id="without an address, for a slash"),
    ],
)
def test_no_secret_leaks_if_a_proxy_cannot_be_reached(address: str, vault: Vault) -> None:
    proxy = dict.fromkeys(("http_proxy", "https_proxy"), address.format(PASSWORD))
    proxy["no_proxy"] = ""
    proxy["AWS_ENDPOINT_URL"] = "http://sts.example.invalid"
    vault.replant(role_profile("p", s.ADMIN_ROLE.arn, "keys"))
    assert vault.run("--verbose", **proxy).code == 3
    assert vault.run("check", "--output", "json", **proxy).code == 3
    assert vault.run("explain", "p", **proxy).code == 1
    assert vault.run("import", "https://files.example.invalid/x", **proxy).code == 3
    assert vault.leaks() == []


@pytest.mark.parametrize(
    "source",
    (DATA / "secret_addresses.txt").read_text("utf-8").splitlines(),
)
def test_no_secret_leaks_from_the_source_of_an_import(source: str, vault: Vault) -> None:
    vault.replant("")
    assert vault.run("import", source.format(password=PASSWORD), "--verbose").code == 2
    assert vault.leaks() == []


@pytest.mark.parametrize(
    "source",
    [
        "http://127.0.0.1:9/{0}/x?k={1}&{2}#{3}",
        "https://127.0.0.1:9/x;{0}?k={1}",
        "git+https://127.0.0.1:9/{0}/r?k={1}#a/{2}",
        "git+ssh://127.0.0.1:9/{0}/r#a",
        "s3://bucket/{0}/key?k={1}",
    ],
)
def test_no_secret_leaks_if_a_source_cannot_be_fetched(source: str, vault: Vault) -> None:
    planter = Planter()
    address = planter.plant("address", source)
    vault.replant("")
    vault.secrets = planter.secrets
    for options in (["--verbose"], ["--output", "json"]):
        assert vault.run("import", address, "--source-profile", "keys", *options).code == 3
    assert "127.0.0.1:9" in vault.said[0] or "s3://bucket/" in vault.said[0]
    found = {place for _, place in vault.leaks()}
    assert found <= ({"command lines"} if source.startswith("git") else set())


FAULTS = {
    "a file's text": "raise RuntimeError(open({credentials!r}).read())",
    "short secrets": "raise KeyError('https://me:{password}@h', 'password={password}')",
    "a command": "import subprocess as s\ns.run(['false', '--pass', '{password}'], check=True)",
    "its own source": "secret = '{key}'; raise ValueError(secret)",
    "a chain": "try:\n    raise ValueError('{key}')\nexcept ValueError as e:\n"
    "    e.add_note('token {token}')\n    raise OSError('{token}') from e",
    "a code": "raise ValueError('code 314159')",
}


@pytest.mark.parametrize("fault", list(FAULTS.values()), ids=list(FAULTS))
def test_no_secret_leaks_if_the_program_crashes(fault: str, vault: Vault) -> None:
    text = fault.format(
        credentials=str(vault.home.credentials_file),
        key=SESSION.secret_access_key,
        token=SESSION.session_token,
        password=PASSWORD,
    )
    library = vault.log.parent / "filelock.py"
    library.write_text(text, encoding="utf-8")
    vault.replant(role_profile("p", s.ADMIN_ROLE.arn, "keys"))
    before = vault.home.config_file.read_bytes()
    ended = vault.run("--verbose")
    (log,) = vault.home.path.glob("sync-profiles-*.log")
    report = f"hint: please report it with the log file `~/{log.name}`\n"
    error = ended.stderr.removeprefix("error: unexpected error: ").removesuffix(f"\n{report}")
    assert (ended.code, ended.stdout, error.isalpha()) == (3, "", True)
    text = log.read_text(encoding="utf-8")
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.endswith(f"{error}: ****\n")
    assert str(library) in text
    assert os.name != "posix" or log.stat().st_mode & 0o777 == 0o600
    assert vault.home.config_file.read_bytes() == before
    found = vault.leaks()
    assert [leak for leak in found if leak[1] != "command lines"] == []


def test_no_secret_of_any_setting_is_in_the_log_of_a_crash(vault: Vault) -> None:
    planter = Planter()
    config = role_profile("plain", s.OPEN_ROLE.arn, "keys") + "".join(
        [
            *planter.profiles(s.ADMIN_ROLE.arn, "keys"),
            section("profile others", planter.other_settings()),
        ]
    )
    vault.replant(config)
    vault.secrets = planter.secrets
    texts = f"text = open({str(vault.home.config_file)!r}).read()"
    for fault in ("raise RuntimeError(text)", "raise RuntimeError(text, [text])"):
        library = vault.log.parent / "filelock.py"
        library.write_text(f"{texts}\n{fault}\n", encoding="utf-8")
        assert vault.run("--verbose").code == 3
    assert len(list(vault.home.path.glob("sync-profiles-*.log"))) == 2
    assert vault.leaks() == []


def test_no_secret_leaks_from_an_invalid_command_line(vault: Vault) -> None:
    key = SESSION.secret_access_key
    codes = [
        vault.run("--mfa-code", PASSWORD).code,
        vault.run("check", "--mfa-code", f"{PHONE.codes[0]}7").code,
        vault.run("--mfa-code", PHONE.codes[0], "--no-such-option").code,
        vault.run("--jobs", "0", "--mfa-code", PHONE.codes[0]).code,
        vault.run("--mfa-code", PHONE.codes[0], "undo").code,
    ]
    assert codes == [2] * 5
    assert key not in "".join(vault.said)
    assert vault.leaks() == []
