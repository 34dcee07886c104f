"""`check` on files as people have them: true, complete, short, and nothing is written."""

from __future__ import annotations

import re
import shlex
from collections import Counter

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from witness_files import (
    EXPECTED,
    NOTE,
    WORLD,  # noqa: F401 - the sandbox is of it
    mixed_home,
)

GROUPS = re.compile(r"^(?P<title>[a-z].*) \((?P<count>[0-9]+)\)$", re.MULTILINE)
FIXED = "fixed by `sync-profiles`"
YOURS = "you can fix these"
EITHER = "you or an administrator can fix these: run `sync-profiles explain`"
DEVICE = "arn:aws:iam::111111111111:mfa/me"


@pytest.fixture
def keyed_home(empty_home: Home) -> Home:
    """Return a home with a user's keys, and room on the screen."""
    return empty_home.with_environment(COLUMNS="200").write(
        credentials=keys("keys", s.WORK_API.credentials)
    )


@pytest.fixture
def five_groups(keyed_home: Home) -> Home:
    """Return a home with a profile for each group, and one more below a refused one."""
    config = role_profile("accepted", s.OPEN_ROLE.arn, "keys", role_session_name="work_api")
    config += role_profile("device", s.MFA_ROLE.arn, "keys", mfa_serial=DEVICE)
    config += role_profile("denied", s.STRANGERS_ROLE.arn, "keys")
    config += role_profile("below", s.NEXT_ROLE.arn, "denied")
    config += role_profile("astray", s.ADMIN_ROLE.arn, "nobody")
    config += role_profile("nameless", s.ADMIN_ROLE.arn, "keys")
    return keyed_home.write(config)


def groups(shown: str) -> dict[str, list[str]]:
    """Return the profiles of each group of the table; a row begins with its profile's mark."""
    pieces = GROUPS.split(shown)
    return {
        title: re.findall(r"^[✓~✗?]  (\S+)", body, re.MULTILINE)
        for title, body in zip(pieces[1::3], pieces[3::3], strict=True)
    }


# what the AWS CLI itself does with these profiles: test_witness.py
def test_every_verdict_is_what_a_sync_finds_and_nothing_is_written(keyed_home: Home) -> None:
    home = mixed_home(keyed_home)
    before = home.footprint()
    ended = home.run_json("check")
    assert ended.code == 1
    assert ended.stderr.startswith(NOTE)
    found = {
        name: (profile["verdict"], profile["cause"], profile["change"])
        for name, profile in ended.profiles.items()
    }
    assert found == EXPECTED
    assert (ended.report["version"], ended.report["command"]) == (1, "check")
    assert (ended.report["diff"], ended.report["backups"]) == ("", [])
    verdicts = Counter(verdict for verdict, _, _ in EXPECTED.values())
    assert ended.report["summary"] == {**verdicts, "written": 0}
    refused = [p for p in ended.profiles.values() if p["verdict"] != "accepted"]
    assert [p["profile"] for p in refused if not (p["message"] and p["hint"])] == []
    assert home.footprint() == before


def test_the_table_is_grouped_by_what_the_reader_does_next(five_groups: Home) -> None:
    ended = five_groups.run("check")
    assert ended.code == 1
    shown = groups(ended.stdout)
    assert {title: names for title, names in shown.items() if title != "in the files"} == {
        FIXED: ["nameless"],
        YOURS: ["astray"],
        EITHER: ["denied", "below"],
        "not tested": ["device"],
        "accepted": ["accepted"],
    }
    assert "6 profiles: 1 accepted, 1 fixable, 3 rejected, 1 unknown" in ended.stdout


def test_a_refused_profile_has_one_cause_and_one_hint(five_groups: Home) -> None:
    said = five_groups.run_json("check")
    shown = five_groups.with_environment(COLUMNS="1000").run("check").stdout.splitlines()
    for name, profile in said.profiles.items():
        row = next(n for n, line in enumerate(shown) if re.match(rf"[✓~✗?]  {name} ", line))
        details = [line.strip() for line in shown[row + 1 :]]
        if profile["verdict"] == "accepted":
            assert not details[0].startswith("hint: ")
            continue
        hint = [] if profile["verdict"] == "fixable" else [f"hint: {profile['hint']}"]
        assert details[: len(hint) + 1] == [profile["message"], *hint]
        assert not details[len(hint) + 1].startswith("hint: ")


def test_the_refused_ones_of_300_profiles_are_shown_and_the_rest_counted(
    keyed_home: Home, sandbox: Sandbox
) -> None:
    name = {"role_session_name": "work_api"}
    config = "".join(
        role_profile(f"p{number:03}", s.OPEN_ROLE.arn, "keys", **name) for number in range(297)
    )
    config += role_profile("denied", s.STRANGERS_ROLE.arn, "keys", **name)
    config += role_profile("nameless", s.ADMIN_ROLE.arn, "keys")
    config += role_profile("astray", s.ADMIN_ROLE.arn, "nobody")
    short = keyed_home.write(config).run("check").stdout
    asked = [call.action for call in sandbox.calls]
    whole = keyed_home.run("check", "--verbose").stdout
    assert not re.search(r"^. +p[0-9]", short, re.MULTILINE)
    assert len(short.splitlines()) < 40
    shown = {title: names for title, names in groups(short).items() if names}
    assert shown == {FIXED: ["nameless"], YOURS: ["astray"], EITHER: ["denied"]}
    assert "300 profiles: 297 accepted, 1 fixable, 2 rejected" in short
    assert groups(whole)["accepted"] == [f"p{number:03}" for number in range(297)]
    # 297 equal switches are one
    assert Counter(asked) == {"sts:GetCallerIdentity": 1, "sts:AssumeRole": 4}


def test_a_pattern_selects_what_is_tested_and_shown(five_groups: Home, sandbox: Sandbox) -> None:
    ended = five_groups.run_json("check", "-p", "acc*", "--profile", "nameless")
    assert ended.code == 1
    assert ended.column("verdict") == {"accepted": "accepted", "nameless": "fixable"}
    roles = {call.parameters.get("RoleArn") for call in sandbox.calls}
    assert roles == {None, s.OPEN_ROLE.arn, s.ADMIN_ROLE.arn}
    assert five_groups.run_json("check", "-p", "accepted").code == 0


def test_a_name_from_the_command_line_is_tested(keyed_home: Home) -> None:
    named = role_profile("deploy", s.DEPLOY_ROLE.arn, "keys")
    ended = keyed_home.write(named).run_json("check", "--session-name", "deploy-${aws:username}")
    deploy = ended.profiles["deploy"]
    assert deploy["wanted_session_name"] == "deploy-work_api"
    assert (deploy["verdict"], deploy["change"], deploy["written"]) == ("fixable", "fill", False)


def test_the_hint_names_the_sync_that_fixes_what_was_checked(keyed_home: Home) -> None:
    named = role_profile("named", s.NAMES_ROLE.arn, "keys", role_session_name="mallory")
    named += role_profile("left", s.ADMIN_ROLE.arn, "keys")
    other = keyed_home.path / "other config"
    other.write_text(named, encoding="utf-8")
    options = ["--config-file", "other config", "--session-name", "alice", "-p", "name*"]
    command = "sync-profiles --config-file 'other config' --session-name alice --profile 'name*'"

    ended = keyed_home.run("check", *options, "--output", "json")
    assert ended.column("verdict") == {"named": "fixable"}
    assert ended.column("hint") == {"named": f"run `{command}`"}
    shown = keyed_home.run("check", *options).stdout
    assert f"fixed by `{command}` (1)\n" in shown

    _, *arguments = shlex.split(command)
    assert keyed_home.run_json(*arguments).column("verdict") == {"named": "accepted"}


def test_a_name_that_a_comment_keeps_is_for_the_user_to_fix(keyed_home: Home) -> None:
    kept = role_profile("kept", s.ADMIN_ROLE.arn, "keys", role_session_name="nightly")
    keyed_home.write(kept.rstrip() + "\n# sync-profiles: keep\n")
    ended = keyed_home.run("check")
    assert [title for title, _ in GROUPS.findall(ended.stdout)] == [YOURS]
    assert "requires the session name `work_api`, which `kept` does not use (a comment in its" in (
        " ".join(ended.stdout.split())
    )


def test_an_external_id_that_is_set_is_among_what_to_check(keyed_home: Home) -> None:
    keyed_home.write(role_profile("x", s.EXTERNAL_ID_ROLE.arn, "keys", external_id="wrong"))
    hint = keyed_home.run("check", "--output", "json").profiles["x"]["hint"]
    assert "`external_id` (config, line 5) differs from the role's" in hint


def test_the_hops_of_a_selected_profile_are_part_of_the_run(empty_home: Home) -> None:
    config = role_profile("hop", s.ADMIN_ROLE.arn, "keys")
    config += role_profile("far", s.NEXT_ROLE.arn, "hop")
    home = empty_home.write(config, keys("keys", s.WORK_API.credentials))
    assert home.run_json("check", "-p", "far").column("verdict") == {
        "hop": "fixable",
        "far": "fixable",
    }
    explained = home.run("explain", "far", "--output", "json").report
    assert explained["profile"]["verdict"] == "fixable"
    assert "run `sync-profiles" in explained["profile"]["hint"]
    assert explained["letter"] is None
    assert home.run_json("-p", "far").accepted == {"hop", "far"}
    assert home.working_profiles(["hop", "far"]) == {"hop", "far"}
