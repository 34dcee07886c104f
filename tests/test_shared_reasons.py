"""A reason that several profiles share is printed once, below the last of them."""

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
SOURCES = """\
source keys: arn:aws:iam::111111111111:user/work_api
source stale: AWS does not know the access key of profile `stale`
   hint: run `aws configure --profile stale` with a valid access key
"""
IN_THE_FILES = """\
in the files (2)
config, lines 14, 36: each profile names source_profile `gone`, which does not exist
   hint: add `[profile gone]`, or correct `source_profile`
"""
OLD = """\
✗  old-0     222222222222  -                 admin_role
✗  old-1     222222222222  -                 admin_role
   these 2: AWS does not know the access key of profile `stale`
   hint: run `aws configure --profile stale` with a valid access key
"""
LOST = """\
✗  lost-0    222222222222  -                 admin_role
✗  lost-1    222222222222  -                 admin_role
   these 2: each profile names source_profile `gone`, which does not exist
   hint: add `[profile gone]`, or correct `source_profile`
"""
DENIED_HINT = (
    "likely reasons: (1) the role's trust policy does not name the caller, or has another "
    "condition; (2) a typo in the role name (`named-0` works as `work_api` in this account); also "
    "possible: the caller's own policies, MFA, a fixed session name, the external ID; "
    "`sync-profiles explain NAME` can find out"
)


@pytest.fixture
def mixed(empty_home: Home) -> Home:
    """Return a home where eight profiles have four reasons."""
    made = empty_home.with_environment(COLUMNS="100")
    return made.write(CONFIG, keys("keys", s.WORK_API.credentials) + STALE)


def test_a_check_gives_each_reason_once(mixed: Home) -> None:
    shown = mixed.run("check").stdout
    chapters = [f"{chapter.rstrip()}\n" for chapter in shown.split("\n\n")]
    assert chapters[:2] == [SOURCES, IN_THE_FILES]
    assert chapters[2].splitlines()[1:] == [
        "~  named-0   222222222222  alice → work_api  admin_role",
        "~  named-1   222222222222  alice → work_api  admin_role",
        "   these 2: refused as `alice`, accepted as `work_api`",
        "   hint: run `sync-profiles`",
    ]
    assert chapters[3] == f"you can fix these (4)\n{OLD}{LOST}"


def test_a_shared_reason_omits_details_of_single_profiles(mixed: Home) -> None:
    chapter = mixed.with_environment(COLUMNS="400").run("check").stdout.split("\n\n")[4]
    title, *lines = chapter.splitlines()
    assert title.endswith("(2)")
    assert lines == [
        "✗  denied-0  222222222222  work_api          strangers_role",
        "✗  denied-1  222222222222  work_api          strangers_role2",
        f"   these 2: AWS refused to let `{s.WORK_API.arn}` assume the role and gave no reason",
        f"   hint: {DENIED_HINT}",
    ]


def test_a_reason_of_one_profile_has_its_name_and_line(mixed: Home) -> None:
    shown = mixed.run("check", "-p", "lost-1", "-p", "old-0").stdout
    message = "profile `lost-1` names source_profile `gone`, which does not exist"
    assert f"config, line 36: {message}\n" in shown
    assert f"\n   {message} (config, line 36)\n" in shown


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
    for fault in ("`arn:aws:iam::2222:role/x`", "`admin_role`"):
        assert f"   {fault} is not the ARN of a role\n" in shown
    assert "these 2" not in shown


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
    assert f"   these 2: {unknown} `dev`\n" in shown
    assert f"   {unknown} `prod`\n" in shown


def test_profiles_without_a_source_are_grouped_in_the_files_too(empty_home: Home) -> None:
    config = "".join(
        section(f"profile {name}", {"role_arn": s.ADMIN_ROLE.arn}) for name in ("one", "two")
    )
    empty_home.write(config)
    assert (
        "config, lines 2, 5: each profile has neither `source_profile` nor\n`credential_source`\n"
        "   hint: add `source_profile = …` to its section: the profile with your keys\n"
    ) in empty_home.run("check").stdout


def test_profiles_without_a_region_are_grouped(empty_home: Home) -> None:
    config = "".join(
        section(f"profile {name}", {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys"})
        for name in ("one", "two")
    )
    empty_home.write(config, keys("keys", s.WORK_API.credentials))
    assert (
        "   these 2: each profile has no region, and the AWS CLI stops without one\n"
        "   hint: add `region` in its section, or set `AWS_DEFAULT_REGION`\n"
    ) in empty_home.run("check").stdout


def test_a_sync_has_the_accepted_ones_first_and_each_reason_once(mixed: Home) -> None:
    _, table, end = mixed.run().stdout.split("\n\n")
    _, *lines = f"{table}\n".splitlines(keepends=True)
    assert lines[:2] == [
        "✓  named-0   222222222222  alice → work_api  admin_role/work_api\n",
        "✓  named-1   222222222222  alice → work_api  admin_role/work_api\n",
    ]
    rest = "".join(lines[2:])
    assert rest.startswith(OLD)
    assert rest.endswith(LOST)
    assert rest.count("these 2: ") == 3
    assert end.startswith("8 profiles: 2 accepted, 6 rejected; 2 written\n")


def test_verbose_gives_each_profile_its_own_reason(mixed: Home) -> None:
    shown = mixed.run("--verbose").stdout
    assert "these 2: " not in shown
    found = [line.split()[1] for line in shown.splitlines() if line[:1] in {"✓", "✗"}]
    assert found == [f"{kind}-{n}" for n in (0, 1) for kind in ("old", "denied", "lost", "named")]


def test_json_gives_each_profile_its_own_reason(mixed: Home) -> None:
    messages = mixed.run("check", "--output", "json").column("message")
    assert messages["lost-1"] == (
        "profile `lost-1` names source_profile `gone`, which does not exist (config, line 36)"
    )
