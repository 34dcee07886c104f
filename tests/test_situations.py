"""Files, what is said of them, and what remains once each hint was followed.

An example of the `FILES` in `data` has a config file; parts that begin with `--- credentials` and
`--- followed` (the config file after the hint was followed); and lines that begin with `$ ` for a
variable, `> ` for arguments in place of `check`, `>> ` for those of the sync that follows, and `! `
if AWS names the type of the policy that refuses. Source profiles are named as their users.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from e2e import Ended, Home, keys
from examples import IS_UPDATE, answers_of, examples, write_answers
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.fake_keys import FakeCredentials
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    CALLER_ACCOUNT,
    KEY_QUARANTINE,
    Account,
    FederatedUser,
    MfaDevice,
    Role,
    RoleSession,
    RootUser,
    User,
    identity_center_session,
)
from teams import ASSUMES, DENIES, GUARDED, SIMULATES, SPARED, Json, allow, document, role, user

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

#: `explained.txt` is about one command: what AWS was asked, and what the answers prove
FILES = ("situations.txt", "explained.txt")

PERSON = identity_center_session(permission_set="Admin", user_name="jane")
ANYONE: Json = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
OUTSIDERS: Json = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
OF_MEMBERS: Json = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
TRUSTED: Json = {**ANYONE, "Principal": {"AWS": CALLER_ACCOUNT}}
VENDOR: Json = {**TRUSTED, "Condition": {"StringEquals": {"sts:ExternalId": "acme-42"}}}


def with_trust(name: str, *statements: Json) -> Role:
    return Role(name=name, trust=document(*statements))


def denying(name: str, **condition: Json) -> Role:
    return with_trust(name, TRUSTED, {**ANYONE, "Effect": "Deny", "Condition": condition})


def reader(name: str, **conditions: str) -> Role:
    """Return a role whose sessions may read other roles, and assume them."""
    policies = (document(allow("iam:GetRole", "sts:AssumeRole")),)
    return replace(role(name, **conditions), policies=policies)


HOP, LONG, BOUNDED = role("hop_role"), role("long_mfa_role", mfa="true"), role("bounded_role")
ROLES = (
    reader("reader_role"),
    reader("reads_with_mfa", mfa="true"),
    with_trust("any_role", ANYONE),
    with_trust("closed_role", ANYONE, {**ANYONE, "Effect": "Deny"}),
    replace(with_trust("long_role", ANYONE), max_session_duration=7200),
    role("team/path_role"),
    role("vendor_role", id="acme-42", StringLike=s.OWN_NAME),
    role("third_role", principal=s.NEXT_ROLE.session_arn("work_api")),
    role("alices_role", principal=s.NAMES_ROLE.session_arn("alice")),
    role("ci_role", name="ci-7"),
    denying("denies_strangers", StringNotEquals={"sts:ExternalId": "x-1"}),
    role("team/far_role", principal="333333333333"),
    role("secure_role", mfa="true"),
    replace(LONG, max_session_duration=43200),
    role("below_role", principal=LONG.arn),
    replace(BOUNDED, permissions_boundary=document(allow("iam:GetRole"))),
    role("below_bounded", principal=BOUNDED.arn),
    role("below_named", principal=LONG.session_arn("no.session")),
    role("works_role", id="acme-42"),
    role("both_role", id="acme-42", mfa="true"),
    role("pattern_role", StringLike={"sts:ExternalId": "acme-*"}),
    role("plain_role", Null={"sts:ExternalId": "true", "aws:MultiFactorAuthPresent": "true"}),
    role("strict_role", id="acme-42", mfa="true", name="ci-7"),
    role("vendor_ci_role", id="acme-42", name="ci-7"),
    role("office_role", IpAddress={"aws:SourceIp": "203.0.113.0/24"}),
    role("slip_role", name="${aws:usename}"),
    denying("slip_denies_no_one", Bool={"aws:MFAPresent": "false"}),
    denying("slip_denies_all", StringNotEquals={"aws:PrincipleOrgID": "o-1"}),
    role("office_ci_role", name="ci-7", IpAddress={"aws:SourceIp": "203.0.113.0/24"}),
    denying("outsiders_denied", **OUTSIDERS),
    with_trust(
        "vendor_outsiders_denied", VENDOR, {**ANYONE, "Effect": "Deny", "Condition": OUTSIDERS}
    ),
    with_trust("vendor_or_organization", {**TRUSTED, **OF_MEMBERS}, VENDOR),
    role("near_role", CALLER_ACCOUNT, id="x-1"),
    role("team/open_near", CALLER_ACCOUNT),
    role("team/vendor_near", CALLER_ACCOUNT, id="acme-42"),
    *(HOP, role("developer", CALLER_ACCOUNT)),
    role("person_role", principal=PERSON.role.arn, id="theirs", mfa="true"),
    role("robot_role", principal=HOP.session_arn("robot"), id="theirs"),
    role("hopped_role", principal=HOP.session_arn("work_api")),
    role("x_role", principal="arn:aws:iam::111111111111:user/x"),
    # AWS may know more than we do: here, an operator that it has added
    replace(
        role("odd_role", id="x"),
        shown_trust=json.dumps(s.trust(condition={"StringResembles": {"sts:ExternalId": "x"}})),
    ),
)


def lister(name: str, *devices: str) -> User:
    """Return a user who may list their MFA devices, which are these."""
    serials = tuple(MfaDevice(serial=f"arn:aws:iam::111111111111:{each}") for each in devices)
    policy = document(allow("sts:AssumeRole", "iam:ListMFADevices"))
    return replace(user(name, policy), mfa_devices=serials)


ASKER = user("asker", document(ASSUMES, SIMULATES))
FENCED = replace(ASKER, name="fenced", permissions_boundary=document(SIMULATES))
WITH_MFA: Json = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
AS_DEPLOY_X: Json = {"Condition": {"StringEquals": {"sts:RoleSessionName": "deploy-x"}}}
USERS = (
    User(name="bound", policies=(ALLOW_ASSUME_ROLE,), permissions_boundary=document(allow("s3:*"))),
    User(name="controlled", account_id="444444444444", policies=(ALLOW_ASSUME_ROLE,)),
    replace(ASKER, name="limited", account_id="555555555555"),
    *(FENCED, replace(FENCED, name="boxed", account_id="555555555555")),
    replace(ASKER, name="walled", permissions_boundary=document(allow("*"), DENIES)),
    User(name="powerless"),
    user("x"),
    user("denied", ALLOW_ASSUME_ROLE, document(DENIES)),
    user("denied_asker", document(ASSUMES, DENIES, SIMULATES)),
    *(ASKER, GUARDED),
    replace(GUARDED, name="guarded_asker", policies=(*GUARDED.policies, document(SIMULATES))),
    user("leaked", ALLOW_ASSUME_ROLE, KEY_QUARANTINE),
    user("narrow", document(allow("sts:AssumeRole", on=ROLES[0].arn))),
    user("member", document({**ASSUMES, **OF_MEMBERS}, SIMULATES)),
    user("narrow_asker", document(allow("sts:AssumeRole", on=ROLES[0].arn), SIMULATES)),
    user("narrow_any", document(allow("sts:AssumeRole", on="*:role/any_role"), SIMULATES)),
    user("deploys", document({**allow("sts:AssumeRole"), **AS_DEPLOY_X}, SIMULATES)),
    user("only_others", document(allow("sts:AssumeRole", on="*:role/others-*"), SIMULATES)),
    user("account_reader", document(ASSUMES, allow("iam:GetRole"))),
    user("sometimes_denied", document(ASSUMES, {**DENIES, "Resource": "*:role/any_role"})),
    user("mfa_caller", document({**ASSUMES, **WITH_MFA})),
    lister("phoned", "mfa/my-phone"),
    lister("phoneless"),
    lister("touching", "u2f/user/touching/key-7"),
    user("no.session", document(ASSUMES, {**DENIES, "Action": "sts:GetSessionToken"})),
    SPARED,
)
RUNNER = role("runner", CALLER_ACCOUNT)
SESSIONS = {
    "expired": RoleSession(role=RUNNER, session_name="old", lifetime=timedelta(minutes=-1)),
    "machine": RoleSession(role=RUNNER, session_name="ci-7"),
    "jane": PERSON,
}
ROOT, FEDERATED = RootUser(), FederatedUser(name="fred", policies=(ALLOW_ASSUME_ROLE,))
WORLD = World(
    users=(*s.STORY.users, *USERS),
    roles=(*s.STORY.roles, *ROLES),
    sessions=tuple(SESSIONS.values()),
    root_users=(ROOT,),
    federated_users=(FEDERATED,),
    accounts=(
        Account(account_id="444444444444", service_control_policies=(document(DENIES),)),
        Account(account_id="555555555555", service_control_policies=(document(SIMULATES),)),
    ),
)
#: the keys of every source profile; those that are wrong come first, where their lines stay
KEYS: dict[str, FakeCredentials] = {
    "default": s.WORK_API.credentials,
    "expired": SESSIONS["expired"].credentials,
    "root": ROOT.credentials,
    "federated": FEDERATED.credentials,
    "wrong-secret": replace(s.WORK_API.credentials, secret_access_key="wrong" * 8),
    "unknown": FakeCredentials(access_key_id="AKIAFAKENOBODY234567", secret_access_key="wrong" * 8),
    "quoted": replace(
        s.WORK_API.credentials, secret_access_key=f'"{s.WORK_API.credentials.secret_access_key}"'
    ),
    "torn": replace(SESSIONS["machine"].credentials, session_token=None),
    **{user.name: user.credentials for user in WORLD.users},
    **{name: session.credentials for name, session in SESSIONS.items()},
}
VARYING = re.compile(r"(?<=botocore-session-)\d+")


def said_of(row: Json) -> Iterator[str]:
    """Yield what a report says of a profile: one line, and its message and hint if it has any."""
    name, verdict, cause = row["profile"], row["verdict"], row["cause"]
    more = [cause, row["policy_type"], row["blocked_by"] and f"below {row['blocked_by']}"]
    more += [f"through {' and '.join(row['chain'])}"] if len(row["chain"]) > 1 else []
    yield f"{name}: {verdict}{', '.join(['', *filter(None, more)])}; {row['change']}"
    if verdict != "accepted" or cause is not None or " " in (row["message"] or ""):
        yield VARYING.sub("TIME", row["message"])
        yield from [f"hint: {row['hint']}"] if row["hint"] is not None else []


def said(ended: Ended) -> Iterator[str]:
    """Yield what a report says of the sources that fail, of its profiles, and beside them."""
    report = ended.report
    for source in report.get("callers", []):
        if source["error"] is not None:
            yield f"{source['source']}: {source['error']}"
            yield f"hint: {source['hint']}"
    rows = report["profiles"] if "profiles" in report else [report["profile"]]
    for row in rows:
        yield from said_of(row)
        read = row.get("trust_policy") or report.get("trust_policy")
        if read is not None:
            demands = "; ".join([*read["demands"], *filter(None, [read["problem"]])])
            yield f"its trust policy, read with {read['read_with_profile']}: {demands}"
        explained = row if "experiments" in row else report
        for sent in explained.get("switches", ()):
            more = [sent["session_name"] or "no name", sent["external_id"], sent["mfa_serial"]]
            seconds = f"{sent['duration_seconds']} s"
            words = ", ".join(filter(None, [*more, seconds]))
            result = sent["code"] or ("accepted" if sent["accepted"] else "not sent")
            yield f"sent: {sent['role_arn']} ({words}): {result}"
        policies = explained.get("caller_policies")
        if policies is not None:
            by = f" by {', '.join(policies['policies'])}" if policies["policies"] else ""
            yield f"its caller's policies: {policies['decision'] or policies['problem']}{by}"
        for tried in explained.get("experiments", ()):
            result = "accepted" if tried["accepted"] else tried["cause"]
            changes = [f"{each['setting']} = {each['value']}" for each in (tried, *tried["also"])]
            yield f"tried: {' and '.join(changes)}: {result}"
        if "letters" in report:
            yield f"reasons: {', '.join(reason['topic'] for reason in row['reasons'])}"
    yield from (f"note: {note}" for note in report.get("notes", []))
    for letter in report.get("letters", []):
        yield f"a letter to account {letter['account']}"


def play(example: str, home: Home, sandbox: Sandbox) -> list[str]:
    """Run the command on the files of an example, and a sync once the hints were followed."""
    lines = [line for line in example.splitlines() if line and not line.startswith(("- ", "! "))]
    marks = {
        mark: [line[len(mark) + 1 :] for line in lines if line.startswith(f"{mark} ")]
        for mark in ("$", ">", ">>")
    }
    text = "".join(f"{line}\n" for line in lines if not line.startswith(("$ ", "> ", ">> ")))
    text, _, followed = text.partition("--- followed\n")
    config, own_keys, credentials = text.partition("--- credentials\n")
    if not own_keys:
        credentials = "".join(keys(name, of) for name, of in KEYS.items())
    environ = dict(line.split("=", 1) for line in marks["$"])
    home = home.write(config, credentials).with_environment(**environ)
    arguments = (marks[">"] or ["check"])[0].split()

    ended = home.run(*arguments, "--output", "json")

    answers = [line.rstrip() for line in said(ended)]
    roles = {call.parameters.get("RoleArn", "").rpartition("/")[2] for call in sandbox.calls}
    answers.append(f"AWS was asked for: {', '.join(sorted(roles - {''})) or 'nothing'}")
    of_iam = Counter(call.action for call in sandbox.calls if call.action.startswith("iam:"))
    if of_iam:
        times = (f"{action.removeprefix('iam:')} ({of_iam[action]})" for action in sorted(of_iam))
        answers.append(f"IAM was asked for: {', '.join(times)}")
    printed = ended.stdout + ended.stderr
    assert not [of for of in KEYS.values() if of.secret_access_key in printed]
    assert "--mfa-code" not in arguments or arguments[-1] not in printed
    is_alike = "AWS CLI v1" not in "".join(answers)  # the witness may be the older one
    # for a device the AWS CLI asks for a code
    if arguments == ["check"] and is_alike and "mfa_serial" not in config:
        tested = [name for name, row in ended.profiles.items() if row["verdict"] != "unknown"]
        assert home.working_profiles(tested) == ended.accepted
    if followed and arguments == ["check"]:  # a sync that writes nothing reports the same
        assert list(said(home.run_json("--dry-run"))) == list(said(ended))
    if followed or marks[">>"]:
        synced = home.write(followed or None).run(
            *" ".join(marks[">>"]).split(), "-q", "--output", "json"
        )
        answers.append(f"once that is done, these work: {', '.join(sorted(synced.accepted))}")
        if "mfa_serial" not in (followed or config):
            assert home.working_profiles(synced.profiles) == synced.accepted
    return answers


@pytest.mark.parametrize(
    ("file", "sentence", "example"),
    [pytest.param(file, *each, id=each[0]) for file in FILES for each in examples(file)],
)
def test_a_situation_is_reported_as_it_is(
    file: str, sentence: str, example: str, bare_home: Home
) -> None:
    names_type = "\n! " in f"\n{example}"
    with Sandbox(replace(WORLD, names_policy_type=names_type)) as sandbox:
        home = bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        answers = play(example, home, sandbox)
    if IS_UPDATE:
        example = write_answers(file, sentence, answers)
    assert answers == answers_of(example)
