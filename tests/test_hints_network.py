"""Hints about missing answers: the setting of the endpoint, and of trusted certificates."""

from __future__ import annotations

import pytest
from botocore.exceptions import SSLError

from hint_cases import CALLER, ROLE, decision
from sync_profiles.aws.failures import failure_of_call
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.explanation import explain
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
