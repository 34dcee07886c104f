"""No secret leaks: nothing printed, logged, written or started contains one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from e2e import installed, role_profile, section
from examples import parts
from fault_injection import skip_without_strace
from planted import KNOWN, Planter
from rounds import ALL_ROUNDS
from sync_profiles.sandbox import story as s
from sync_profiles.terminal.options import FORMATS
from vault import PASSWORD, TEAM, Vault, code, shows

VERBOSITIES = [["--verbose"], *([["--output", "json"], ["--quiet"], []] if ALL_ROUNDS else [])]


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


EXPLAINED, OTHERS = (
    text.splitlines() for text in parts("runs_with_secrets.txt")["whose profiles are explained"]
)
RUNS = [
    *(f"check --verbose --output {form}" for form in FORMATS["check"][""]),
    *(
        f"explain {name}{form}"
        for number, name in enumerate(EXPLAINED)
        for form in ("", " --output json")
        if ALL_ROUNDS or number % 2 == bool(form)
    ),
    *(f"who plain --name work_api --output {form}" for form in FORMATS["who"][""]),
    *OTHERS,
]


def test_no_secret_of_any_setting_is_shown(vault: Vault) -> None:
    planter = Planter()
    source = section("profile program", planter.other_settings())
    others = planter.other_settings() | {"source_profile": "program"}
    vault.replant(
        section("profile others", {"role_arn": s.EQUALS_ROLE.arn, **others})
        + source
        + role_profile("plain", s.OPEN_ROLE.arn, "keys")
        + "".join(planter.profiles(s.ADMIN_ROLE.arn, "keys"))
    )
    vault.secrets = planter.secrets
    codes = {run: vault.run(*run.split()).code for run in RUNS}
    # with an endpoint of its own, a profile's calls are not answered
    codes["its own"] = vault.run("explain", "p-endpoint_url", AWS_ENDPOINT_URL="").code
    assert {name: code for name, code in codes.items() if code != 1} == {
        **{name: 0 for name in codes if name.startswith("explain plain")},
        **{name: 0 for name in codes if name.startswith("undo")},
        "trust-policy --profile p-*": 3,
        "trust-policy --profile plain --output json": 0,
        **{name: 0 for name in codes if name.startswith("who plain")},
        "who p-source_profile": 3,
    }
    assert "others" in vault.said[0]
    assert vault.leaks() == []
    sent = "\n".join(unquote_plus(request.body.decode()) for request in vault.gate.received)
    glued = [each for name, each in planter.secrets.items() if "glued" in name or "below" in name]
    assert s.ADMIN_ROLE.arn in sent
    assert not any(secret in sent for secret in glued)


#: shapes of a secret key, of a session token, of a token of GitHub's and of a JSON web token
TOKENS = (
    "2wJalrXUt7nFEMI/K7MDENG0bPx9Rfi+C1YzQ5aB",
    "IQoJb3JpZ2luX2VjE" + "2wJalrXUt7nFEMI/K7MDENG0bPx9Rfi" * 4 + "==",
    "ghp_2wJalrXUt7nFEMIK7MDENG0bPx9RfiC1YzQ5",
    "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.2wJalr-XUt7n_FEMI",
)


def test_no_token_is_shown_wherever_it_is_pasted(vault: Vault, tmp_path: Path) -> None:
    vault.secrets = {f"config:token {number}": token for number, token in enumerate(TOKENS)}
    config = ""
    for number, token in enumerate(TOKENS):
        for key in (*KNOWN, "role_session_name"):
            usual = {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys", "region": "us-east-1"}
            config += section(f"profile {number}-{key}", usual | {key: token})
        config += section(f"profile {token}", {"role_arn": s.ADMIN_ROLE.arn}) + f"[{token}]\n"
    vault.replant(config)
    team = tmp_path / "team"
    team.write_text(config, encoding="utf-8")
    runs = [
        *(["check", "--verbose", "--output", form] for form in FORMATS["check"][""]),
        ["--dry-run", "--verbose"],
        *(["explain", f"0-{key}"] for key in ("role_arn", "source_profile", "mfa_serial")),
        *(["import", "--check", str(team), *form] for form in CHECKED),
        *([token] for token in TOKENS),
        *(["check", "--profile", token] for token in TOKENS),
        ["who", "0-region", "--key", TOKENS[0]],
        ["--verbose"],
        ["undo", "--dry-run"],
    ]
    for arguments in runs:
        vault.run(*arguments)
    assert "0-source_profile" in vault.said[0]
    assert vault.leaks() == []


CHECKED = [["--output", form] for form in FORMATS["import"]["--check"]]


def test_no_secret_is_shown_that_a_check_finds_in_a_team_s_file(
    vault: Vault, tmp_path: Path
) -> None:
    planter = Planter()
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
    kind: str, vault: Vault, tmp_path: Path, serve: Callable[[str], str]
) -> None:
    vault.replant("")
    planter = Planter()
    team = planter.team_file(s.ADMIN_ROLE.arn, "keys")
    file = tmp_path / "team.ini"
    file.write_text(team, encoding="utf-8")
    place = planter.plant("address", "/x/{0}/y;{1}?k={2}&{3}")
    source = str(file) if kind == "file" else serve(team) + place
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
