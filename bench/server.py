"""An STS on 127.0.0.1 that accepts every call after a fixed time and counts the calls.

It runs as a separate process, `python -m bench.server SECONDS`, prints its port, and ends when its
stdin is closed. GET /calls returns the count of each call as JSON; GET /forget resets the counts.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from urllib.parse import parse_qs

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_KEY = re.compile(rb"Credential=([^/]+)/")
_NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
_SESSION = (
    "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
    "<SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
)

Call = tuple[str, ...]


class Sts:
    """Answers calls and counts them."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.calls: Counter[Call] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection in turn."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                answer = await self._answer(head, body)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"GET /forget "):
            self.calls.clear()
            return b""
        if head.startswith(b"GET /calls "):
            calls = [[*call, count] for call, count in self.calls.items()]
            return json.dumps(calls).encode()
        await asyncio.sleep(self.latency)
        found = _KEY.search(head)
        key = found[1].decode() if found else ""
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action = asked["Action"]
        role, name = asked.get("RoleArn", ""), asked.get("RoleSessionName", "")
        self.calls[action, key, role, name] += 1
        return _xml(action, _result(action, key, role, name)).encode()


def _result(action: str, key: str, role: str, name: str) -> str:
    match action:
        case "GetCallerIdentity" if key.startswith("ASIA"):
            return _identity(f"arn:aws:sts::222222222222:assumed-role/{key}/session")
        case "GetCallerIdentity":
            return _identity(f"arn:aws:iam::111111111111:user/{key.lower()}")
        case "AssumeRole":
            session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
            user = f"<Arn>{session}/{name}</Arn><AssumedRoleId>AROA:{name}</AssumedRoleId>"
            return f"<AssumedRoleUser>{user}</AssumedRoleUser>{_SESSION.format(key='ASIAROLE')}"
        case _:
            return _SESSION.format(key="ASIAMFA")


def _identity(arn: str) -> str:
    return f"<Arn>{arn}</Arn><UserId>AIDA</UserId><Account>{arn.split(':')[4]}</Account>"


def _xml(action: str, result: str) -> str:
    return (
        f"<{action}Response {_NAMESPACE}><{action}Result>{result}</{action}Result>"
        "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId>"
        f"</ResponseMetadata></{action}Response>"
    )


async def _main(latency: float) -> None:
    sts = Sts(latency)
    server = await asyncio.start_server(sts.serve, "127.0.0.1", 0, backlog=512)
    async with server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
