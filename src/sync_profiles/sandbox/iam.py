"""The part of IAM that a world decides: its roles, MFA devices, SimulatePrincipalPolicy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from sync_profiles.policy.grammar import Policy
from sync_profiles.policy.judge import Allow, ExplicitDeny, Miss, Request, apply, judge
from sync_profiles.policy.matching import Context, variables_of
from sync_profiles.sandbox.authorization import Authorizer, SignedRequest, request_of
from sync_profiles.sandbox.protocol import AwsError, Response, Xml, numbered, query_answer
from sync_profiles.sandbox.world import Role, User, World

#: roles in one answer of ListRoles, unless the request says otherwise
_PAGE = 100
_CREATED = "2026-01-01T00:00:00Z"
#: what a simulation says of the policies that limit an identity's own
_DETAILS = {
    "permissions boundary": ("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
    "service control": ("OrganizationsDecisionDetail", "AllowedByOrganizations"),
}


class Iam:
    """The roles of a world by account and name, its users by ARN, and their devices."""

    def __init__(self, world: World, authorizer: Authorizer) -> None:
        self._roles = {(role.account_id, role.name): role for role in world.roles}
        self._by_account: dict[str, list[Role]] = {}
        for role in sorted(world.roles, key=lambda role: role.name):
            self._by_account.setdefault(role.account_id, []).append(role)
        identities: list[User | Role] = [*world.users, *world.roles]
        self._identities = {identity.arn: identity for identity in identities}
        self._authorizer = authorizer

    def resource(self, request: SignedRequest) -> str:
        """Return the resource that the permission for a call is judged by; `*` if not known.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
        """
        match request.action:
            case "GetRole":
                name = request.parameters.get("RoleName", "")
                sender = request.sender
                missing = Role(name=name, account_id=sender.account_id, partition=sender.partition)
                return (self._find(request) or missing).arn
            case "ListMFADevices" if isinstance(request.sender, User):
                return request.sender.arn
            case "SimulatePrincipalPolicy":
                return request.parameters.get("PolicySourceArn", "*")
            case _:
                return "*"

    def answer(self, request: SignedRequest) -> Response | None:
        """Return the answer to a call that the sandbox handles itself, or None for moto's calls."""
        match request.service, request.action:
            case "iam", "GetRole":
                return self._get_role(request)
            case "iam", "ListRoles":
                return self._list_roles(request)
            case "iam", "ListMFADevices":
                return _list_mfa_devices(request)
            case "iam", "SimulatePrincipalPolicy":
                return self._simulate(request)
            case _:
                return None

    def _find(self, request: SignedRequest) -> Role | None:
        name = request.parameters.get("RoleName", "")
        return self._roles.get((request.sender.account_id, name))

    def _get_role(self, request: SignedRequest) -> Response:
        role = self._find(request)
        if role is None:
            name = request.parameters.get("RoleName", "")
            raise AwsError(
                "NoSuchEntity", f"The role with name {name} cannot be found.", status=404
            )
        return query_answer("GetRole", {"Role": _role(role)})

    def _list_roles(self, request: SignedRequest) -> Response:
        prefix = request.parameters.get("PathPrefix", "/")
        listed = [
            role
            for role in self._by_account.get(request.sender.account_id, ())
            if role.path.startswith(prefix)
        ]
        start = int(request.parameters.get("Marker", "0"))
        end = start + int(request.parameters.get("MaxItems", str(_PAGE)))
        is_truncated = end < len(listed)
        page: dict[str, Xml] = {
            "Roles": [_role(role) for role in listed[start:end]],
            "IsTruncated": str(is_truncated).lower(),
        }
        return query_answer("ListRoles", page | ({"Marker": str(end)} if is_truncated else {}))

    def _simulate(self, request: SignedRequest) -> Response:
        """Answer from the policies of a user or a role, without any that a resource has.

        For AssumeRole, AWS ignores the trust policy even if the request contains it:
        https://github.com/aws/aws-cli/issues/10314
        """
        parameters = request.parameters
        arn = parameters.get("PolicySourceArn", "")
        identity = self._identities.get(arn)
        if identity is None or identity.account_id != request.sender.account_id:
            raise AwsError("NoSuchEntity", f"{arn} cannot be found.", status=404)
        context = Context.of(
            {
                entry["ContextKeyName"]: _values(entry)
                for entry in numbered(parameters, "ContextEntries")
            }
        )
        results: list[Mapping[str, Xml]] = []
        for action in (item[""] for item in numbered(parameters, "ActionNames")):
            for item in numbered(parameters, "ResourceArns") or [{"": "*"}]:
                answer = self._judge(identity, action, item[""], context)
                results.append({"EvalActionName": action, "EvalResourceName": item[""], **answer})
        return query_answer(
            "SimulatePrincipalPolicy", {"EvaluationResults": results, "IsTruncated": "false"}
        )

    def _judge(
        self, identity: User | Role, action: str, resource: str, context: Context
    ) -> dict[str, Xml]:
        """Return what an identity's policies say about a request with these context keys only.

        No trust policy counts, and no session policy.
        """
        request = request_of(identity, action, resource, context)
        layers = dict(self._authorizer.layers(identity))
        found = {
            policy_type: judge([policy for policy, _ in policies], request)
            for policy_type, policies in layers.items()
        }
        decision = "implicitDeny"
        deciding: tuple[type, ...] = ()
        if any(isinstance(judgement, ExplicitDeny) for judgement in found.values()):
            decision, deciding = "explicitDeny", (ExplicitDeny,)
        elif all(isinstance(judgement, Allow) for judgement in found.values()):
            decision, deciding = "allowed", (Allow,)
        matched: list[Mapping[str, Xml]] = [
            {
                "SourcePolicyId": _policy_id(identity, number, arn),
                "SourcePolicyType": "IAM Policy",
            }
            for number, (policy, arn) in enumerate(layers["identity-based"], start=1)
            if isinstance(judge(policy, request), deciding)
        ]
        missing = dict.fromkeys(
            key
            for policies in layers.values()
            for policy, _ in policies
            for key in _keys_of(policy, request)
            if context.values(key) is None
        )
        answer: dict[str, Xml] = {
            "EvalDecision": decision,
            "MatchedStatements": matched,
            "MissingContextValues": list(missing),
        }
        for policy_type, (detail, allowed) in _DETAILS.items():
            if policy_type in found:
                answer[detail] = {allowed: str(isinstance(found[policy_type], Allow)).lower()}
        return answer


def _role(role: Role) -> dict[str, Xml]:
    trust = role.shown_trust or role.trust
    text = trust if isinstance(trust, str) else json.dumps(trust)
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.role_id,
        "Arn": role.arn,
        "CreateDate": _CREATED,
        "AssumeRolePolicyDocument": quote(text),
        "MaxSessionDuration": role.max_session_duration,
    }


def _values(entry: Mapping[str, str]) -> Sequence[str]:
    return [value for name, value in entry.items() if name.startswith("ContextKeyValues.member.")]


def _policy_id(identity: User | Role, number: int, arn: str | None) -> str:
    """Return AWS's name for a policy: the world's inline policies have numbers, not names."""
    if arn is not None:
        return arn.rpartition("/")[2]
    kind = "user" if isinstance(identity, User) else "role"
    return f"{kind}_{identity.name}_policy{number}"


def _list_mfa_devices(request: SignedRequest) -> Response:
    user = request.sender
    if not isinstance(user, User):
        raise AwsError(
            "ValidationError", "Must specify userName when calling with non-User credentials"
        )
    name = request.parameters.get("UserName", user.name)
    if name != user.name:
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", status=404)
    devices = [
        {"UserName": user.name, "SerialNumber": device.serial, "EnableDate": _CREATED}
        for device in user.mfa_devices
    ]
    return query_answer("ListMFADevices", {"MFADevices": devices, "IsTruncated": "false"})


def _keys_of(policy: Policy, request: Request) -> Iterator[str]:
    """Yield the context keys that the statements about the request's action refer to."""
    for statement in policy.statements:
        bare = replace(statement, resources=None, conditions=())
        if isinstance(apply(bare, request.under(policy)), Miss):
            continue
        texts = [*(statement.resources.patterns if statement.resources is not None else ())]
        for condition in statement.conditions:
            yield condition.key
            texts += condition.values
        yield from (variable.key for text in texts for variable in variables_of(text))
