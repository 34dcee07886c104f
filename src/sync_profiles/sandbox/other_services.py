"""All services but STS and a part of IAM: moto answers for them.

moto's state is global, so sandboxes that run at the same time share it. It is imported on the first
call that needs it: the import takes seconds, and most runs never need it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.test import EnvironBuilder

from sync_profiles.sandbox.protocol import FORM, HttpRequest, Response
from sync_profiles.sandbox.signature import ALGORITHM
from sync_profiles.sandbox.world import Instance, World

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

ACCOUNT_HEADER = "HTTP_X_MOTO_ACCOUNT_ID"
_IMAGE = "ami-12c6146b"  # one of the images that moto provides


class Moto:
    """moto behind a WSGI call; thread-safe, one call at a time."""

    _lock = Lock()
    #: the sandboxes that use moto's state: the first one resets it
    _users = 0

    def __init__(self, world: World) -> None:
        self._instances = world.instances
        self._app: WSGIApplication | None = None

    def forward(self, request: HttpRequest, account_id: str) -> Response:
        """Return moto's answer to a call to an account."""
        body = request.get_data()
        environ: WSGIEnvironment = {
            **request.environ,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        with Moto._lock:
            if self._app is None:
                self._app = self._start()
            return _call(self._app, environ, account_id)

    def close(self) -> None:
        """Stop using moto's state."""
        with Moto._lock:
            if self._app is not None:
                self._app = None
                Moto._users -= 1

    def _start(self) -> WSGIApplication:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

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
    signature = f"{ALGORITHM} Credential={scope}, SignedHeaders=host, Signature=0"
    request = EnvironBuilder(
        path,
        f"http://ec2.{region}.amazonaws.com",
        method="POST",
        headers=[("Authorization", signature)],
        data=urlencode(parameters),
        content_type=FORM,
    )
    answer = _call(app, request.get_environ(), account_id)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"moto refused to set up the sandbox: {answer.get_data()!r}")


def _call(app: WSGIApplication, environ: WSGIEnvironment, account_id: str) -> Response:
    """Call moto as the account, whatever account the client's headers name."""
    own = {**environ, ACCOUNT_HEADER: account_id, "wsgi.errors": io.StringIO()}
    return Response.from_app(app, own, buffered=True)
