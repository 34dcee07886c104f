"""The judge, by the tables `data/judged_*.txt`: conditions, whole statements and principals."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import assert_never

import pytest

from examples import table
from sync_profiles.policy.grammar import Policy, PolicyKind, parse_policy
from sync_profiles.policy.judge import (
    Allow,
    CannotTell,
    Element,
    ExplicitDeny,
    ImplicitDeny,
    Judgement,
    Naming,
    Request,
    judge,
)
from sync_profiles.policy.key_values import time_keys
from sync_profiles.policy.matching import Context
from sync_profiles.trust_policy.checking import check_policy
from trust_witness import arn

USERS = "111111111111"
ROLE = "arn:aws:iam::222222222222:role/admin_role"
CALLERS = {
    name: arn(f"arn:aws:{end}")
    for name, end in {
        "Alice": f"iam::{USERS}:user/team/Alice",
        "session": f"sts::{USERS}:assumed-role/hop/Alice",
        "root": f"iam::{USERS}:root",
        "federated": f"sts::{USERS}:federated-user/Bob",
    }.items()
}

Json = dict[str, object]
Values = dict[str, str | tuple[str, ...]]

ALICE: Values = {"aws:username": "Alice", "sts:RoleSessionName": "Alice"}
#: kinds of keys that a request certainly lacks
ABSENT = frozenset({"sts:externalid", "aws:requesttag/"})
OPEN: Json = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
LIKE: Json = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
#: a condition on what only AWS knows
HOME: Json = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}


def policy(*changes: Json, version: str | None = "2012-10-17") -> Json:
    """Return a policy with a statement for each change; a value of None removes an element.

    With a `Resource` it is one of the callers, without a `Principal`.
    """
    of_callers = any({"Resource", "NotResource"} & change.keys() for change in changes)
    usual = {**OPEN, "Principal": None} if of_callers else OPEN
    statements = [
        {name: value for name, value in {**usual, **change}.items() if value is not None}
        for change in changes
    ]
    return {**({} if version is None else {"Version": version}), "Statement": statements}


def request(keys: Values, caller: str = "Alice", absent: frozenset[str] | None = None) -> Request:
    context = Context.of(keys, absent=absent)
    return Request(action="sts:AssumeRole", resource=ROLE, caller=CALLERS[caller], context=context)


def parse(document: Json) -> Policy:
    text = json.dumps(document)
    kind = PolicyKind.TRUST if '"Principal"' in text else PolicyKind.IDENTITY
    return parse_policy(text, kind=kind)


def judged(document: Json, asked: Request) -> Judgement:
    return judge(parse(document), asked)


def verdict(document: Json, asked: Request) -> str:
    judgement = judged(document, asked)
    match judgement:
        case Allow():
            return "allow"
        case ExplicitDeny():
            return "deny"
        case ImplicitDeny():
            return "no"
        case CannotTell(keys=unknown):
            return " ".join(("cannot tell:", *unknown))
        case _:
            assert_never(judgement)


@pytest.mark.parametrize("row", table("judged_conditions.txt"))
def test_a_condition_decides(row: str) -> None:
    expected, condition, given, _ = row.split(" | ")
    keys: Values = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in json.loads(given).items()
    }
    assert verdict(policy({"Condition": json.loads(condition)}), request(keys)) == expected


@pytest.fixture
def in_auckland() -> Iterator[None]:
    """Run a test on a machine whose own time is not UTC, where the system can change it."""
    if not hasattr(time, "tzset"):
        yield
        return
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_auckland")
def test_a_date_without_a_time_zone_is_utc_on_any_machine() -> None:
    is_utc = policy({"Condition": {"DateEquals": {"k": "2024-01-01T12:00:00Z"}}})
    assert verdict(is_utc, request({"k": "2024-01-01T12:00:00"})) == "allow"


@pytest.mark.usefixtures("in_auckland")
def test_a_request_has_the_time_in_utc_and_in_seconds() -> None:
    at = datetime(2024, 1, 2, 1, 30, tzinfo=timezone(timedelta(hours=9)))
    assert time_keys(at) == {
        "aws:CurrentTime": "2024-01-01T16:30:00Z",
        "aws:EpochTime": "1704126600",
    }


@pytest.mark.parametrize("row", table("judged_statements.txt"))
def test_statements_decide_together(row: str) -> None:
    expected, statements, _ = row.split(" | ")
    assert verdict(policy(*json.loads(statements)), request(ALICE, absent=ABSENT)) == expected


@pytest.mark.parametrize("row", table("judged_principals.txt"))
def test_a_principal_names_the_caller(row: str) -> None:
    naming, principal, caller, _ = row.split(" | ")
    statement: Json = {"Principal": json.loads(principal)}
    asked = request(ALICE, caller, absent=ABSENT)
    judgement = judged(policy(statement), asked)
    if naming == "not":
        assert isinstance(judgement, ImplicitDeny)
        assert [miss.element for miss in judgement.misses] == [Element.PRINCIPAL]
    else:
        assert isinstance(judgement, Allow)
        assert judgement.naming is Naming[naming]
        undecided = judged(policy({**statement, "Condition": HOME}), asked)
        assert isinstance(undecided, CannotTell)
        assert undecided.naming is Naming[naming]


def test_a_deny_that_may_apply_does_not_name_the_caller() -> None:
    denies: list[Json] = [{"Effect": "Deny", "Sid": sid, "Condition": HOME} for sid in "ab"]
    judgement = judged(policy({}, *denies), request(ALICE, absent=ABSENT))
    assert isinstance(judgement, CannotTell)
    assert (judgement.statement.sid, judgement.naming) == ("a", None)


def test_one_of_two_statements_grants_at_least_what_the_weaker_grants() -> None:
    kinds = [(USERS, "StringEquals"), ("*", "StringNotEquals")]
    for named in (kinds, kinds[::-1]):
        document = policy(
            *({"Principal": {"AWS": who}, "Condition": {how: {"k": "a"}}} for who, how in named)
        )
        first, *others = parse(document).statements
        expected = Allow(statement=first, naming=Naming.ACCOUNT, others=tuple(others))
        assert judged(document, request(ALICE, absent=ABSENT)) == expected


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_an_old_version_takes_variables_literally(version: str | None) -> None:
    old = policy({"Condition": LIKE}, version=version)
    assert verdict(old, request(ALICE)) == "no"
    named = {**ALICE, "sts:RoleSessionName": "${aws:username}"}
    assert verdict(old, request(named)) == "allow"
    undecided = policy({"Condition": {"StringEquals": {"k": "${aws:userid}"}}}, version=version)
    assert (
        verdict(undecided, request({"k": ("${aws:userid}", "b")}, absent=ABSENT))
        == "cannot tell: k"
    )


TAGS = [f"${{aws:PrincipalTag/a{n % 2}}}-*${{aws:PrincipalTag/b}}{n}" for n in range(99)]
NAMES = [f"n{n}" for n in range(250)]


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"StringLike": {"sts:RoleSessionName": TAGS}}, "under some session names, if"),
        (
            {
                "StringLike": {"sts:RoleSessionName": NAMES},
                "StringEquals": {"sts:RoleSessionName": [*NAMES[::2], "${aws:username}"]},
            },
            "if the session name is like `n0`",
        ),
    ],
)
def test_what_would_take_minutes_to_describe_is_left_as_the_policy_has_it(
    condition: Json, left: str
) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Condition": condition}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement | {"Action": "sts:*"}})
    assert left in check_policy(text).admits[0]
