"""Hints at what a call takes: no line of a file is blamed for a variable, or for another line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import InvalidRegionError, InvalidSTSRegionalEndpointsConfigError

from hint_cases import CALLER, ROLE, SOURCE, answered, decision
from sync_profiles.aws.client import ClientNotMade
from sync_profiles.aws.failures import failure_of_call
from sync_profiles.causes import Cause
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.explanation import explain, explain_source
from sync_profiles.explain.overrides import Overrides
from sync_profiles.outcomes import Failure

ENDPOINT = failure_of_call(ClientNotMade("Invalid endpoint: bogus"))
FLAT = failure_of_call(ClientNotMade("'str' object has no attribute 'get'"))
REGION = failure_of_call(InvalidRegionError(region_name="us east"))
NO_REGION = failure_of_call(ClientNotMade("Invalid endpoint: https://sts..amazonaws.com"))
REGIONAL = failure_of_call(
    InvalidSTSRegionalEndpointsConfigError(sts_regional_endpoints_config="x")
)
NUMBER = Failure(
    cause=Cause.SETTING_INVALID,
    proves=True,
    message="invalid literal for int() with base 10: 'x'",
)
SCOPE = answered("SignatureDoesNotMatch", "Credential should be scoped to a valid region. ")
DISABLED = answered("RegionDisabledException", "STS is not activated in this region")

SERVICES = """\
[services here]
sts =
  endpoint_url = http://first
  region = nobody's
  endpoint_url = bogus
[services none]
sts =
  Endpoint_Url = bogus
s3 =
  endpoint_url = bogus
[services empty]
sts =
  endpoint_url =
[services flat]
sts = bogus
[services "two words"]
sts =
  endpoint_url = bogus
[services "]
sts =
  endpoint_url = bogus
"""


def hint_of(failure: Failure, settings: list[str], environ: dict[str, str]) -> str:
    lines = ["[profile admin]", f"role_arn = {ROLE}", *settings]
    profiles = read_profiles(config=parse_document("\n".join([*lines, SERVICES])))
    found = decision(failure, subject=profiles.by_name["admin"])
    hint = explain(found, caller=CALLER, overrides=Overrides.of(environ, profiles)).hint
    assert hint is not None
    return hint


@pytest.mark.parametrize(
    ("settings", "environ", "named"),
    [
        pytest.param(
            ["endpoint_url = bogus"],
            {},
            "`endpoint_url` (config, line 3)",
            id="a setting of the profile",
        ),
        pytest.param(
            ["endpoint_url = http://localhost"],
            {"AWS_ENDPOINT_URL": "bogus"},
            "`AWS_ENDPOINT_URL` in the environment",
            id="a variable overrides a setting",
        ),
        pytest.param(
            ["services = here"],
            {"AWS_ENDPOINT_URL": "http://localhost", "AWS_ENDPOINT_URL_STS": "bogus"},
            "`AWS_ENDPOINT_URL_STS` in the environment",
            id="the variable for STS overrides that for all services",
        ),
        pytest.param(
            [],
            {"AWS_ENDPOINT_URL": "bogus", "AWS_ENDPOINT_URL_STS": ""},
            "`AWS_ENDPOINT_URL` in the environment",
            id="an empty variable for STS counts as missing",
        ),
        pytest.param(
            ["endpoint_url = http://localhost", "services = here"],
            {"AWS_ENDPOINT_URL": ""},
            "`endpoint_url` in `[services here]` (config, line 9)",
            id="services go before the profile's own, and the last line of a block counts",
        ),
        pytest.param(
            ["services = two words"],
            {},
            '`endpoint_url` in `[services "two words"]` (config, line 21)',
            id="services of two words",
        ),
        pytest.param(
            ["endpoint_url = bogus", "services = none"],
            {},
            "`endpoint_url` (config, line 3)",
            id="services that have no endpoint for STS",
        ),
        pytest.param(
            ["endpoint_url = bogus", "services = empty"],
            {},
            "`endpoint_url` (config, line 3)",
            id="services whose endpoint is empty",
        ),
        pytest.param(
            ["endpoint_url = bogus"],
            {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
            "`endpoint_url` (config, line 3)",
            id="endpoints that are not ignored",
        ),
        pytest.param(
            ["endpoint_url = bogus", "ignore_configured_endpoint_urls = true"],
            {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ""},
            "`endpoint_url` (config, line 3)",
            id="endpoints that an empty variable keeps the profile from ignoring",
        ),
        pytest.param(
            ["endpoint_url = bogus", "ignore_configured_endpoint_urls = TRUE"],
            {"AWS_ENDPOINT_URL": "bogus"},
            "`endpoint_url` where it is set",
            id="no line and no variable is blamed if endpoints are ignored",
        ),
        pytest.param(
            ["endpoint_url ="],
            {},
            "`endpoint_url` where it is set",
            id="nor is a line that sets nothing",
        ),
    ],
)
def test_an_endpoint_is_looked_up_in_the_order_of_the_aws_cli(
    settings: list[str], environ: dict[str, str], named: str
) -> None:
    assert hint_of(ENDPOINT, settings, environ).removeprefix("correct ") == named


@pytest.mark.parametrize(
    ("failure", "settings", "environ", "named"),
    [
        pytest.param(
            FLAT,
            ["services = flat"],
            {},
            "`sts` in `[services flat]` (config, line 18)",
            id="services that are not a block",
        ),
        pytest.param(
            REGION,
            ["region = eu-west-1"],
            {"AWS_REGION": "us east", "AWS_DEFAULT_REGION": "eu-west-1"},
            "`AWS_REGION` in the environment",
            id="AWS_REGION overrides AWS_DEFAULT_REGION",
        ),
        pytest.param(
            NO_REGION,
            ["region = eu-west-1"],
            {"AWS_DEFAULT_REGION": ""},
            "`AWS_DEFAULT_REGION` in the environment",
            id="a region that a variable empties",
        ),
        pytest.param(
            NO_REGION,
            ["region ="],
            {},
            "`region` (config, line 3)",
            id="an empty region of the profile",
        ),
        pytest.param(
            REGIONAL,
            ["sts_regional_endpoints = x"],
            {},
            "`sts_regional_endpoints` (config, line 3)",
            id="a setting that has nothing to do with the endpoint's URL",
        ),
        pytest.param(
            replace(NUMBER, setting="metadata_service_timeout"),
            ["max_attempts = 3", "metadata_service_timeout = 1"],
            {"AWS_METADATA_SERVICE_TIMEOUT": "x"},
            "`AWS_METADATA_SERVICE_TIMEOUT` in the environment",
            id="an invalid number in the environment",
        ),
        pytest.param(
            replace(NUMBER, setting="metadata_service_num_attempts"),
            ["max_attempts = xx", "metadata_service_num_attempts = x"],
            {"AWS_METADATA_SERVICE_TIMEOUT": "1"},
            "`metadata_service_num_attempts` (config, line 4)",
            id="an invalid number in the profile",
        ),
        pytest.param(
            NUMBER,
            ["max_attempts = 3"],
            {},
            "that setting of `admin`",
            id="a number that appears nowhere",
        ),
        pytest.param(
            SCOPE,
            ["region = eu-west-1"],
            {"AWS_ENDPOINT_URL_STS": "https://sts.us-east-1.amazonaws.com"},
            "`region` (config, line 3) to the region of the STS endpoint: "
            "`AWS_ENDPOINT_URL_STS` in the environment",
            id="an endpoint of the environment and a region of the profile",
        ),
        pytest.param(
            SCOPE,
            ["endpoint_url = https://sts.us-east-1.amazonaws.com"],
            {"AWS_DEFAULT_REGION": "eu-west-1"},
            "`AWS_DEFAULT_REGION` in the environment to the region of the STS endpoint: "
            "`endpoint_url` (config, line 3)",
            id="an endpoint of the profile and a region of the environment",
        ),
        pytest.param(
            SCOPE,
            [],
            {},
            "`region` in `[profile admin]` (config, line 1)",
            id="neither an endpoint nor a region",
        ),
        pytest.param(
            DISABLED,
            ["region = eu-west-1"],
            {"AWS_REGION": "af-south-1"},
            "`AWS_REGION` in the environment",
            id="a region of the environment that is switched off",
        ),
        pytest.param(
            answered("InvalidClientTokenId"),
            ["region = eu-west-1"],
            {"AWS_REGION": "cn-north-1"},
            "`AWS_REGION` in the environment",
            id="a region of the environment in another partition",
        ),
    ],
)
def test_a_hint_points_at_what_a_call_takes(
    failure: Failure, settings: list[str], environ: dict[str, str], named: str
) -> None:
    assert named in hint_of(failure, settings, environ)


def test_a_hop_uses_the_settings_of_the_end_of_the_chain() -> None:
    text = f"[profile hop]\nrole_arn = {ROLE}\n[profile end]\nservices = here\n{SERVICES}"
    profiles = read_profiles(config=parse_document(text))
    blocked = decision(ENDPOINT, subject=profiles.by_name["end"], blocked_by="hop")
    told = explain(
        blocked, caller=CALLER, profiles=profiles.by_name, overrides=Overrides.of({}, profiles)
    )
    assert told.hint == "correct `endpoint_url` in `[services here]` (config, line 9)"


def test_a_source_uses_its_own_settings() -> None:
    profiles = read_profiles(config=parse_document("[default]\nregion = us east\n"))

    def told(environ: dict[str, str]) -> str | None:
        overrides = Overrides.of(environ, profiles)
        return explain_source(SOURCE, REGION, profiles=profiles.by_name, overrides=overrides).hint

    assert told({}) == "correct `region` (config, line 2)"
    assert told({"AWS_REGION": "us east"}) == "correct `AWS_REGION` in the environment"


def test_no_other_variable_is_kept() -> None:
    profiles = read_profiles()
    secret = {"AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_ENDPOINT_URL": "http://me:s3cr3t@localhost"}
    overrides = Overrides.of(secret, profiles)
    assert overrides.variables.keys() == {"AWS_ENDPOINT_URL"}
    assert "s3cr3t" not in repr(overrides)
