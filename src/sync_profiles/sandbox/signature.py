"""Signature Version 4: verify that a request is signed with the secret of the key that it names."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from sync_profiles.sandbox.protocol import SIGNATURE_WRONG, HttpRequest, Refusal

if TYPE_CHECKING:
    from sync_profiles.sandbox.fake_keys import FakeCredentials

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = timedelta(minutes=15)
_STAMP = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Credential=(?P<key>\w+)/(?P<date>\d{{8}})/(?P<region>[\w-]+)"
    r"/(?P<service>[\w.-]+)/aws4_request, *SignedHeaders=(?P<headers>[\w;.-]+)"
    r", *Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d|aws-global", re.ASCII)

_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The contents of an Authorization header."""

    access_key_id: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    digest: str

    @property
    def partition(self) -> str:
        """The partition that the region belongs to."""
        return next(
            (name for prefix, name in _PARTITIONS.items() if self.region.startswith(prefix)), "aws"
        )


def read_signature(request: HttpRequest) -> Signature | None:
    """Return the contents of the request's Authorization header, or None if it is invalid."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", "").strip())
    if found is None or "x-amz-date" not in request.headers:
        return None
    return Signature(
        access_key_id=found["key"],
        date=found["date"],
        region=found["region"],
        service=found["service"],
        headers=tuple(found["headers"].split(";")),
        digest=found["signature"],
    )


def unreadable_signature(request: HttpRequest) -> Refusal:
    """Return the error for a request whose signature is missing or malformed.

    The message quotes nothing from the header: people paste their secrets instead of the key ID.
    """
    if "authorization" not in request.headers:
        return Refusal(
            "MissingAuthenticationToken", "Request is missing Authentication Token", status=403
        )
    return Refusal(
        "IncompleteSignature",
        "The Authorization header does not conform to AWS standards: not a valid key=value pair",
    )


def verify(
    request: HttpRequest, signature: Signature, credentials: FakeCredentials, *, now: datetime
) -> None:
    """Raise `Refusal` unless the request is signed with the credentials' secret and is recent."""
    if _REGION.fullmatch(signature.region) is None:
        raise Refusal(
            "SignatureDoesNotMatch", "Credential should be scoped to a valid region.", status=403
        )
    stamp = request.headers["x-amz-date"]
    _check_clock(stamp, now)
    expected = _digest(request, signature, credentials.secret_access_key, stamp)
    if not hmac.compare_digest(expected, signature.digest):
        raise Refusal("SignatureDoesNotMatch", SIGNATURE_WRONG, status=403)


def _check_clock(stamp: str, now: datetime) -> None:
    try:
        signed = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise Refusal("IncompleteSignature", "X-Amz-Date must be in ISO8601 format") from None
    if abs(signed - now) <= MAX_SKEW:
        return
    here = now.strftime(_STAMP)
    if signed < now:
        bound = (now - MAX_SKEW).strftime(_STAMP)
        message = f"Signature expired: {stamp} is now earlier than {bound} ({here} - 15 min.)"
    else:
        bound = (now + MAX_SKEW).strftime(_STAMP)
        message = (
            f"Signature not yet current: {stamp} is still later than {bound} ({here} + 15 min.)"
        )
    raise Refusal("SignatureDoesNotMatch", message, status=403)


def _digest(request: HttpRequest, signature: Signature, secret: str, stamp: str) -> str:
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    canonical = hashlib.sha256(_canonical_request(request, signature).encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return _hmac(key, f"{ALGORITHM}\n{stamp}\n{scope}\n{canonical}").hex()


def _canonical_request(request: HttpRequest, signature: Signature) -> str:
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signature.headers
    )
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(request.query, keep_blank_values=True)
    )
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path, signature.service),
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(signature.headers),
            _payload_hash(request),
        )
    )


def _canonical_path(path: str, service: str) -> str:
    """Return the path as the client signed it: unchanged for S3, else normalized and quoted."""
    if service == "s3":
        return path
    normal = re.sub("^/+", "/", normpath(path))
    if path.endswith("/") and normal != "/":
        normal += "/"
    return quote(normal, safe="/~")


def _payload_hash(request: HttpRequest) -> str:
    """Return the body's hash, or what an upload declares instead of it."""
    declared = request.headers.get("x-amz-content-sha256", "")
    if declared.startswith(("UNSIGNED-PAYLOAD", "STREAMING-")):
        return declared
    return hashlib.sha256(request.body).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
