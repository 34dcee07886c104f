"""What `explain` may do with AWS, what it shows of the caller's policies, and what it proves.

Where no trust policy can be read, an experiment proves the fix, which then works.

What it finds is in `data/explained.txt`, what it prints in `data/screens/explain.txt`, its JSON in
`data/screens/json.txt`, and what follows from its advice in `data/advice_stories.txt`.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from e2e import Home, Json, keys, role_profile
from examples import params
from situation_world import KEYS
from situation_world import WORLD as SITUATIONS
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.protocol import AwsError, HttpRequest, Response
from sync_profiles.terminal.shell import short_path
from teams import ASSUMES, CODES, DENIES, READER, allow, document, role, user
from truth.following import follow

BLIND = role("views_bills")
DENIED = role("denied_role", id="theirs", name="${aws:username}")
WORLD = replace(SITUATIONS, roles=(*SITUATIONS.roles, READER, BLIND, DENIED))
NAMED = {"role_session_name": "work_api"}


@pytest.fixture
def wide_home(empty_home: Home) -> Home:
    """Return a home with one refused profile."""
    config = role_profile("denied", DENIED.arn, "keys", external_id="ours")
    wide = empty_home.with_environment(COLUMNS="1000")
    return wide.write(config, keys("keys", s.WORK_API.credentials))


def test_only_the_trust_policy_is_read_and_each_session_can_do_nothing_else(
    wide_home: Home, sandbox: Sandbox
) -> None:
    config = wide_home.config_file.read_text(encoding="utf-8")
    config += role_profile("blind", BLIND.arn, "keys", **NAMED)
    config += role_profile("reader", READER.arn, "keys", **NAMED)
    report = wide_home.write(config).run_json("explain", "denied").report
    assert report["trust_policy"]["read_with_profile"] == "reader"
    reads = [call for call in sandbox.calls if call.action == "iam:GetRole"]
    assert [(call.principal_arn, call.outcome, call.parameters) for call in reads] == [
        (BLIND.session_arn("work_api"), "AccessDenied", {"RoleName": "denied_role"}),
        (READER.session_arn("work_api"), "OK", {"RoleName": "denied_role"}),
    ]
    policies = [
        json.loads(call.parameters["Policy"])["Statement"]
        for call in sandbox.calls
        if call.action == "sts:AssumeRole" and "GetRole" in call.parameters["Policy"]
    ]
    under_any_path = DENIED.arn.replace("role/", "role/*/")
    only = [
        {"Effect": "Allow", "Action": ["iam:GetRole"], "Resource": "*"},
        {"Effect": "Deny", "NotAction": ["iam:GetRole"], "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "NotResource": [DENIED.arn, under_any_path]},
    ]
    assert policies == [only, only]
    asked = {"sts:GetCallerIdentity", "sts:AssumeRole", "iam:GetRole"}
    assert {call.action for call in sandbox.calls} == asked


def test_a_session_of_an_mfa_device_is_as_short_as_sts_allows(
    wide_home: Home, sandbox: Sandbox
) -> None:
    """No policy can limit it."""
    serial = s.MFA_USER.mfa_devices[0].serial
    config = role_profile("mine", DENIED.arn, "keys", mfa_serial=serial)
    config += role_profile(
        "other", READER.arn, "keys", mfa_serial=serial.replace("mfa_user", "x-1")
    )
    wide_home.write(config, keys("keys", s.MFA_USER.credentials))
    wide_home.run("explain", "mine", "--mfa-code", "000001")
    asked = [call.parameters for call in sandbox.calls if call.action == "sts:GetSessionToken"]
    assert asked == [{"SerialNumber": serial, "DurationSeconds": "900"}]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("asker", "they allow {call}: `user_asker_policy1`; so it is the role that refuses"),
        ("only_others", "no policy allows {call}"),
        ("walled", "the permissions boundary denies {call}"),
        (
            "office_asker",
            "`user_office_asker_policy1` denies {call}, without `aws:SourceIp`, which they test",
        ),
    ],
)
def test_it_shows_what_the_policies_of_the_caller_say(
    source: str, words: str, wide_home: Home
) -> None:
    wide_home.write(credentials=keys("keys", KEYS[source]))
    ended = wide_home.run("explain", "denied")
    _, _, below = ended.stdout.partition("what the caller's own policies say\n")
    assert below.partition("\n")[0].strip() == words.format(call="`sts:AssumeRole` on the role")
    assert "``" not in ended.stdout


ELSEWHERE = "arn:aws:iam::999999999999:root"
ADMIN = "arn:aws:iam::222222222222:role/admin"
WORKS = "arn:aws:iam::222222222222:role/works"
ROLE = re.compile(r"iam::(?P<account_id>\d+):role/(?:.*/)?(?P<name>.+)")
DENY_WITHOUT_MFA = {
    **DENIES,
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}


def world_of(facts: str) -> tuple[World, str]:
    """Return what is really wrong, as `data/experiments.txt` has it, and the keys of the files."""
    roles, users, credentials = [], [user("Ann")], ""
    for line in facts.splitlines():
        kind, name, *words = line.split()
        match kind:
            case "role":
                given = dict(word.split("=", 1) for word in words)
                trusts = given.pop("trusts", None)
                roles.append(role(*name.split("@"), principal=trusts, **given))
            case "user":
                users.append(user(name))
                credentials += keys(words[0], users[-1].credentials)
            case _:
                assert kind == "Ann"
                more = allow(words[0]) if name == "may" else DENY_WITHOUT_MFA
                users[0] = user("Ann", document(ASSUMES, more))
    world = World(users=tuple(users), roles=tuple(roles))
    return world, keys("keys", users[0].credentials) + credentials


@pytest.fixture
def made(bare_home: Home) -> Home:
    return bare_home.with_environment(COLUMNS="1000")


@pytest.mark.parametrize("example", params("experiments.txt"))
def test_the_proved_fix_works_when_it_is_followed_to_the_letter(example: str, made: Home) -> None:
    facts, header, rest = example.partition("[")
    config, _, proved = rest.partition("\n- ")
    config = f"{header}{config}\n"
    name = config.rpartition("[profile ")[2].partition("]")[0]
    setting, _, origin = proved.strip().partition(": ")
    key, _, value = setting.removeprefix("no ").partition(" = ")
    (world, credentials), codes = world_of(facts), iter(CODES)
    with Sandbox(world) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(config, credentials)
        report = home.run("explain", name, "--output", "json", "--mfa-code", next(codes)).report
        (proof,) = [each for each in report["experiments"] if each["accepted"]]
        assert (proof["setting"], proof["value"]) == (key, value or None)
        assert origin in proof["origin"]
        assert len(report["experiments"]) <= 12
        hint = report["profile"]["hint"]
        words = f"accepted with `{key} = {value}`, {proof['origin']}: "
        assert hint.startswith(words if value else f"accepted without `{key}`: ")
        assert [each["certain"] for each in report["profile"]["reasons"]] == [True]
        assert report["letter"] is None
        account_and_name = {
            (found["account_id"], found["name"].lower())
            for found in map(ROLE.search, (report["profile"]["role_arn"], value))
            if found is not None
        }
        assert hint.endswith(", if you mean that role") is (len(account_and_name) > 1)

        home.write(follow(config, [hint]))
        checking = ("-p", name, "--output", "json", "--mfa-code")
        if "then run `sync-profiles" in hint:
            home.run(*checking, next(codes))
        checked = home.run("check", *checking, next(codes)).profiles[name]
        assert checked["verdict"] == "accepted", checked


def test_no_more_than_twelve_experiments_are_sent_and_none_twice(made: Home) -> None:
    """Nor more than 240 in one run, for which a note says how to go on."""
    hop = {"external_id": "theirs", "role_session_name": "robot"}
    config = "".join(
        role_profile(f"p{n}", f"{ADMIN}{n}", f"hop{n}", external_id=f"id-{n}")
        + role_profile(f"hop{n}", WORKS, "keys", duration_seconds=f"{900 + n}", **hop)
        for n in range(30)
    ) + role_profile("it", ADMIN, "keys", role_session_name="Ann")
    roles = (role("admin", id="acme-42", name="${aws:username}"), role("works", id="theirs"))
    with Sandbox(World(users=(user("Ann"), user("bob")), roles=roles)) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        spare = user("bob")  # keys that no profile uses are of use if experiments are left
        home.write(config, keys("keys", user("Ann").credentials) + keys("spare", spare.credentials))
        report = home.run("explain", "it", "--output", "json").report
        assert spare.arn not in {call.principal_arn for call in sandbox.calls}
        sent = [call for call in sandbox.calls if call.action == "sts:AssumeRole"]
        elsewhere = home.config_file.rename(home.config_file.with_name("other config"))
        of_all = home.run("explain", "--config-file", str(elsewhere), "--output", "json").report
        calls = [call.parameters for call in sandbox.calls]
    assert len(report["experiments"]) == 12
    numbers = [len(each["experiments"]) for each in of_all["profiles"]]
    names = [call["RoleSessionName"] for call in calls if call.get("RoleArn") == WORKS]
    of_hops = names.count("Ann")
    assert of_hops > 0
    assert sum(numbers) + of_hops == 240
    assert min(numbers) > 5
    (note,) = of_all["notes"]
    assert note == (
        "a run sends at most 240 calls for experiments: not everything was tried for "
        "31 of the profiles; name a few of them to try all, as in "
        f"`sync-profiles explain --config-file {short_path(elsewhere)} p0`"
    )
    assert len(sent) == len({f"{call.principal_arn} {call.parameters}" for call in sent})
    assert all('"Deny"' in call.parameters["Policy"] for call in sent)


def explained(made: Home, sandbox: Sandbox, config: str) -> Json:
    """Return what is said of the profile `it`, with Ann's keys."""
    home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
    home.write(config, keys("keys", user("Ann").credentials))
    return home.run("explain", "it", "--output", "json").report


def test_external_ids_that_were_tried_are_no_reason_though_none_was_not_tried(made: Home) -> None:
    works = [role(f"team{n}/works", id="acme-42") for n in range(6)]
    config = "".join(
        role_profile(f"r{n}", of.arn, "keys", external_id="acme-42", role_session_name=f"robot{n}")
        for n, of in enumerate(works)
    )
    roles = (*works, role("admin", principal=ELSEWHERE))
    config += role_profile("it", ADMIN, "keys", external_id="far-7")
    with Sandbox(World(users=(user("Ann"),), roles=roles)) as sandbox:
        report = explained(made, sandbox, config)
    tried = [(each["setting"], each["value"]) for each in report["experiments"]]
    assert len(tried) == 12
    assert ("external_id", "acme-42") in tried
    assert ("external_id", None) not in tried
    assert "has another one" not in report["profile"]["hint"]


def test_where_aws_does_not_answer_the_experiments_end(made: Home) -> None:
    def intercept(request: HttpRequest) -> Response | None:
        if request.parameters().get("RoleSessionName") == "ann":
            raise AwsError("ServiceUnavailable", "try again", status=503)
        return None

    world = World(users=(user("Ann"),), roles=(role("admin", principal=ELSEWHERE),))
    with Sandbox(world, intercept=intercept) as sandbox:
        report = explained(made, sandbox, role_profile("it", ADMIN, "keys"))
    *_, last = report["experiments"]
    assert (last["value"], last["accepted"]) == ("ann", False)
    assert "other session name" not in report["profile"]["hint"]
