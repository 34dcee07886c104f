"""Messages and hints about the way to AWS: the host that was called, proxies and certificates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import itemgetter

from sync_profiles.arn import is_enabled_by_default
from sync_profiles.causes import Cause
from sync_profiles.explain.case import Case
from sync_profiles.explain.overrides import Overrides, SettingInUse
from sync_profiles.model import Profile
from sync_profiles.text import listed, quote

_HOST = re.compile(r"\w+://(?:[^/@\s]*@)?([^/?#\s\"]+)")
_URL_REGION = re.compile(r"//sts(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws|api)\b")
_OF_KEYS = frozenset({Cause.CREDENTIALS_INVALID, Cause.SECRET_KEY_WRONG})
#: where an EC2 instance asks for its credentials
METADATA_HOST = "169.254.169.254"
#: the settings that put a mark into the host of every service, each with its mark
_MARKS = {"use_fips_endpoint": "-fips.", "use_dualstack_endpoint": ".api."}


def check_network(case: Case) -> str:
    """Return the hint: check what may keep AWS out of reach; first what names the host."""
    makers, remark = _makers_of_host(case)
    checked = "check " + listed([*makers, "the network", *_proxies(case)])
    return checked + (remark if makers else ", then run again")


def correct_proxy(case: Case) -> str:
    """Return the hint: correct the proxy where it is set, and how to write its password."""
    usual, other = _proxy_variables(case)
    is_set = case.background.overrides.proxy
    proxy = is_set(usual) or is_set(other) or quote(usual)  # the failure proves that one is set
    if "does not speak TLS" in case.failure_message:
        return f"write `http://` in place of `https://` in {proxy}"
    if "whose certificate is not trusted" in case.failure_message:
        return trust_certificate(case)
    is_instance = case.source.credential_source == "Ec2InstanceMetadata"
    hosts = f"AWS and {quote(METADATA_HOST)}" if is_instance else "AWS"
    hint = f"correct the proxy in {proxy}, or exclude {hosts} from it in `NO_PROXY`"
    if case.cause is Cause.NETWORK and "answered 407" not in case.failure_message:
        return hint
    return hint + (
        "; a user and a password come before its host, as in `USER:PASSWORD@HOST`, with `%23` for "
        "`#`, `%2F` for `/` and `%40` for `@`"
    )


def exclude_metadata_host(case: Case) -> str:
    """Return the step to the metadata service, if its calls go through a proxy."""
    overrides = case.background.overrides
    if overrides.proxy("HTTP_PROXY") is None or overrides.excludes_from_proxy(METADATA_HOST):
        return ""
    return f"; add {quote(METADATA_HOST)} to `NO_PROXY`, as no proxy leads to it"


def is_refused_by_one_server(case: Case) -> bool:
    """Return whether a server does not accept an access key that another server accepts."""
    if case.cause is Cause.CREDENTIALS_INVALID and case.used("endpoint_url") is None:
        return False  # of a region
    return case.caller is not None and case.cause in _OF_KEYS


def wrong_secret(case: Case) -> str:
    """Return the message: whose secret key is wrong, or which server rejects a right one."""
    if is_refused_by_one_server(case):
        return case.fill(
            "the server of this call refuses the secret key of {source_words}, another accepts it"
        )
    return case.fill("the secret key of {source_words} does not belong to its access key ID")


def check_server(case: Case) -> str:
    """Return the hint: check what is between the call and AWS, which may change it."""
    endpoint, proxies = case.used("endpoint_url"), _proxies(case)
    if endpoint is None:
        return (
            f"check {listed(proxies or ['the network'])}: something on the way may change the "
            "call; if the server that accepts the keys is that of an `endpoint_url`, check the "
            "keys too"
        )
    checked = "check " + listed([endpoint.words, *proxies])
    return checked + ": that server has other keys, or something on the way changes the call"


def log_in_to_network(case: Case) -> str:
    """Return the hint: how to get past what answered instead of AWS, such as a captive portal."""
    makers, _ = _makers_of_host(case)
    checked = [*makers, *_proxies(case)]
    also = ", or check " + listed(checked) if checked else ""
    return "log in to the network in a browser" + also + ", then run again"


def trust_certificate(case: Case) -> str:
    """Return the hint: the file that must contain a certificate authority, and which one."""
    bundle, endpoint = case.used("ca_bundle"), _endpoint_called(case)
    where = bundle.words if bundle is not None else "`AWS_CA_BUNDLE`"
    whose = "proxy" if _proxies(case) else "network"
    hint = "set " + where + f" to a file with the certificate authority of your {whose}"
    if endpoint is None:
        return hint
    return hint + ", or of the server that " + endpoint.words + " names"


def use_plain_http(case: Case) -> str:
    """Return the hint: correct the `https://` address of a server that does not speak TLS."""
    endpoint = _endpoint_called(case)
    if endpoint is None:
        checked = listed(["the network", *_proxies(case)])
        return f"check {checked}: something on the way answers without TLS"
    return f"write `http://` in place of `https://` in {endpoint.words}, if that server is yours"


def profile_that_called(
    words: str, profiles: Iterable[Profile], overrides: Overrides
) -> Profile | None:
    """Return the profile whose own settings make the host that an error names, or most of it."""
    parts = {each.name: (_parts_made(each, words, overrides), each) for each in profiles}
    made, profile = max(parts.values(), key=itemgetter(0), default=(0, None))
    return profile if made else None


def _parts_made(profile: Profile, words: str, overrides: Overrides) -> int:
    """Return how many parts of the host that an error names a profile's settings make."""
    endpoint = overrides.in_use("endpoint_url", profile)
    if endpoint is not None:
        return _is_named(endpoint, words)
    region = _URL_REGION.search(words)
    marks = (_has_mark(overrides.in_use(key, profile), key, words) for key in _MARKS)
    # the environment may set the region, too
    return 2 * sum(marks) + (region is not None and profile.text("region") == region[1])


def _makers_of_host(case: Case) -> tuple[list[str], str]:
    """Return the settings that made the host, with their places, and a remark on the host."""
    endpoint = _endpoint_called(case)
    if endpoint is not None:
        return [endpoint.words], ""
    makers, remark = [], ""
    named = _URL_REGION.search(case.failure_message)
    region = named[1] if named else case.region
    if region is not None and not is_enabled_by_default(region):
        used = case.used("region")
        is_set = used is not None and used.value == region
        place = " in " + used.words if used is not None and is_set else ""
        makers.append(f"the spelling of region {quote(region)}" + place)
    host = _HOST.search(case.failure_message)
    for key in _MARKS:
        used = case.used(key)
        if used is not None and host is not None and _has_mark(used, key, host[1]):
            makers.append(used.words)
            remark = f": not every region has a host like {quote(host[1])}"
    return makers, remark


def _endpoint_called(case: Case) -> SettingInUse | None:
    """Return the endpoint that is configured, if the error is about that one or names none."""
    used = case.used("endpoint_url")
    if used is None or (
        _HOST.search(case.failure_message) and not _is_named(used, case.failure_message)
    ):
        return None
    return used


def _is_named(endpoint: SettingInUse, words: str) -> bool:
    host = _HOST.match(endpoint.value)
    return host is not None and bool(
        re.search(f"[/@]{re.escape(host[1])}(?![\\w.:-])", words, re.IGNORECASE)
    )


def _has_mark(used: SettingInUse | None, key: str, host: str) -> bool:
    return used is not None and used.value.lower() == "true" and _MARKS[key] in host


def _proxy_variables(case: Case) -> tuple[str, str]:
    """Return the variable of the proxy for calls to the case's endpoint, and the other one."""
    endpoint = case.used("endpoint_url")
    is_plain = endpoint is not None and endpoint.value.lower().startswith("http:")
    return ("HTTP_PROXY", "HTTPS_PROXY") if is_plain else ("HTTPS_PROXY", "HTTP_PROXY")


def _proxies(case: Case) -> list[str]:
    """Return the proxy that a call may go through, as one more thing to check, if it may."""
    overrides, endpoint = case.background.overrides, case.used("endpoint_url")
    named = _HOST.search(case.failure_message) or (endpoint and _HOST.match(endpoint.value))
    region = f"{case.region}." if case.region is not None else ""
    host = named[1] if named else f"sts.{region}amazonaws.com"
    if overrides.excludes_from_proxy(host):
        return []
    usual, _ = _proxy_variables(case)
    return [overrides.proxy(usual) or quote(usual)]
