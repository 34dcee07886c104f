"""A file from the web: encrypted, within size and time, and from where it was asked for."""

from __future__ import annotations

import ssl
import time
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from sync_profiles import __version__
from sync_profiles.errors import RunError
from sync_profiles.team.sources import is_loopback

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from typing import IO

SECONDS = 30.0
_QUIET_SECONDS = 10.0
_CHUNK = 64 * 1024
_REDIRECT = 3


class _Redirected(Exception):
    """The server sends us where we do not go."""


class _CutOff(Exception):
    """The answer ends before its end."""


class _SameScheme(HTTPRedirectHandler):
    """Follows a redirect within one scheme; from one host to loopback it does not."""

    max_redirections = 5

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme != old.scheme or is_loopback(new.hostname) != is_loopback(old.hostname):
            raise _Redirected
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def read_web_address(url: str, *, size: int) -> bytes:
    """Return up to size bytes from an address; raise `RunError` saying what is in the way."""
    try:
        return _read(url, size=size)
    except _Redirected:
        raise _wrong_way(url) from None
    except HTTPError as error:
        error.close()
        if error.code // 100 == _REDIRECT:
            raise _wrong_way(url) from None
        raise RunError(
            f"`{url}` answers {error.code} {error.reason}",
            hint="open it in a browser: it must give the file to everybody who asks",
        ) from None
    except TimeoutError:
        raise _too_slow(url) from None
    except (_CutOff, IncompleteRead):
        raise RunError(
            f"`{url}` gives a part of the file only: the answer is cut off", hint="try again later"
        ) from None
    except (URLError, OSError, ValueError, HTTPException) as error:
        raise _failure(url, error) from None


def _read(url: str, *, size: int) -> bytes:
    request = Request(url, headers={"User-Agent": f"sync-profiles/{__version__}"})  # noqa: S310 - the scheme was checked
    end = time.monotonic() + SECONDS
    with build_opener(_SameScheme()).open(request, timeout=_QUIET_SECONDS) as answer:
        announced = answer.length  # None: the server does not say
        data = b""
        while len(data) < size and (chunk := answer.read1(min(_CHUNK, size - len(data)))):
            data += chunk
            if time.monotonic() > end:
                raise TimeoutError
    # at an early end, `read1` returns nothing and says nothing
    is_short = announced is not None and len(data) < min(size, announced)
    if is_short or answer.status == HTTPStatus.PARTIAL_CONTENT:
        raise _CutOff
    return data


def _failure(url: str, error: Exception) -> RunError:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return _too_slow(url)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return RunError(
            f"`{url}` does not prove who it is: {reason.verify_message}",
            hint="check the address; behind a proxy of your company, set SSL_CERT_FILE to its "
            "certificates",
        )
    if isinstance(reason, HTTPException) and not isinstance(reason, OSError):
        return RunError(
            f"`{url}` gives no answer that could be read",
            hint="open it in a browser: it must give the file to everybody who asks",
        )
    words = getattr(reason, "strerror", None) or str(reason)
    return RunError(
        f"`{url}` cannot be reached: {words.lower()}",
        hint="check the address, the network and HTTPS_PROXY",
    )


def _wrong_way(url: str) -> RunError:
    return RunError(
        f"`{url}` redirects to another scheme, into this machine, or in a circle",
        hint="name the address where the file really is",
    )


def _too_slow(url: str) -> RunError:
    return RunError(f"`{url}` does not answer in time", hint="try again later")
