"""The value that a call uses for a setting, compared with botocore's."""

from __future__ import annotations

import itertools

import pytest
from botocore.configprovider import (
    BOTOCORE_DEFAUT_SESSION_VARIABLES,
    ConfiguredEndpointProvider,
)

from sync_profiles.aws.client import full_config
from sync_profiles.config.document import EMPTY, parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.overrides import VARIABLES, Overrides

# each stands for itself, so that it is seen which of them is taken
SECTIONS = """\
[services s]
sts =
  endpoint_url = s
  endpoint_url = s2
[services empty]
sts =
  endpoint_url =
[services other]
STS =
  endpoint_url = o
s3 =
  Endpoint_Url = o
[services late]
sts =
  endpoint_url = early
[services "late"]
sts =
  Endpoint_Url = late
"""
OWN = ["endpoint_url = own", "endpoint_url =", ""]


@pytest.mark.parametrize("services", ["s", "empty", "other", "late", None])
def test_an_endpoint_is_the_one_that_botocore_takes(services: str | None) -> None:
    named = [] if services is None else [f"services = {services}"]
    for own, one, both in itertools.product(OWN, [None, "", "one"], [None, "", "all"]):
        given = {"AWS_ENDPOINT_URL_STS": one, "AWS_ENDPOINT_URL": both}
        environ = {name: value for name, value in given.items() if value is not None}
        config = parse_document("\n".join(["[profile p]", *named, own, SECTIONS]))
        full = full_config(config=config, credentials=EMPTY)
        scoped = full["profiles"]["p"]
        taken = ConfiguredEndpointProvider(full, scoped, "sts", environ=environ).provide()
        profiles = read_profiles(config=config)
        found = Overrides.of(environ, profiles).in_use("endpoint_url", profiles.by_name["p"])
        assert (found.value if found is not None else None) == taken, (own, environ)


def test_the_variables_are_those_of_botocore() -> None:
    theirs = {
        key: (variable,)
        for key, variable, *_ in BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
        if key in VARIABLES
    }
    # what botocore looks for elsewhere, what the AWS CLI alone reads, and what it reads first
    ours = {
        "endpoint_url": ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"),
        "output": ("AWS_DEFAULT_OUTPUT",),
        "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    }
    assert theirs["region"] == ("AWS_DEFAULT_REGION",)
    assert {**theirs, **ours} == VARIABLES
