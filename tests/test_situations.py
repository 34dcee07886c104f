"""Files, what is said of them, and what remains once each hint was followed.

An example of `data/situations.txt` has a config file; parts that begin with `--- credentials` and
`--- followed` (the config file after the hint was followed); and lines that begin with `$ ` for a
variable, `> ` for arguments in place of `check`, `>> ` for those of the sync that follows, and `! `
if AWS names the type of the policy that refuses. Source profiles are named as their users.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from e2e import Ended, Home, Json, keys
from examples import answers_of, examples, write_answers
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.fake_keys import Credentials
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    KEY_QUARANTINE,
    Account,
    DenialText,
    FederatedUser,
    PolicyDocument,
    Role,
    RoleSession,
    RootUser,
    User,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

FILE = "situations.txt"


def policy(*statements: Json) -> PolicyDocument:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, on: str = "*") -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


ANYONE: Json = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
OWN_NAME: Json = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
VENDOR: Json = {"StringEquals": {"sts:ExternalId": "acme-42"}, **OWN_NAME}
DENY: Json = {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}
READER = Role(
    name="reader_role", trust=s.trust(), policies=(policy(allow("iam:GetRole", "sts:AssumeRole")),)
)
RUNNER = Role(
    name="runner", account_id="111111111111", trust=s.trust(), policies=(ALLOW_ASSUME_ROLE,)
)
ROLES = (
    READER,
    Role(name="any_role", trust=policy(ANYONE)),
    Role(name="closed_role", trust=policy(ANYONE, {**ANYONE, "Effect": "Deny"})),
    Role(name="long_role", trust=policy(ANYONE), max_session_duration=7200),
    Role(name="path_role", path="/team/", trust=s.trust()),
    Role(name="vendor_role", trust=s.trust(condition=VENDOR)),
    Role(name="third_role", trust=s.trust(principal={"AWS": s.NEXT_ROLE.session_arn("work_api")})),
    Role(
        name="ci_role", trust=s.trust(condition={"StringEquals": {"sts:RoleSessionName": "ci-7"}})
    ),
    Role(
        name="denies_strangers",
        trust=policy(
            {**ANYONE, "Principal": {"AWS": "111111111111"}},
            {
                **ANYONE,
                "Effect": "Deny",
                "Condition": {"StringNotEquals": {"sts:ExternalId": "x-1"}},
            },
        ),
    ),
)
USERS = (
    User(name="bound", policies=(ALLOW_ASSUME_ROLE,), permissions_boundary=policy(allow("s3:*"))),
    User(name="controlled", account_id="444444444444", policies=(ALLOW_ASSUME_ROLE,)),
    User(name="denied", policies=(ALLOW_ASSUME_ROLE, policy(DENY))),
    User(name="leaked", policies=(ALLOW_ASSUME_ROLE, KEY_QUARANTINE)),
    User(name="narrow", policies=(policy(allow("sts:AssumeRole", on=READER.arn)),)),
    User(name="powerless"),
)
SESSIONS = {
    "expired": RoleSession(role=RUNNER, session_name="old", lifetime=timedelta(minutes=-1)),
    "machine": RoleSession(role=RUNNER, session_name="ci-7"),
}
ROOT, FEDERATED = RootUser(), FederatedUser(name="fred", policies=(ALLOW_ASSUME_ROLE,))
WORLD = World(
    users=(*s.STORY.users, *USERS),
    roles=(*s.STORY.roles, *ROLES),
    sessions=tuple(SESSIONS.values()),
    root_users=(ROOT,),
    federated_users=(FEDERATED,),
    accounts=(Account(account_id="444444444444", service_control_policies=(policy(DENY),)),),
)
#: the keys of every source profile
KEYS: dict[str, Credentials] = {
    "default": s.WORK_API.credentials,
    **{user.name: user.credentials for user in WORLD.users},
    **{name: session.credentials for name, session in SESSIONS.items()},
    "root": ROOT.credentials,
    "federated": FEDERATED.credentials,
    "wrong-secret": replace(s.WORK_API.credentials, secret_access_key="x" * 40),
    "unknown": Credentials(access_key_id="AKIAFAKENOBODY234567", secret_access_key="x" * 40),
    "torn": replace(SESSIONS["machine"].credentials, session_token=None),
}
VARYING = re.compile(r"(?<=botocore-session-)\d+")


def said_of(row: Json) -> Iterator[str]:
    """Yield what a report says of a profile: one line, and its message and hint if it has any."""
    name, verdict, cause = row["profile"], row["verdict"], row["cause"]
    more = [cause, row["policy_type"], row["blocked_by"] and f"below {row['blocked_by']}"]
    more += [f"through {' and '.join(row['chain'])}"] if len(row["chain"]) > 1 else []
    yield f"{name}: {verdict}{', '.join(['', *filter(None, more)])}; {row['change']}"
    if verdict != "accepted" or cause is not None:
        yield VARYING.sub("TIME", row["message"])
        yield f"hint: {row['hint']}"


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
            demands = "; ".join(read["demands"])
            yield f"its trust policy, read with {read['read_with_profile']}: {demands}"
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
    printed = ended.stdout + ended.stderr
    assert not [of for of in KEYS.values() if of.secret_access_key in printed]
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
        if "mfa_serial" not in followed:
            assert home.working_profiles(synced.profiles) == synced.accepted
    return answers


@pytest.mark.parametrize(
    ("sentence", "example"),
    [pytest.param(*example, id=example[0]) for example in examples(FILE)],
)
def test_a_situation_is_reported_as_it_is(sentence: str, example: str, bare_home: Home) -> None:
    names = DenialText.NAMES_POLICY_TYPE if "\n! " in f"\n{example}" else DenialText.PLAIN
    with Sandbox(replace(WORLD, denial_text=names)) as sandbox:
        home = bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        answers = play(example, home, sandbox)
    if os.environ.get("UPDATE_EXPLANATIONS"):
        example = write_answers(FILE, sentence, answers)
    assert answers == answers_of(example)
