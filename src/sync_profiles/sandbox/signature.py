"""Signature Version 4: verify that a request is signed with the secret of the key that it names."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sync_profiles.sandbox.protocol import SIGNATURE_WRONG, AwsError, HttpRequest
from sync_profiles.sandbox.world import FakeCredentials

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = timedelta(minutes=15)
_STAMP = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Credential=(?P<key>\w+)/\d{{8}}/(?P<region>[\w-]+)"
    r"/(?P<service>[\w.-]+)/aws4_request, *SignedHeaders=(?P<headers>[\w;.-]+)"
    r", *Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d|aws-global", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The contents of an Authorization header."""

    access_key_id: str
    region: str
    service: str
    headers: tuple[str, ...]
    digest: str


def read_signature(request: HttpRequest) -> Signature | None:
    """Return the contents of the request's Authorization header, or None if it is invalid."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", "").strip())
    if found is None or "x-amz-date" not in request.headers:
        return None
    return Signature(
        access_key_id=found["key"],
        region=found["region"],
        service=found["service"],
        headers=tuple(found["headers"].split(";")),
        digest=found["signature"],
    )


def unreadable_signature(request: HttpRequest) -> AwsError:
    """Return the error for a request whose signature is missing or malformed.

    The message quotes nothing from the header: people paste their secrets instead of the key ID.
    """
    if "authorization" not in request.headers:
        return AwsError(
            "MissingAuthenticationToken", "Request is missing Authentication Token", status=403
        )
    return AwsError(
        "IncompleteSignature",
        "The Authorization header does not conform to AWS standards: not a valid key=value pair",
    )


def verify(
    request: HttpRequest, signature: Signature, credentials: FakeCredentials, *, now: datetime
) -> None:
    """Raise `AwsError` unless the request is signed with the credentials' secret and is recent."""
    if _REGION.fullmatch(signature.region) is None:
        raise AwsError(
            "SignatureDoesNotMatch", "Credential should be scoped to a valid region.", status=403
        )
    stamp = request.headers["x-amz-date"]
    _check_clock(stamp, now)
    expected = _digest(request, signature, credentials.secret_access_key, stamp)
    if expected != signature.digest or not _has_declared_body(request):
        raise AwsError("SignatureDoesNotMatch", SIGNATURE_WRONG, status=403)


def _check_clock(stamp: str, now: datetime) -> None:
    try:
        signed = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise AwsError("IncompleteSignature", "X-Amz-Date must be in ISO8601 format") from None
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
    raise AwsError("SignatureDoesNotMatch", message, status=403)


def _digest(request: HttpRequest, signature: Signature, secret: str, stamp: str) -> str:
    """Return the signature as botocore makes it for the headers that the client has signed."""
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    make = S3SigV4Auth if signature.service == "s3" else SigV4Auth
    auth = make(Credentials(signature.access_key_id, secret), signature.service, signature.region)
    signed = AWSRequest(
        method=request.method,
        url=f"http://{request.headers.get('host')}{request.environ['REQUEST_URI']}",
        headers={name: request.headers.get(name, "") for name in signature.headers},
        data=request.get_data(),
    )
    signed.context["timestamp"] = stamp
    text = auth.string_to_sign(signed, auth.canonical_request(signed))
    return str(auth.signature(text, signed))


def _has_declared_body(request: HttpRequest) -> bool:
    """Return whether the body is the one whose hash is signed, or is not signed."""
    declared = request.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    is_unsigned = declared.startswith(("UNSIGNED-PAYLOAD", "STREAMING-"))
    return is_unsigned or declared == hashlib.sha256(request.get_data()).hexdigest()
