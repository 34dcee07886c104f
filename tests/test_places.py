"""A profile's settings send its calls to its own place, and every hop of its chain with them.

Of regions that policies require: `data/situations.txt`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from certificates import Certificate
from e2e import Home, role_profile, section
from loopback import Gate
from rough_sts import Asked, RoughSts, good_answer, refusing, well
from survey_runs import role, run_check
from sync_profiles.sandbox import story as s

ACTIONS = frozenset({"GetCallerIdentity", "AssumeRole"})
UNKNOWN_KEY = refusing("InvalidClientTokenId", "The security token is invalid", status=403)


def regional(asked: Asked) -> None:
    """Answer as STS does where an account opts in: sessions of the global endpoint are unknown."""
    host, token = asked.headers["host"], asked.headers.get("x-amz-security-token")
    if host == "sts.af-south-1.amazonaws.com" and token == "global":
        UNKNOWN_KEY(asked)
    elif host == "sts.amazonaws.com":
        asked.answer(good_answer(asked).replace("<SessionToken>t<", "<SessionToken>global<"))
    else:
        well(asked)


def test_a_session_of_the_global_endpoint_is_not_taken_to_a_region_to_opt_in_to(
    home_with_keys: Home, tmp_path: Path
) -> None:
    hosts = ("sts.amazonaws.com", "sts.af-south-1.amazonaws.com")
    certificate = Certificate.make(tmp_path, *hosts)
    settings = {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys"}
    config = section("profile hop", {**settings, "role_session_name": "work_api"})
    config += role_profile(
        "below", s.OPEN_ROLE.arn, "hop", region="af-south-1", role_session_name="work_api"
    )
    with (
        RoughSts(regional, actions=ACTIONS, certificate=certificate) as sts,
        Gate(sts.url) as gate,
    ):
        work_home = home_with_keys.write(config).with_environment(
            https_proxy=gate.url, AWS_CA_BUNDLE=str(certificate.certificate)
        )
        ended = work_home.run_json()
        assert ended.accepted == work_home.working_profiles(["hop", "below"]) == {"hop", "below"}


def test_versions_of_apis_are_not_read_as_in_version_2(home_with_keys: Home) -> None:
    config = "".join(
        role_profile(name, role(0), "keys").rstrip() + f"\napi_versions ={value}\n"
        for name, value in {"a": " x", "b": "\n  sts = 2000-01-01"}.items()
    )
    with RoughSts() as rough:
        checked = run_check(home_with_keys.write(config), url=rough.url, jobs=4)
    assert set(checked.by_profile.values()) == {("accepted", None)}


@pytest.mark.parametrize(
    ("code", "message", "verdict"),
    [
        ("SignatureDoesNotMatch", "The request signature we calculated …", "rejected"),
        ("SignatureDoesNotMatch", "Signature expired: 2026… is now earlier than …", "rejected"),
        ("ExpiredToken", "The security token included in the request is expired", "unknown"),
    ],
)
def test_what_one_server_answers_does_not_hold_for_another(
    code: str, message: str, verdict: str, home_with_keys: Home
) -> None:
    with RoughSts(refusing(code, message), actions=ACTIONS) as odd, RoughSts() as good:
        config = "".join(
            role_profile(name, role(0), "keys", endpoint_url=url)
            for name, url in [("odd", odd.url), ("good", good.url)]
        )
        checked = run_check(home_with_keys.write(config))
    assert {name: found[0] for name, found in checked.by_profile.items()} == {
        "odd": verdict,
        "good": "accepted",
    }


def test_an_unknown_source_is_reported_for_each_profiles_endpoint(
    home_with_keys: Home,
) -> None:
    with RoughSts(UNKNOWN_KEY, actions=ACTIONS) as emulator:
        place = f"region = us-east-1\nendpoint_url = {emulator.url}\n"
        config = f"[profile keys]\n{place}" + "".join(
            role_profile(name, role(0), "keys", region="us-east-1", endpoint_url=url)
            for name, url in [
                ("unknown", emulator.url),
                ("unknown-too", emulator.url),
                ("silent", "http://127.0.0.1:9"),
            ]
        )
        checked = run_check(home_with_keys.write(config))
    assert checked.by_profile == {
        "unknown": ("rejected", "credentials-invalid"),
        "unknown-too": ("rejected", "credentials-invalid"),
        "silent": ("unknown", "network"),
    }
