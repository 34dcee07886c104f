"""The caller determines the wanted name, or there is a reason for its absence."""

from __future__ import annotations

import re

import botocore.session
import pytest

from sync_profiles.causes import Cause
from sync_profiles.model import Source
from sync_profiles.outcomes import Caller
from sync_profiles.planning.session_name import (
    NoName,
    is_identity_center_user,
    is_session_name,
    user_name,
    wanted_name,
)

IAM = "arn:aws:iam::111111111111:"
STS = "arn:aws:sts::111111111111:"
PERSON = f"{STS}assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com"


def caller(arn: str) -> Caller:
    return Caller(source=Source(profile="default"), arn=arn, account_id="111111111111")


def none(reason: str) -> NoName:
    return NoName(cause=Cause.NO_WANTED_NAME, reason=reason)


def invalid(name: str) -> NoName:
    return NoName(
        cause=Cause.SESSION_NAME_INVALID,
        reason=f"`{name}` cannot be a session name: STS takes 2 to 64 of `A-Z a-z 0-9 _+=,.@-`",
    )


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        pytest.param(f"{IAM}user/work_api", "work_api", id="an IAM user"),
        pytest.param(f"{IAM}user/division/team/Work.Api", "Work.Api", id="without path, with case"),
        pytest.param("arn:aws-cn:iam::111111111111:user/li", "li", id="in another partition"),
        pytest.param(f"{IAM}user/{'x' * 64}", "x" * 64, id="as long as a session name may be"),
        pytest.param(f"{IAM}user/{'x' * 65}", invalid("x" * 65), id="a user name that is too long"),
        pytest.param(f"{IAM}user/team/x", invalid("x"), id="a user name of one character"),
        pytest.param(PERSON, "alice@example.com", id="a person from Identity Center"),
        pytest.param(
            f"{STS}assumed-role/AWSReservedSSO_Admin_0/x", invalid("x"), id="with too short a name"
        ),
        pytest.param(
            f"{STS}assumed-role/deploy/alice", none("an assumed role has no user name"), id="a role"
        ),
        pytest.param(
            f"{STS}assumed-role/my-AWSReservedSSO_Admin/alice",
            none("an assumed role has no user name"),
            id="a role with Identity Center's name inside its own",
        ),
        pytest.param(
            f"{STS}federated-user/alice", none("a federated user has no user name"), id="federated"
        ),
        pytest.param(f"{IAM}root", none("the root user has no user name"), id="the root user"),
        pytest.param("nonsense", none("the caller has no user name"), id="no ARN"),
        pytest.param(None, none("the source has no identity"), id="nobody"),
    ],
)
def test_the_wanted_name(arn: str | None, expected: str | NoName) -> None:
    assert wanted_name(None if arn is None else caller(arn)) == expected


NEEDS_USER = none("`${aws:username}` needs an IAM user as the caller")


@pytest.mark.parametrize(
    ("arn", "override", "expected"),
    [
        pytest.param(f"{IAM}user/work_api", "alice", "alice", id="instead of the user name"),
        pytest.param(f"{STS}assumed-role/deploy/x", "alice", "alice", id="if there is none"),
        pytest.param(None, "alice", "alice", id="for a source without an identity"),
        pytest.param(f"{IAM}root", "a b", invalid("a b"), id="that STS does not take"),
        pytest.param(f"{IAM}user/work_api", "", invalid(""), id="an empty one"),
        pytest.param(
            f"{IAM}user/team/api",
            "x-${aws:username}-${aws:username}",
            "x-api-api",
            id="with the user name inside",
        ),
        pytest.param(f"{IAM}user/x", "${aws:username}-cli", "x-cli", id="a short name made longer"),
        pytest.param(
            f"{IAM}user/{'x' * 60}",
            "${aws:username}-cli-1",
            invalid("x" * 60 + "-cli-1"),
            id="a name that gets too long",
        ),
        pytest.param(PERSON, "${aws:username}", NEEDS_USER, id="no IAM user but a person"),
        pytest.param(None, "${aws:username}", NEEDS_USER, id="no IAM user and no caller"),
    ],
)
def test_a_name_given_for_the_run(arn: str | None, override: str, expected: str | NoName) -> None:
    assert wanted_name(None if arn is None else caller(arn), override=override) == expected


@pytest.mark.parametrize(
    "text",
    [
        *["ab", "x" * 64, "a", "x" * 65, "", "_+=,.@-", "a b", "a/b", "a:b"],
        *["ab\n", "é" * 2, "٣٣", "\u017fs"],
    ],
)
def test_a_session_name_is_what_the_model_of_sts_takes(text: str) -> None:
    model = botocore.session.Session().get_service_model("sts")
    assumed = model.operation_model("AssumeRole").input_shape
    assert assumed is not None
    limits = assumed.members["RoleSessionName"].metadata
    taken = (
        limits["min"] <= len(text) <= limits["max"]
        and re.fullmatch(limits["pattern"], text, re.ASCII) is not None
    )
    assert is_session_name(text) is taken


def test_who_is_an_iam_user_and_who_came_through_identity_center() -> None:
    arns = [f"{IAM}user/a/b", PERSON, f"{STS}assumed-role/deploy/alice", f"{IAM}role/user/b", "?"]
    assert [user_name(caller(arn)) for arn in arns] == ["b", None, None, None, None]
    assert [arn for arn in arns if is_identity_center_user(caller(arn))] == [PERSON]
