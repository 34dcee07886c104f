"""The sandbox's front door: who signs, what they may do, which service answers."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sync_profiles.policy.judge import Request
from sync_profiles.redaction import may_name_secret
from sync_profiles.sandbox.authorize import authorize
from sync_profiles.sandbox.cloudtrail import TARGET, Trail
from sync_profiles.sandbox.iam import GET_ROLE, Iam
from sync_profiles.sandbox.identity import Identity, Keyring, PrincipalType
from sync_profiles.sandbox.incoming import Incoming
from sync_profiles.sandbox.moto_backend import MotoBackend
from sync_profiles.sandbox.signature import Signature, read_signature, verify
from sync_profiles.sandbox.sts import TokenService
from sync_profiles.sandbox.wire import (
    TOKEN_INVALID,
    Answer,
    HttpRequest,
    Refusal,
    error_answer,
    json_answer,
    read_request,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIEnvironment

    from sync_profiles.sandbox.authorize import Denied
    from sync_profiles.sandbox.identity import Key
    from sync_profiles.sandbox.world import World

OK = "OK"
FIRST_ERROR = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that the sandbox answered.

    `action` reads `sts:AssumeRole`, `outcome` is `OK` or the error's code. `principal_arn` and
    `region` are None where the request does not prove them. Secrets and MFA codes are left out.
    """

    action: str
    principal_arn: str | None
    parameters: Mapping[str, str]
    region: str | None
    outcome: str


@dataclass(slots=True)
class _Draft:
    """What becomes a `Call`, as far as the request was understood."""

    action: str = "unknown"
    service: str = "unknown"
    principal_arn: str | None = None
    parameters: Mapping[str, str] | None = None
    region: str | None = None


class Front:
    """A WSGI application over a world; safe for threads."""

    def __init__(self, world: World, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._keyring = Keyring(world, now=clock())
        self._trail = Trail()
        self._sts = TokenService(world, keyring=self._keyring, trail=self._trail)
        self._iam = Iam(world)
        self._moto = MotoBackend(world.instances)
        self._lock = Lock()
        self._calls: list[Call] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        body = _read_body(environ)
        request = read_request(environ, body)
        draft = _Draft()
        try:
            incoming = self._authenticate(request, draft, str(environ.get("REMOTE_ADDR", "")))
            answer = self._own_answer(request, draft, incoming)
            if answer is None:
                self._trail.record_call(draft.service, incoming)
                answer = self._moto.forward(environ, body, incoming.identity.account_id)
        except Refusal as refusal:
            answer = error_answer(draft.service, request, refusal)
            self._record(draft, refusal.code)
        except Exception as error:  # noqa: BLE001 - a service answers even to its own faults
            failure = Refusal(
                "InternalFailure", f"The sandbox failed: {type(error).__name__}", status=500
            )
            answer = error_answer(draft.service, request, failure)
            self._record(draft, failure.code)
        else:
            self._record(draft, OK if answer.status < FIRST_ERROR else f"HTTP {answer.status}")
        return answer.send(start_response)

    def calls(self) -> tuple[Call, ...]:
        """Return the calls so far, in the order of their answers."""
        with self._lock:
            return tuple(self._calls)

    def reset_calls(self) -> None:
        """Forget the calls so far."""
        with self._lock:
            self._calls.clear()

    def close(self) -> None:
        """Let go of what the process shares."""
        self._moto.close()

    def _authenticate(self, request: HttpRequest, draft: _Draft, source_ip: str) -> Incoming:
        """Return the request with its proved sender; fill the draft on the way."""
        parameters = request.parameters()
        draft.parameters = parameters
        signature = read_signature(request)
        draft.service, draft.region = signature.service, signature.region
        action = _action(request, parameters)
        draft.action = f"{signature.service}:{action}"
        now = self._clock()
        key = self._key(request, signature, now)
        draft.principal_arn = key.identity.arn
        return Incoming(
            action=action,
            parameters=parameters,
            key=key,
            region=signature.region,
            source_ip=source_ip,
            user_agent=request.headers.get("user-agent", ""),
            now=now,
        )

    def _key(self, request: HttpRequest, signature: Signature, now: datetime) -> Key:
        key = self._keyring.find(signature.access_key_id)
        token = request.headers.get("x-amz-security-token")
        if (
            key is None
            or key.credentials.session_token != token
            or key.partition != signature.partition
        ):
            raise _token_invalid(request, signature.service)
        verify(request, signature, key.credentials, now=now)
        if key.expires is not None and key.expires <= now:
            raise Refusal(
                "ExpiredToken", "The security token included in the request is expired", status=403
            )
        return key

    def _own_answer(self, request: HttpRequest, draft: _Draft, incoming: Incoming) -> Answer | None:
        """Return the answer of what the sandbox does itself, None where moto is to answer."""
        if draft.service == "sts":
            return self._sts.answer(incoming)
        self._check_permission(request, draft, incoming)
        if request.target == f"{TARGET}LookupEvents":
            account_id, region = incoming.identity.account_id, incoming.region
            return json_answer(self._trail.lookup(account_id, region, request.json()))
        return self._iam.answer(draft.action, incoming)

    def _check_permission(self, request: HttpRequest, draft: _Draft, incoming: Incoming) -> None:
        """Judge a call to any other service; but for GetRole, resources are not told apart."""
        key, identity = incoming.key, incoming.identity
        is_user_session = (
            identity.type is PrincipalType.USER and key.credentials.session_token is not None
        )
        if draft.service == "iam" and is_user_session and not key.mfa:
            raise _token_invalid(request, draft.service)
        denied = authorize(
            identity,
            Request(
                action=draft.action,
                resource=self._iam.resource(incoming) if draft.action == GET_ROLE else "*",
                principal=identity.principal,
                context=incoming.context(),
            ),
            service_control_policies=self._sts.control_policies(identity.account_id),
        )
        if denied is not None:
            raise _permission_denied(request, draft, identity, denied)

    def _record(self, draft: _Draft, outcome: str) -> None:
        call = Call(
            action=draft.action,
            principal_arn=draft.principal_arn,
            parameters={
                name: value
                for name, value in (draft.parameters or {}).items()
                if name not in {"Action", "Version"} and not may_name_secret(name)
            },
            region=draft.region,
            outcome=outcome,
        )
        with self._lock:
            self._calls.append(call)


def _read_body(environ: WSGIEnvironment) -> bytes:
    if environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def _action(request: HttpRequest, parameters: Mapping[str, str]) -> str:
    """Return the operation's name; a REST call has none on the wire, its method stands for it."""
    if request.target is not None:
        return request.target.rpartition(".")[2]
    return parameters.get("Action", request.method.title())


def _token_invalid(request: HttpRequest, service: str) -> Refusal:
    if service == "ec2":
        message = "AWS was not able to validate the provided access credentials"
        return Refusal("AuthFailure", message, status=401)
    if request.target is not None:
        return Refusal("UnrecognizedClientException", TOKEN_INVALID)
    return Refusal("InvalidClientTokenId", TOKEN_INVALID, status=403)


def _permission_denied(
    request: HttpRequest, draft: _Draft, identity: Identity, denied: Denied
) -> Refusal:
    message = (
        f"User: {identity.arn} is not authorized to perform: {draft.action}"
        f"{denied.suffix(draft.action)}"
    )
    if draft.service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
        return Refusal("UnauthorizedOperation", message, status=403)
    code = "AccessDenied" if request.target is None else "AccessDeniedException"
    return Refusal(code, message, status=403 if request.target is None else 400)
