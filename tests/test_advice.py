"""What a row or a note advises where more than one run, or another program, is needed."""

from __future__ import annotations

import re
import shlex
from contextvars import copy_context
from pathlib import Path

import pytest

from e2e import Home, in_posix_shell, installed, keys, role_profile
from sync_profiles.sandbox import story as s
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.shell import remember, with_run_options
from sync_profiles.text import shell_word

USER = s.WORK_API.credentials
KEYS = keys("default", s.WORK_API.credentials)
HEAD = "[profile p]\nregion = us-east-1\n"
ROLE = f"role_arn = {s.ADMIN_ROLE.arn}\n"
SOURCE = "source_profile = default\n"
NAMED = HEAD + ROLE + SOURCE + "role_session_name = work_api\n"
DEVICE = "mfa_serial = arn:aws:iam::111111111111:mfa/mfa_user"


def test_the_hint_names_the_sync_that_fixes_what_was_checked(empty_home: Home) -> None:
    named = role_profile("named", s.NAMES_ROLE.arn, "keys", role_session_name="mallory")
    named += role_profile("left", s.ADMIN_ROLE.arn, "keys")
    keyed_home = empty_home.write(credentials=keys("keys", USER))
    other = keyed_home.path / "other config"
    other.write_text(named, encoding="utf-8")
    options = ["--config-file", "other config", "--session-name", "alice", "-p", "name*"]
    config, names = shell_word("other config"), shell_word("name*")
    command = f"sync-profiles --config-file {config} --session-name alice --profile {names}"

    ended = keyed_home.run("check", *options, "--output", "json")
    assert ended.column("verdict") == {"named": "fixable"}
    assert ended.column("hint") == {"named": f"run `{command}`"}
    shown = keyed_home.with_environment(COLUMNS="200").run("check", *options).stdout
    assert f"`{command}` fixes these (1)\n" in shown

    _, *arguments = shlex.split(command)
    assert keyed_home.run_json(*arguments).column("verdict") == {"named": "accepted"}


@pytest.mark.parametrize("source", ["default", "o'brien"])
def test_the_hint_at_a_missing_source_profile_configures_it(empty_home: Home, source: str) -> None:
    home = empty_home.write(HEAD + ROLE + f"source_profile = {source}\n", "")
    _, command, _ = home.run_json("--dry-run").profiles["p"]["hint"].split("`", 2)
    program, *arguments = shlex.split(command)
    answers = f"{USER.access_key_id}\n{USER.secret_access_key}\n\n\n"
    assert home.run_command([installed(program), *arguments], input_text=answers).code == 0
    assert home.run_json().accepted == {"p"}


def test_a_plugin_that_the_aws_cli_cannot_load_stops_every_profile(empty_home: Home) -> None:
    config = "[default]\noutput = json\n[plugins]\nmine = my_plugin\n" + NAMED
    home = empty_home.write(config, KEYS)
    (home.path / "my_plugin.py").write_text("def awscli_initialize(cli): pass\n", encoding="utf-8")
    call = ("sts", "get-caller-identity", "--profile", "p")

    checked = home.run("check", "-p", "p", "--output", "json")
    assert home.run_aws(*call).code != 0
    (problem,) = checked.report["problems"]
    assert (problem["code"], problem["line"]) == ("plugin-unusable", 4)
    assert "No module named 'my_plugin'" in problem["message"]
    for ended in (checked, home.run_json()):
        row = ended.profiles["p"]
        assert (row["verdict"], row["cause"]) == ("rejected", "setting-invalid")
        assert row["message"] == problem["message"]
        assert row["hint"] == problem["hint"]

    installed = home.with_environment(PYTHONPATH=str(home.path))
    assert installed.run_aws(*call).code == 0
    assert installed.run_json().accepted == {"p"}
    without_aws = home.with_environment(PATH=str(home.path))
    assert without_aws.run_json().accepted == {"p"}
    assert home.run("check", "--no-test", "--output", "json").report["problems"] == []
    assert home.write(config.replace("mine = my_plugin\n", "")).run_json().accepted == {"p"}


@pytest.mark.parametrize(
    ("blocking", "content", "cause"),
    [
        ("cli/alias", "me = sts get-caller-identity\n", "line 1: text comes before the first"),
        ("cli/alias", "[toplevel]\nf = !f() {\n  true\n}; f\n", "line 4: the line has no `=`"),
        ("cli/alias", None, "which is not a file"),
        ("cli", "", "which is not a directory"),
        ("cli/cache", "", "which is not a directory"),
    ],
)
def test_a_file_of_its_own_that_stops_the_aws_cli_stops_every_profile(
    blocking: str, content: str | None, cause: str, empty_home: Home
) -> None:
    home = empty_home.write(NAMED, KEYS)
    file = home.config_file.parent / blocking
    file.parent.mkdir(exist_ok=True)
    if content is None:
        file.mkdir()
    else:
        file.write_text(content, encoding="utf-8")

    call = ("sts", "get-caller-identity", "--profile", "p")
    assert home.run_aws(*call).code != 0
    row = home.run_json().profiles["p"]
    assert (row["verdict"], row["cause"]) == ("rejected", "setting-invalid")
    assert cause in row["message"].replace(f"cache`: `{file}`", "cache`, which")
    assert "rename" in row["hint"]

    without_aws = home.with_environment(PATH=str(home.path))
    assert without_aws.run_json().accepted == {"p"}
    file.rename(file.with_name("old"))
    assert home.run_aws(*call).code == 0
    assert home.run_json().accepted == {"p"}


def test_a_code_that_was_used_is_not_for_the_next_command(empty_home: Home) -> None:
    config = HEAD + f"role_arn = {s.MFA_ROLE.arn}\n{SOURCE}{DEVICE}\n"
    home = empty_home.write(config, keys("default", s.MFA_USER.credentials))
    used = home.run_json("--mfa-code", "000001")
    assert used.report["notes"] == [
        "the MFA code is used up: the next `aws` command needs a fresh one"
    ]
    assert home.working_profiles(["p"], mfa_codes=["000001"]) == set()
    assert home.working_profiles(["p"], mfa_codes=["000002"]) == {"p"}
    assert home.run_json("--mfa-code", "000002").report["notes"] == []


GONE = HEAD + f"role_arn = {s.ADMIN_ROLE.arn.replace('admin', 'gone')}\n" + SOURCE
NAMELESS = HEAD + ROLE + "source_profile = keys\n"


@in_posix_shell
@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        (GONE, "check"),
        (GONE, "check --output markdown"),
        (GONE + GONE.replace("profile p", "profile q"), "explain"),
        (NAMED.replace("work_api", "other"), "check"),
        (NAMED.replace("work_api", "other"), "check --output json"),
        (NAMELESS, "check"),
        (NAMELESS, "check --output json"),
        ("", "check"),
        ("", "explain"),
        ("", "import"),
    ],
)
def test_each_command_that_is_advised_is_for_the_files_and_the_name_of_the_run(
    config: str, arguments: str, empty_home: Home
) -> None:
    own, own_keys = empty_home.path / "own config", empty_home.path / "own.keys"
    own.write_text(config)
    own_keys.write_text(KEYS)
    options = f"--config-file '{own}' --credentials-file {own_keys} --session-name work_api"
    wide = empty_home.with_environment(COLUMNS="999")
    ended = wide.run(*arguments.split(), *shlex.split(options))
    printed = ended.stdout + ended.stderr
    options = options.replace(f"{empty_home.path}/own.", "~/own.").replace(
        f"'{own}'", "~/'own config'"
    )
    variables = "AWS_CONFIG_FILE=~/'own config' AWS_SHARED_CREDENTIALS_FILE=~/own.keys aws "
    advised = re.findall("`([^`]*(?:sync-profiles|aws )[^`]*)`", printed)
    assert advised
    for line in advised:
        assert options in line or line.startswith(variables), line


def test_commands_with_variables_are_for_powershell_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "win32")

    def advised() -> str:
        remember("check", Options(config_file=Path("its config")))
        return with_run_options("run `aws sso login`")

    assert copy_context().run(advised) == "run `$env:AWS_CONFIG_FILE = 'its config'; aws sso login`"


def test_a_name_that_looks_like_a_command_is_left_as_it_is(empty_home: Home) -> None:
    config = empty_home.path / "own"
    config.write_text(NAMED.replace("work_api", "sync-profiles"))
    empty_home.write("", KEYS)
    ended = empty_home.run("check", "--config-file", str(config))
    assert "refused as `sync-profiles`" in " ".join(ended.stdout.split())
