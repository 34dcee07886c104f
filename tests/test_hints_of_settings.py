"""Hints at the settings of a call: no line of a file is blamed for a variable, or another line.

`data/hints_of_settings.txt` has a failure, settings of the profile and `$` variables, and the hint.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, ConfiguredEndpointProvider

from examples import DATA, answered_examples, answers_of
from hint_cases import CALLER, ROLE, answered, decision, exception_of, knowing
from plan_worlds import DEFAULT
from sync_profiles.aws.client import full_config
from sync_profiles.aws.failures import failure_of_call
from sync_profiles.causes import Cause
from sync_profiles.config.document import EMPTY, parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.explanation import explain, explain_source
from sync_profiles.explain.overrides import VARIABLES, Overrides

SERVICES = (DATA / "services.config").read_text(encoding="utf-8")


def hints(example: str) -> list[str]:
    """Return the hint at the settings of an example, for the profile and for its source."""
    name, *lines = [line for line in example.splitlines() if line and not line.startswith("- ")]
    kind, _, words = name.partition(": ")
    code, _, message = words.partition(": ")
    failure = answered(code, message) if kind == "AWS" else failure_of_call(exception_of(words))
    facts = dict(line.split(": ", 1) for line in lines if re.match(r"[a-z ]+: ", line))
    failure = replace(failure, setting=facts.get("of the setting", failure.setting))
    settings = "\n".join(line for line in lines if not re.match(r"\$|[a-z ]+: ", line))
    own, default, of_source = settings.partition("[default]")
    variables = (line[1:].partition("=") for line in lines if line.startswith("$"))
    text = f"[profile admin]\nrole_arn = {ROLE}\n{own}\n{SERVICES}\n[default]{of_source}"
    profiles = read_profiles(config=parse_document(text))
    overrides = Overrides.of({name: value for name, _, value in variables}, profiles)

    found = decision(failure, subject=profiles.by_name["admin"], blocked_by=facts.get("below"))
    told = [explain(found, knowing({}, CALLER, overrides=overrides))]
    if default or failure.cause is Cause.NETWORK:  # it is asked as its profiles make their calls
        known = knowing(profiles.by_name, overrides=overrides)
        told.append(explain_source(DEFAULT, failure, known))
    return sorted({each.hint or "" for each in told})


@pytest.mark.parametrize("example", answered_examples("hints_of_settings.txt", hints))
def test_a_hint_names_the_setting_of_the_call(example: str) -> None:
    assert hints(example) == answers_of(example)


def test_no_other_variable_is_kept() -> None:
    profiles = read_profiles()
    secret = {"AWS_SECRET_ACCESS_KEY": "s3cr3t", "AWS_ENDPOINT_URL": "http://me:s3cr3t@localhost"}
    overrides = Overrides.of(secret, profiles)
    assert overrides.variables.keys() == {"AWS_ENDPOINT_URL"}
    assert "s3cr3t" not in repr(overrides)


OWN = ["endpoint_url = own", "endpoint_url =", ""]


@pytest.mark.parametrize("services", ["here", "none", "empty", "two words", "late", None])
def test_an_endpoint_is_the_one_that_botocore_takes(services: str | None) -> None:
    named = [] if services is None else [f"services = {services}"]
    for own, one, both in itertools.product(OWN, [None, "", "one"], [None, "", "all"]):
        given = {"AWS_ENDPOINT_URL_STS": one, "AWS_ENDPOINT_URL": both}
        environ = {name: value for name, value in given.items() if value is not None}
        config = parse_document("\n".join(["[profile p]", *named, own, SERVICES]))
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
