"""What an import refuses: hostile files.

The user's own settings do not change, and no program is run. How a header may be spelled is in
`data/import_stories.txt`, which answers are refused in `data/cut_off_answers.txt`.
"""

from __future__ import annotations

from pathlib import Path

import botocore.configprovider
import botocore.session
import pytest

from e2e import Home
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
