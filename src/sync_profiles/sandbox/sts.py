"""STS: AssumeRole judged by real policies, GetSessionToken, GetCallerIdentity."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from sync_profiles.policy.grammar import Policy, PolicyKind, parse_policy
from sync_profiles.policy.judge import Request
from sync_profiles.sandbox.authorize import (
    Denied,
    access_denied,
    authorize,
)
from sync_profiles.sandbox.identity import Identity, Key, PrincipalType, session_identity
from sync_profiles.sandbox.mfa import UsedCodes
from sync_profiles.sandbox.validation import parse_session_policy, validate
from sync_profiles.sandbox.wire import Answer, Refusal, Xml, numbered, query_answer
from sync_profiles.sandbox.world import Credentials, DenialText, Role, World, temporary_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_profiles.policy.matching import Context
    from sync_profiles.sandbox.cloudtrail import Trail
    from sync_profiles.sandbox.identity import Keyring
    from sync_profiles.sandbox.incoming import Incoming

DEFAULT_DURATION = 3600
CHAINED_DURATION = 3600
SESSION_TOKEN_DURATION = 43200
ROOT_TOKEN_DURATION = 3600


class TokenService:
    """STS of one sandbox: its roles, its used MFA codes, and the sessions it issues."""

    def __init__(self, world: World, *, keyring: Keyring, trail: Trail) -> None:
        self._roles = {role.arn: role for role in world.roles}
        self._trust = {
            role.arn: parse_policy(role.trust, kind=PolicyKind.TRUST) for role in world.roles
        }
        self._control = {
            account.account_id: tuple(
                parse_policy(document, kind=PolicyKind.IDENTITY)
                for document in account.service_control_policies
            )
            for account in world.accounts
        }
        self._denial_text = world.denial_text
        self._keyring = keyring
        self._trail = trail
        self._codes = UsedCodes()
        self._issued = count(1)

    def answer(self, incoming: Incoming) -> Answer:
        """Return the answer to a request; raise `Refusal` where STS would refuse."""
        match incoming.action:
            case "AssumeRole":
                try:
                    assumed = self._assume_role(incoming)
                except Refusal as refusal:
                    self._trail.record_refused("sts", incoming, refusal)
                    raise
                return query_answer(incoming.action, assumed)
            case "GetSessionToken":
                return query_answer(incoming.action, self._session_token(incoming))
            case "GetCallerIdentity":
                identity = incoming.identity
                self._trail.record_call("sts", incoming)
                return query_answer(
                    incoming.action,
                    {
                        "Arn": identity.arn,
                        "UserId": identity.user_id,
                        "Account": identity.account_id,
                    },
                )
            case action:
                raise Refusal(
                    "InvalidAction", f"Could not find operation {action} for version 2011-06-15"
                )

    def control_policies(self, account_id: str) -> tuple[Policy, ...]:
        """Return the service control policies that bind an account."""
        return self._control.get(account_id, ())

    def explain(self, denied: Denied, action: str) -> str:
        """Return the suffix of a denial's message: always for an explicit one."""
        if denied.explicit or self._denial_text is DenialText.NAMES_POLICY_TYPE:
            return denied.suffix(action)
        return ""

    def _assume_role(self, incoming: Incoming) -> Mapping[str, Xml]:
        parameters, identity = incoming.parameters, incoming.identity
        validate("AssumeRole", parameters)
        if "PolicyArns.member.1.arn" in parameters:
            raise Refusal("ValidationError", "The sandbox knows no managed session policies")
        session_policy = parse_session_policy(parameters.get("Policy"))
        if identity.type is PrincipalType.ROOT:
            raise Refusal("AccessDenied", "Roles may not be assumed by root accounts.", status=403)
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
        if identity.type is PrincipalType.FEDERATED:
            raise access_denied(identity, "sts:AssumeRole", parameters["RoleArn"])
        by_mfa = self._codes.authenticate(parameters, identity.user)
        role = self._authorized_role(incoming, by_mfa=by_mfa)
        duration = self._duration(incoming, role)
        name = parameters["RoleSessionName"]
        tags = _request_tags(parameters)
        transitive = {key: tags[key] for key in _transitive_keys(parameters) if key in tags} | dict(
            identity.transitive_tags
        )
        source_identity = parameters.get("SourceIdentity", identity.source_identity)
        session = session_identity(
            role,
            name,
            session_policy=session_policy,
            tags=tags,
            transitive_tags=transitive,
            source_identity=source_identity,
        )
        is_chained = identity.type is PrincipalType.SESSION
        key = self._issue(
            incoming,
            session,
            partition=role.partition,
            mfa=(by_mfa or bool(incoming.key.mfa)) and not is_chained,
            duration=duration,
        )
        self._trail.record_assume_role(incoming, role, key)
        answer: dict[str, Xml] = {
            "Credentials": _credentials(key),
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        }
        if source_identity is not None:
            answer["SourceIdentity"] = source_identity
        return answer

    def _authorized_role(self, incoming: Incoming, *, by_mfa: bool) -> Role:
        """Return the role; whatever keeps the caller out of it, even its absence, reads alike."""
        identity, arn = incoming.identity, incoming.parameters["RoleArn"]
        role = self._roles.get(arn)
        if role is None:
            raise access_denied(identity, "sts:AssumeRole", arn)
        for action, context in _judged_actions(incoming, by_mfa=by_mfa):
            denied = authorize(
                identity,
                Request(action=action, resource=arn, principal=identity.principal, context=context),
                service_control_policies=self.control_policies(identity.account_id),
                trust=self._trust[arn],
                same_account=role.account_id == identity.account_id,
            )
            if denied is not None:
                raise access_denied(identity, action, arn, self.explain(denied, action))
        return role

    def _duration(self, incoming: Incoming, role: Role) -> int:
        duration = int(incoming.parameters.get("DurationSeconds", DEFAULT_DURATION))
        exceeds = "The requested DurationSeconds exceeds the"
        if incoming.identity.type is PrincipalType.SESSION and duration > CHAINED_DURATION:
            raise Refusal(
                "ValidationError",
                f"{exceeds} 1 hour session limit for roles assumed by role chaining.",
            )
        if duration > role.max_session_duration:
            raise Refusal("ValidationError", f"{exceeds} MaxSessionDuration set for this role.")
        return duration

    def _session_token(self, incoming: Incoming) -> Mapping[str, Xml]:
        parameters, key = incoming.parameters, incoming.key
        validate("GetSessionToken", parameters)
        if key.credentials.session_token is not None:
            raise Refusal(
                "AccessDenied", "Cannot call GetSessionToken with session credentials", status=403
            )
        by_mfa = self._codes.authenticate(parameters, key.identity.user)
        duration = int(parameters.get("DurationSeconds", SESSION_TOKEN_DURATION))
        if key.identity.type is PrincipalType.ROOT:
            duration = min(duration, ROOT_TOKEN_DURATION)
        issued = self._issue(
            incoming, key.identity, partition=key.partition, mfa=by_mfa, duration=duration
        )
        self._trail.record_call("sts", incoming)
        return {"Credentials": _credentials(issued)}

    def _issue(
        self, incoming: Incoming, identity: Identity, *, partition: str, mfa: bool, duration: int
    ) -> Key:
        key = Key(
            credentials=temporary_credentials(f"{identity.arn}#{next(self._issued)}"),
            identity=identity,
            partition=partition,
            mfa=mfa,
            issued=incoming.now,
            expires=incoming.now + timedelta(seconds=duration),
        )
        self._keyring.add(key)
        return key


def _judged_actions(incoming: Incoming, *, by_mfa: bool) -> Iterator[tuple[str, Context]]:
    """Yield the actions that one AssumeRole needs, each with what is known when it is judged.

    `sts:RoleSessionName` exists for `sts:AssumeRole` alone.
    """
    parameters, identity = incoming.parameters, incoming.identity
    tags = {**_request_tags(parameters), **identity.transitive_tags}
    source_identity = parameters.get("SourceIdentity", identity.source_identity)
    context = incoming.context()
    if by_mfa:
        context = context.with_values(
            {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
        )
    if "ExternalId" in parameters:
        context = context.with_values({"sts:ExternalId": parameters["ExternalId"]})
    if source_identity is not None:
        context = context.with_values({"sts:SourceIdentity": source_identity})
    if tags:
        context = context.with_values(
            {
                **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
                "aws:TagKeys": tuple(tags),
                "sts:TransitiveTagKeys": _transitive_keys(parameters),
            }
        )
    name = {"sts:RoleSessionName": parameters["RoleSessionName"]}
    yield "sts:AssumeRole", context.with_values(name)
    if tags:
        yield "sts:TagSession", context
    if source_identity is not None:
        yield "sts:SetSourceIdentity", context


def _request_tags(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        tag["Key"]: tag.get("Value", "") for tag in numbered(parameters, "Tags") if "Key" in tag
    }


def _transitive_keys(parameters: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(item[""] for item in numbered(parameters, "TransitiveTagKeys") if "" in item)


def _credentials(key: Key) -> Mapping[str, Xml]:
    given: Credentials = key.credentials
    assert key.expires is not None  # noqa: S101 - `_issue` sets it
    return {
        "AccessKeyId": given.access_key_id,
        "SecretAccessKey": given.secret_access_key,
        "SessionToken": given.session_token or "",
        "Expiration": key.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
