"""`explain` with several profiles, globs, or none: what is selected, and what is read."""

from __future__ import annotations

import pytest

from e2e import Home, Json, keys, role_profile, section
from readers import READER
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import Role

BLIND = Role(name="blind_role", trust=s.trust())
NAMED = {"role_session_name": "work_api"}


def vendor(number: int) -> Role:
    """Return a role that requires an external ID."""
    condition: Json = {"StringEquals": {"sts:ExternalId": f"id-{number}"}}
    return Role(name=f"vendor_{number}", trust=s.trust(condition=condition))


WORLD = World(users=s.STORY.users, roles=(*s.STORY.roles, READER, BLIND, vendor(1), vendor(2)))


#: profiles of every verdict, and one that is never tested
PROFILES = {
    "blind": role_profile("blind", BLIND.arn, "keys", **NAMED),
    "reader": role_profile("reader", READER.arn, "keys", **NAMED),
    "fixable": role_profile("fixable", s.ADMIN_ROLE.arn, "keys", role_session_name="alice"),
    "vendor-1": role_profile("vendor-1", vendor(1).arn, "keys", **NAMED),
    "vendor-2": role_profile("vendor-2", vendor(2).arn, "keys", **NAMED),
    "again-2": role_profile("again-2", vendor(2).arn, "keys", external_id="ours", **NAMED),
    "stale": role_profile("stale", BLIND.arn, "gone"),
    "token": section(
        "profile token", {"role_arn": BLIND.arn, "web_identity_token_file": "/run/token"}
    ),
}


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    return empty_home.write("".join(PROFILES.values()), keys("keys", s.WORK_API.credentials))


REFUSED = ["vendor-1", "vendor-2", "again-2", "stale"]


@pytest.mark.parametrize(
    ("arguments", "explained"),
    [
        pytest.param([], REFUSED, id="all that a person has to fix"),
        pytest.param(["stale", "vendor-1"], ["vendor-1", "stale"], id="in the file's order"),
        pytest.param(["*-2", "again-2"], ["vendor-2", "again-2"], id="globs, each profile once"),
        pytest.param(["fix*", "token"], ["fixable", "token"], id="what is named, always"),
    ],
)
def test_what_is_explained(arguments: list[str], explained: list[str], laptop: Home) -> None:
    ended = laptop.run("explain", "--output", "json", *arguments)
    assert list(ended.profiles) == explained
    assert ended.code == 1


@pytest.mark.parametrize(
    ("names", "code", "line"),
    [
        (["reader", "blind"], 0, "no profile is rejected: 2 accepted"),
        (
            ["reader", "fixable"],
            1,
            "no profile is rejected: 1 accepted, 1 fixable; `sync-profiles` fixes the fixable one",
        ),
        (
            [],
            0,
            (
                "no profile assumes a role: nothing to explain\n"
                "hint: run `sync-profiles import SOURCE` to import your team's profiles"
            ),
        ),
    ],
    ids=["all are accepted", "the sync fixes the others", "there is none"],
)
def test_a_sentence_says_that_there_is_nothing_to_explain(
    names: list[str], code: int, line: str, laptop: Home
) -> None:
    laptop.write("".join(PROFILES[name] for name in names))
    ended = laptop.with_environment(COLUMNS="100").run("explain")
    assert (ended.code, ended.stdout, ended.stderr) == (code, f"{line}\n", "")
    assert laptop.run("explain", "--output", "json").report["profiles"] == []


def test_an_ignored_header_is_not_passed_over_in_silence(laptop: Home) -> None:
    laptop.write("".join(PROFILES["reader"]).replace("[profile ", "["))
    assert laptop.run("explain").stdout == (
        "no profile assumes a role: nothing to explain\n"
        "note: 1 problem in the files: run `sync-profiles check`\n"
    )


def test_each_role_is_read_once_and_no_reader_is_denied_twice(
    laptop: Home, sandbox: Sandbox
) -> None:
    ended = laptop.run("explain", "--output", "json")
    reads = [call for call in sandbox.calls if call.action == "iam:GetRole"]
    assert [(call.principal_arn, call.outcome, call.parameters["RoleName"]) for call in reads] == [
        (BLIND.session_arn("work_api"), "AccessDenied", "vendor_1"),
        (READER.session_arn("work_api"), "OK", "vendor_1"),
        (READER.session_arn("work_api"), "OK", "vendor_2"),
    ]
    hints = ended.column("hint")
    assert "`external_id = id-1`" in hints["vendor-1"]
    assert "`external_id = id-2`" in hints["vendor-2"]
    assert "set `external_id`" in hints["again-2"]


def test_a_hop_in_another_account_is_read_by_a_profile_of_its_account(laptop: Home) -> None:
    elsewhere = "arn:aws:iam::444444444444:role/far"
    far = role_profile("far", elsewhere, "vendor-1", **NAMED)
    laptop.write("".join(PROFILES[name] for name in ("reader", "vendor-1")) + far)
    report = laptop.run("explain", "far", "--output", "json").report
    assert report["profile"]["blocked_by"] == "vendor-1"
    assert report["trust_policy"]["read_with_profile"] == "reader"
    hop = "arn:aws:iam::222222222222:role/vendor_1"
    shown = laptop.with_environment(COLUMNS="200").run("explain", "far").stdout
    assert f"\nwhat the trust policy of {hop} requires (read with profile reader)\n" in shown


LETTER_OF_ROLE = ["To an administrator of account 222222222222:"]
LETTERS = [*LETTER_OF_ROLE, "To an administrator of account 111111111111:"]


@pytest.mark.parametrize(
    ("profiles", "first_lines"),
    [
        pytest.param(["vendor-1", "vendor-2"], LETTERS, id="one for each account"),
        pytest.param(["vendor-1", "theirs", "reader"], LETTER_OF_ROLE, id="what was read counts"),
        pytest.param(["vendor-1", "reader"], [], id="none for what a setting fixes"),
        pytest.param(["reader"], [], id="none where all are accepted"),
    ],
)
def test_letters_alone_are_ready_to_paste(
    profiles: list[str], first_lines: list[str], laptop: Home
) -> None:
    theirs = role_profile("theirs", s.STRANGERS_ROLE.arn, "keys", **NAMED)
    laptop.write("".join(PROFILES.get(name, theirs) for name in profiles))
    ended = laptop.run("explain", *profiles, "--letter")
    assert ended.code == (0 if profiles == ["reader"] else 1)
    letters = [text for text in ended.stdout.split("\n\n\n") if text]
    assert [letter.partition("\n")[0] for letter in letters] == first_lines
    none = "no letter: nothing here needs an administrator, as far as AWS says\n"
    assert ended.stderr == ("" if letters else none)
    written = laptop.run("explain", *profiles, "--output", "json").report["letters"]
    steady = [line for letter in written for line in letter["text"].splitlines()]
    assert [line for line in steady if ": " not in line and line not in ended.stdout] == []
