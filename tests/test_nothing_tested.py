"""If nothing could be tested, or is selected, the exit code is 3, and even a quiet run says why."""

from __future__ import annotations

import pytest

from e2e import Home, keys, role_profile, section
from examples import for_this_shell, rows
from sync_profiles.sandbox import story as s

GOOD = role_profile("good", s.OPEN_ROLE.arn, "keys", role_session_name="work_api")
BROKEN = role_profile("broken", s.OPEN_ROLE.arn, "nobody")
# a source whose keys AWS does not know
CALLERLESS = role_profile("callerless", s.OPEN_ROLE.arn, "stale")
WEB = "[profile web]\nrole_arn = arn:aws:iam::222222222222:role/web\nregion = us-east-1\n"
WEB += "web_identity_token_file = /token\n\n"
PERSON = {"sso_session": "corp", "sso_account_id": "111111111111", "sso_role_name": "Reader"}
BY_ACCOUNT = {"aws_account_id": "222222222222", "role_name": "dev"}
NO_IDENTITY = "error: no test was sent: no source has an identity\n"
NO_CREDENTIALS = "error: no test was sent: no profile has a source with credentials\n"


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home with good keys and with some that AWS does not know."""
    stale = "[stale]\naws_access_key_id = AKIASTALESTALESTALE1\naws_secret_access_key = x\n\n"
    return empty_home.write(credentials=keys("keys", s.WORK_API.credentials) + stale)


@pytest.mark.parametrize("arguments", [(), ("check",)], ids=["sync", "check"])
@pytest.mark.parametrize(
    ("config", "code", "said"),
    [
        pytest.param(GOOD, 0, "", id="all accepted"),
        pytest.param(GOOD + BROKEN, 1, "", id="one of two chains is broken"),
        pytest.param(GOOD + CALLERLESS, 1, "", id="one of two has no caller"),
        pytest.param(GOOD + BROKEN + CALLERLESS, 1, "", id="one of three could be tested"),
        pytest.param(BROKEN, 3, NO_CREDENTIALS, id="all are broken"),
        pytest.param(CALLERLESS, 3, NO_IDENTITY, id="none has a caller"),
        pytest.param(BROKEN + CALLERLESS, 3, NO_IDENTITY, id="broken, or without a caller"),
        pytest.param(WEB, 1, "", id="a web identity alone, which is never tested"),
        pytest.param(WEB + BROKEN, 3, NO_CREDENTIALS, id="a web identity next to a broken chain"),
    ],
)
def test_the_exit_code_shows_whether_anything_could_be_tested(
    config: str, code: int, said: str, arguments: tuple[str, ...], laptop: Home
) -> None:
    ended = laptop.write(config).run(*arguments)
    assert (ended.code, ended.stderr) == (code, said)


def test_an_offline_check_is_not_a_failed_run(laptop: Home) -> None:
    ended = laptop.write(BROKEN).run("check", "--no-test")
    assert (ended.code, ended.stderr) == (1, "")


def test_only_the_selected_profiles_count(laptop: Home) -> None:
    ended = laptop.write(GOOD + BROKEN).run("-p", "broken")
    assert (ended.code, ended.stderr) == (3, NO_CREDENTIALS)


def test_a_profile_shows_why_its_own_call_was_not_made(laptop: Home) -> None:
    unusable = role_profile("unusable", s.OPEN_ROLE.arn, "stale", region="us east 1")
    ended = laptop.write(CALLERLESS + unusable).run("check")
    assert (ended.code, ended.stderr) == (3, NO_IDENTITY)
    assert "callerless" not in ended.stdout
    assert "hint: write `region = us-east-1`" in ended.stdout


@pytest.mark.parametrize(("pattern", "error", "hint"), rows("no_selection.txt"))
def test_a_selection_without_a_profile_ends_the_run(
    pattern: str, error: str, hint: str, work_home: Home
) -> None:
    good = role_profile("default", s.ADMIN_ROLE.arn, "keys")
    others = section("ignored", {"region": "us-east-1"}) + section("profile person", PERSON)
    others += section("profile by_account", BY_ACCOUNT)
    work_home.write(good + others)
    before = work_home.footprint()
    ended = work_home.run_json("--profile", "default", "--profile", pattern)
    words = f"error: {error}\nhint: {for_this_shell(hint)}\n"
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)
    assert work_home.footprint() == before
