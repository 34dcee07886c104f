"""`explain` where no trust policy can be read: an experiment proves the fix, which then works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e import Home, Json, keys, role_profile
from examples import params
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.protocol import Answer, HttpRequest, Refusal
from sync_profiles.sandbox.server import Intercept
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ManagedPolicy,
    MfaDevice,
    PolicyDocument,
    Role,
    User,
)

ACCOUNT = "222222222222"
FAR = "333333333333"
CODES = tuple(f"{number:06}" for number in range(100_000, 100_020))
ANN = "arn:aws:iam::111111111111:mfa/Ann"


def document(*statements: Json) -> PolicyDocument:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str, resource: str = "*") -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def user(name: str = "Ann", *policies: PolicyDocument | ManagedPolicy) -> User:
    device = MfaDevice(serial=f"arn:aws:iam::111111111111:mfa/{name}", codes=CODES)
    return User(name=name, policies=policies or (ALLOW_ASSUME_ROLE,), mfa_devices=(device,))


def arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def role(
    resource: str, account: str = ACCOUNT, *, principal: object = None, **conditions: str
) -> Role:
    """Return a role that trusts the callers' account under these conditions."""
    path, _, name = f"/{resource}".rpartition("/")
    condition: Json = {}
    for word, value in conditions.items():
        operator = "Bool" if word == "mfa" else "StringEquals"
        condition.setdefault(operator, {})[KEYS[word]] = value
    trusted = {"AWS": "arn:aws:iam::111111111111:root"} if principal is None else principal
    trust = s.trust(principal=trusted, condition=condition or None)
    return Role(name=name, path=f"{path}/", account_id=account, trust=trust, policies=REACHES)


KEYS = {"id": "sts:ExternalId", "name": "sts:RoleSessionName", "mfa": "aws:MultiFactorAuthPresent"}
REACHES = (document(allow("sts:AssumeRole")),)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is really wrong, and the files, as `data/experiments.txt` has them.

    The last profile is to be explained; an experiment proves a setting, whose value is of `origin`.
    """

    roles: tuple[Role, ...]
    users: tuple[User, ...]
    config: str
    credentials: str
    setting: str
    value: str | None
    origin: str

    @property
    def name(self) -> str:
        """The last profile."""
        return self.config.rpartition("[profile ")[2].partition("]")[0]

    @classmethod
    def read(cls, text: str) -> Scene:
        """Read an example."""
        facts, header, rest = text.partition("[")
        config, _, proved = rest.partition("\n- ")
        roles, users, credentials = [], [user()], ""
        for line in facts.splitlines():
            kind, name, *words = line.split()
            match kind:
                case "role":
                    resource, _, account = name.partition("@")
                    given = dict(word.split("=", 1) for word in words)
                    trusts = given.pop("trusts", None)
                    principal = None if trusts is None else {"AWS": trusts}
                    made = role(resource, account or ACCOUNT, principal=principal, **given)
                    roles.append(made)
                case "user":
                    users.append(user(name))
                    credentials += keys(words[0], users[-1].credentials)
                case _:
                    assert kind == "Ann"
                    more = allow(words[0]) if name == "may" else DENY_WITHOUT_MFA
                    users[0] = user("Ann", document(allow("sts:AssumeRole"), more))
        setting, _, origin = proved.strip().partition(": ")
        key, _, value = setting.removeprefix("no ").partition(" = ")
        return cls(
            roles=tuple(roles),
            users=tuple(users),
            config=f"{header}{config}\n",
            credentials=keys("keys", users[0].credentials) + credentials,
            setting=key,
            value=value or None,
            origin=origin,
        )


DENY_WITHOUT_MFA = {
    "Effect": "Deny",
    "Action": "sts:AssumeRole",
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
ROLE = re.compile(r"iam::(?P<account_id>\d+):role/(?:.*/)?(?P<name>.+)")


@pytest.fixture
def made(home: Path, child_environment: dict[str, str]) -> Home:
    return Home(path=home, environment={**child_environment, "COLUMNS": "1000"})


def follow(home: Home, hint: str, setting: str, value: str | None) -> None:
    """Do what a hint says, literally: change the line that it names."""
    lines = home.config_file.read_text("utf-8").split("\n")
    new = f"{setting} = {value}"
    added = re.search(r": add that line to `\[(.+)\]` \(config, line (\d+)\)", hint)
    changed = re.search(r": (?:set `(\w+)`|remove it) \(config, line (\d+)\)", hint)
    renamed = re.search(r"as `(\w+)` \(config, line (\d+)\) has it: rename that key", hint)
    if "start the line of" in hint:
        lines = [line.lstrip() if line.lstrip().startswith(setting) else line for line in lines]
    elif renamed is not None:
        line = int(renamed[2]) - 1
        lines[line] = lines[line].replace(renamed[1], setting)
    elif added is not None:
        assert lines[int(added[2]) - 1] == f"[{added[1]}]"
        lines.insert(int(added[2]), new)
    else:
        assert changed is not None, hint
        assert lines[int(changed[2]) - 1].startswith(setting)
        lines[int(changed[2]) - 1 : int(changed[2])] = [] if value is None else [new]
    home.config_file.write_text("\n".join(lines), "utf-8")


@pytest.mark.parametrize("example", params("experiments.txt"))
def test_the_proved_fix_works_when_it_is_followed_to_the_letter(example: str, made: Home) -> None:
    scene, codes = Scene.read(example), iter(CODES)
    with Sandbox(World(users=scene.users, roles=scene.roles)) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(scene.config, scene.credentials)
        explained = ["explain", scene.name, "--mfa-code"]
        report = home.run(*explained, next(codes), "--output", "json").report
        (proof,) = [each for each in report["experiments"] if each["accepted"]]
        assert (proof["setting"], proof["value"]) == (scene.setting, scene.value)
        assert scene.origin in proof["origin"]
        assert len(report["experiments"]) <= 12
        hint = report["profile"]["hint"]
        words = f"accepted with `{scene.setting} = {scene.value}`, {proof['origin']}: "
        assert hint.startswith(words if scene.value else f"accepted without `{scene.setting}`: ")
        assert [each["certain"] for each in report["profile"]["reasons"]] == [True]
        assert report["letter"] is None
        account_and_name = {
            (found["account_id"], found["name"].lower())
            for found in map(ROLE.search, (report["profile"]["role_arn"], scene.value or ""))
            if found is not None
        }
        assert hint.endswith(", if you mean that role") is (len(account_and_name) > 1)
        assert f"hint: {hint}" in home.run(*explained, next(codes)).stdout

        follow(home, hint, scene.setting, scene.value)
        checking = ("-p", scene.name, "--output", "json", "--mfa-code")
        if "then run `sync-profiles" in hint:
            home.run(*checking, next(codes))
        checked = home.run("check", *checking, next(codes)).profiles[scene.name]
        assert checked["verdict"] == "accepted", checked


SIMULATES = allow("iam:SimulatePrincipalPolicy")
ONLY_OTHERS = document(allow("sts:AssumeRole", arn("others-*")), SIMULATES)
ELSEWHERE = {"AWS": "arn:aws:iam::999999999999:root"}


def answer_all(_: HttpRequest) -> None:
    return None


@pytest.fixture
def explained(made: Home) -> Iterator[Callable[..., Json]]:
    """Yield a function that explains `it` in a world."""
    with ExitStack() as stack:

        def explain(
            *roles: Role, caller: User, role_arn: str, intercept: Intercept = answer_all
        ) -> Json:
            world = World(users=(caller,), roles=roles)
            sandbox = stack.enter_context(Sandbox(world, intercept=intercept))
            home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
            home.write(role_profile("it", role_arn, "keys"), keys("keys", caller.credentials))
            report = home.run("explain", "it", "--output", "json").report
            return {**report, "calls": [call.action for call in sandbox.calls]}

        yield explain


@pytest.mark.parametrize(
    ("policies", "decision", "by", "left"),
    [
        pytest.param(
            document(allow("sts:AssumeRole"), SIMULATES),
            "allowed",
            ["user_Ann_policy1"],
            set(),
            id="the role refuses",
        ),
        pytest.param(ONLY_OTHERS, "implicitDeny", [], {"permission"}, id="the caller lacks it"),
        pytest.param(ALLOW_ASSUME_ROLE, None, [], {"permission"}, id="the caller may not ask"),
    ],
)
def test_the_callers_own_policies_show_which_side_refuses(
    policies: PolicyDocument,
    decision: str | None,
    by: list[str],
    left: set[str],
    explained: Callable[..., Json],
) -> None:
    trusted = ELSEWHERE if decision != "implicitDeny" else None
    world = role("admin", principal=trusted)
    report = explained(world, caller=User(name="Ann", policies=(policies,)), role_arn=arn("admin"))
    said, reasons = report["caller_policies"], report["profile"]["reasons"]
    assert (said["decision"], said["policies"]) == (decision, by)
    assert said["problem"] is None or "iam:SimulatePrincipalPolicy" in said["problem"]
    assert {reason["topic"] for reason in reasons} & {"permission"} == left
    assert report["calls"].count("iam:SimulatePrincipalPolicy") == 1
    if decision == "implicitDeny":
        assert len(reasons) == 1
        assert report["profile"]["hint"] == (
            "ask an administrator of account `111111111111` to allow `sts:AssumeRole` on "
            f"`{arn('admin')}` for `arn:aws:iam::111111111111:user/Ann`: no policy allows it, says "
            "`iam:SimulatePrincipalPolicy`; or correct `role_arn` (config, line 2), if it has a "
            "typo"
        )


@pytest.mark.parametrize(
    ("policies", "asked"),
    [
        pytest.param(document(allow("sts:AssumeRole"), SIMULATES), 3, id="about each role"),
        pytest.param(ALLOW_ASSUME_ROLE, 1, id="once, if it may not be asked about"),
    ],
)
def test_a_callers_policies_are_asked_about_all_its_roles(
    policies: PolicyDocument, asked: int, made: Home
) -> None:
    ann, names = User(name="Ann", policies=(policies,)), ("one", "two", "three")
    roles = tuple(role(name, principal=ELSEWHERE) for name in names)
    with Sandbox(World(users=(ann,), roles=roles)) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(
            "".join(role_profile(name, arn(name), "keys") for name in names),
            keys("keys", ann.credentials),
        )
        profiles = home.run("explain", "--output", "json").report["profiles"]
        calls = [call.action for call in sandbox.calls]
    assert calls.count("iam:SimulatePrincipalPolicy") == asked
    decisions = {profile["caller_policies"]["decision"] for profile in profiles}
    assert (len(profiles), decisions) == (3, {"allowed" if asked > 1 else None})


def test_a_role_of_the_callers_account_is_read_with_the_callers_own_credentials(
    explained: Callable[..., Json],
) -> None:
    own = "111111111111"
    caller = user("Ann", document(allow("iam:GetRole"), allow("sts:AssumeRole")))
    report = explained(role("admin", own, id="x-1"), caller=caller, role_arn=arn("admin", own))
    assert report["trust_policy"]["read_with_profile"] == "keys"
    assert report["profile"]["hint"].startswith("add `external_id = x-1` to `[profile it]`")
    assert (report["experiments"], report["caller_policies"]) == ([], None)
    assert report["calls"].count("iam:GetRole") == 1
    assert "iam:SimulatePrincipalPolicy" not in report["calls"]


@pytest.mark.parametrize(
    ("found", "more"),
    [
        pytest.param({}, "", id="which lets the caller in"),
        pytest.param(
            {"id": "acme-42"},
            " and add `external_id = acme-42` to `[profile it]` (config, line 1): the role's trust "
            "policy requires it",
            id="which requires more",
        ),
    ],
)
def test_a_role_that_iam_has_under_another_path_is_the_answer(
    found: dict[str, str], more: str, explained: Callable[..., Json]
) -> None:
    own = "111111111111"
    caller = user("Ann", document(allow("iam:GetRole"), allow("sts:AssumeRole")))
    world = role("team/admin", own, **found)
    report = explained(world, caller=caller, role_arn=arn("admin", own))
    right = arn("team/admin", own)
    assert report["profile"]["message"].endswith(f"does not exist, but `{right}` does")
    assert report["profile"]["hint"] == (
        f"correct `role_arn` (config, line 2) to `{right}`{more}; then run `sync-profiles`"
    )
    assert (report["experiments"], report["letter"]) == ([], None)


def test_where_iam_has_no_such_role_its_spellings_are_tried_and_nothing_else(made: Home) -> None:
    own = "111111111111"
    caller = user("Ann", document(allow("iam:GetRole"), allow("sts:AssumeRole")))
    config = role_profile("vendor", arn("vendor", FAR), "keys", external_id="far-7")
    config += role_profile("prod-developer", arn("develper", own), "keys", role_session_name="Ann")
    with Sandbox(World(users=(caller,), roles=(role("developer", own),))) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(config, keys("keys", caller.credentials))
        report = home.run("explain", "prod-developer", "--output", "json").report
    assert {each["setting"] for each in report["experiments"]} == {"role_arn"}
    assert report["profile"]["message"] == f"the role `{arn('develper', own)}` does not exist"
    assert report["profile"]["hint"].startswith(
        f"accepted with `role_arn = {arn('developer', own)}"
    )


def test_instead_of_a_colleagues_device_the_users_own_is_tried(made: Home) -> None:
    device = {"mfa_serial": ANN, "mfa_process": f"echo {CODES[1]}"}
    config = role_profile("far", arn("far", FAR), "keys", **device)
    config += role_profile("it", arn("admin"), "keys", mfa_serial=ANN.replace("Ann", "bob"))
    config += role_profile("reader", arn("reader"), "keys")
    reads = Role(name="reader", trust=s.trust(), policies=(document(allow("iam:GetRole")),))
    with Sandbox(World(users=(user(),), roles=(role("admin", mfa="true"), reads))) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(config, keys("keys", user().credentials))
        report = home.run("explain", "it", "--output", "json", "--mfa-code", CODES[0]).report
    assert report["profile"]["cause"] == "mfa-device-not-yours"
    assert report["profile"]["hint"] == (
        f"accepted with `mfa_serial = {ANN}`, as `[profile far]` has it (config, line 5): set "
        "`mfa_serial` (config, line 12) to that, then run `sync-profiles`"
    )


def test_what_was_tried_is_no_reason_any_more_and_is_said(made: Home) -> None:
    config = f"[profile keys]\nmfa_serial = {ANN}\n" + "".join(
        [
            role_profile("works", arn("works"), "keys", external_id="acme-42"),
            role_profile("it", arn("admin"), "keys", role_session_name="a.colleague"),
        ]
    )
    roles = (role("admin", principal=ELSEWHERE), role("works", id="acme-42"))
    with Sandbox(World(users=(user(),), roles=roles)) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(config, keys("keys", user().credentials))
        untried = home.run("explain", "it", "--output", "json").report
        report = home.run("explain", "it", "--output", "json", "--mfa-code", CODES[0]).report
    # without a code, the device cannot be tried, and may be the reason
    (mfa,) = [each for each in untried["experiments"] if each["setting"] == "mfa_serial"]
    assert (mfa["accepted"], mfa["cause"]) == (False, "mfa-code-needed")
    assert "mfa" in {reason["topic"] for reason in untried["profile"]["reasons"]}
    assert untried["profile"]["hint"].endswith("or on a terminal, MFA is tried too")
    tried = [(each["setting"], each["value"]) for each in report["experiments"]]
    assert {("external_id", "acme-42"), ("mfa_serial", ANN)} <= set(tried)
    assert "mfa" not in {reason["topic"] for reason in report["profile"]["reasons"]}
    assert "`works` has another one" not in report["profile"]["hint"]
    assert "; tried without success: another external ID, " in report["profile"]["hint"]
    assert report["letter"] is not None


def test_no_more_than_twelve_experiments_are_sent_and_none_twice(made: Home) -> None:
    """Nor more than 240 in one run, for which a note says how to go on."""
    config = "".join(
        role_profile(f"p{n}", arn(f"p{n}"), "keys", external_id=f"id-{n}") for n in range(30)
    ) + role_profile("it", arn("admin"), "keys", role_session_name="Ann")
    roles = (role("admin", id="acme-42", name="${aws:username}"), role("works", id="acme-42"))
    with Sandbox(World(users=(user(),), roles=roles)) as sandbox:
        home = made.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(config, keys("keys", user().credentials))
        home.run("check", "-p", "it")
        home.run("check", "-p", "p*")
        sandbox.reset_calls()
        report = home.run("explain", "it", "--output", "json").report
        sent = [call for call in sandbox.calls if call.action == "sts:AssumeRole"]
        elsewhere = home.config_file.rename(home.config_file.with_name("other config"))
        of_all = home.run("explain", "--config-file", str(elsewhere), "--output", "json").report
    assert len(report["experiments"]) == 12
    numbers = [len(each["experiments"]) for each in of_all["profiles"]]
    assert sum(numbers) == 240
    assert min(numbers) > 5
    (note,) = of_all["notes"]
    assert note == (
        "a run sends at most 240 experiments: not all was tried for 31 of the profiles; name a few "
        "of them to try all, as in `sync-profiles explain --config-file ~/'.aws/other config' p0`"
    )
    assert len(sent) == len({str(call.parameters) for call in sent})
    nothing = '"Deny"'
    assert all(nothing in call.parameters["Policy"] for call in sent)


def test_where_aws_does_not_answer_the_experiments_end(explained: Callable[..., Json]) -> None:
    def intercept(request: HttpRequest) -> Answer | None:
        if request.parameters().get("RoleSessionName") == "ann":
            raise Refusal("ServiceUnavailable", "try again", status=503)
        return None

    report = explained(
        role("admin", principal=ELSEWHERE),
        caller=user(),
        role_arn=arn("admin"),
        intercept=intercept,
    )
    *_, last = report["experiments"]
    assert (last["value"], last["accepted"]) == ("ann", False)
    assert "other session name" not in report["profile"]["hint"]
