"""What several profiles share is printed once, and what differs for each of them.

The screens themselves are in `test_screens`.
"""

from __future__ import annotations

import re

import pytest

from e2e import Home, keys, role_profile, section
from sync_profiles.sandbox import story as s

STALE = "[stale]\naws_access_key_id = AKIASTALESTALESTALE1\naws_secret_access_key = x\n\n"
#: in turns, so that no two neighbours have the same reason
CONFIG = "".join(
    role_profile(f"old-{n}", s.ADMIN_ROLE.arn, "stale")
    + role_profile(f"denied-{n}", role, "keys", role_session_name="work_api")
    + role_profile(f"lost-{n}", s.ADMIN_ROLE.arn, "gone")
    + role_profile(f"named-{n}", s.ADMIN_ROLE.arn, "keys", role_session_name="alice")
    for n, role in enumerate((s.STRANGERS_ROLE.arn, f"{s.STRANGERS_ROLE.arn}2"))
)


@pytest.fixture
def mixed(empty_home: Home) -> Home:
    """Return a home where eight profiles have four reasons."""
    made = empty_home.with_environment(COLUMNS="100")
    return made.write(CONFIG, keys("keys", s.WORK_API.credentials) + STALE)


def test_a_reason_of_one_profile_has_its_name_and_line(mixed: Home) -> None:
    shown = mixed.run("check", "-p", "lost-1", "-p", "old-0").stdout
    message = "profile `lost-1` names source_profile `gone`, which does not exist"
    assert f"\n   {message} (config, line 36)\n" in shown
    assert "in the files" not in shown  # the row says it


def test_a_session_name_equal_to_the_profile_is_not_mistaken_for_it(empty_home: Home) -> None:
    config = "".join(
        role_profile(name, s.ADMIN_ROLE.arn, "keys", role_session_name=name)
        for name in ("one", "two")
    )
    empty_home.write(config, keys("keys", s.WORK_API.credentials))
    shown = empty_home.run("check").stdout
    assert re.findall("refused as .*", shown) == [
        f"refused as `{name}`, accepted as `work_api`" for name in ("one", "two")
    ]


def test_the_fault_is_shown_for_each_profile(empty_home: Home) -> None:
    config = "".join(
        role_profile(name, s.ADMIN_ROLE.arn, "keys", role_session_name=name)
        for name in ("acme/dev", "acme/prod")
    )
    config += role_profile("short", "arn:aws:iam::2222:role/x", "keys")
    config += role_profile("bare", "admin_role", "keys")
    empty_home.write(config, keys("keys", s.WORK_API.credentials))
    shown = empty_home.run("check").stdout
    for fault in ("`acme/dev` cannot", "`acme/prod` cannot"):
        assert f": {fault} be a session name" in shown
    _, _, rows = " ".join(shown.split()).partition("you can fix these")
    for fault in ("`arn:aws:iam::2222:role/x` has no 12-digit", "`admin_role` is not an ARN"):
        assert fault in rows


def test_a_profile_with_its_own_keys_is_a_separate_group(empty_home: Home) -> None:
    own = {
        "aws_access_key_id": "AKIASTALESTALESTALE1",
        "aws_secret_access_key": "x",
        "role_arn": s.ADMIN_ROLE.arn,
        "region": "us-east-1",
    }
    config = "".join(
        section(f"profile {name}", {**own, "source_profile": name}) for name in ("dev", "prod")
    )
    config += role_profile("third", s.ADMIN_ROLE.arn, "dev")
    config += role_profile("good", s.ADMIN_ROLE.arn, "keys")
    empty_home.write(config, keys("keys", s.WORK_API.credentials))
    shown = empty_home.run("check").stdout
    unknown = "AWS does not know the access key of profile"
    assert f"\n✗  {unknown} `dev`\n" in shown
    assert f"\n   {unknown} `prod`\n" in shown


def test_the_lines_of_profiles_without_a_source_are_in_their_rows_alone(empty_home: Home) -> None:
    config = "".join(
        section(f"profile {name}", {"role_arn": s.ADMIN_ROLE.arn}) for name in ("one", "two")
    )
    empty_home.write(config)
    assert (
        "✗  each profile has neither `source_profile` nor `credential_source` (config,\n"
        "   lines 2, 5)\n"
        "   hint: add `source_profile = …` to its section: the profile with your keys\n"
    ) in empty_home.run("check").stdout


def test_profiles_without_a_region_are_grouped(empty_home: Home) -> None:
    config = "".join(
        section(f"profile {name}", {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys"})
        for name in ("one", "two")
    )
    empty_home.write(config, keys("keys", s.WORK_API.credentials))
    assert (
        "✗  each profile lacks a region, and the AWS CLI stops without one\n"
        "   hint: add `region` in its section, or set `AWS_DEFAULT_REGION`\n"
    ) in empty_home.run("check").stdout


def test_verbose_gives_each_profile_its_own_reason(mixed: Home) -> None:
    shown = mixed.run("--verbose").stdout
    found = [line.split()[1] for line in shown.splitlines() if line[:1] in {"✓", "✗"}]
    expected = ["old-0", "lost-0", "old-1", "lost-1", "denied-0", "denied-1", "named-0", "named-1"]
    assert found == expected


def test_json_gives_each_profile_its_own_reason(mixed: Home) -> None:
    messages = mixed.run("check", "--output", "json").column("message")
    assert messages["lost-1"] == (
        "profile `lost-1` names source_profile `gone`, which does not exist (config, line 36)"
    )
