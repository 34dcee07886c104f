"""No command prints control characters from files, from AWS or from the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from e2e import Ended, Home, acting, finish, role_profile, section
from examples import DATA
from rough_sts import Asked, Behave, RoughSts, good_answer, refusing
from sync_profiles.sandbox import story as s
from sync_profiles.terminal.options import FORMATS

ESCAPES = "\x1b[2J\x1b]52;c;eA==\x07\x1b]8;;http://x\x07\x9b31m\x08"
BIDI = "\u202a\u202e\u2066\u2069\u200b\u200f\ufeff\u2028"
#: what XML may carry of it; markup shows as it is
ANSWERED = f"{BIDI}\x9b31m [bold]x[/bold] [link=http://x]y[/link] `q`"
EVIL = f"a{ESCAPES}{BIDI}[bold]x[/bold]"
LINES = f"{EVIL}\nerror: b"


@pytest.fixture
def rough() -> Iterator[RoughSts]:
    with RoughSts(refusing("AccessDenied", ANSWERED, status=403)) as running:
        yield running


@pytest.fixture
def evil_home(home_with_keys: Home, rough: RoughSts) -> Home:
    """Return a home whose every name does what it can, and an AWS that does too."""
    role = {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys", "region": "us-east-1"}
    config = [
        role_profile("arn", f"arn:aws:iam::222222222222:role/{EVIL}", "keys"),
        role_profile("name", s.ADMIN_ROLE.arn, "keys", role_session_name=EVIL),
        role_profile("source", s.ADMIN_ROLE.arn, EVIL),
        role_profile("device", s.ADMIN_ROLE.arn, "keys", mfa_serial=EVIL),
        role_profile("region", s.ADMIN_ROLE.arn, "keys", region=EVIL),
        role_profile("id", s.ADMIN_ROLE.arn, "keys", external_id=EVIL),
        role_profile("process", s.ADMIN_ROLE.arn, "program"),
        section("profile program", {"credential_process": f"/no/{EVIL}"}),
        section(f'profile "{EVIL}"', role),
        section(f"profile two words {EVIL}", role),
    ]
    return home_with_keys.with_environment(
        AWS_ENDPOINT_URL=rough.url, TMPDIR=str(home_with_keys.path)
    ).write("".join(config))


WORDS = {"EVIL": EVIL, "BIDI": BIDI, "LINES": LINES}
RUNS = (DATA / "hostile_lines.txt").read_text("utf-8").splitlines()[1:]
RUNS += [f"1 check --verbose --output {form}" for form in FORMATS["check"][""]]


@pytest.mark.parametrize("run", RUNS)
def test_no_control_characters_reach_the_terminal(run: str, evil_home: Home) -> None:
    code, *arguments = run.split()
    for word, meaning in WORDS.items():
        arguments = [argument.replace(word, meaning) for argument in arguments]
    ended = evil_home.run(*arguments)
    assert acting(ended) == []
    assert ended.code == int(code)
    assert "\nerror: b" not in ended.stderr


def test_an_undo_is_reported_without_control_characters(evil_home: Home) -> None:
    assert evil_home.run("--no-test").code == 1
    records = sorted((evil_home.path / ".aws" / "sync-profiles").glob("*.json"))
    assert records
    record = json.loads(records[0].read_text(encoding="utf-8"))
    records[0].write_text(json.dumps({**record, "command": EVIL}), encoding="utf-8")
    for arguments in (["undo", "--list"], ["undo", "--list", "--output", "json"], ["undo"]):
        assert acting(evil_home.run(*arguments)) == []


def test_a_team_file_is_reported_without_control_characters(
    evil_home: Home, tmp_path: Path
) -> None:
    # Windows has no such names
    name = f"team{ESCAPES.replace('/', '')}{BIDI}.ini" if os.name == "posix" else "team.ini"
    team = tmp_path / name
    evil_home.write("")
    for text in (
        role_profile(f'"{EVIL}"', s.ADMIN_ROLE.arn, "base"),
        f"[profile x]\ncredential_process = {EVIL}\n",
        f"[{EVIL}]\n",
        f"[profile x]\n{EVIL} = {EVIL}\n",
    ):
        team.write_text(text, encoding="utf-8")
        for more in (["--output", "json"], ["--verbose"]):
            ended = evil_home.run("import", str(team), "--source-profile", "keys", *more)
            assert acting(ended) == []


@pytest.mark.skipif(os.name != "posix", reason="terminals are of POSIX")
def test_a_successful_import_is_reported_without_control_characters(
    evil_home: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team.ini"  # it has no such characters, or it is refused; the own file may
    evil_home.write(f"[profile own]\n# {EVIL}\nregion = {EVIL}\n")
    text = role_profile("team", s.ADMIN_ROLE.arn, "keys")
    team.write_text(text, encoding="utf-8")
    home = evil_home.with_environment(TERM="dumb")  # else what is ours may act, too
    for more in (["-n"], [], ["--force"]):
        ended = home.run_on_terminal("import", str(team), "--no-sync", *more)
        assert acting(replace(ended, stdout=ended.stdout.replace("\r\n", "\n"))) == []
        assert "x1b[2J" in ended.stdout or "-n" not in more
    assert "[profile team]" in evil_home.config_file.read_text(encoding="utf-8")


def test_a_source_with_any_name_is_reported_without_control_characters(evil_home: Home) -> None:
    for name in (EVIL, BIDI):
        keys_of_it = section(f'profile "{name}"', s.WORK_API.credentials.settings())
        evil_home.write(keys_of_it + role_profile("p", s.ADMIN_ROLE.arn, name))
        for arguments in (["check", "--verbose"], ["explain", "p"]):
            ended = evil_home.run(*arguments)
            assert acting(ended) == []
            # where the problem of the file explains the row, it names the character alone
            assert ascii(name)[1:9] in ended.stdout or "(U+202A)" in ended.stdout
            assert "should not have happened" not in ended.stderr


def calling_itself(name: str) -> Behave:
    """Return what answers GetCallerIdentity with a user of a name."""

    def answer(asked: Asked) -> None:
        asked.answer(good_answer(asked).replace(s.WORK_API.arn, f"{s.WORK_API.arn}{name}"))

    return answer


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(calling_itself(ANSWERED), id="a caller's ARN"),
        pytest.param(calling_itself(BIDI), id="a caller's ARN of odd letters"),
        pytest.param(refusing(ANSWERED, "no", status=403), id="a code"),
        pytest.param(refusing("AccessDenied", ANSWERED, status=403), id="a message"),
        pytest.param(refusing("Odd", ANSWERED, status=400), id="an unknown refusal's message"),
    ],
)
def test_the_caller_is_shown_without_control_characters(behave: Behave, evil_home: Home) -> None:
    evil_home.write(role_profile("p", s.ADMIN_ROLE.arn, "keys"))
    with RoughSts(behave, actions=frozenset({"GetCallerIdentity"})) as rough:
        home = evil_home.with_environment(AWS_ENDPOINT_URL=rough.url)
        for arguments in (["check", "--verbose"], ["check", "--quiet"], ["explain", "p"], ["-n"]):
            ended = home.run(*arguments)
            assert acting(ended) == []
            assert "should not have happened" not in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="terminals are of POSIX")
def test_no_code_is_asked_for_a_device_with_control_characters(evil_home: Home) -> None:
    evil_home.write(role_profile("p", s.ADMIN_ROLE.arn, "keys", mfa_serial=EVIL))
    child = evil_home.with_environment(TERM="dumb").start_on_terminal("explain")
    said = finish(child).stdout.replace("\r\n", "\n")
    assert "MFA code for" not in said
    assert r"\x1b[2J" in said
    assert acting(Ended(code=0, stdout=said, stderr="")) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_crash_is_reported_without_control_characters(evil_home: Home, tmp_path: Path) -> None:
    (tmp_path / "filelock.py").write_text(f"raise type({EVIL!r}, (Exception,), {{}})({EVIL!r})")
    ended = evil_home.with_environment(PYTHONPATH=str(tmp_path)).run("--no-test")
    assert (ended.code, acting(ended)) == (3, [])
    assert "unexpected error" in ended.stderr
