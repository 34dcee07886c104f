"""Hints about missing answers: the settings of the host, of proxies and trusted certificates."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError, ProxyConnectionError, SSLError

from hint_cases import CALLER, ROLE, SOURCE, decision
from sync_profiles.aws.failures import failure_of_call
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.explanation import explain, explain_source
from sync_profiles.explain.overrides import Overrides

UNTRUSTED = SSLError(
    endpoint_url="https://localhost:4566/", error=OSError("[SSL: CERTIFICATE_VERIFY_FAILED] x")
)
NO_FILE = SSLError(
    endpoint_url="https://localhost:4566/", error=OSError("[Errno 2] No such file or directory")
)
NO_CERTIFICATE = SSLError(
    endpoint_url="https://x/", error=OSError("[X509: NO_CERTIFICATE_OR_CRL_FOUND] x")
)
LOCAL = "endpoint_url = https://localhost:4566"
OF_MY_PROXY = "to a file with the certificate authority of your proxy"


def hint_of(error: Exception, settings: list[str], environ: dict[str, str]) -> str | None:
    lines = ["[profile admin]", f"role_arn = {ROLE}", *settings]
    profiles = read_profiles(config=parse_document("\n".join(lines)))
    found = decision(failure_of_call(error), subject=profiles.by_name["admin"])
    return explain(found, caller=CALLER, overrides=Overrides.of(environ, profiles)).hint


@pytest.mark.parametrize(
    ("error", "settings", "environ", "hint"),
    [
        pytest.param(
            UNTRUSTED,
            [],
            {},
            f"set `AWS_CA_BUNDLE` {OF_MY_PROXY}",
            id="no bundle of one's own",
        ),
        pytest.param(
            UNTRUSTED,
            ["ca_bundle = /mine"],
            {"REQUESTS_CA_BUNDLE": "/theirs"},
            f"set `ca_bundle` (config, line 3) {OF_MY_PROXY}",
            id="the profile's bundle overrides that of requests",
        ),
        pytest.param(
            UNTRUSTED,
            ["ca_bundle = /mine"],
            {"AWS_CA_BUNDLE": "/theirs"},
            f"set `AWS_CA_BUNDLE` in the environment {OF_MY_PROXY}",
            id="the environment's bundle overrides the profile's",
        ),
        pytest.param(
            UNTRUSTED,
            [LOCAL],
            {"REQUESTS_CA_BUNDLE": "/theirs"},
            f"set `REQUESTS_CA_BUNDLE` in the environment {OF_MY_PROXY}, or of the server that "
            "`endpoint_url` (config, line 3) names",
            id="an endpoint of one's own",
        ),
        pytest.param(
            UNTRUSTED,
            [],
            {"AWS_ENDPOINT_URL": "https://localhost:456"},
            f"set `AWS_CA_BUNDLE` {OF_MY_PROXY}",
            id="an endpoint that was not the one asked",
        ),
        pytest.param(
            NO_FILE,
            [LOCAL, "ca_bundle = /mine"],
            {},
            "correct `ca_bundle` (config, line 4): it names no file with certificates",
            id="a bundle that is not there",
        ),
        pytest.param(
            NO_CERTIFICATE,
            ["ca_bundle = /mine"],
            {"AWS_CA_BUNDLE": "/theirs"},
            "correct `AWS_CA_BUNDLE` in the environment: it names no file with certificates",
            id="a bundle that is something else",
        ),
    ],
)
def test_without_trust_the_bundle_in_use_is_named(
    error: Exception, settings: list[str], environ: dict[str, str], hint: str
) -> None:
    assert hint_of(error, settings, environ) == hint


NO_PROXY = ProxyConnectionError(proxy_url="http://proxy:3128")
IRELAND = "region = eu-west-1"
NO_SUCH_HOST = "not every region has a host like"
SERVICES = ["services = x", "[services x]", "sts =", "  endpoint_url = http://sts.corp"]


def no_connection(url: str) -> EndpointConnectionError:
    return EndpointConnectionError(endpoint_url=url)


@pytest.mark.parametrize(
    ("error", "settings", "environ", "hint"),
    [
        pytest.param(
            no_connection("https://sts-fips.eu-west-1.amazonaws.com/"),
            [IRELAND, "use_fips_endpoint = true"],
            {},
            "check `use_fips_endpoint` (config, line 4), the network and `HTTPS_PROXY`: "
            f"{NO_SUCH_HOST} `sts-fips.eu-west-1.amazonaws.com`",
            id="an endpoint for FIPS",
        ),
        pytest.param(
            no_connection("https://sts-fips.eu-west-1.amazonaws.com/"),
            [IRELAND],
            {"AWS_USE_FIPS_ENDPOINT": "True"},
            "check `AWS_USE_FIPS_ENDPOINT` in the environment, the network and `HTTPS_PROXY`: "
            f"{NO_SUCH_HOST} `sts-fips.eu-west-1.amazonaws.com`",
            id="an endpoint for FIPS by the environment",
        ),
        pytest.param(
            no_connection("https://sts.eu-west-1.api.aws/"),
            [IRELAND, "use_dualstack_endpoint = true"],
            {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
            "check `AWS_USE_DUALSTACK_ENDPOINT` in the environment, the network and "
            f"`HTTPS_PROXY`: {NO_SUCH_HOST} `sts.eu-west-1.api.aws`",
            id="a dual-stack endpoint, by both",
        ),
        pytest.param(
            no_connection("https://sts.eu-west-1.amazonaws.com/"),
            [IRELAND, "use_fips_endpoint = false"],
            {},
            "check the network and `HTTPS_PROXY`, then run again",
            id="a setting that made no part of the host",
        ),
        pytest.param(
            no_connection("https://sts.eu-wset-1.amazonaws.com/"),
            ["region = eu-wset-1"],
            {},
            "check the spelling of region `eu-wset-1` in `region` (config, line 3), the network "
            "and `HTTPS_PROXY`",
            id="a region that may have a typo",
        ),
        pytest.param(
            no_connection("https://localhost:4566/"),
            [LOCAL],
            {"https_proxy": "http://user:secret@proxy"},
            "check `endpoint_url` (config, line 3), the network and `https_proxy` in the "
            "environment",
            id="an endpoint of one's own, and a proxy",
        ),
        pytest.param(
            no_connection("http://sts.corp/"),
            SERVICES,
            {},
            "check `endpoint_url` in `[services x]` (config, line 6), the network and `HTTP_PROXY`",
            id="an endpoint of a services section",
        ),
        pytest.param(
            no_connection("http://sts.corp/"),
            [LOCAL],
            {"AWS_ENDPOINT_URL_STS": "http://sts.corp", "HTTP_PROXY": "http://proxy"},
            "check `AWS_ENDPOINT_URL_STS` in the environment, the network and `HTTP_PROXY` in the "
            "environment",
            id="an endpoint of the environment",
        ),
        pytest.param(
            NO_PROXY,
            [IRELAND],
            {"HTTPS_PROXY": "http://proxy:3128"},
            "correct the proxy in `HTTPS_PROXY` in the environment, or exclude AWS from it in "
            "`NO_PROXY`",
            id="a proxy",
        ),
    ],
)
def test_the_settings_that_made_the_host_are_named(
    error: Exception, settings: list[str], environ: dict[str, str], hint: str
) -> None:
    assert hint_of(error, settings, environ) == hint
    assert hint_of_source(error, settings, environ) == hint


def hint_of_source(error: Exception, settings: list[str], environ: dict[str, str]) -> str | None:
    """Return the hint about the source, which is asked as its profiles make their calls."""
    lines = ["[profile admin]", f"role_arn = {ROLE}", *settings, "[default]"]
    profiles = read_profiles(config=parse_document("\n".join(lines)))
    return explain_source(
        SOURCE,
        failure_of_call(error),
        profiles=profiles.by_name,
        overrides=Overrides.of(environ, profiles),
    ).hint
