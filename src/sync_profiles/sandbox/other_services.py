"""All other services: IAM's GetRole and ListMFADevices, and moto for the rest.

moto's state is global, so sandboxes that run at the same time share it. It is imported on the first
call that needs it: the import takes seconds, and most runs never need it.
"""

from __future__ import annotations

import io
import json
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from sync_profiles.sandbox.protocol import FORM, Answer, Refusal, query_answer
from sync_profiles.sandbox.signature import ALGORITHM
from sync_profiles.sandbox.world import User

if TYPE_CHECKING:
    from collections.abc import Mapping
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from sync_profiles.sandbox.authorization import SignedRequest
    from sync_profiles.sandbox.world import Instance, Role, World

ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"
_IMAGE = "ami-12c6146b"  # one of the images that moto provides
_CREATED = "2026-01-01T00:00:00Z"


class Iam:
    """The roles of a world by account and name, and the devices of its users."""

    def __init__(self, world: World) -> None:
        self._roles = {(role.account_id, role.name): role for role in world.roles}

    def resource(self, request: SignedRequest) -> str:
        """Return the resource of a call: the role for GetRole, `*` for all others."""
        if request.action != "GetRole":
            return "*"
        role = self._find(request)
        name = request.parameters.get("RoleName", "")
        missing = f"arn:aws:iam::{request.sender.account_id}:role/{name}"
        return role.arn if role is not None else missing

    def answer(self, request: SignedRequest) -> Answer | None:
        """Return the answer to a call that the sandbox handles itself, or None for moto's calls."""
        match request.service, request.action:
            case "iam", "GetRole":
                return self._get_role(request)
            case "iam", "ListMFADevices":
                return _list_mfa_devices(request)
            case _:
                return None

    def _find(self, request: SignedRequest) -> Role | None:
        name = request.parameters.get("RoleName", "")
        return self._roles.get((request.sender.account_id, name))

    def _get_role(self, request: SignedRequest) -> Answer:
        role = self._find(request)
        if role is None:
            name = request.parameters.get("RoleName", "")
            raise Refusal("NoSuchEntity", f"The role with name {name} cannot be found.", status=404)
        trust = role.shown_trust or role.trust
        text = trust if isinstance(trust, str) else json.dumps(trust)
        return query_answer(
            "GetRole",
            {
                "Role": {
                    "Path": role.path,
                    "RoleName": role.name,
                    "RoleId": role.role_id,
                    "Arn": role.arn,
                    "CreateDate": _CREATED,
                    "AssumeRolePolicyDocument": quote(text),
                    "MaxSessionDuration": role.max_session_duration,
                }
            },
        )


def _list_mfa_devices(request: SignedRequest) -> Answer:
    user = request.sender
    if not isinstance(user, User):
        raise Refusal(
            "ValidationError", "Must specify userName when calling with non-User credentials"
        )
    name = request.parameters.get("UserName", user.name)
    if name != user.name:
        raise Refusal("NoSuchEntity", f"The user with name {name} cannot be found.", status=404)
    devices = [
        {"UserName": user.name, "SerialNumber": device.serial, "EnableDate": _CREATED}
        for device in user.mfa_devices
    ]
    return query_answer("ListMFADevices", {"MFADevices": devices, "IsTruncated": "false"})


class Moto:
    """moto behind a WSGI call; thread-safe, one call at a time."""

    _lock = Lock()
    #: the sandboxes that use moto's state: the first one resets it
    _users = 0

    def __init__(self, world: World) -> None:
        self._instances = world.instances
        self._app: WSGIApplication | None = None

    def forward(self, environ: WSGIEnvironment, body: bytes, account_id: str) -> Answer:
        """Return moto's answer to a call to an account."""
        with Moto._lock:
            if self._app is None:
                self._app = self._start()
            return _call(self._app, environ, body, account_id)

    def close(self) -> None:
        """Stop using moto's state."""
        with Moto._lock:
            if self._app is not None:
                self._app = None
                Moto._users -= 1

    def _start(self) -> WSGIApplication:
        from moto.moto_server.werkzeug_app import (
            DomainDispatcherApplication,
            create_backend_app,
        )

        app: WSGIApplication = DomainDispatcherApplication(create_backend_app)
        if Moto._users == 0:
            _post(app, "/moto-api/reset", {})
        for instance in self._instances:
            _run_instance(app, instance)
        Moto._users += 1
        return app


def _run_instance(app: WSGIApplication, instance: Instance) -> None:
    parameters = {
        "Action": "RunInstances",
        "Version": "2016-11-15",
        "ImageId": _IMAGE,
        "InstanceType": "t3.micro",
        "MinCount": "1",
        "MaxCount": "1",
        "TagSpecification.1.ResourceType": "instance",
        "TagSpecification.1.Tag.1.Key": "Name",
        "TagSpecification.1.Tag.1.Value": instance.name,
    }
    _post(app, "/", parameters, account_id=instance.account_id, region=instance.region)


def _post(
    app: WSGIApplication,
    path: str,
    parameters: Mapping[str, str],
    *,
    account_id: str = "",
    region: str = "us-east-1",
) -> None:
    """Send moto a call of the sandbox; moto reads region and service from the scope only."""
    scope = f"AKIAFAKEFAKEFAKEFAKE/20200101/{region}/ec2/aws4_request"
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": f"ec2.{region}.amazonaws.com",
        "HTTP_AUTHORIZATION": f"{ALGORITHM} Credential={scope}, SignedHeaders=host, Signature=0",
        "CONTENT_TYPE": FORM,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
    }
    answer = _call(app, environ, urlencode(parameters).encode(), account_id)
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(f"moto refused to set up the sandbox: {answer.body!r}")


def _call(app: WSGIApplication, environ: WSGIEnvironment, body: bytes, account_id: str) -> Answer:
    """Call moto as the account, whatever account the client's headers name."""
    from werkzeug.test import run_wsgi_app

    own: WSGIEnvironment = {
        **environ,
        ACCOUNT_HEADER: account_id,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    chunks, status, headers = run_wsgi_app(app, own, buffered=True)
    return Answer(
        status=int(status.partition(" ")[0]), headers=tuple(headers), body=b"".join(chunks)
    )
