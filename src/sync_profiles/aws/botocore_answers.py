"""botocore's answers of STS and S3 as our values; `NotAnAnswer`: AWS never says that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.aws.credentials import Credentials
from sync_profiles.aws.failures import NotAnAnswer
from sync_profiles.causes import Cause
from sync_profiles.model import Source
from sync_profiles.outcomes import Caller, Failure


def arn_of(answer: Mapping[str, Any]) -> Arn:
    """Return the ARN of an identity or a session."""
    arn = parse_arn(str(answer.get("Arn") or ""))
    if arn is None:
        raise NotAnAnswer
    return arn


def caller_of(source: Source, answer: Mapping[str, Any]) -> Caller:
    """Return who a source is."""
    return Caller(source=source, arn=arn_of(answer), user_id=str(answer.get("UserId") or ""))


def session_credentials(answer: Mapping[str, Any]) -> Credentials:
    """Return a session's credentials; the AWS CLI too takes none that have expired."""
    given = answer["Credentials"]
    expiration = given["Expiration"]
    if expiration.tzinfo is None:  # botocore leaves it out where the answer does
        expiration = expiration.replace(tzinfo=UTC)
    credentials = Credentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
    is_whole = all(
        (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    )
    if not is_whole or expiration <= datetime.now(UTC):
        raise NotAnAnswer
    return credentials


def read_object(s3: Any, *, bucket: str, key: str, size: int) -> bytes | Failure:  # noqa: ANN401 - botocore's, made at run time
    """Return up to size bytes of an object in S3."""
    answer = s3.get_object(Bucket=bucket, Key=key)
    if answer["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.OK:  # such as a part of it
        raise NotAnAnswer
    with answer["Body"] as body:
        data = bytes(body.read(size))
    announced = int(answer["ContentLength"])
    if len(data) < min(size, announced):  # at an early end, `read` says nothing
        text = f"the answer is cut off after {len(data)} of {announced} bytes"
        return Failure(cause=Cause.NETWORK, proves=False, message=text)
    return data
