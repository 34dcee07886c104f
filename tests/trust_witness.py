"""The sandbox's STS as a witness of trust policies: callers, conditions, and what it accepts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from hint_cases import NOT_AUTHORIZED, decision, knowing, profile, switch
from plan_worlds import calling
from sync_profiles.arn import Arn, parse_arn
from sync_profiles.explain.refused_call import RefusedCall, refused_call_of
from sync_profiles.outcomes import Accepted
from sync_profiles.sandbox.authorization import Authorizer, Key, Keys, SignedRequest
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.protocol import AwsError
from sync_profiles.sandbox.token_service import TokenService
from sync_profiles.sandbox.world import (
    ALLOW_EVERYTHING,
    FakeCredentials,
    MfaDevice,
    Role,
    RoleSession,
    User,
    World,
)
from teams import identity_center_session

Json = dict[str, object]

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DEVICE = MfaDevice(serial="arn:aws:iam::111111111111:mfa/work_api")
USER = User(name="work_api", path="/team/", policies=(ALLOW_EVERYTHING,), mfa_devices=(DEVICE,))
PERSON = identity_center_session(
    permission_set="Admin", user_name="work_api", policies=(ALLOW_EVERYTHING,)
)
MACHINE = RoleSession(
    role=Role(
        name="runner",
        path="/ci/",
        account_id="111111111111",
        policies=(ALLOW_EVERYTHING,),
        tags={"team": "blue"},
    ),
    session_name="i-0abc",
    source_identity="work_api",
)


def arn(text: str) -> Arn:
    found = parse_arn(text)
    assert found is not None
    return found


def statement(
    condition: Json,
    *,
    effect: str = "Allow",
    principal: object = "111111111111",
    action: object = "sts:AssumeRole",
) -> Json:
    """Return a statement, of callers of AWS where `principal` is a text or a list."""
    named = principal if principal == "*" or isinstance(principal, dict) else {"AWS": principal}
    has = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Principal": named, "Action": action, **has}


#: no condition
EVERYWHERE: Json = {}
OPEN: Json = {"Effect": "Allow", "Principal": "*", "Action": "sts:*"}
HOP = Role(
    name="hop",
    path="/team/",
    policies=(ALLOW_EVERYTHING,),
    trust={"Statement": OPEN},
)
TARGET = Role(name="target", account_id="333333333333")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A caller as the files describe it, and what it does before its AssumeRole."""

    credentials: FakeCredentials
    arn: str
    by_session_token: bool = False
    mfa_in_file: bool = False
    mfa_serial: bool = False
    hop_name: str | None = None


USER_CASE = Case(credentials=USER.credentials, arn=USER.arn)
PERSON_CASE = Case(credentials=PERSON.credentials, arn=PERSON.arn)
MACHINE_CASE = Case(credentials=MACHINE.credentials, arn=MACHINE.arn)
CASES = {
    "an access key": USER_CASE,
    "an access key with `mfa_serial`": replace(USER_CASE, mfa_serial=True),
    "a user's session": replace(USER_CASE, by_session_token=True),
    "a user's session with MFA": replace(USER_CASE, by_session_token=True, mfa_in_file=True),
    "Identity Center": PERSON_CASE,
    "a machine": MACHINE_CASE,
    "a hop from an access key": replace(USER_CASE, hop_name="robot"),
    "a hop from Identity Center": replace(PERSON_CASE, hop_name="work_api"),
    "a hop from a machine": replace(MACHINE_CASE, hop_name="i-0abc"),
}


class Aws:
    """The sandbox's STS, called without a network."""

    def __init__(self, *trusts: Json) -> None:
        roles = [replace(TARGET, name=f"target-{i}", trust=t) for i, t in enumerate(trusts)]
        self.world = World(users=(USER,), roles=(HOP, *roles), sessions=(PERSON, MACHINE))
        self.keys = Keys(self.world, now=NOW)
        authorizer = Authorizer(self.world)
        self.service = TokenService(
            self.world, keys=self.keys, authorizer=authorizer, trail=Trail()
        )

    def ask(self, key: Key, action: str, parameters: dict[str, str]) -> Key:
        """Return the key that a call issues; raise `AwsError` if STS would refuse."""
        request = SignedRequest(
            service="sts",
            action=action,
            parameters=parameters,
            key=key,
            region="us-east-1",
            source_ip="127.0.0.1",
            user_agent="",
            now=NOW + timedelta(seconds=5),
        )
        answer = self.service.answer(request).get_data()
        found = re.search(rb"<AccessKeyId>(.*?)</AccessKeyId>", answer)
        assert found is not None
        given_key = self.keys.find(found[1].decode())
        assert given_key is not None
        return given_key

    def calling_key(self, case: Case) -> Key:
        """Return the key that signs the AssumeRole."""
        key = self.keys.find(case.credentials.access_key_id)
        assert key is not None
        mfa = {"SerialNumber": DEVICE.serial, "TokenCode": DEVICE.codes[0]}
        if case.by_session_token or case.mfa_serial:
            has_mfa = case.mfa_in_file or case.mfa_serial
            key = self.ask(key, "GetSessionToken", mfa if has_mfa else {})
        if case.hop_name is not None:
            key = self.ask(
                key, "AssumeRole", {"RoleArn": HOP.arn, "RoleSessionName": case.hop_name}
            )
        return key

    def accepts(self, key: Key, number: int, name: str, external_id: str | None) -> bool:
        """Return whether an AssumeRole of a target is accepted."""
        parameters = {"RoleArn": f"{TARGET.arn}-{number}", "RoleSessionName": name}
        if external_id is not None:
            parameters["ExternalId"] = external_id
        try:
            self.ask(key, "AssumeRole", parameters)
        except AwsError as refusal:
            if refusal.code != "AccessDenied":
                raise
            return False
        return True


def refused_call(case: Case, session_name: str | None, external_id: str | None) -> RefusedCall:
    """Return the call as `explain` makes it from the files and what was sent."""
    lines = {
        "role_arn": f"{TARGET.arn}-0",
        "role_session_name": session_name,
        "external_id": external_id,
        "mfa_serial": DEVICE.serial if case.mfa_serial else None,
    }
    subject = profile(**{key: value for key, value in lines.items() if value is not None})
    keys = case.credentials.settings()
    if case.by_session_token:
        keys["aws_session_token"] = "t"
    hops = ("admin",) if case.hop_name is None else ("hop", "admin")
    source, hop = profile("default", **keys), profile("hop", role_arn=HOP.arn)
    arn = f"arn:aws:sts::222222222222:assumed-role/hop/{case.hop_name}"
    above = switch(hop, case.hop_name)
    called = switch(subject, session_name, above)
    refused = decision(NOT_AUTHORIZED, subject=subject, hops=hops, switch=called)
    call = refused_call_of(
        replace(refused, wanted_name=None),
        knowing({"default": source, "hop": hop}, calling(case.arn)),
        sent={above: Accepted(assumed_role_arn=arn)},
        refused_at=NOW,
    )
    assert call is not None
    return call


NAMES = ["work_api", "robot", "i-0abc", "botocore-session-1772600767"]
ARNS = [
    *(USER.arn, PERSON.arn, PERSON.role.arn, MACHINE.arn, MACHINE.role.arn, HOP.arn),
    *(HOP.session_arn(name) for name in NAMES[:3]),
    *("arn:aws:iam::111111111111:role/runner", "arn:aws:iam::111111111111:user/work_api"),
]
PRINCIPALS = ["*", "111111111111", "222222222222", "444444444444", *ARNS]
VARIABLES = [
    *("${aws:username}", "${aws:PrincipalArn}", "${sts:ExternalId}", "${aws:PrincipalTag/team}"),
    *("${sts:RoleSessionName}", "${aws:username, 'work_api'}", "x-${aws:PrincipalTag/team}"),
]
#: context keys, each with values that it may have
KEYS = {
    "sts:RoleSessionName": [*NAMES, "w*", "?o*", "botocore-session-*"],
    "sts:ExternalId": ["x-1", "work_api"],
    "sts:SourceIdentity": ["work_api", "jane"],
    "aws:username": ["work_api", "*"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:MultiFactorAuthAge": ["1", "3600"],
    "aws:TokenIssueTime": ["2020-01-01T00:00:00Z"],
    "aws:CurrentTime": ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"],
    "aws:EpochTime": ["1", "1893456000"],
    "aws:PrincipalArn": [*ARNS, "arn:aws:iam::*:role/*"],
    "aws:PrincipalAccount": ["111111111111", "222222222222"],
    "aws:PrincipalTag/team": ["blue"],
    "aws:RequestTag/team": ["blue"],
    "aws:ResourceAccount": ["111111111111", "333333333333"],
    "aws:SecureTransport": ["true", "false"],
    "aws:SourceIp": ["127.0.0.1", "10.0.0.0/8"],
    "aws:SourceIdentity": ["work_api"],
    "aws:userid": ["AIDAX", "AROAX:i-0abc", "A*:*"],
    "aws:PrincipalOrgPaths": ["o-1/r-1/", "o-1/r-1/ou-1/", "o-1/*"],
}
NAMES_OF_OPERATORS = [
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "Bool", "ArnLike"),
    *("ArnNotEquals", "StringEqualsIgnoreCase", "IpAddress", "NumericLessThanEquals"),
    "DateLessThan",
]
OPERATORS = st.sampled_from([*NAMES_OF_OPERATORS, "Null"]) | st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "ForAnyValue:", "ForAllValues:"]),
    st.sampled_from(NAMES_OF_OPERATORS),
    st.sampled_from(["", "IfExists"]),
)


def conditions(*keys: str, variables: Sequence[str] = VARIABLES) -> st.SearchStrategy[Json]:
    """Return conditions on one of the keys, which may refer to variables."""
    return st.sampled_from(keys).flatmap(
        lambda key: st.builds(
            lambda operator, values: {operator: {key: values}},
            OPERATORS,
            st.lists(
                st.sampled_from(KEYS[key]) | st.sampled_from([*variables, "true", "*"]), max_size=3
            ),
        )
    )


CONDITIONS = conditions(*KEYS)


def statements(
    *effects: str,
    condition: st.SearchStrategy[Json] = CONDITIONS,
    principals: Sequence[object] = PRINCIPALS,
    actions: Sequence[object] = ("sts:AssumeRole",),
) -> st.SearchStrategy[Json]:
    """Return statements with any of these effects."""
    return st.builds(
        statement,
        condition,
        effect=st.sampled_from(effects),
        principal=st.sampled_from(principals),
        action=st.sampled_from(actions),
    )


VERSIONS = st.sampled_from(["2012-10-17", "2008-10-17"])
