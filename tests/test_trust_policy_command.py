"""`trust-policy --check` as a command: where a policy is read from, what is printed, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, Role, User

ADMINISTRATOR = User(name="root_admin", account_id="222222222222", policies=(ALLOW_EVERYTHING,))
READER = Role(name="reader_role", trust=s.trust(), policies=(ALLOW_EVERYTHING,))
RIGHT = json.dumps(s.trust(condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}}))
WRONG = RIGHT.replace("${", "$${").replace('"Principal"', '\n"Principal"')
ADMITTED = "IAM users of account `111111111111` get in under their own user name only\n"


@pytest.fixture
def world() -> World:
    roles = (READER, s.ADMIN_ROLE, s.OPEN_ROLE, s.STRANGERS_ROLE)
    return World(users=(s.WORK_API, ADMINISTRATOR), roles=roles)


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home whose profile `reader` may read roles, and `admin` may not be assumed."""
    config = role_profile("reader", READER.arn, "keys")
    config += role_profile("theirs", s.STRANGERS_ROLE.arn, "keys")
    credentials = keys("keys", s.WORK_API.credentials) + keys("own", ADMINISTRATOR.credentials)
    return empty_home.write(config, credentials).with_environment(COLUMNS="200")


def test_a_good_policy_says_who_gets_in_and_what_it_refuses(laptop: Home) -> None:
    ended = laptop.run("trust-policy", "--check", "-", input_text=RIGHT)
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"{ADMITTED}"
        "   refused: `cdk deploy`, which is `aws-cdk-…`\n"
        "   refused: `aws eks get-token --role-arn`, which is `EKSGetTokenAuth`\n"
        "   refused: Terraform's `assume_role` without `session_name`, which is `aws-go-sdk-…`\n"
    )


def test_a_wrong_policy_comes_with_the_place_and_the_corrected_policy(
    laptop: Home, tmp_path: Path
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(WRONG, encoding="utf-16")
    ended = laptop.run("trust-policy", "--check", str(file))
    assert ended.code == 1
    place = '$.Statement[0].Condition.StringLike["sts:RoleSessionName"]'
    head, _, corrected = ended.stdout.partition("\nthe corrected policy\n")
    assert head.startswith(f"no one gets in\n\ntemplate-escape (line 2) at {place}\n   `$${{` is")
    assert json.loads(corrected) == json.loads(RIGHT)
    report = laptop.run("trust-policy", "--check", str(file), "--output", "json").report
    assert report.keys() >= {"version", "command", "admits", "refuses", "findings", "corrected"}
    (finding,) = report["findings"]
    assert (finding["code"], finding["path"], finding["line"]) == ("template-escape", place, 2)
    assert finding["fixed"] == json.loads(RIGHT)["Statement"][0]


@pytest.mark.parametrize("profile", ["reader", "own"])
def test_the_policy_of_a_role_is_read_with_a_profile(profile: str, laptop: Home) -> None:
    check = ["trust-policy", "--check", "--profile", profile, "--role"]
    ended = laptop.run(*check, s.ADMIN_ROLE.arn)
    assert (ended.code, ended.stdout.splitlines(keepends=True)[0]) == (0, ADMITTED)
    assert laptop.run(*check, s.OPEN_ROLE.arn).code == 1
    missing = "arn:aws:iam::222222222222:role/no_role"
    ended = laptop.run(*check, missing)
    assert (ended.code, ended.stdout) == (3, "")
    list_roles = f"iam list-roles --profile {profile}`\n"
    assert ended.stderr == (
        f"error: the role `{missing}` does not exist\n"
        f"hint: list the roles of account 222222222222 with `aws {list_roles}"
    )
    elsewhere = laptop.config_file.rename(laptop.config_file.with_name("other config"))
    hint = laptop.run(*check, missing, "--config-file", str(elsewhere)).stderr.split("\n", 1)[1]
    assert hint.endswith(f" with `AWS_CONFIG_FILE=~/'.aws/other config' aws {list_roles}")


REFUSED = [
    pytest.param(["no-such-file"], 3, "`no-such-file` cannot be read", id="a missing file"),
    pytest.param([], 2, "there is no policy to check", id="nothing to check"),
    pytest.param(["--role", s.OPEN_ROLE.arn], 2, "there is no policy", id="a role alone"),
    pytest.param(["x", "--role", s.OPEN_ROLE.arn], 2, "exclude each other", id="file and role"),
    pytest.param(["-", "--identity"], 2, "`--check` writes no policy", id="checking and writing"),
    pytest.param(
        ["--role", s.OPEN_ROLE.arn, "--profile", "theirs"],
        3,
        "no profile may read the role",
        id="a profile that is refused",
    ),
    pytest.param(
        ["--role", "arn:aws:iam::111111111111:role/r", "--profile", "keys"],
        3,
        "is not authorized to perform: iam:GetRole",
        id="a profile that may not read roles",
    ),
    pytest.param(
        ["--role", s.OPEN_ROLE.arn, "--profile", "keys"],
        3,
        "hint: name one of account 222222222222 that may `iam:GetRole`",
        id="a profile of another account",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "words"), REFUSED)
def test_what_cannot_be_checked_is_an_error(
    arguments: list[str], code: int, words: str, laptop: Home
) -> None:
    ended = laptop.run("trust-policy", "--check", *arguments)
    assert (ended.code, ended.stdout) == (code, "")
    assert words in ended.stderr


def test_a_file_alone_is_no_request_to_write(laptop: Home) -> None:
    ended = laptop.run("trust-policy", "policy.json")
    assert ended.code == 2
    assert ended.stderr.endswith("hint: to check it, use `--check policy.json`\n")


def test_ten_megabytes_are_no_policy(laptop: Home, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"[" * 10_000_000)
    ended = laptop.run("trust-policy", "--check", str(file))
    assert (ended.code, ended.stdout) == (3, "")
    assert "has more than 64 KiB" in ended.stderr


@pytest.mark.parametrize("text", ["", "hello", "{}", "[[", "null", '{"Statement": 1}', "\udcff\0"])
def test_what_is_no_policy_is_a_finding(text: str, laptop: Home) -> None:
    data = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    ended = laptop.run("trust-policy", "--check", "-", "--output", "json", input_text=data)
    assert ended.code == 1
    assert {one["code"] for one in ended.report["findings"]} <= {"not-json", "not-a-policy"}
    assert ended.report["findings"]
