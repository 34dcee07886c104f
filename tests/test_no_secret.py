"""No secret leaks: nothing printed, logged, written or started contains one."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from e2e import Home, installed, role_profile, section
from examples import DATA, rows
from fault_injection import skip_without_strace
from loopback import Gate
from planted import PASSWORD, PHONE, SESSION, TEAM, WORLD, Planter, Vault, plant, shows
from rough_sts import Asked, RoughSts, page, refusing
from rounds import ALL_ROUNDS
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

VERBOSITIES = [["--verbose"], ["--output", "json"], *([["--quiet"], []] if ALL_ROUNDS else [])]


def code(digit: int) -> list[str]:
    """Return the option with one of the phone's codes: each works once."""
    return ["--mfa-code", PHONE.codes[digit]]


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Sandbox(WORLD) as sandbox, Gate(sandbox.endpoint_url) as running:
        yield running


@pytest.fixture
def vault(home: Path, child_environment: dict[str, str], gate: Gate, tmp_path: Path) -> Vault:
    """Return a home full of secrets, whose AWS is the sandbox behind the gate."""
    watched = tmp_path / "watched"
    watched.mkdir()
    made = Home(path=home, environment=child_environment)
    return plant(made, watched / "log", tmp_path / "program.py", gate=gate)


@pytest.mark.parametrize("verbosity", VERBOSITIES, ids=" ".join)
def test_no_secret_leaks_if_everything_works(
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
    assert len(set(vault.issued.values())) > 40
    assert vault.leaks() == [("config:password", "command lines")]  # its own, as it is written
    assert vault.started.count(PASSWORD) == vault.started.count("hidden.json")
    own = (str(vault.home.path), "/dev/")
    assert [path for path in vault.written if path[0] == "/" and not path.startswith(own)] == []


EXPLAINED = ("others", "plain", "p-endpoint_url", "p-source_profile", "m-0-mfa_process")
RUNS = [
    ["check", "--verbose"],
    ["check", "--no-test", "--output", "json"],
    ["--dry-run", "--verbose"],
    *(
        ["explain", name, *form]
        for number, name in enumerate(EXPLAINED)
        for form in ([], ["--output", "json"])
        if ALL_ROUNDS or number % 2 == len(form) // 2
    ),
    ["explain"],
    ["explain", "--letter"],
    ["trust-policy", "--profile", "p-*"],
    ["trust-policy", "--profile", "plain", "--output", "json"],
    ["who", "plain", "--verbose"],
    ["who", "plain", "--name", "work_api", "--output", "json"],
    ["who", "p-source_profile"],
    ["--output", "json"],
    ["undo", "--list", "--output", "json"],
    ["undo", "--dry-run"],
    ["undo", "--dry-run", "--output", "json"],
    ["undo"],
]


def test_no_secret_of_any_setting_is_shown(vault: Vault) -> None:
    planter = Planter(place="config")
    source = section("profile program", planter.other_settings())
    others = planter.other_settings() | {"source_profile": "program"}
    vault.replant(
        _section_of("others", others)
        + source
        + role_profile("plain", s.OPEN_ROLE.arn, "keys")
        + "".join(planter.profiles(s.ADMIN_ROLE.arn, "keys"))
    )
    vault.secrets = planter.secrets
    codes = {" ".join(arguments): vault.run(*arguments).code for arguments in RUNS}
    # with an endpoint of its own, a profile's calls are not answered
    codes["its own"] = vault.run("explain", "p-endpoint_url", AWS_ENDPOINT_URL="").code
    assert {name: code for name, code in codes.items() if code != 1} == {
        **{name: 0 for name in codes if name.startswith("explain plain")},
        **{name: 0 for name in codes if name.startswith("undo")},
        "trust-policy --profile p-*": 3,
        "trust-policy --profile plain --output json": 0,
        "who plain --verbose": 0,
        "who plain --name work_api --output json": 0,
        "who p-source_profile": 3,
    }
    assert "others" in vault.said[0]
    assert vault.leaks() == []


CHECKED: list[list[str]] = [[], ["--output", "json"], ["--output", "github"]]


def test_no_secret_is_shown_that_a_check_finds_in_a_team_s_file(
    vault: Vault, tmp_path: Path
) -> None:
    planter = Planter(place="config")
    found = planter.other_settings()
    lines = [f"{key} = {value}\n" for key, value in found.items()]
    team = (
        section("profile a", found) + "[profile b] ; " + "# ".join(lines) + "  " + "  ".join(lines)
    )
    (tmp_path / "team").write_text(team + "".join(planter.profiles("r", "a")), encoding="utf-8")
    vault.secrets = planter.secrets
    codes = [vault.run("import", "--check", str(tmp_path / "team"), *f).code for f in CHECKED]
    assert (codes, vault.leaks()) == ([1, 1, 1], [])
    assert "`aws_session_token` is a secret" in vault.said[0]


@pytest.mark.parametrize("kind", ["file", "web"])
def test_no_secret_of_a_team_s_file_is_shown(
    kind: str, vault: Vault, tmp_path: Path, serve: Callable[[bytes, str | None], str]
) -> None:
    vault.replant("")
    planter = Planter(place="config")
    team = planter.team_file(s.ADMIN_ROLE.arn, "keys")
    file = tmp_path / "team.ini"
    file.write_text(team, encoding="utf-8")
    place = planter.plant("address", "/x/{0}/y;{1}?k={2}&{3}")
    source = str(file) if kind == "file" else serve(team.encode(), None) + place
    vault.secrets = planter.secrets
    as_json = ["--output", "json"]
    checked = [vault.run("import", "--check", source, *form).code for form in CHECKED]
    assert (checked, vault.leaks()) == ([1, 1, 1], [])
    assert vault.run("import", source).code == 3
    # whoever agrees to run a program sees its arguments, but for those with the name of a secret
    asked = {"config:credential_process 1", "config:mfa_process 0"}
    assert {name for name, _ in vault.leaks()} == asked
    vault.said.clear()
    if kind == "web":  # from here on they are alike
        ended = vault.run("import", source, "--trust", "--verbose")
        assert (ended.code, vault.leaks()) == (1, [])
        return
    codes = [
        vault.run("import", source, "--dry-run", "--trust", "--verbose").code,
        vault.run("import", source, "--dry-run", "--trust", *as_json).code,
        vault.run("import", source, "--trust").code,
    ]
    for path, old, new in (
        (vault.home.config_file, "127.0.0.1:9/x", "127.0.0.1:9/mine"),
        (file, "127.0.0.1:9/x", "127.0.0.1:9/theirs"),
    ):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    codes += [
        vault.run("import", "--dry-run", "--trust").code,
        vault.run("import", "--trust").code,
        vault.run("import", "--trust", *as_json).code,
        vault.run("check", *as_json).code,
        vault.run("import", "--trust", "--force").code,
        vault.run("undo", "--dry-run").code,
        vault.run("undo", *as_json).code,
    ]
    assert codes == [*[1] * 8, 0, 0]
    assert vault.leaks() == []


def _section_of(name: str, settings: Mapping[str, str]) -> str:
    return section(f"profile {name}", {"role_arn": s.EQUALS_ROLE.arn, **settings})


def test_no_secret_passes_through_a_child_or_another_file(vault: Vault, tmp_path: Path) -> None:
    skip_without_strace()
    team, log = tmp_path / "team.ini", tmp_path / "trace"
    team.write_text(TEAM, encoding="utf-8")
    trace = ["strace", "-f", "-y", "-s", "65536", "-e", "trace=execve,write,pwrite64,writev"]
    runs = (["check", *code(0)], code(1), ["import", str(team), "--source-profile", "keys"])
    seen = []
    for arguments in runs:
        command = [*trace, "-o", str(log), installed("sync-profiles"), *arguments]
        vault.home.run_command(command)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        # the first execve is the command line itself, with the code that a person typed
        first = next(number for number, line in enumerate(lines) if " execve(" in line)
        after = [line for line in lines[first + 1 :] if is_written_or_run(line)]
        programs = {line.split()[0] for line in after if " execve(" in line}
        # what a program of the person's writes is its answer to us
        seen += [line for line in after if " execve(" in line or line.split()[0] not in programs]
    assert any(" execve(" in line for line in seen)
    assert any(" write(" in line for line in seen)
    # each where it was planted: in the config file, and in the program's command line
    aws = f"<{vault.home.path}/.aws/"
    own = {"config:key": (aws,), "config:password": (aws, "program.py")}
    found = {
        (name, line[:200])
        for name, secret in {**vault.secrets, **vault.issued}.items()
        for line in seen
        if shows(line, secret) and not any(place in line for place in own.get(name, ()))
    }
    assert found == set()


def is_written_or_run(line: str) -> bool:
    """Say whether a line of a trace starts a program, or writes to what is no socket."""
    return (
        " execve(" in line or re.search(r" p?write(?:64|v)?\(\d+<(?!socket|TCP)", line) is not None
    )


def quoting(asked: Asked) -> Iterator[tuple[str, str]]:
    """Yield refusals, codes and messages, that quote all that was sent."""
    lines = (line.partition(": ") for line in asked.head.splitlines())
    headers = {name.lower(): value for name, _, value in lines}
    signed = headers.get("authorization", "none")
    token = headers.get("x-amz-security-token", "none")
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


def test_no_secret_leaks_if_a_proxy_is_dead(vault: Vault) -> None:
    proxy = {"http_proxy": f"http://me:{PASSWORD}@127.0.0.1:9", "no_proxy": ""}
    proxy["AWS_ENDPOINT_URL"] = "http://sts.example.invalid"
    vault.replant(role_profile("p", s.ADMIN_ROLE.arn, "keys"))
    assert vault.run("--verbose", **proxy).code == 3
    assert vault.run("check", "--output", "json", **proxy).code == 3
    assert vault.run("explain", "p", **proxy).code == 1
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
    planter = Planter(place="config")
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
    ended = vault.run("--verbose")
    assert ended.code == 3
    (log,) = vault.home.path.glob("sync-profiles-*.log")
    assert str(library) in log.read_text(encoding="utf-8")
    found = vault.leaks()
    assert [leak for leak in found if leak[1] != "command lines"] == []


def test_no_secret_of_any_setting_is_in_the_log_of_a_crash(vault: Vault) -> None:
    planter = Planter(place="config")
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
