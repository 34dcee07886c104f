"""The HTTP connections of a client: bounded answers, no redirects, and waits that can be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool

from sync_profiles.waiting import waiting_for

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from urllib3 import HTTPResponse

#: bytes; a role and a list of devices are far below, only a page of CloudTrail may be longer
LONGEST_ANSWER = 1 << 20


def bound_answers(client: BaseClient, *, longest: int) -> None:
    """Make a client cut off longer answers, which are not AWS's, and follow no redirect.

    What is read as a stream, an object of S3, has bounds of its own.
    """
    # botocore has no setting for these classes; if it names them differently one day, the bound is
    # missing, and every call is made as the AWS CLI makes it
    endpoint = getattr(client, "_endpoint", None)
    session = getattr(endpoint, "http_session", None)
    classes = getattr(session, "_pool_classes_by_scheme", {})
    classes.update(
        http=_bounded(AWSHTTPConnectionPool, longest),
        https=_bounded(AWSHTTPSConnectionPool, longest),
    )


class _Bounded:
    """A pool of connections whose answers are bounded."""

    longest: ClassVar[int]

    def urlopen(self, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401 - urllib3's
        # urllib3 turns a 303 into a GET with other headers even where it should not follow it
        with waiting_for(f"waiting up to {self.timeout.read_timeout} s for {self.host}"):  # type: ignore[attr-defined] # of the pool that this is mixed into
            response = super().urlopen(  # type: ignore[misc] # of the pool that this is mixed into
                method, url, redirect=False, **options
            )
        response.stream = partial(
            _up_to_bound,
            response,
            response.stream,
            self.longest,
            f"no complete answer from {self.host} yet",  # type: ignore[attr-defined] # of the pool that this is mixed into
        )
        return response


@cache
def _bounded(pool: type, longest: int) -> type:
    return type(pool.__name__, (_Bounded, pool), {"longest": longest})


def _up_to_bound(
    response: HTTPResponse,
    stream: Callable[..., Iterator[bytes]],
    left: int,
    waiting: str,
    *arguments: object,
) -> Iterator[bytes]:
    with waiting_for(waiting):
        for chunk in stream(*arguments):
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                response.close()
                return
