from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import assert_never

import pytest

from sync_profiles.policy.conditions import parse_operator
from sync_profiles.policy.grammar import parse_policy
from sync_profiles.policy.judge import (
    Allow,
    CannotTell,
    Element,
    ExplicitDeny,
    ImplicitDeny,
    Naming,
    Principal,
    Request,
    applies,
    judge,
)
from sync_profiles.policy.matching import Answer, Context

USERS = "111111111111"
ROLE = "arn:aws:iam::222222222222:role/admin_role"
ALICE = Principal(arn=f"arn:aws:iam::{USERS}:user/team/Alice", account_id=USERS)
SESSION = Principal(arn=f"arn:aws:sts::{USERS}:assumed-role/hop/Alice", account_id=USERS)
HOP = f"arn:aws:iam::{USERS}:role/hop"
ROOT = Principal(arn=f"arn:aws:iam::{USERS}:root", account_id=USERS)
FEDERATED = Principal(arn=f"arn:aws:sts::{USERS}:federated-user/Bob", account_id=USERS)

Json = dict[str, object]
Values = dict[str, str | tuple[str, ...]]

ALICE_KEYS: Values = {"aws:username": "Alice", "sts:RoleSessionName": "Alice"}
USER_NAME: Json = {"sts:RoleSessionName": "${aws:username}"}


def policy(
    condition: Json | None = None,
    changes: Json | None = None,
    *,
    version: str | None = "2012-10-17",
) -> Json:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": USERS},
        "Action": "sts:AssumeRole",
        "Condition": condition,
        **(changes or {}),
    }
    statement = {name: value for name, value in statement.items() if value is not None}
    return {**({} if version is None else {"Version": version}), "Statement": [statement]}


def request(keys: Values | None = None, principal: Principal = ALICE) -> Request:
    context = Context.of(ALICE_KEYS if keys is None else keys)
    return Request(action="sts:AssumeRole", resource=ROLE, principal=principal, context=context)


def verdict(
    document: Json,
    keys: Values | None = None,
    *,
    asked: Request | None = None,
) -> str:
    judgement = judge(parse_policy(json.dumps(document)), asked or request(keys))
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


def named(name: str, user: str = "Alice") -> Values:
    return {"aws:username": user, "sts:RoleSessionName": name}


NO_USER: Values = {"sts:RoleSessionName": "Alice"}
LIKE: Json = {"StringLike": USER_NAME}


def like(pattern: object) -> Json:
    return {"StringLike": {"sts:RoleSessionName": pattern}}


CONDITIONS = [
    pytest.param(LIKE, named("Alice"), True, id="the session name is the user's name"),
    pytest.param(LIKE, named("Bob"), False, id="the session name is a colleague's"),
    pytest.param(LIKE, named("alice"), False, id="StringLike compares with case"),
    pytest.param({"StringEquals": USER_NAME}, named("Alice"), True, id="StringEquals accepts"),
    pytest.param({"StringEquals": USER_NAME}, named("alice"), False, id="StringEquals has case"),
    pytest.param({"StringEqualsIgnoreCase": USER_NAME}, named("aLICE"), True, id="ignores case"),
    pytest.param(
        {"StringEquals": {"sts:RoleSessionName": "*"}}, named("Bob"), False, id="an equal star"
    ),
    pytest.param(
        {"StringEqualsIgnoreCase": {"sts:RoleSessionName": "BO?"}}, named("bob"), False, id="mark"
    ),
    pytest.param(LIKE, NO_USER, False, id="without a user name the variable matches nothing"),
    pytest.param(LIKE, {"sts:RoleSessionName": ""}, False, id="no user name is not an empty name"),
    pytest.param(like("*"), named("Bob", "*"), True, id="a star in the policy is any text"),
    pytest.param(LIKE, named("Bob", "*"), False, id="a star in a variable's value is a star"),
    pytest.param(LIKE, named("*", "*"), True, id="and matches a star"),
    pytest.param(like("deploy-*"), named("deploy-7"), True, id="a prefix"),
    pytest.param(like("*-cicd"), named("x-cicd"), True, id="a suffix"),
    pytest.param(like("a?c*e*g"), named("abcdefg"), True, id="stars and question marks"),
    pytest.param(like("a*c*e*g"), named("abcdefg"), True, id="three stars"),
    pytest.param(like("a*b*b"), named("ab"), False, id="stars do not share text"),
    pytest.param(like(["x", "Al*"]), named("Alice"), True, id="one of a list is enough"),
    pytest.param(like([]), named("Alice"), False, id="an empty list matches nothing"),
    pytest.param(like("${*}"), named("*"), True, id="an escaped star is a star"),
    pytest.param(like("${*}"), named("Alice"), False, id="an escaped star is not a wildcard"),
    pytest.param(like("${?}${$}"), named("?$"), True, id="escaped question mark and dollar"),
    pytest.param(like("${aws:unknown, 'Alice'}"), named("Alice"), True, id="a default is used"),
    pytest.param(like("${aws:unknown, '*'}"), named("Alice"), False, id="a default is literal"),
    pytest.param(like("${AWS:UserName}"), named("Alice"), True, id="a variable ignores case"),
    pytest.param(like("${aws:username"), named("Alice"), False, id="an open brace is plain text"),
    pytest.param(
        like("${aws:PrincipalTag/team name}-*"),
        {"aws:principaltag/Team Name": "blue", "sts:RoleSessionName": "blue-1"},
        True,
        id="a principal tag",
    ),
    pytest.param(
        like("${aws:TagKeys}"),
        {"aws:TagKeys": ("Alice", "Bob"), "sts:RoleSessionName": "Alice"},
        False,
        id="a key with several values is not a variable",
    ),
    pytest.param({"StringNotLike": USER_NAME}, NO_USER, False, id="Not: a missing variable"),
    pytest.param({"StringNotEquals": {"sts:ExternalId": "x"}}, {}, True, id="Not: an absent key"),
    pytest.param({"StringEquals": {"sts:ExternalId": "x"}}, {}, False, id="external ID missing"),
    pytest.param(
        {"StringEquals": {"STS:externalID": "x"}}, {"sts:ExternalId": "x"}, True, id="key has case"
    ),
    pytest.param({"Bool": {"aws:M": "true"}}, {"aws:M": "true"}, True, id="MFA was used"),
    pytest.param({"Bool": {"aws:M": True}}, {"aws:M": "true"}, True, id="a JSON boolean"),
    pytest.param({"bool": {"aws:M": "TRUE"}}, {"aws:M": "true"}, True, id="Bool ignores case"),
    pytest.param({"Bool": {"aws:M": "false"}}, {}, False, id="Bool false is not absent"),
    pytest.param({"Bool": {"aws:M": "false"}}, {"aws:M": "False"}, True, id="Bool false"),
    pytest.param({"Bool": {"aws:M": "x"}}, {"aws:M": "x"}, False, id="Bool of no truth value"),
    pytest.param({"BinaryEquals": {"k": "YQ=="}}, {"k": "YQ=="}, True, id="BinaryEquals"),
    pytest.param({"BinaryEquals": {"k": "YQ=="}}, {"k": "Yg=="}, False, id="BinaryEquals: other"),
    pytest.param({"BoolIfExists": {"aws:M": "true"}}, {}, True, id="IfExists: may be absent"),
    pytest.param({"BoolIfExists": {"aws:M": "true"}}, {"aws:M": "false"}, False, id="IfExists no"),
    pytest.param({"Null": {"aws:M": "true"}}, {}, True, id="Null true: absent"),
    pytest.param({"Null": {"aws:M": "false"}}, {}, False, id="Null false: must be present"),
    pytest.param({"Null": {"aws:M": "false"}}, {"aws:M": "x"}, True, id="Null false: is present"),
    pytest.param({"NumericLessThan": {"k": 3600}}, {"k": "10"}, True, id="a smaller number"),
    pytest.param({"NumericLessThan": {"k": "3600"}}, {"k": "3600"}, False, id="an equal number"),
    pytest.param({"NumericEquals": {"k": "1.0"}}, {"k": "1"}, True, id="numbers, not texts"),
    pytest.param({"NumericNotEquals": {"k": "1"}}, {"k": "1.00"}, False, id="NumericNotEquals"),
    pytest.param({"NumericEquals": {"k": "one"}}, {"k": "1"}, False, id="not a number"),
    pytest.param(
        {"DateLessThan": {"k": "2024-02-01T00:00:00Z"}},
        {"k": "2024-01-31T23:59:59Z"},
        True,
        id="an earlier moment",
    ),
    pytest.param({"DateGreaterThan": {"k": "2024"}}, {"k": "1704067201"}, True, id="epoch time"),
    pytest.param(
        {"DateEquals": {"k": "2024-01-01T02:00:00+02:00"}},
        {"k": "2024-01-01"},
        True,
        id="another time zone; without one it is UTC",
    ),
    pytest.param({"DateEquals": {"k": "2024-13"}}, {"k": "2024"}, False, id="no such month"),
    pytest.param({"IpAddress": {"k": "10.0.0.0/8"}}, {"k": "10.1.2.3"}, True, id="in the network"),
    pytest.param({"IpAddress": {"k": "10.9.9.9/8"}}, {"k": "10.1.2.3"}, True, id="its host part"),
    pytest.param({"NotIpAddress": {"k": "10.0.0.0/8"}}, {"k": "10.1.2.3"}, False, id="not in it"),
    pytest.param({"IpAddress": {"k": "2001:db8::/32"}}, {"k": "2001:db8::1"}, True, id="IPv6"),
    pytest.param({"IpAddress": {"k": "home"}}, {"k": "10.1.2.3"}, False, id="not a network"),
    pytest.param(
        {"ArnLike": {"k": "arn:aws:iam::*:role/x*"}},
        {"k": "arn:aws:iam::1:role/xy"},
        True,
        id="ARN",
    ),
    pytest.param(
        {"ArnLike": {"k": "arn:aws:sns:*:1:a:?"}}, {"k": "arn:aws:sns:x:1:a:b"}, True, id="colons"
    ),
    pytest.param(
        {"ArnLike": {"k": "arn:aws:*:role/x"}}, {"k": "arn:aws:iam::1:role/x"}, False, id="parts"
    ),
    pytest.param(
        {"ArnNotEquals": {"k": "arn:aws:iam::1:role/x"}},
        {"k": "arn:aws:iam::1:role/X"},
        True,
        id="ARNs compare with case",
    ),
    pytest.param(
        {"ArnLike": {"k": "arn:aws:iam::1:user/${aws:username}"}},
        {"k": "arn:aws:iam::1:user/Alice", "aws:username": "Alice"},
        True,
        id="a variable with a colon in its key stays in its part",
    ),
    pytest.param(
        {"ArnLike": {"k": "arn:aws:iam::*:user/${aws:username}"}},
        {"k": "arn:aws:iam::1:user/Alice", "aws:username": "Alice"},
        True,
        id="a star beside a variable",
    ),
    pytest.param(
        {"ArnEquals": {"k": "${aws:PrincipalArn}"}},
        {"k": "arn:aws:iam::1:user/a", "aws:PrincipalArn": "arn:aws:iam::1:user/a"},
        True,
        id="a variable that is a whole ARN",
    ),
    pytest.param(
        {"ArnEquals": {"k": "${aws:PrincipalArn}"}},
        {"k": "arn:aws:iam::1:user/b", "aws:PrincipalArn": "arn:aws:iam::1:user/a"},
        False,
        id="a variable that is another ARN",
    ),
    pytest.param(
        {"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ("a", "b")}, True, id="all are"
    ),
    pytest.param(
        {"ForAllValues:StringEquals": {"k": ["a"]}}, {"k": ("a", "b")}, False, id="not all are"
    ),
    pytest.param({"ForAllValues:StringEquals": {"k": "a"}}, {}, True, id="all of nothing"),
    pytest.param(
        {"ForAnyValue:StringLike": {"k": "b*"}}, {"k": ("a", "bc")}, True, id="any of them is"
    ),
    pytest.param({"ForAnyValue:StringLike": {"k": "*"}}, {}, False, id="any of nothing"),
    pytest.param(
        {"ForAnyValue:StringNotEquals": {"k": "a"}}, {"k": ("a", "b")}, True, id="any is not"
    ),
    pytest.param({"ForAnyValue:StringNotEquals": {"k": "a"}}, {}, False, id="nothing is not"),
    # seen with the real IAM: https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w
    pytest.param(
        {"ForAnyValue:StringEqualsIfExists": {"k": "a"}}, {}, False, id="any of nothing, IfExists"
    ),
    pytest.param(
        {"StringLike": {"a": "1"}, "StringEquals": {"b": "2"}}, {"a": "1"}, False, id="all hold"
    ),
]


@pytest.mark.parametrize(("condition", "keys", "holds"), CONDITIONS)
def test_a_condition_decides(condition: Json, keys: Values, *, holds: bool) -> None:
    assert verdict(policy(condition), keys) == ("allow" if holds else "no")


@pytest.mark.parametrize(
    "spelled", ["StringLike", "ArnNotEqualsIfExists", "ForAnyValue:BoolIfExists", "Null"]
)
def test_an_operator_is_named_as_aws_spells_it(spelled: str) -> None:
    assert str(parse_operator(spelled.lower())) == spelled
    assert parse_operator(f"{spelled}s") is None


def test_null_has_no_ifexists() -> None:
    assert parse_operator("NullIfExists") is None


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="only POSIX changes the time zone")
def test_a_date_without_a_time_zone_is_utc_on_any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: Values = {"k": "2024-01-01T12:00:00"}
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        found = verdict(policy({"DateEquals": {"k": "2024-01-01T12:00:00Z"}}), keys)
    time.tzset()
    assert found == "allow"


#: conditions for which AWS documents no result, with a value that is present
NOT_DOCUMENTED = [
    pytest.param("ArnLike", "*", "arn:aws:iam::1:role/x", id="a star as an ARN"),
    pytest.param("ArnNotLike", "*", "arn:aws:iam::1:role/x", id="Not: a star as an ARN"),
    pytest.param("ArnNotLike", "arn:aws:iam::*", "arn:aws:iam::1:role/x", id="a part is missing"),
    pytest.param("ArnNotEquals", "arn:aws:iam::1:role/x", "x", id="the value is not an ARN"),
    pytest.param(
        *("ArnNotLike", "arn:aws:iam::2:role/${aws:x}", "arn:aws:iam::1:role/x"),
        id="a variable of an ARN without a value",
    ),
    pytest.param("NumericNotEquals", "one", "1", id="not a number"),
    pytest.param("NumericNotEquals", ["2", "one"], "1", id="one of two is not a number"),
    pytest.param("NumericNotEquals", "1", "one", id="the value is not a number"),
    pytest.param("DateNotEquals", "2024-13", "2024", id="not a date"),
    pytest.param("NotIpAddress", "10.0.0.0/33", "10.0.0.1", id="not a network"),
    pytest.param("StringEquals", "a", ("a", "b"), id="several values for a plain operator"),
]


@pytest.mark.parametrize(("operator", "wanted", "value"), NOT_DOCUMENTED)
def test_what_aws_does_not_document_is_not_decided(
    operator: str, wanted: object, value: str | tuple[str, ...]
) -> None:
    assert verdict(policy({operator: {"k": wanted}}), {"k": value}) == "cannot tell: k"


def test_another_value_may_decide_all_the_same() -> None:
    assert verdict(policy({"NumericNotEquals": {"k": ["1", "one"]}}), {"k": "1"}) == "no"


def test_a_missing_variable_keeps_a_statement_from_applying_to_other_resources() -> None:
    listed = [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:iam::*:role/${aws:x}"}]
    identity = {"Version": "2012-10-17", "Statement": listed}
    assert isinstance(judge(parse_policy(identity), request()), ImplicitDeny)


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_an_old_version_takes_variables_literally(version: str | None) -> None:
    old = policy(LIKE, version=version)
    assert verdict(old, named("Alice")) == "no"
    assert verdict(old, named("${aws:username}")) == "allow"


OPEN: Json = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
IP: Json = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
UNKNOWN = [
    pytest.param([IP], "cannot tell: aws:SourceIp", id="a key that only AWS knows"),
    pytest.param([{**IP, **like("Bob")}], "no", id="a condition that is not met decides"),
    pytest.param([IP, LIKE], "allow", id="another statement allows"),
    pytest.param([("Deny", IP), LIKE], "cannot tell: aws:SourceIp", id="a deny that may apply"),
    pytest.param([("Deny", IP), like("Bob")], "no", id="a deny of what nothing allows"),
    pytest.param([("Deny", LIKE), IP], "deny", id="a deny that applies"),
    pytest.param([{"Null": {"aws:SourceIp": "true"}}], "cannot tell: aws:SourceIp", id="Null"),
    pytest.param([{"Null": {"k": ["true", "false"]}}], "allow", id="Null of both kinds"),
    pytest.param([{"StringNotEqualsIfExists": {"k": "x"}}], "cannot tell: k", id="IfExists"),
    pytest.param([like("${aws:userid}")], "cannot tell: aws:userid", id="an unknown variable"),
    pytest.param([like("b${aws:userid}")], "no", id="whatever the variable is"),
    pytest.param([like(["${aws:userid}", "Al*"])], "allow", id="another value matches"),
    pytest.param(
        [{"StringNotLike": {"sts:RoleSessionName": ["${aws:userid}", "Al*"]}}],
        "no",
        id="another value of a Not operator matches",
    ),
    pytest.param([{"StringLike": {"sts:ExternalId": "*"}}], "no", id="an absent key"),
    pytest.param([{"StringLike": {"aws:RequestTag/x": "*"}}], "no", id="a key of an absent kind"),
    pytest.param(
        [{"StringLike": {"aws:PrincipalTag/x": "*"}}],
        "cannot tell: aws:PrincipalTag/x",
        id="a key of another kind",
    ),
]


@pytest.mark.parametrize(("conditions", "expected"), UNKNOWN)
def test_what_only_aws_knows_is_never_allowed(
    conditions: list[Json | tuple[str, Json]], expected: str
) -> None:
    statements = [
        {"Effect": effect, "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}
        for effect, condition in (
            each if isinstance(each, tuple) else ("Allow", each) for each in conditions
        )
    ]
    absent = frozenset({"sts:externalid", "aws:requesttag/"})
    asked = replace(request(), context=Context.of(ALICE_KEYS, absent=absent))
    assert verdict({"Version": "2012-10-17", "Statement": statements}, asked=asked) == expected


@pytest.mark.parametrize(
    ("condition", "expected"), [(LIKE, Answer.YES), (like("Bob"), Answer.NO), (IP, Answer.UNKNOWN)]
)
def test_a_statement_applies_or_not_or_may(condition: Json, expected: Answer) -> None:
    [statement] = parse_policy(policy(condition)).statements
    asked = replace(request(), context=Context.of(ALICE_KEYS, absent=frozenset()))
    assert applies(statement, asked, version="2012-10-17") is expected


NOT_PRINCIPALS = [
    pytest.param("*", "allow", id="no one is left"),
    pytest.param({"AWS": "333333333333"}, "deny", id="another account"),
    pytest.param({"AWS": USERS}, "allow", id="the caller's account"),
    pytest.param({"AWS": [USERS, ALICE.arn]}, "allow", id="the caller with its account"),
    pytest.param({"AWS": ALICE.arn}, "cannot tell: NotPrincipal", id="without its account"),
]


@pytest.mark.parametrize(("excepted", "expected"), NOT_PRINCIPALS)
def test_all_but_some_are_denied(excepted: object, expected: str) -> None:
    deny = {"Effect": "Deny", "NotPrincipal": excepted, "Action": "*"}
    assert verdict({"Statement": [OPEN, deny]}) == expected


PRINCIPALS = [
    pytest.param("*", ALICE, Naming.ANYONE, id="everyone"),
    pytest.param({"AWS": "*"}, SESSION, Naming.ANYONE, id="everyone, as AWS"),
    pytest.param({"AWS": USERS}, ALICE, Naming.ACCOUNT, id="the account's ID"),
    pytest.param({"AWS": f"arn:aws:iam::{USERS}:root"}, ALICE, Naming.ACCOUNT, id="its root ARN"),
    pytest.param({"AWS": USERS}, ROOT, Naming.ITSELF, id="the account names its root user"),
    pytest.param({"AWS": ["333333333333", ALICE.arn]}, ALICE, Naming.ITSELF, id="a user in a list"),
    pytest.param({"AWS": ALICE.arn.lower()}, ALICE, None, id="a user in another case"),
    pytest.param({"AWS": f"arn:aws:iam::{USERS}:user/Alice"}, ALICE, None, id="without the path"),
    pytest.param({"AWS": HOP}, SESSION, Naming.ROLE, id="a session's role"),
    pytest.param(
        {"AWS": HOP.replace("role/", "role/aws-reserved/sso.amazonaws.com/")},
        SESSION,
        Naming.ROLE,
        id="a session's role, whose path is not in the session's ARN",
    ),
    pytest.param({"AWS": HOP.replace("hop", "Hop")}, SESSION, None, id="a role in another case"),
    pytest.param({"AWS": HOP.replace("hop", "hop/other")}, SESSION, None, id="another role"),
    pytest.param({"AWS": HOP.replace(USERS, "3" * 12)}, SESSION, None, id="another account's role"),
    pytest.param({"AWS": HOP.replace("role", "user")}, SESSION, None, id="a user of its name"),
    pytest.param({"AWS": SESSION.arn}, SESSION, Naming.ITSELF, id="a session by its name"),
    pytest.param({"AWS": f"{SESSION.arn}2"}, SESSION, None, id="a session of another name"),
    pytest.param({"AWS": FEDERATED.arn}, FEDERATED, Naming.ITSELF, id="a federated user"),
    pytest.param({"AWS": [USERS, ALICE.arn]}, ALICE, Naming.ITSELF, id="the tightest counts"),
    pytest.param({"AWS": "333333333333"}, ALICE, None, id="another account"),
    pytest.param({"AWS": "AIDAEXAMPLEEXAMPLE123"}, ALICE, None, id="a deleted user"),
    pytest.param({"Service": "lambda.amazonaws.com"}, ALICE, None, id="a service"),
    pytest.param({"Federated": f"arn:aws:iam::{USERS}:saml-provider/x"}, ALICE, None, id="SAML"),
]


@pytest.mark.parametrize(("named_principal", "caller", "naming"), PRINCIPALS)
def test_a_principal_names_the_caller(
    named_principal: object, caller: Principal, naming: Naming | None
) -> None:
    document = parse_policy(policy(changes={"Principal": named_principal}))
    judgement = judge(document, request(principal=caller))
    if naming is None:
        assert isinstance(judgement, ImplicitDeny)
        assert [miss.element for miss in judgement.misses] == [Element.PRINCIPAL]
    else:
        assert isinstance(judgement, Allow)
        assert judgement.naming is naming


ELEMENTS = [
    pytest.param({"Action": "STS:assumerole"}, "allow", id="actions ignore case"),
    pytest.param({"Action": "sts:Assume*"}, "allow", id="a wildcard in the action"),
    pytest.param({"Action": "*"}, "allow", id="every action"),
    pytest.param({"Action": "sts:TagSession"}, "no", id="another action"),
    pytest.param({"Action": None, "NotAction": "iam:*"}, "allow", id="all but IAM"),
    pytest.param({"Action": None, "NotAction": "sts:*"}, "no", id="all but STS"),
    pytest.param({"Resource": "arn:aws:iam::*:role/admin*"}, "allow", id="a resource pattern"),
    pytest.param({"Resource": ROLE.upper()}, "no", id="resources compare with case"),
    pytest.param({"Resource": [ROLE, "x"]}, "allow", id="one of the resources"),
    pytest.param({"NotResource": ROLE}, "no", id="all resources but this"),
    pytest.param({"Resource": "arn:aws:iam::*:role/${aws:unknown}"}, "no", id="unknown variable"),
    pytest.param({"Effect": "Deny"}, "deny", id="an explicit deny"),
]


@pytest.mark.parametrize(("elements", "expected"), ELEMENTS)
def test_an_element_decides(elements: Json, expected: str) -> None:
    assert verdict(policy(changes=elements)) == expected


def test_a_deny_wins_over_an_earlier_allow() -> None:
    allow, deny = policy(), policy(changes={"Effect": "Deny", "Sid": "No"})
    judgement = judge([parse_policy(allow), parse_policy(deny)], request())
    assert isinstance(judgement, ExplicitDeny)
    assert judgement.statement.sid == "No"


def test_an_implicit_deny_names_the_conditions_that_are_not_met() -> None:
    document = parse_policy(policy({**LIKE, "Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    judgement = judge(document, request())
    assert isinstance(judgement, ImplicitDeny)
    (miss,) = judgement.misses
    assert miss.element is Element.CONDITION
    assert [(str(c.operator), c.key) for c in miss.conditions] == [
        ("Bool", "aws:MultiFactorAuthPresent")
    ]
