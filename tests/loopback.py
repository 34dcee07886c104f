"""A gate on loopback between a client and a sandbox: it records calls, and answers some itself."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

from certificates import Certificate
from rough_sts import Asked, Behave, RoughSts, close

_HOP_BY_HOP = {"connection", "content-length", "date", "server", "transfer-encoding"}
_CHUNK = 65536


#: how a call is answered that is not passed on
Rule = Callable[[Asked], Behave | None]


class Gate(RoughSts):
    """Pass requests on to the server at `behind`, except those for which `rule` has an answer.

    It is an endpoint and a proxy: requests for any host go to the same place, and so does what is
    tunnelled with CONNECT, byte for byte.
    """

    def __init__(
        self,
        behind: str,
        *,
        rule: Rule = lambda _asked: None,
        certificate: Certificate | None = None,
    ) -> None:
        super().__init__(certificate=certificate)
        self._behind = ("127.0.0.1", urlsplit(behind).port or 0)
        self._rule = rule
        #: all requests so far, including those that were passed on
        self.received: list[Asked] = []
        #: the hosts and ports that were asked for with CONNECT
        self.tunnels: list[str] = []
        #: the answers of the server behind
        self.passed_on: list[bytes] = []

    def serve(self, asked: Asked) -> None:
        if asked.head.startswith("CONNECT "):
            self.tunnels.append(asked.target)
            with socket.create_connection(self._behind) as other:
                asked.send(b"HTTP/1.1 200 OK\r\n\r\n")
                _splice(asked.connection, other)
            close(asked)
            return
        with self.lock:  # a rule may count
            self.received.append(asked)
            behave = self._rule(asked)
        (behave or self._pass_on)(asked)

    def _pass_on(self, asked: Asked) -> None:
        way = HTTPConnection(*self._behind, timeout=30)
        path = urlsplit(asked.target).path or "/"
        way.request(asked.head.partition(" ")[0], path, asked.body, asked.headers)
        answer = way.getresponse()
        body = answer.read()
        self.passed_on.append(body)
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOP_BY_HOP]
        head = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{k}: {v}" for k, v in kept)]
        head.append(f"Content-Length: {len(body)}")
        asked.send("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        way.close()


def _splice(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""
    peers = {one: other, other: one}
    while True:
        for ready in select.select(list(peers), [], [])[0]:
            data = ready.recv(_CHUNK)
            if not data:
                return
            peers[ready].sendall(data)
