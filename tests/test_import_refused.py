"""What an import refuses: hostile files, and sources that cannot be fetched.

The user's own settings do not change, and no program is run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.configprovider
import botocore.session
import pytest

from e2e import Home, installed
from examples import params
from import_fixtures import OWN, TEAM
from sync_profiles.team import risks


@pytest.mark.parametrize(
    ("content", "words"),
    [
        *params("hostile_team_files.txt"),
        pytest.param(b"#" * 10_000_000, "is larger than 2 MiB", id="ten megabytes"),
        pytest.param(
            TEAM.encode() + b"credential_process = /bin/evil" + b"?" * 9_000 + b"\n",
            f"/bin/evil{'?' * 170}… (8830 more characters)` in `[profile equals]`",
            id="a long program",
        ),
    ],
)
def test_a_hostile_file_is_not_imported(
    content: str | bytes, words: str, with_keys: Home, team_file: Path
) -> None:
    with_keys.write(OWN)
    before = with_keys.footprint()
    if isinstance(content, str):
        content = content.replace("TEAM\n", TEAM).encode()
    team_file.write_bytes(content)
    ended = with_keys.run("import", str(team_file))
    assert ended.code == 3, ended.stdout
    assert words.strip() in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
    assert with_keys.footprint() == before


def test_a_path_in_a_removed_directory_is_an_error(with_keys: Home) -> None:
    if os.name != "posix":
        pytest.skip("only POSIX removes the current directory")
    gone = with_keys.path / "gone"
    gone.mkdir()
    script = f"cd {gone} && rmdir {gone} && {installed('sync-profiles')} import team"
    ended = with_keys.run_command([shutil.which("sh") or "sh", "-c", script])
    assert ended.code == 2
    assert "`team` is a path in the current directory, which does not exist" in ended.stderr


@pytest.mark.parametrize(
    ("content", "location", "words"),
    [
        pytest.param("#" * 3_000_000, None, "is larger than 2 MiB", id="too large"),
        pytest.param("", "file:///etc/passwd", "redirects to another scheme", id="to a file"),
        pytest.param("", "https://127.0.0.1:9/", "redirects to another scheme", id="to https"),
        pytest.param("", "http://[x", "redirects to a place that is not an", id="to nothing"),
    ],
)
def test_an_answer_too_large_or_a_redirect_elsewhere_is_refused(
    content: str,
    location: str | None,
    words: str,
    with_keys: Home,
    serve: Callable[[str, str | None], str],
) -> None:
    ended = with_keys.run("import", serve(content, location))
    assert ended.code == 3
    assert words in ended.stderr
    assert not with_keys.config_file.exists()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("git+file://{}#link", "is a link or a directory", id="a link"),
        pytest.param("git+file://{}#aws", "is a link or a directory", id="a directory"),
        pytest.param("git+file://{}#nothing", "has no file `nothing`", id="no file"),
        pytest.param("git+file://{}/none#x", "cannot be cloned", id="no repository"),
        pytest.param("git+file://{}/empty#x", "is empty, or its", id="an empty repository"),
        pytest.param(
            "git+ssh://git@host/team#x",
            "`ssh://git@host/team` cannot be cloned: git@host: Permission denied (publickey).",
            id="no key for ssh",
        ),
        pytest.param("no file", "cannot be read", id="no such file"),
    ],
)
def test_a_source_that_cannot_be_fetched_is_an_error(
    source: str, words: str, with_keys: Home, repository: Path
) -> None:
    ssh = "echo 'git@host: Permission denied (publickey).' >&2; exit 255;"
    ended = with_keys.with_environment(GIT_SSH_COMMAND=ssh).run("import", source.format(repository))
    assert (ended.code, ended.stdout) == (3, "")
    assert words in ended.stderr
    assert not with_keys.config_file.exists()


@pytest.fixture
def reading(bare_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return the home whose files botocore reads in this process too."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(bare_home.config_file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(bare_home.credentials_file))
    return bare_home


def view() -> dict[str, Any]:
    """Return what botocore takes from the files."""
    full: dict[str, Any] = botocore.session.Session().full_config
    return full


def test_a_nested_block_comes_in_with_its_variables(reading: Home) -> None:
    reading.write("[profile me]\nregion = us-east-1\n")
    file = reading.path / "team"
    file.write_text(
        "[profile a]\ns3 =\n  addressing_style = path\n\n  # few\n  max_queue_size = 10\n"
        "[services s]\ndynamodb =\n  tcp_keepalive = true\n",
        encoding="utf-8",
    )
    assert reading.run("import", "--no-sync", str(file)).code == 0
    found = view()
    assert found["profiles"]["a"] == {"s3": {"addressing_style": "path", "max_queue_size": "10"}}
    assert found["services"] == {"s": {"dynamodb": {"tcp_keepalive": "true"}}}


SECTIONS = """\
[profile me]
sso_session = corp
services = local

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1

[services local]
s3 =
  endpoint_url = https://good.example
"""


@pytest.mark.parametrize(
    "section",
    [
        '[sso-session "corp"]\nsso_region = us-east-1\n',
        "[sso-session\tcorp]\nsso_region = us-east-1\n",
        "[sso-sessions corp]\nsso_region = us-east-1\n",
        "[services  local]\ndynamodb =\n  x = y\n",
        "[servicesfoo lo'c'al]\ndynamodb =\n  x = y\n",
        "[profiles m\\e]\nregion = us-east-1\n",
    ],
)
@pytest.mark.parametrize("choice", ["keep", "prefix"])
def test_no_spelling_of_a_header_hides_a_section_of_the_user(
    choice: str, section: str, reading: Home
) -> None:
    reading.write(SECTIONS)
    before = view()
    file = reading.path / "team"
    file.write_text(f"[profile team]\nregion = us-east-1\n\n{section}", encoding="utf-8")
    ended = reading.run("import", "--no-sync", "--on-conflict", choice, str(file))
    assert ended.code == 0
    after = view()
    assert {*after["profiles"]} - {"team-me"} == {"me", "team"}
    assert after["profiles"]["me"] == before["profiles"]["me"]
    assert {k: v for k, v in after.items() if k != "profiles"} == {
        k: v for k, v in before.items() if k != "profiles"
    }
    is_source = section.startswith("[profile")
    assert ("yours has credentials" if is_source else "you have your own") in ended.stdout
    if not is_source:
        told = " ".join(ended.stdout.split())
        assert "hint: compare the two sections; to have both, rename your own," in told
        assert "--on-conflict" not in told


#: what they set harms no one: how often and how long, in which form, to which of AWS's own hosts
HARMLESS = {
    *("account_id_endpoint_mode", "auth_scheme_preference", "csm_client_id", "csm_port"),
    *("defaults_mode", "disable_host_prefix_injection", "disable_request_compression"),
    *("ec2_metadata_service_endpoint_mode", "ec2_metadata_v1_disabled"),
    *("endpoint_discovery_enabled", "ignore_configured_endpoint_urls", "imds_use_ipv6"),
    *("max_attempts", "metadata_service_num_attempts", "metadata_service_timeout"),
    *("parameter_validation", "region", "request_checksum_calculation"),
    *("request_min_compression_size_bytes", "response_checksum_validation", "retry_mode"),
    *("s3_disable_express_session_auth", "sdk_ua_app_id", "sigv4a_signing_region_set"),
    *("sts_regional_endpoints", "tcp_keepalive", "use_dualstack_endpoint", "use_fips_endpoint"),
}


def test_every_setting_that_botocore_reads_is_harmless_or_asked_about() -> None:
    variables = botocore.configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
    read = {variable[0] for variable in variables} - {None}
    assert read - HARMLESS - set(risks.RISKY) == set()
    assert HARMLESS & set(risks.RISKY) == set()
