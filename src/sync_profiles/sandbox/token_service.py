"""STS: AssumeRole subject to all policies, GetSessionToken with MFA, GetCallerIdentity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import count
from threading import Lock

from sync_profiles.policy.matching import Context
from sync_profiles.sandbox.authorization import Authorizer, Denied, Key, Keys, SignedRequest
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.protocol import (
    AwsError,
    Response,
    Xml,
    denied,
    not_authorized,
    numbered,
    query_answer,
)
from sync_profiles.sandbox.validation import check_session_policy, validate
from sync_profiles.sandbox.world import (
    FederatedUser,
    Role,
    RoleSession,
    RootUser,
    Sender,
    User,
    World,
    temporary_credentials,
)

DEFAULT_DURATION = 3600
CHAINED_DURATION = 3600
SESSION_TOKEN_DURATION = 43200
ROOT_TOKEN_DURATION = 3600

_MFA_FAILED = "MultiFactorAuthentication failed"


class TokenService:
    """The STS of one sandbox: its roles, the MFA codes used so far, and the sessions it starts."""

    def __init__(self, world: World, *, keys: Keys, authorizer: Authorizer, trail: Trail) -> None:
        self._roles = {role.arn: role for role in world.roles}
        self._names_policy_type = world.names_policy_type
        self._keys = keys
        self._authorizer = authorizer
        self._trail = trail
        self._issued = count(1)
        self._lock = Lock()
        self._used_codes: set[tuple[str, str]] = set()

    def answer(self, request: SignedRequest) -> Response:
        """Return the answer to a request; raise `AwsError` if STS would refuse."""
        match request.action:
            case "AssumeRole":
                try:
                    result = self._assume_role(request)
                except AwsError as refusal:
                    self._trail.record_refused(request, refusal)
                    raise
            case "GetSessionToken":
                result = self._session_token(request)
            case "GetCallerIdentity":
                sender = request.sender
                self._trail.record_call(request)
                result = {
                    "Arn": sender.arn,
                    "UserId": sender.user_id,
                    "Account": sender.account_id,
                }
            case action:
                raise AwsError(
                    "InvalidAction", f"Could not find operation {action} for version 2011-06-15"
                )
        return query_answer(request.action, result)

    def _assume_role(self, request: SignedRequest) -> Mapping[str, Xml]:
        parameters, sender = request.parameters, request.sender
        validate("AssumeRole", parameters)
        if "PolicyArns.member.1.arn" in parameters:
            raise AwsError("ValidationError", "The sandbox supports no managed session policies")
        check_session_policy(parameters.get("Policy"))
        if isinstance(sender, RootUser):
            raise denied("Roles may not be assumed by root accounts.")
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
        if isinstance(sender, FederatedUser):
            raise not_authorized(sender.arn, "sts:AssumeRole", parameters["RoleArn"])
        by_mfa = self._authenticate(parameters, sender)
        role = self._authorized_role(request, by_mfa=by_mfa)
        session = _session(request, role, duration=self._duration(request, role))
        is_chained = isinstance(sender, RoleSession)
        key = self._issue(
            request,
            session,
            mfa=(by_mfa or bool(request.key.mfa)) and not is_chained,
            lifetime=session.lifetime,
        )
        self._trail.record_assume_role(request, session, key)
        answer: dict[str, Xml] = {
            "Credentials": key.as_answer,
            "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
        }
        if session.source_identity is not None:
            answer["SourceIdentity"] = session.source_identity
        return answer

    def _authenticate(self, parameters: Mapping[str, str], sender: Sender) -> bool:
        """Return whether a device was used; raise `AwsError` if its code is not valid."""
        serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
        if serial is None and code is None:
            return False
        if serial is None or code is None:
            raise denied(
                f"{_MFA_FAILED}, must provide both MFA serial number and one time pass code."
            )
        devices = sender.mfa_devices if isinstance(sender, User) else ()
        device = next((device for device in devices if device.serial == serial), None)
        if device is None:
            raise denied(
                f"{_MFA_FAILED}, unable to validate MFA code.  Please verify your MFA serial "
                "number is valid and associated with this user."
            )
        with self._lock:
            if code not in device.codes or (serial, code) in self._used_codes:
                raise denied(f"{_MFA_FAILED} with invalid MFA one time pass code. ")
            self._used_codes.add((serial, code))
        return True

    def _authorized_role(self, request: SignedRequest, *, by_mfa: bool) -> Role:
        """Return the role.

        A denial has the same message for any reason, even a missing role; where it names a policy
        type, that of the sender's own policies also if there is no such role.
        """
        sender, arn = request.sender, request.parameters["RoleArn"]
        role = self._roles.get(arn)
        # no role can be assumed from another partition:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        if role is not None and role.partition != sender.partition:
            role = None
        for action, context in _judged_actions(request, by_mfa=by_mfa):
            denial = self._authorizer.authorize(sender, action, arn, context, role=role)
            if denial is not None or role is None:
                raise not_authorized(sender.arn, action, arn, self._explain(denial, action))
        assert role is not None  # noqa: S101 - the first action is refused without it
        return role

    def _explain(self, denial: Denied | None, action: str) -> str:
        """Return the suffix of a denial's message; an explicit denial always has one."""
        if denial is not None and (denial.explicit or self._names_policy_type):
            return denial.suffix(action)
        return ""

    @staticmethod
    def _duration(request: SignedRequest, role: Role) -> timedelta:
        duration = int(request.parameters.get("DurationSeconds", DEFAULT_DURATION))
        exceeds = "The requested DurationSeconds exceeds the"
        # calls with any temporary keys count as role chaining, even with those of GetSessionToken
        if request.key.credentials.session_token is not None and duration > CHAINED_DURATION:
            raise AwsError(
                "ValidationError",
                f"{exceeds} 1 hour session limit for roles assumed by role chaining.",
            )
        if duration > role.max_session_duration:
            raise AwsError("ValidationError", f"{exceeds} MaxSessionDuration set for this role.")
        return timedelta(seconds=duration)

    def _session_token(self, request: SignedRequest) -> Mapping[str, Xml]:
        parameters, sender = request.parameters, request.sender
        validate("GetSessionToken", parameters)
        if request.key.credentials.session_token is not None:
            raise denied("Cannot call GetSessionToken with session credentials")
        action = "sts:GetSessionToken"  # needs no permission, but can be denied:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
        denial = self._authorizer.authorize(sender, action, sender.arn, request.context())
        if denial is not None and denial.explicit:
            raise not_authorized(sender.arn, action, sender.arn, self._explain(denial, action))
        by_mfa = self._authenticate(parameters, sender)
        duration = int(parameters.get("DurationSeconds", SESSION_TOKEN_DURATION))
        if isinstance(sender, RootUser):
            duration = min(duration, ROOT_TOKEN_DURATION)
        key = self._issue(request, sender, mfa=by_mfa, lifetime=timedelta(seconds=duration))
        self._trail.record_call(request)
        return {"Credentials": key.as_answer}

    def _issue(
        self, request: SignedRequest, owner: Sender, *, mfa: bool, lifetime: timedelta
    ) -> Key:
        key = Key(
            credentials=temporary_credentials(f"{owner.arn}#{next(self._issued)}"),
            owner=owner,
            mfa=mfa,
            issued=request.now,
            expires=request.now + lifetime,
        )
        self._keys.add(key)
        return key


def _session(request: SignedRequest, role: Role, *, duration: timedelta) -> RoleSession:
    parameters = request.parameters
    tags = _request_tags(parameters)
    transitive = {key: tags[key] for key in _transitive_keys(parameters) if key in tags}
    return RoleSession(
        role=role,
        session_name=parameters["RoleSessionName"],
        lifetime=duration,
        policy=parameters.get("Policy"),
        session_tags=tags,
        transitive_tags={**transitive, **_inherited_tags(request.sender)},
        source_identity=_source_identity(request),
    )


def _inherited_tags(sender: Sender) -> Mapping[str, str]:
    return sender.transitive_tags if isinstance(sender, RoleSession) else {}


def _source_identity(request: SignedRequest) -> str | None:
    sender = request.sender
    inherited = sender.source_identity if isinstance(sender, RoleSession) else None
    return request.parameters.get("SourceIdentity", inherited)


def _judged_actions(request: SignedRequest, *, by_mfa: bool) -> Iterator[tuple[str, Context]]:
    """Yield the actions that one AssumeRole needs, each with its context keys.

    `sts:RoleSessionName` exists only for `sts:AssumeRole`.
    """
    parameters = request.parameters
    tags = {**_request_tags(parameters), **_inherited_tags(request.sender)}
    source_identity = _source_identity(request)
    values: dict[str, str | Sequence[str] | None] = {
        "sts:ExternalId": parameters.get("ExternalId"),
        "sts:SourceIdentity": source_identity,
    }
    if by_mfa:
        values |= {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
    if tags:
        values |= {f"aws:RequestTag/{key}": value for key, value in tags.items()}
        values["aws:TagKeys"] = tuple(tags)
        values["sts:TransitiveTagKeys"] = _transitive_keys(parameters)
    context = request.context().with_keys(values)
    name = {"sts:RoleSessionName": parameters["RoleSessionName"]}
    yield "sts:AssumeRole", context.with_keys(name)
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
