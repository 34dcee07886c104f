"""Fetch a file from the web: encrypted, with limits of size and time, only by safe redirects.

urllib3 comes with botocore.
"""

from __future__ import annotations

import ssl
from functools import partial
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3 import BaseHTTPResponse, PoolManager
from urllib3.exceptions import HTTPError
from urllib3.util import make_headers, parse_url

from sync_profiles import __version__
from sync_profiles.aws.patience import run_within
from sync_profiles.errors import RunError
from sync_profiles.secret_shapes import mask_words
from sync_profiles.team.sources import is_loopback

#: seconds for the whole fetch, including redirects
SECONDS = 30.0
#: seconds without any data
_QUIET_SECONDS = 10.0
_CHUNK = 64 * 1024
_MOST_REDIRECTS = 5


def read_web_address(url: str, *, size: int) -> bytes:
    """Return up to size bytes from a URL; raise `RunError` with the reason if it fails."""

    def give_up() -> bytes:
        raise _too_slow(url)

    try:
        return run_within(SECONDS, partial(_read, url, size=size), late=give_up)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise _failure(url, _root_of(error)) from None


def _read(url: str, *, size: int) -> bytes:
    """Read a URL; follow redirects within the scheme, but not between this machine and others."""
    address = url
    for _ in range(_MOST_REDIRECTS + 1):
        with _pool_for(address) as pool:
            answer = pool.request(
                "GET",
                address,
                headers={"User-Agent": f"sync-profiles/{__version__}"},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=_QUIET_SECONDS,
            )
            try:
                if answer.status // 100 != HTTPStatus.MULTIPLE_CHOICES // 100:
                    return _body(url, answer, size=size)
                location = answer.get_redirect_location()
            finally:
                answer.close()  # the rest is not read
        if not location:
            break
        old = urlsplit(address)
        try:
            address = urljoin(address, location)
            parse_url(address)
        except ValueError:
            raise RunError(
                f"`{url}` redirects to a place that is not an address",
                hint="name the file's own address",
            ) from None
        new = urlsplit(address)
        if new.scheme != old.scheme or is_loopback(new.hostname) != is_loopback(old.hostname):
            break
    raise RunError(
        f"`{url}` redirects to another scheme, to this machine, or in a loop",
        hint="name the file's own address",
    )


def _pool_for(url: str) -> PoolManager:
    """Return a pool that connects to a URL, through the proxy from the environment if any."""
    parts = urlsplit(url)
    proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
    context = ssl.create_default_context()
    if proxy is None:
        return urllib3.PoolManager(ssl_context=context)
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    auth = parse_url(proxy).auth
    return urllib3.ProxyManager(
        proxy,
        proxy_headers=make_headers(proxy_basic_auth=unquote(auth)) if auth else None,
        ssl_context=context,
    )


def _body(url: str, answer: BaseHTTPResponse, *, size: int) -> bytes:
    if answer.status >= HTTPStatus.BAD_REQUEST:
        is_server_s = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise RunError(
            f"`{url}` returned {answer.status} {answer.reason or ''}".rstrip(),
            hint="try again later"
            if is_server_s
            else "open it in a private browser window: it must return the file without a login",
        )
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        raise _cut_off(url)
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        # it is not noticed if compressed data ends early
        raise RunError(
            f"`{url}` is sent compressed, which was not asked for: a part of it could be missing",
            hint="its server must send the file as it is, without `Content-Encoding`",
        )
    if answer.length_remaining is None and not answer.chunked:
        # it ends with the connection, and so does one that was cut off
        raise RunError(
            f"`{url}` does not say how long the file is: a part of it could be missing",
            hint="its server must send `Content-Length`, or the file in chunks",
        )
    data = b""
    # each read is a single read of the socket, so that the time limits apply
    while len(data) < size and (chunk := answer.read1(min(_CHUNK, size - len(data)))):
        data += chunk
    return data


def _root_of(error: BaseException) -> BaseException:
    """Return the error that urllib3 wrapped, or its own about an answer that was cut off."""
    while (inner := error.__cause__ or error.__context__) is not None:
        if isinstance(error, IncompleteRead):
            break
        error = inner
    return error


def _failure(url: str, error: BaseException) -> RunError:
    match error:
        case TimeoutError():
            return _too_slow(url)
        case ssl.SSLCertVerificationError():
            return RunError(
                f"the certificate of `{url}` cannot be verified: {error.verify_message}",
                hint="check the address; behind your company's proxy, set SSL_CERT_FILE to its "
                "certificates",
            )
        case IncompleteRead():
            return _cut_off(url)
        case HTTPException() if not isinstance(error, OSError):
            return RunError(
                f"`{url}` sent an answer that is not HTTP",
                hint="open it in a browser: it must return the file itself",
            )
        case _:
            words = getattr(error, "strerror", None) or str(error)
            return RunError(
                f"`{url}` cannot be reached: {mask_words(words).lower()}",
                hint="check the address, the network and HTTPS_PROXY",
            )


def _cut_off(url: str) -> RunError:
    return RunError(f"`{url}` sent only a part of the file", hint="try again later")


def _too_slow(url: str) -> RunError:
    return RunError(f"`{url}` did not answer in time", hint="try again later")
