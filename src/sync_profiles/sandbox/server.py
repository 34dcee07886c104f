"""The server of the sandbox on 127.0.0.1, which clients reach through `AWS_ENDPOINT_URL`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from socket import SHUT_RDWR
from threading import Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from sync_profiles.arn import partition_of
from sync_profiles.redaction import may_name_secret
from sync_profiles.sandbox.authorization import Authorizer, Denied, Key, Keys, SignedRequest
from sync_profiles.sandbox.cloudtrail import LOOKUP_EVENTS, Trail
from sync_profiles.sandbox.iam import Iam
from sync_profiles.sandbox.other_services import Moto
from sync_profiles.sandbox.protocol import (
    TOKEN_INVALID,
    AwsError,
    HttpRequest,
    Response,
    error_answer,
    json_answer,
)
from sync_profiles.sandbox.signature import Signature, read_signature, unreadable_signature, verify
from sync_profiles.sandbox.token_service import TokenService
from sync_profiles.sandbox.world import User, World

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from werkzeug.serving import BaseWSGIServer

OK = "OK"
FIRST_ERROR = 400
_POLL_SECONDS = 0.02

#: Called with each request before it is handled. It may wait, return an answer, raise
#: `AwsError`, or raise `ConnectionError` to drop the connection; if it returns None, the sandbox
#: answers as usual.
Intercept = Callable[[HttpRequest], Response | None]


class _QuietHandler(WSGIRequestHandler):
    """A handler that logs nothing."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        del type, message, args


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that the sandbox answered.

    `action` is `sts:AssumeRole`, for example; `outcome` is `OK` or the error code. `principal_arn`
    and `region` are None without a valid signature. Secrets and MFA codes are left out.
    """

    action: str
    principal_arn: str | None
    parameters: Mapping[str, str]
    region: str | None
    outcome: str


class Sandbox:
    """Serves a world as a context manager; thread-safe, prints and logs nothing.

    `clock` is the server's clock: if it differs from the client's, the client's looks wrong.
    `intercept` lets a test delay, drop or answer requests itself. `trail` has earlier events.
    """

    def __init__(
        self,
        world: World,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        intercept: Intercept = lambda _: None,
        trail: Trail | None = None,
    ) -> None:
        self._clock = clock
        self._intercept = intercept
        self._keys = Keys(world, now=clock())
        self._trail = Trail() if trail is None else trail
        self._authorizer = Authorizer(world)
        self._sts = TokenService(
            world, keys=self._keys, authorizer=self._authorizer, trail=self._trail
        )
        self._iam = Iam(world, self._authorizer)
        self._moto = Moto(world)
        self._lock = Lock()
        self._calls: list[Call] = []
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    @property
    def endpoint_url(self) -> str:
        """The URL of all services, while the sandbox is running."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls so far, in the order of their answers."""
        with self._lock:
            return tuple(self._calls)

    def reset_calls(self) -> None:
        """Forget the calls so far."""
        with self._lock:
            self._calls.clear()

    def expire_sessions(self) -> None:
        """Make every session expire now; those that are opened afterwards last as usual."""
        self._keys.expire_sessions(self._clock())

    def __enter__(self) -> Self:
        self._server = make_server(
            "127.0.0.1", 0, self._respond, threaded=True, request_handler=_QuietHandler
        )
        self._thread = Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _POLL_SECONDS},
            name="sandbox",
            daemon=True,
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._server = self._thread = None
        self._moto.close()

    def _respond(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        http = HttpRequest(environ)
        http.get_data()  # before an answer, even one that ends the connection
        signature = read_signature(http)
        service = "unknown" if signature is None else signature.service
        parameters: Mapping[str, str] = {}
        key: Key | None = None
        try:
            answer = self._intercept(http)
            parameters = http.parameters()
            if answer is None:
                now = self._clock()
                key, region = self._authenticate(http, signature, now)
                request = SignedRequest(
                    service=service,
                    action=_action(http, parameters),
                    parameters=parameters,
                    key=key,
                    region=region,
                    source_ip=http.remote_addr or "",
                    user_agent=http.headers.get("user-agent", ""),
                    now=now,
                )
                answer = self._answer(http, request)
            outcome = OK if answer.status_code < FIRST_ERROR else f"HTTP {answer.status_code}"
        except AwsError as refusal:
            answer, outcome = error_answer(service, http, refusal), refusal.code
        except ConnectionError:
            with suppress(OSError):
                environ["werkzeug.socket"].shutdown(SHUT_RDWR)
            raise
        except Exception as error:  # noqa: BLE001 - a service answers even after an internal error
            failure = AwsError(
                "InternalFailure", f"The sandbox failed: {type(error).__name__}", status=500
            )
            answer, outcome = error_answer(service, http, failure), failure.code
        call = Call(
            action="unknown" if signature is None else f"{service}:{_action(http, parameters)}",
            principal_arn=None if key is None else key.owner.arn,
            parameters={
                name: value
                for name, value in parameters.items()
                if name not in {"Action", "Version"} and not may_name_secret(name)
            },
            region=None if signature is None else signature.region,
            outcome=outcome,
        )
        with self._lock:
            self._calls.append(call)
        return answer(environ, start_response)

    def _authenticate(
        self, http: HttpRequest, signature: Signature | None, now: datetime
    ) -> tuple[Key, str]:
        """Return the key that signed the request, and the region; raise `AwsError` if none did."""
        if signature is None:
            raise unreadable_signature(http)
        key = self._keys.find(signature.access_key_id)
        token = http.headers.get("x-amz-security-token")
        if (
            key is None
            or key.credentials.session_token != token
            or key.owner.partition != partition_of(signature.region)
        ):
            raise _token_invalid(http, signature.service)
        verify(http, signature, key.credentials, now=now)
        if key.expires is not None and key.expires <= now:
            raise AwsError(
                "ExpiredToken", "The security token included in the request is expired", status=403
            )
        return key, signature.region

    def _answer(self, http: HttpRequest, request: SignedRequest) -> Response:
        """Answer as the called service would; raise `AwsError` if it would refuse."""
        if request.service == "sts":
            return self._sts.answer(request)
        self._check_permission(http, request)
        if http.target == LOOKUP_EVENTS:
            found = self._trail.lookup(request, http.json_object())
            self._trail.record_call(request)
            return json_answer(found)
        answer = self._iam.answer(request)
        if answer is None:
            self._trail.record_call(request)
            answer = self._moto.forward(http, request.sender.account_id)
        return answer

    def _check_permission(self, http: HttpRequest, request: SignedRequest) -> None:
        """Authorize a call to a service other than STS; only for IAM are some resources known."""
        key, sender = request.key, request.sender
        is_user_session = isinstance(sender, User) and key.credentials.session_token is not None
        if request.service == "iam" and is_user_session and not key.mfa:
            raise _token_invalid(http, request.service)
        action = f"{request.service}:{request.action}"
        denial = self._authorizer.authorize(
            sender, action, self._iam.resource(request), request.context()
        )
        if denial is not None:
            refusal = _permission_denied(http, request, denial)
            self._trail.record_refused(request, refusal)
            raise refusal


def _action(http: HttpRequest, parameters: Mapping[str, str]) -> str:
    """Return the operation's name, or the HTTP method for a REST call, which has none."""
    if http.target is not None:
        return http.target.rpartition(".")[2]
    return parameters.get("Action", http.method.title())


def _token_invalid(http: HttpRequest, service: str) -> AwsError:
    if service == "ec2":
        message = "AWS was not able to validate the provided access credentials"
        return AwsError("AuthFailure", message, status=401)
    if http.target is not None:
        return AwsError("UnrecognizedClientException", TOKEN_INVALID)
    return AwsError("InvalidClientTokenId", TOKEN_INVALID, status=403)


def _permission_denied(http: HttpRequest, request: SignedRequest, denial: Denied) -> AwsError:
    action = f"{request.service}:{request.action}"
    message = (
        f"User: {request.sender.arn} is not authorized to perform: {action}{denial.suffix(action)}"
    )
    if request.service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
        return AwsError("UnauthorizedOperation", message, status=403)
    code = "AccessDenied" if http.target is None else "AccessDeniedException"
    return AwsError(code, message, status=403 if http.target is None else 400)
