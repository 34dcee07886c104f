"""A gate on loopback between a client and a sandbox: it records calls, and answers some itself."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import unquote_plus, urlsplit

from certificates import Certificate
from rough_sts import Asked, RoughSts, close

_REGION = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
_HOP_BY_HOP = {"connection", "content-length", "date", "server", "transfer-encoding"}
_CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request: the host and path that were asked, and what its signature is for.

    `body` is not encoded any more.
    """

    host: str
    path: str
    action: str
    role_arn: str
    region: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a gate answers itself."""

    status: int
    body: str
    content_type: str = "text/xml"


Rule = Callable[[Received], Answer | None]


class Gate(RoughSts):
    """Pass requests on to the server at `behind`, except those that `rule` answers itself.

    It is an endpoint and a proxy: requests for any host go to the same place, and so does what is
    tunnelled with CONNECT, byte for byte.
    """

    def __init__(
        self,
        behind: str,
        *,
        rule: Rule = lambda _received: None,
        certificate: Certificate | None = None,
    ) -> None:
        super().__init__(certificate=certificate)
        self._behind = ("127.0.0.1", urlsplit(behind).port or 0)
        self._rule = rule
        #: all requests so far, including those that were passed on
        self.received: list[Received] = []
        #: the hosts and ports that were asked for with CONNECT
        self.tunnels: list[str] = []
        #: the answers of the server behind
        self.passed_on: list[bytes] = []

    def serve(self, asked: Asked) -> None:
        method, target, _ = asked.head.split(" ", maxsplit=2)
        if method == "CONNECT":
            self.tunnels.append(target)
            with socket.create_connection(self._behind) as other:
                asked.send(b"HTTP/1.1 200 OK\r\n\r\n")
                _splice(asked.connection, other)
            close(asked)
            return
        received = _received(target, asked)
        with self.lock:  # a rule may count
            self.received.append(received)
            answer = self._rule(received)
        if answer is None:
            self._pass_on(method, target, asked)
        else:
            asked.answer(answer.body, status=answer.status, kind=answer.content_type)

    def _pass_on(self, method: str, target: str, asked: Asked) -> None:
        way = HTTPConnection(*self._behind, timeout=30)
        way.request(method, urlsplit(target).path or "/", asked.body, asked.headers)
        answer = way.getresponse()
        body = answer.read()
        self.passed_on.append(body)
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOP_BY_HOP]
        head = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{k}: {v}" for k, v in kept)]
        head.append(f"Content-Length: {len(body)}")
        asked.send("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        way.close()


def _received(path: str, asked: Asked) -> Received:
    lower = {name.lower(): value for name, value in asked.headers.items()}
    region = _REGION.search(lower.get("authorization", ""))
    return Received(
        host=lower.get("host", ""),
        path=path,
        action=asked.action,
        role_arn=asked.role_arn,
        region=region[1] if region else "",
        body=unquote_plus(asked.body.decode(errors="replace")),
    )


def _splice(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    peers = {one: other, other: one}
    while True:
        for ready in select.select(list(peers), [], [])[0]:
            data = ready.recv(_CHUNK)
            if not data:
                return
            peers[ready].sendall(data)
