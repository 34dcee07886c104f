"""Bounds of what a connection reads: no answer without an end, no redirect followed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.client import BaseClient
    from urllib3 import HTTPResponse

#: bytes; the longest answers that are asked for, a role's and a list of devices, are far below
LONGEST_ANSWER = 1 << 20


def bound_answers(client: BaseClient) -> None:
    """Let a client read no answer without an end, and follow no redirect.

    An answer that is longer is cut off there, and then none of AWS's. What is read as a stream, an
    object of S3, has bounds of its own.
    """
    # botocore has no setting for its classes; should it come to name this differently, the bound is
    # missing, and every call goes on as the AWS CLI's does
    endpoint = getattr(client, "_endpoint", None)
    session = getattr(endpoint, "http_session", None)
    classes = getattr(session, "_pool_classes_by_scheme", {})
    classes.update(http=_Pool, https=_TlsPool)


class _Bounded:
    """A pool of connections whose answers are bounded."""

    def urlopen(self, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401 - urllib3's
        # of a 303, urllib3 makes a GET even where it is to follow none, out of other headers
        response = super().urlopen(  # type: ignore[misc] # of the pool that this is mixed into
            method, url, redirect=False, **options
        )
        response.stream = partial(_up_to_bound, response, response.stream)
        return response


class _Pool(_Bounded, AWSHTTPConnectionPool):  # type: ignore[misc] # untyped
    pass


class _TlsPool(_Bounded, AWSHTTPSConnectionPool):  # type: ignore[misc] # untyped
    pass


def _up_to_bound(
    response: HTTPResponse, stream: Callable[..., Iterator[bytes]], *arguments: object
) -> Iterator[bytes]:
    left = LONGEST_ANSWER
    for chunk in stream(*arguments):
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            response.close()
            return
