"""An STS on loopback that behaves badly: it lies, hangs, disconnects, or withholds answers.

What it is not told to do badly it does well: everybody is `work_api`, and every role is theirs.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Condition, Event, Lock, Thread
from typing import Self
from urllib.parse import parse_qs

from certificates import Certificate
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.protocol import query_answer

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HANDSHAKE = b"\x16\x03"
_PATIENCE = 600
SOON = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call: its head and body, its connection, and when the server stops."""

    head: str
    body: bytes
    connection: socket.socket
    over: Event

    @property
    def target(self) -> str:
        return self.head.split(" ", maxsplit=2)[1]

    @property
    def headers(self) -> dict[str, str]:
        """The headers, with their names in lower case."""
        lines = (line.partition(": ") for line in self.head.splitlines()[1:])
        return {name.lower(): value for name, _, value in lines}

    @property
    def parameters(self) -> dict[str, str]:
        form = parse_qs(self.body.decode(errors="replace"))
        return {name: values[0] for name, values in form.items()}

    @property
    def action(self) -> str:
        return self.parameters.get("Action", "")

    @property
    def role_arn(self) -> str:
        return self.parameters.get("RoleArn", "")

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(
        self, body: str, *, status: int = 200, kind: str = "text/xml", more: str = ""
    ) -> None:
        """Send a whole answer; `more` are further headers."""
        data = body.encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
        self.send(f"{head}{more}\r\n".encode() + data)


Behave = Callable[[Asked], None]


def well(asked: Asked) -> None:
    """Answer as STS does."""
    asked.answer(good_answer(asked))


def good_answer(asked: Asked) -> str:
    """Return the XML with which STS lets everybody in."""
    credentials = {
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": "2099-01-01T00:00:00Z",
    }
    if asked.action == "GetCallerIdentity":
        who = {"Arn": s.WORK_API.arn, "UserId": "AIDA", "Account": "111111111111"}
        answer = query_answer(asked.action, who)
    else:
        role = asked.role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        session = f"{role}/{asked.parameters.get('RoleSessionName')}"
        user = {"Arn": session, "AssumedRoleId": "A:b"}
        more = {"AssumedRoleUser": user} if role else {}
        answer = query_answer(asked.action, {"Credentials": credentials, **more})
    return answer.get_data(as_text=True)


def page(status: int, body: str, *, kind: str = "text/html", more: str = "") -> Behave:
    """Return a behavior that answers with this, also with something that STS never sends."""
    return lambda asked: asked.answer(body, status=status, kind=kind, more=more)


def refusing(code: str, message: str, *, status: int = 400) -> Behave:
    """Return what answers with an error, in the XML of STS."""
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    )
    return page(status, body, kind="text/xml")


def hang(asked: Asked) -> None:
    asked.over.wait(_PATIENCE)


def hang_after_the_headers(asked: Asked) -> None:
    """Promise an answer and never give it."""
    asked.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 900\r\n\r\n")
    hang(asked)


def drip(asked: Asked) -> None:
    """Answer with a byte now and then: too often for a timeout to see it, and without an end."""
    asked.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9000000\r\n\r\n")
    with suppress(OSError):
        while not asked.over.wait(SOON):
            asked.send(b" ")


def reset(asked: Asked) -> None:
    """Break the connection off."""
    asked.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.connection.close()


def close(asked: Asked) -> None:
    """Disconnect without an answer."""
    asked.connection.shutdown(socket.SHUT_RDWR)


def half(asked: Asked) -> None:
    """Send the first half of an answer and disconnect."""
    data = good_answer(asked).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(data)}\r\n\r\n"
    asked.send(head.encode() + data[: len(data) // 2])
    close(asked)


class RoughSts:
    """The server: calls of `actions` go to `behave`, all others are answered well.

    With a certificate it speaks TLS.  `is_silent` lets connections hang before a word is said.
    """

    def __init__(
        self,
        behave: Behave = well,
        *,
        actions: frozenset[str] = frozenset({"AssumeRole"}),
        certificate: Certificate | None = None,
        is_silent: bool = False,
    ) -> None:
        self._behave = behave
        self._actions = actions
        self.is_silent = is_silent
        self.over = Event()
        self.lock = Lock()
        self._more = Condition(self.lock)
        self._bad = 0
        self._calls: list[tuple[str, str]] = []
        self.heads: list[str] = []
        self.connections = 0
        self.scheme = "http" if certificate is None else "https"
        self.context: ssl.SSLContext | None = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate.certificate, certificate.key)
        self._server = _Server(self)
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": SOON}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[tuple[str, str]]:
        with self.lock:
            return list(self._calls)

    @property
    def switches(self) -> list[str]:
        return [role for action, role in self.calls if action == "AssumeRole"]

    def count(self) -> None:
        """Count a call that is about to be answered badly."""
        with self._more:
            self._bad += 1
            self._more.notify_all()

    def wait_for(self, calls: int, *, seconds: float) -> bool:
        """Wait until so many calls were answered badly; say whether they were."""
        with self._more:
            return self._more.wait_for(lambda: self._bad >= calls, timeout=seconds)

    def serve(self, asked: Asked) -> None:
        with self.lock:
            self._calls.append((asked.action, asked.role_arn))
            self.heads.append(asked.head)
        if asked.action in self._actions:
            self.count()
            self._behave(asked)
        else:
            well(asked)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, sts: RoughSts) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sts = sts

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection, and count it: one thread does that."""
        accepted = super().get_request()
        self.sts.connections += 1
        return accepted


class _Handler(BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        sts = self.server.sts
        with suppress(OSError):  # the client has gone, or wants no such certificate
            if sts.is_silent:
                sts.count()
                sts.over.wait(_PATIENCE)
                return
            connection: socket.socket = self.request
            if sts.context is not None:
                connection = sts.context.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            with connection:
                while (read := _read(connection)) is not None:
                    head, body = read
                    sts.serve(Asked(head=head, body=body, connection=connection, over=sts.over))


def _read(connection: socket.socket) -> tuple[str, bytes] | None:
    """Read a request: its head and body; None where the client says nothing more."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
        if data.startswith(_HANDSHAKE):
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return None
    head, _, body = data.partition(b"\r\n\r\n")
    found = _LENGTH.search(head)
    while found is not None and len(body) < int(found[1]):
        if not (more := connection.recv(65536)):
            return None
        body += more
    return head.decode("latin-1"), body
