"""A profile's settings send its calls to a place of its own, and decide about no other profile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile
from rough_runs import role
from rough_sts import RoughSts, refusing
from survey_runs import run_check
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS = frozenset({"GetCallerIdentity", "AssumeRole"})


@pytest.fixture
def laptop(home: Path, child_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home with the keys of `work_api`; take back the endpoint that a test sets."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    made = Home(path=home, environment=child_environment)
    return made.write(credentials=keys("keys", s.WORK_API.credentials))


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param("sso_session = nope", id="a session that no section is about"),
        pytest.param("s3 =", id="a block without a line"),
        pytest.param("api_versions = x", id="no block where there must be one"),
    ],
)
@pytest.mark.parametrize("first", ["faulty", "sound"])
def test_a_setting_of_which_no_client_is_made_is_its_profile_s_matter_alone(
    first: str, setting: str, laptop: Home
) -> None:
    texts = {
        "faulty": role_profile("faulty", role(0), "keys").rstrip() + f"\n{setting}\n",
        "sound": role_profile("sound", role(1), "keys"),
    }
    config = "".join(sorted(texts.values(), key=lambda text: first not in text))
    with RoughSts() as rough:
        os.environ["AWS_ENDPOINT_URL"] = rough.url
        checked = run_check(laptop.write(config), jobs=4)
    found = {name: (row.decision.verdict, row.decision.cause) for name, row in checked.rows.items()}
    assert found == {"faulty": ("rejected", "setting-invalid"), "sound": ("accepted", None)}


@pytest.mark.parametrize("setting", ["s3 =", "sso_session = nope"])
def test_a_key_that_is_unknown_is_so_beside_a_profile_of_which_no_client_is_made(
    setting: str, laptop: Home
) -> None:
    unknown = refusing("InvalidClientTokenId", "The security token is invalid", status=403)
    sound = role_profile("sound", role(1), "keys")
    faulty = role_profile("faulty", role(0), "keys").rstrip() + f"\n{setting}\n"
    with RoughSts(unknown, actions=ACTIONS) as rough:
        os.environ["AWS_ENDPOINT_URL"] = rough.url
        checked = run_check(laptop.write(sound + faulty), jobs=4)
    found = {name: (row.decision.verdict, row.decision.cause) for name, row in checked.rows.items()}
    assert found == {
        "sound": ("rejected", "credentials-invalid"),
        "faulty": ("rejected", "setting-invalid"),
    }


def test_where_nobody_knows_a_source_each_profile_is_told_of_its_own_place(
    laptop: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    unknown = refusing("InvalidClientTokenId", "The security token is invalid", status=403)
    with RoughSts(unknown, actions=ACTIONS) as emulator:
        place = f"region = us-east-1\nendpoint_url = {emulator.url}\n"
        config = f"[profile keys]\n{place}" + "".join(
            role_profile(name, role(0), "keys", region="us-east-1", endpoint_url=url)
            for name, url in [
                ("unknown", emulator.url),
                ("unknown-too", emulator.url),
                ("silent", "http://127.0.0.1:9"),
            ]
        )
        checked = run_check(laptop.write(config))
    found = {name: (row.decision.verdict, row.decision.cause) for name, row in checked.rows.items()}
    assert found == {
        "unknown": ("rejected", "credentials-invalid"),
        "unknown-too": ("rejected", "credentials-invalid"),
        "silent": ("unknown", "network"),
    }
