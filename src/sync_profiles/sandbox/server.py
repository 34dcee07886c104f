"""A running sandbox: an AWS on 127.0.0.1 that clients reach through `AWS_ENDPOINT_URL`."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING, Self

from sync_profiles.sandbox.front import Call, Front

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from werkzeug.serving import BaseWSGIServer

    from sync_profiles.sandbox.world import World

__all__ = ["Call", "Sandbox"]

_POLL_SECONDS = 0.02


def _now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """Serve a world between `with` and its end; prints and logs nothing.

    `clock` is the service's clock: one that differs from the client's makes a skewed client.
    """

    def __init__(self, world: World, *, clock: Callable[[], datetime] = _now) -> None:
        self._front = Front(world, clock=clock)
        self._server: BaseWSGIServer | None = None
        self._thread: Thread | None = None

    @property
    def endpoint_url(self) -> str:
        """The URL that all services answer under; only while the sandbox runs."""
        if self._server is None:
            raise RuntimeError("the sandbox does not run")
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls so far, in the order of their answers."""
        return self._front.calls()

    def reset_calls(self) -> None:
        """Forget the calls so far."""
        self._front.reset_calls()

    def __enter__(self) -> Self:
        from werkzeug.serving import WSGIRequestHandler, make_server

        class QuietHandler(WSGIRequestHandler):
            """A handler that logs nothing."""

            def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
                del type, message, args

        self._server = make_server(
            "127.0.0.1", 0, self._front, threaded=True, request_handler=QuietHandler
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
        self._front.close()
