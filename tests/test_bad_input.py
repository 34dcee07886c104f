"""Unreadable or missing files: an error with its place, and no changes."""

from __future__ import annotations

import pytest

from e2e import Home, role_profile, section
from examples import for_this_shell, rows
from sync_profiles.sandbox import story as s

GOOD = role_profile("default", s.ADMIN_ROLE.arn, "keys")  # lines 1 to 4, and a blank one

PERSON = {"sso_session": "corp", "sso_account_id": "111111111111", "sso_role_name": "Reader"}


@pytest.fixture
def bad_home(work_home: Home) -> Home:
    """Return a home with one correct profile."""
    return work_home.write(GOOD)


@pytest.mark.parametrize(
    ("pattern", "error", "hint"),
    rows("no_selection.txt"),
)
def test_a_selection_without_a_profile_ends_the_run(
    pattern: str, error: str, hint: str, bad_home: Home
) -> None:
    others = section("ignored", {"region": "us-east-1"}) + section("profile person", PERSON)
    bad_home.write(GOOD + others)
    before = bad_home.footprint()
    ended = bad_home.run_json("--profile", "default", "--profile", pattern)
    words = f"error: {error}\nhint: {for_this_shell(hint)}\n"
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)
    assert bad_home.footprint() == before
