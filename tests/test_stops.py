"""Settings that stop the AWS CLI are found once per set of settings, with their place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from fake_sts import FakeSts
from hint_cases import decision
from plan_worlds import of_settings, profile, settle, table_of, trusting
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.explain.explanation import explain
from sync_profiles.planning.cli_settings import find_stops
from sync_profiles.planning.plan import SyncOptions
from sync_profiles.planning.verdict import WriteMode

if TYPE_CHECKING:
    from sync_profiles.model import Profile

BLOCK = "a = s3cr3t"


@dataclass(kw_only=True)
class Judge(FakeSts):
    """Finds a region for everybody, and one setting unusable where it is asked."""

    key: str | None = None
    asked: list[str] = field(default_factory=list)

    def finds_region(self, *, client: str) -> bool:
        """Find a region."""
        return bool(client)

    def unusable_setting(self, *, profile: str) -> str | None:
        """Note who is asked about."""
        self.asked.append(profile)
        return self.key


def many(count: int, **settings: str) -> dict[str, Profile]:
    made = [of_settings(f"p{number}", settings) for number in range(count)]
    return {each.name: each for each in made}


def test_a_thousand_equal_profiles_are_checked_once() -> None:
    judge = Judge(key="max_attempts")
    profiles = many(1000, max_attempts="x") | {"q": profile("q", max_attempts="0")}
    stops = find_stops(profiles, profiles, sts=judge, environ={})
    assert judge.asked == ["p0", "q"]
    assert stops.keys() == profiles.keys()


def test_a_variable_is_checked_only_once() -> None:
    judge = Judge(key="max_attempts")
    profiles = many(1000)
    stops = find_stops(profiles, profiles, sts=judge, environ={"AWS_MAX_ATTEMPTS": "x"})
    assert judge.asked == ["p0"]
    assert stops.keys() == profiles.keys()


def test_without_such_settings_nothing_is_checked() -> None:
    judge = Judge(key="max_attempts")
    profiles = many(3, output="json", cli_timestamp_format="wire", duration_seconds="900")
    assert find_stops(profiles, profiles, sts=judge, environ={"AWS_PROFILE": "p"}) == {}
    assert judge.asked == []


@pytest.mark.parametrize(
    ("settings", "environ", "message", "hint"),
    [
        pytest.param(
            {"retry_mode": "Standard"},
            {},
            "the AWS CLI stops at `retry_mode = Standard`",
            "correct `retry_mode` (config, line 1) to `standard` or `adaptive`, or remove the line",
            id="a setting of the profile",
        ),
        pytest.param(
            {"retry_mode": "Standard"},
            {"AWS_RETRY_MODE": "bogus"},
            "the AWS CLI stops at `AWS_RETRY_MODE=bogus` in the environment",
            "unset `AWS_RETRY_MODE`, or set it to `standard` or `adaptive`",
            id="a variable, which goes first",
        ),
        pytest.param(
            {"retry_mode": "legacy"},
            {},
            "the AWS CLI stops at `retry_mode = legacy`",
            "correct `retry_mode` (config, line 1) to `standard` or `adaptive`, or remove the line",
            id="a mode that only v1 knows",
        ),
        pytest.param(
            {"cli_binary_format": "raw"},
            {},
            "the AWS CLI stops at `cli_binary_format = raw`",
            "correct `cli_binary_format` (config, line 1) to `base64` or `raw-in-base64-out`, or "
            "remove the line",
            id="a format that only v2 reads",
        ),
        pytest.param(
            {"cli_timestamp_format": "local"},
            {},
            "the AWS CLI stops at `cli_timestamp_format = local`",
            "correct `cli_timestamp_format` (config, line 1) to `iso8601` or `wire`, or remove the "
            "line",
            id="a format of times",
        ),
        pytest.param(
            {"output": "json\naws_secret_access_key = s3cr3t"},
            {},
            "the AWS CLI stops at `output = json …`",
            "correct `output` (config, line 1) to `json`, `text`, `table`, `yaml` …, or remove the "
            "line",
            id="a value that continues on the next line",
        ),
        pytest.param(
            {"output": BLOCK},
            {},
            "the AWS CLI stops at `output = …`",
            "correct `output` (config, line 1) to `json`, `text`, `table`, `yaml` …, or remove the "
            "line",
            id="a block, of which no line is shown",
        ),
    ],
)
def test_a_setting_that_stops_the_aws_cli_is_reported_with_its_place(
    settings: dict[str, str], environ: dict[str, str], message: str, hint: str
) -> None:
    stopped = of_settings("p", settings)
    if settings.get("output") == BLOCK:
        block = stopped.settings["output"]._replace(nested=True)
        stopped = replace(stopped, settings={**stopped.settings, "output": block})
    (stop,) = find_stops({"p": stopped}, ["p"], sts=Judge(), environ=environ).values()
    told = explain(decision(stop, subject=stopped), caller=None)
    assert (stop.cause, told.message, told.hint) == (Cause.SETTING_INVALID, message, hint)


def test_a_profile_below_a_fixable_hop_is_rejected_for_its_own_setting() -> None:
    below = profile("below", "work_api", source="hop", output="bogus")
    stops = find_stops({"below": below}, ["below"], sts=Judge(), environ={})
    plan = settle(
        table_of(profile("hop"), below),
        trusting("work_api"),
        SyncOptions(mode=WriteMode.PREVIEW),
        stops=stops,
    )
    decision = plan.decisions[1]
    assert (decision.verdict, decision.change) == (Verdict.REJECTED, Change.NONE)
    assert (decision.outcome, decision.blocked_by) == (stops["below"], None)
