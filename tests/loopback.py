"""Servers on loopback between a client and a sandbox: AWS failures, TLS, a proxy."""

from __future__ import annotations

import ipaddress
import re
import select
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_HOP_BY_HOP = {"connection", "content-length", "date", "server", "transfer-encoding"}
_CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request: the host and path that were asked, and whom its signature says it is for."""

    host: str
    path: str
    action: str
    role_arn: str
    access_key_id: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a gate answers itself."""

    status: int
    body: bytes
    content_type: str = "text/xml"


Rule = Callable[[Received], Answer | None]


def sts_error(status: int, code: str, message: str) -> Answer:
    """Return an error as STS sends it."""
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    )
    return Answer(status=status, body=body.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A self-signed certificate and its key, in two files."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, directory: Path, *names: str) -> Certificate:
        """Make one for host names and addresses."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
        now = datetime.now(UTC)
        alternatives: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
            for name in names
        ]
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        files = cls(certificate=directory / "certificate.pem", key=directory / "key.pem")
        files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


class Gate:
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
        self._behind = urlsplit(behind)
        self._rule = rule
        self._lock = Lock()
        self._received: list[Received] = []
        self._tunnels: list[str] = []
        #: the answers of the server behind
        self.passed_on: list[bytes] = []
        self._server = _Server(self)
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
            # the handshake is the connection's own thread's: a client may break it off
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """The URL of the gate."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    @property
    def received(self) -> list[Received]:
        """All requests so far, including those that were passed on."""
        with self._lock:
            return list(self._received)

    @property
    def tunnels(self) -> list[str]:
        """The hosts and ports that were asked for with CONNECT."""
        with self._lock:
            return list(self._tunnels)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, received: Received) -> Answer | None:
        """Return what the rule answers."""
        with self._lock:  # a rule may count
            self._received.append(received)
            return self._rule(received)

    def open_tunnel(self, target: str) -> socket.socket:
        """Return a connection to the server behind, whatever the target is."""
        with self._lock:
            self._tunnels.append(target)
        return socket.create_connection(("127.0.0.1", self.port_behind))

    @property
    def port_behind(self) -> int:
        """The port of the server behind."""
        return self._behind.port or 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, gate: Gate) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gate = gate


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    @property
    def gate(self) -> Gate:
        assert isinstance(self.server, _Server)
        return self.server.gate

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        received = _received(self.path, dict(self.headers.items()), body)
        answer = self.gate.answer(received)
        if answer is None:
            self._pass_on(body)
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self._send(answer.body)

    def do_CONNECT(self) -> None:
        with self.gate.open_tunnel(self.path) as other:
            self.send_response(200)
            self.end_headers()
            _splice(self.connection, other)
        self.close_connection = True

    def _pass_on(self, body: bytes) -> None:
        way = HTTPConnection("127.0.0.1", self.gate.port_behind, timeout=30)
        target = urlsplit(self.path)
        way.request(self.command, target.path or "/", body, dict(self.headers.items()))
        answer = way.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        passed_on = answer.read()
        self.gate.passed_on.append(passed_on)
        self._send(passed_on)
        way.close()

    def _send(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the client has disconnected or does not accept the certificate
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        del format, args


def _received(path: str, headers: dict[str, str], body: bytes) -> Received:
    form = parse_qs(body.decode(errors="replace"))
    lower = {name.lower(): value for name, value in headers.items()}
    scope = _SCOPE.search(lower.get("authorization", ""))
    return Received(
        host=lower.get("host", ""),
        path=path,
        action=form.get("Action", [""])[0],
        role_arn=form.get("RoleArn", [""])[0],
        access_key_id=scope[1] if scope else "",
        region=scope[2] if scope else "",
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
