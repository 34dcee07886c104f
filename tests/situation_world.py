"""The people, roles and policies of the examples in `data/situations.txt` and `explained.txt`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from e2e import Home, keys
from examples import examples
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    CALLER_ACCOUNT,
    FakeCredentials,
    FederatedUser,
    MfaDevice,
    Role,
    RoleSession,
    RootUser,
    User,
)
from teams import (
    ASSUMES,
    DENIES,
    GUARDED,
    KEY_QUARANTINE,
    SIMULATES,
    SPARED,
    WITHOUT_MFA,
    Json,
    allow,
    denied_outside,
    document,
    identity_center_session,
    role,
    user,
)

PERSON = identity_center_session(permission_set="Admin", user_name="jane")
ANYONE: Json = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
NO_SESSIONS: Json = {**DENIES, "Action": "sts:GetSessionToken"}
CARRIES: Json = allow("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
CARRIED: Json = {**ANYONE, "Action": CARRIES["Action"]}
OUTSIDERS: Json = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
ALL_BUT_ASKER: Json = {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:user/asker"}}
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


HERE = role("one_region_role", StringEquals={"aws:RequestedRegion": "eu-west-1"})
HOP, LONG, BOUNDED = role("hop_role"), role("long_mfa_role", mfa="true"), role("bounded_role")
SIMULATING = replace(role("simulating_role"), policies=(document(ASSUMES, SIMULATES),))
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
    replace(SIMULATING, permissions_boundary=document(SIMULATES)),
    role("below_simulating", principal=SIMULATING.arn),
    role("below_bounded", principal=BOUNDED.arn),
    role("below_named", principal=LONG.session_arn("no.session")),
    role("works_role", id="acme-42"),
    role("both_role", id="acme-42", mfa="true"),
    role("pattern_role", StringLike={"sts:ExternalId": "acme-*"}),
    role("any_id_role", StringLike={"sts:ExternalId": "*"}),
    role("plain_role", Null={"sts:ExternalId": "true", "aws:MultiFactorAuthPresent": "true"}),
    role("strict_role", id="acme-42", mfa="true", name="ci-7"),
    role("vendor_ci_role", id="acme-42", name="ci-7"),
    role("european_role", StringLike={"aws:RequestedRegion": "eu-*"}),
    HERE,
    role("below_one_region", principal=HERE.arn),
    denying("denies_work_names", StringLike={"sts:RoleSessionName": "work_*"}),
    role("askers_vendor_role", principal="arn:aws:iam::111111111111:user/asker", id="acme-42"),
    role("askers_ci_role", principal="arn:aws:iam::111111111111:user/asker", name="ci-7"),
    role(
        "askers_both", principal="arn:aws:iam::111111111111:user/asker", id="acme-42", name="ci-7"
    ),
    role("mfa_users_role", principal="arn:aws:iam::111111111111:user/mfa_user", mfa="true"),
    role("office_role", IpAddress={"aws:SourceIp": "203.0.113.0/24"}),
    role("tag_role", principal=["111111111111", "222222222222"], name="${aws:PrincipalTag/mail}"),
    denying("denies_all_but_asker", **ALL_BUT_ASKER),
    with_trust(
        "fenced_for_asker",
        {**TRUSTED, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {**ANYONE, "Effect": "Deny", "Condition": ALL_BUT_ASKER},
    ),
    role("web-v2"),
    role("app-v2"),
    role("slip_role", name="${aws:usename}"),
    denying("slip_denies_no_one", Bool={"aws:MFAPresent": "false"}),
    denying("slip_denies_all", StringNotEquals={"aws:PrincipleOrgID": "o-1"}),
    role("office_ci_role", name="ci-7", IpAddress={"aws:SourceIp": "203.0.113.0/24"}),
    role("jims_ci_role", name="ci-7", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:user/jim"}),
    denying("outsiders_denied", **OUTSIDERS),
    with_trust(
        "vendor_outsiders_denied", VENDOR, {**ANYONE, "Effect": "Deny", "Condition": OUTSIDERS}
    ),
    with_trust("vendor_or_organization", {**TRUSTED, **OF_MEMBERS}, VENDOR),
    role("near_role", CALLER_ACCOUNT, id="x-1"),
    role("team/open_near", CALLER_ACCOUNT),
    role("team/ci_near", name="ci-7"),
    role("team/vendor_near", CALLER_ACCOUNT, id="acme-42"),
    HOP,
    role("developer", CALLER_ACCOUNT),
    role("person_role", principal=PERSON.role.arn, id="theirs", mfa="true"),
    role("robot_role", principal=HOP.session_arn("robot"), id="theirs"),
    role("hopped_vendor_role", principal=HOP.arn, id="acme-42"),
    role("hopped_own_role", principal=HOP.arn, StringLike=s.OWN_NAME),
    role("hopped_role", principal=HOP.session_arn("work_api")),
    role("x_role", principal="arn:aws:iam::111111111111:user/x"),
    role(
        "traced_role",
        principal="arn:aws:iam::111111111111:user/asker",
        StringEquals={"sts:SourceIdentity": "asker"},
    ),
    # AWS may know more than we do: here, an operator that it has added
    replace(
        role("odd_role", id="x"),
        shown_trust=json.dumps(s.trust(condition={"StringResembles": {"sts:ExternalId": "x"}})),
    ),
    replace(with_trust("near_role", ANYONE), account_id="222222222223"),
    replace(with_trust("carrying_role", CARRIED), policies=(document(CARRIES),)),
)


def lister(name: str, *devices: str) -> User:
    """Return a user who may list their MFA devices, which are these."""
    serials = tuple(MfaDevice(serial=f"arn:aws:iam::111111111111:{each}") for each in devices)
    policy = document(allow("sts:AssumeRole", "iam:ListMFADevices"))
    return replace(user(name, policy), mfa_devices=serials)


ASKER = user("asker", document(ASSUMES, SIMULATES))
FENCED = replace(ASKER, name="fenced", permissions_boundary=document(SIMULATES))
REGIONAL = document(
    {
        **DENIES,
        "Action": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    }
)
ALL_BUT_SOME: Json = {
    "Effect": "Deny",
    "Action": "sts:AssumeRole",
    "NotResource": ["arn:aws:iam::*:role/open_role", "arn:aws:iam::*:role/team/*"],
}
WITH_MFA: Json = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
AS_DEPLOY_X: Json = {"Condition": {"StringEquals": {"sts:RoleSessionName": "deploy-x"}}}
USERS = (
    User(name="bound", policies=(ALLOW_ASSUME_ROLE,), permissions_boundary=document(allow("s3:*"))),
    User(name="controlled", account_id="444444444444", policies=(ALLOW_ASSUME_ROLE,)),
    replace(ASKER, name="limited", account_id="555555555555"),
    FENCED,
    replace(FENCED, name="boxed", account_id="555555555555"),
    replace(ASKER, name="walled", permissions_boundary=document(allow("*"), DENIES)),
    User(name="powerless"),
    user("x"),
    user("denied", ALLOW_ASSUME_ROLE, document(DENIES)),
    user("denied_asker", document(ASSUMES, DENIES, SIMULATES)),
    ASKER,
    GUARDED,
    replace(GUARDED, name="guarded_asker", policies=(*GUARDED.policies, document(SIMULATES))),
    user("leaked", ALLOW_ASSUME_ROLE, KEY_QUARANTINE),
    user("narrow", document(allow("sts:AssumeRole", on=ROLES[0].arn))),
    user("member", document({**ASSUMES, **OF_MEMBERS}, SIMULATES)),
    user("narrow_asker", document(allow("sts:AssumeRole", on=ROLES[0].arn), SIMULATES)),
    user("narrow_any", document(allow("sts:AssumeRole", on="*:role/any_role"), SIMULATES)),
    user("deploys", document({**allow("sts:AssumeRole"), **AS_DEPLOY_X}, SIMULATES)),
    user("only_others", document(allow("sts:AssumeRole", on="*:role/others-*"), SIMULATES)),
    user("account_reader", document(ASSUMES, allow("iam:GetRole"))),
    replace(user("tagged", ALLOW_ASSUME_ROLE), tags={"mail": "jo@acme.example"}),
    user("only_some", document(ASSUMES, ALL_BUT_SOME)),
    user("sometimes_denied", document(ASSUMES, {**DENIES, "Resource": "*:role/any_role"})),
    user("mfa_caller", document({**ASSUMES, **WITH_MFA})),
    lister("phoned", "mfa/my-phone"),
    lister("phoneless"),
    lister("touching", "u2f/user/touching/key-7"),
    lister("key_and_app", "u2f/user/key_and_app/key-7", "mfa/app"),
    user("mfa_only", document(ASSUMES, WITHOUT_MFA, NO_SESSIONS)),
    user("no.session", document(ASSUMES, NO_SESSIONS)),
    replace(
        lister("key.only", "u2f/user/key.only/key-7"), policies=(document(ASSUMES, NO_SESSIONS),)
    ),
    SPARED,
    replace(ASKER, name="regional", account_id="666666666666"),
    user("own_name_only", document(ASSUMES, DENIES | {"Condition": {"StringNotLike": s.OWN_NAME}})),
    user("office_asker", document(ASSUMES, denied_outside("203.0.113.0/24"), SIMULATES)),
    user("local_asker", document(ASSUMES, denied_outside("127.0.0.0/8"), SIMULATES)),
)
RUNNER = role("runner", CALLER_ACCOUNT)
SESSIONS = {
    "expired": RoleSession(role=RUNNER, session_name="old", lifetime=timedelta(minutes=-1)),
    "machine": RoleSession(role=RUNNER, session_name="ci-7"),
    "jane": PERSON,
    "tagged-session": RoleSession(
        role=replace(RUNNER, policies=(document(CARRIES),)),
        session_name="ann",
        transitive_tags={"team": "blue"},
        source_identity="ann",
    ),
}
ROOT, FEDERATED = RootUser(), FederatedUser(name="fred", policies=(ALLOW_ASSUME_ROLE,))
WORLD = World(
    users=(*s.STORY.users, *USERS),
    roles=(*s.STORY.roles, *ROLES),
    sessions=tuple(SESSIONS.values()),
    root_users=(ROOT,),
    federated_users=(FEDERATED,),
    service_control_policies={
        "444444444444": (document(DENIES),),
        "666666666666": (document(allow("*")), REGIONAL),
        "555555555555": (document(SIMULATES),),
    },
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Someone's files, and what is run there; `followed` is the config file after the hints."""

    config: str
    credentials: str
    followed: str
    environ: dict[str, str]
    arguments: list[str]
    sync: list[str] | None

    @classmethod
    def read(cls, example: str) -> Situation:
        lines = [line for line in example.splitlines() if line and line[:2] not in {"- ", "! "}]
        text = "".join(f"{line}\n" for line in lines if not line.startswith(("$ ", "> ", ">> ")))
        text, _, followed = text.partition("--- followed\n")
        config, own_keys, credentials = text.partition("--- credentials\n")
        if not own_keys:
            credentials = "".join(keys(name, of) for name, of in KEYS.items())
        marked = {
            mark: [line[len(mark) :] for line in lines if line.startswith(mark)]
            for mark in ("$ ", "> ", ">> ")
        }
        return cls(
            config=config,
            credentials=credentials,
            followed=followed,
            environ=dict(line.split("=", 1) for line in marked["$ "]),
            arguments=(marked["> "] or ["check"])[0].split(),
            sync=" ".join(marked[">> "]).split() if marked[">> "] or followed else None,
        )

    def written(self, home: Home) -> Home:
        """Write the files into a home, and return it with the variables."""
        return home.write(self.config, self.credentials).with_environment(**self.environ)


def old_files() -> Situation:
    """Return the situation that has a profile of nearly every kind."""
    return Situation.read(dict(examples("situations.txt"))["files after some years"])
