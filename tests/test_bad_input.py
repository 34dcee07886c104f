"""Mistakes of the user's: an error with file and line, an exit code, and unchanged files."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.fake_keys import Credentials
from sync_profiles.sandbox.world import Role, RoleSession

EXPIRED = RoleSession(
    role=Role(name="runner", account_id="111111111111"),
    session_name="old",
    lifetime=timedelta(minutes=-1),
)
GOOD = role_profile("default", s.ADMIN_ROLE.arn, "keys")  # lines 1 to 4, and a blank one
UNREADABLE = "the AWS CLI cannot read the config file at all"
WRONG_SECRET = Credentials(
    access_key_id=s.WORK_API.credentials.access_key_id, secret_access_key="x" * 40
)


@pytest.fixture
def world() -> World:
    return World(users=s.STORY.users, roles=s.STORY.roles, sessions=(EXPIRED,))


@pytest.fixture
def bad_home(empty_home: Home) -> Home:
    """Return a home with one correct profile."""
    return empty_home.write(GOOD, keys("keys", s.WORK_API.credentials))


def message(home: Home, text: str) -> str:
    """Return the text on stderr; `~` is the home."""
    return text.replace("~", str(home.path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            b"\xef\xbb\xbf" + GOOD.encode(),
            f"error: ~/.aws/config, line 1: the file starts with a byte order mark: {UNREADABLE}\n"
            "hint: save it as UTF-8 without BOM\n",
            id="a byte order mark",
        ),
        pytest.param(
            f"{GOOD}[profile a]\n[default]\n",
            "error: ~/.aws/config, line 7: section `[default]` appears twice, first in line 1: "
            f"{UNREADABLE}\nhint: merge the two sections into one\n",
            id="a section that appears twice",
        ),
        pytest.param(
            f"{GOOD}region = eu-west-1\n",
            "error: ~/.aws/config, line 6: `region` appears twice in section `[default]`, "
            f"first in line 4: {UNREADABLE}\nhint: remove one of the two lines\n",
            id="an option that appears twice",
        ),
        pytest.param(
            f"{GOOD}hunter2\n",
            "error: ~/.aws/config, line 6: the line has no `=`, in section `[default]`: "
            f"{UNREADABLE}\n"
            "hint: write `key = value`, make it a comment with `#`, or remove the line\n",
            id="a line without a delimiter, which is not quoted",
        ),
        pytest.param(
            f"hunter2\n{GOOD}",
            "error: ~/.aws/config, line 1: text comes before the first section: "
            f"{UNREADABLE}\n"
            "hint: put a header such as `[default]` above it, or remove it\n",
            id="a text before the first section",
        ),
        pytest.param(
            f"{GOOD}oops\noops\noops\n",
            "error: ~/.aws/config, line 6: the line has no `=`, in section `[default]`: "
            f"{UNREADABLE}\n"
            "hint: write `key = value`, make it a comment with `#`, or remove the line; "
            "`sync-profiles check` lists all its problems\n",
            id="more than one thing",
        ),
        pytest.param(
            GOOD.encode() + b"# caf\xe9\n",
            "error: byte 0xe9 is not UTF-8 (config, line 6)\n"
            "hint: the AWS CLI cannot read this file at all: save `~/.aws/config` as UTF-8\n",
            id="another encoding",
        ),
    ],
)
def test_a_text_that_botocore_cannot_read_ends_the_run(
    text: str | bytes, words: str, bad_home: Home
) -> None:
    bad_home.write(text)
    before = bad_home.footprint()
    ended = bad_home.run_json()
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", message(bad_home, words))
    assert bad_home.footprint() == before


# what else is not a file, and each file that cannot be read: test_config_file.py
def test_a_directory_in_place_of_the_file_ends_the_run(bad_home: Home) -> None:
    bad_home.config_file.unlink()
    bad_home.config_file.mkdir()
    ended = bad_home.run_json()
    words = (
        "error: `~/.aws/config` is a directory, not a file\n"
        "hint: move it away, or name another file\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", message(bad_home, words))


def test_without_any_file_the_run_says_how_to_begin(bad_home: Home) -> None:
    shutil.rmtree(bad_home.path / ".aws")
    ended = bad_home.run()
    words = (
        "error: there is no config file `~/.aws/config`\n"
        "hint: run `aws configure` for your keys and `sync-profiles import SOURCE` for your team's "
        "profiles, or name another file with `--config-file`\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", message(bad_home, words))
    assert not (bad_home.path / ".aws").exists()


def test_a_credentials_file_that_botocore_cannot_read_ends_the_run(bad_home: Home) -> None:
    twice = keys("keys", s.WORK_API.credentials) * 2
    bad_home.write(credentials=twice)
    ended = bad_home.run_json()
    assert (ended.code, ended.stdout) == (3, "")
    assert message(bad_home, "error: ~/.aws/credentials, line 5: section `[keys]`") in ended.stderr
    assert s.WORK_API.credentials.secret_access_key not in ended.stderr


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        pytest.param(
            "nobody",
            "error: no profile with a role matches `nobody`\n"
            "hint: run `aws configure list-profiles` to see the names\n",
            id="an unknown profile",
        ),
        pytest.param(
            "defualt",
            "error: no profile with a role matches `defualt`\n"
            "hint: there is `default`; run `aws configure list-profiles` to see the names\n",
            id="a mistyped profile",
        ),
        pytest.param(
            "keys",
            "error: profile `keys` assumes no role\nhint: name a profile that has a `role_arn`\n",
            id="a profile without a role",
        ),
        pytest.param(
            "\x1b[31m*",
            "error: no profile with a role matches `\\x1b[31m*`\n"
            "hint: run `aws configure list-profiles` to see the names\n",
            id="a pattern that would paint the screen",
        ),
    ],
)
def test_a_selection_without_a_profile_ends_the_run(
    pattern: str, words: str, bad_home: Home
) -> None:
    before = bad_home.footprint()
    ended = bad_home.run_json("--profile", "default", "--profile", pattern)
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)
    assert bad_home.footprint() == before


@pytest.mark.parametrize(
    ("credentials", "endpoint_url", "verdict", "cause"),
    [
        pytest.param(EXPIRED.credentials, None, "rejected", "credentials-expired", id="expired"),
        pytest.param(WRONG_SECRET, None, "rejected", "secret-key-wrong", id="a wrong secret"),
        pytest.param(
            s.WORK_API.credentials, "http://127.0.0.1:9", "unknown", "network", id="no network"
        ),
    ],
)
def test_without_any_caller_the_run_could_not_be_done(
    credentials: Credentials,
    endpoint_url: str | None,
    verdict: str,
    cause: str,
    bad_home: Home,
) -> None:
    bad_home.write(credentials=keys("keys", credentials))
    if endpoint_url is not None:
        bad_home = bad_home.with_environment(AWS_ENDPOINT_URL=endpoint_url)
    before = bad_home.footprint()
    ended = bad_home.run_json()
    assert ended.code == 3
    assert ended.stderr == (
        "error: no source has an identity: nothing could be tested\n"
        "hint: fix one of the sources, then run again\n"
    )
    (caller,) = ended.report["callers"]
    assert (caller["arn"], caller["cause"]) == (None, cause)
    assert ended.column("verdict") == {"default": verdict}
    assert ended.column("cause") == {"default": cause}
    assert bad_home.footprint() == before
    assert credentials.secret_access_key not in ended.stdout


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x", id="one character"),
        pytest.param("two words", id="two words"),
        pytest.param("Zoë", id="a letter outside ASCII"),
        pytest.param("x" * 65, id="too long"),
        pytest.param("${aws:userid}", id="another variable"),
    ],
)
def test_a_text_that_cannot_be_a_session_name_is_wrong_usage(name: str, bad_home: Home) -> None:
    before = bad_home.footprint()
    ended = bad_home.run("--session-name", name)
    words = (
        f"error: `--session-name {name}` cannot be a session name\n"
        "hint: use 2 to 64 of `A-Z a-z 0-9 _+=,.@-`, and `${aws:username}`\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (2, "", words)
    assert bad_home.footprint() == before


@pytest.mark.parametrize("code", ["12345", "1234567", "hunter2", "\uff11" * 6])
def test_a_wrong_mfa_code_is_refused_and_not_echoed(code: str, bad_home: Home) -> None:
    ended = bad_home.run("--mfa-code", code)
    words = "error: `--mfa-code` is not an MFA code\nhint: enter six digits\n"
    assert (ended.code, ended.stdout, ended.stderr) == (2, "", words)


@pytest.mark.parametrize("text", ["", "[default]\nregion = us-east-1\n"], ids=["empty", "no role"])
def test_a_config_without_a_role_is_no_failure(text: str, bad_home: Home) -> None:
    bad_home.write(text)
    before = bad_home.footprint()
    ended = bad_home.run()
    words = (
        "no profile in ~/.aws/config assumes a role: nothing to do\n"
        "hint: run `sync-profiles import SOURCE` to import your team's profiles\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (0, words, "")
    assert bad_home.run_json().report["profiles"] == []
    assert bad_home.footprint() == before
