"""Profiles that share a client make equal calls: every setting that decides on a client counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock

import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from disk_files import texts_of
from sync_profiles.aws.client import Clients
from sync_profiles.aws.credentials import Credentials
from sync_profiles.known_keys import CLIENT_SETTINGS, METADATA_SETTINGS, SHOWN_KEYS
from sync_profiles.planning.cli_settings import UNREAD_BY_V2

KEYS = Credentials(access_key_id="a", secret_access_key="b", session_token=None)
MakeClient = Callable[[str], object]

# The settings of botocore's session that make no difference to a call of STS, and why.
REASONS = {
    "client-side monitoring goes beside the call": "csm_client_id csm_enabled csm_host csm_port",
    "the hosts of STS have no prefix": "disable_host_prefix_injection",
    "no request to STS is compressed": "disable_request_compression",
    "STS has no endpoint discovery": "endpoint_discovery_enabled",
}
WITHOUT_EFFECT = set(" ".join(REASONS.values()).split())
SET_BY_US = {"api_versions", "max_attempts", "retry_mode", *UNREAD_BY_V2}
# botocore notes these two in a client's options, whatever the service
NOTED = {"disable_host_prefix_injection", "disable_request_compression"}


@pytest.fixture(scope="module")
def loader() -> Loader:
    return Loader()


@pytest.fixture
def make_client(home: Path, loader: Loader) -> MakeClient:
    """Return what makes an STS client for a profile with some settings, or the error text."""

    def make_client(setting: str) -> object:
        file = home / "config"
        file.write_text(f"[profile p]\n{setting}\n", encoding="utf-8")
        session = botocore.session.Session(profile="p")
        session.register_component("data_loader", loader)
        session.set_config_variable("config_file", str(file))
        try:
            client = session.create_client("sts", aws_access_key_id="a", aws_secret_access_key="b")
        except (BotoCoreError, ValueError) as error:
            return str(error)
        options = {
            name: value
            for name, value in vars(client.meta.config).items()
            if not name.startswith("_") and name not in NOTED
        }
        return client.meta.endpoint_url, options

    return make_client


def test_every_setting_of_botocores_session_decides_on_the_client_or_has_no_effect() -> None:
    variables = {name for name, *_ in BOTOCORE_DEFAUT_SESSION_VARIABLES.values() if name}
    assert variables - CLIENT_SETTINGS == WITHOUT_EFFECT | METADATA_SETTINGS | SET_BY_US
    assert variables - SHOWN_KEYS == {"csm_client_id"}  # their values can be shown


@pytest.mark.parametrize("value", ["nonsense", "true", "7"])
def test_settings_without_effect_change_no_client(value: str, make_client: MakeClient) -> None:
    # that one opens a socket for its monitor; how an instance is asked changes no call to STS
    names = (WITHOUT_EFFECT - {"csm_enabled"}) | METADATA_SETTINGS
    assert make_client("\n".join(f"{name} = {value}" for name in names)) == make_client("")


@pytest.mark.parametrize(
    "setting",
    [
        "region = us-west-2",
        "account_id_endpoint_mode = no",
        *["endpoint_url = http://localhost", "request_checksum_calculation = no"],
        *["request_min_compression_size_bytes = no", "response_checksum_validation = no"],
        *["s3 =\n  addressing_style = no", "s3_disable_express_session_auth = no"],
        *["sdk_ua_app_id = app", "use_fips_endpoint = true"],
        *["services = s\n[services s]\nsts =\n  endpoint_url = http://localhost"],
        *["sso_session = gone"],
    ],
)
def test_a_client_setting_changes_the_client_or_stops_it(
    setting: str, make_client: MakeClient
) -> None:
    assert setting.partition(" ")[0] in CLIENT_SETTINGS
    assert make_client(setting) != make_client("")


def test_a_client_gives_up_in_time_and_leaves_the_tries_to_us(tmp_path: Path) -> None:
    texts = texts_of("[profile p]\nmax_attempts = 9\nretry_mode = legacy\n", tmp_path)
    client = Clients(texts, environ={}, connections=16).client("sts", KEYS, profile="p")
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 10)
    assert config.retries == {"total_max_attempts": 1, "mode": "standard"}
    assert config.max_pool_connections == 16


def test_a_providers_own_client_is_in_the_region_of_the_environment(tmp_path: Path) -> None:
    """That of a web identity would call another partition otherwise."""
    texts = texts_of("[default]\nregion = eu-west-1\n", tmp_path)
    session = Clients(texts, environ={"AWS_REGION": "cn-north-1"}, connections=1).session("default")
    made = session.create_client("sts", config=Config(signature_version=UNSIGNED))
    assert made.meta.endpoint_url == "https://sts.cn-north-1.amazonaws.com.cn"


def test_clients_of_a_session_are_made_one_after_the_other(tmp_path: Path) -> None:
    """A provider, as of a login, makes some as well: botocore copies what another one changes."""
    texts = texts_of("[default]\n", tmp_path)
    clients = Clients(texts, environ={}, connections=1)
    session = clients.session("default")
    made: list[bool] = []
    making = Lock()

    def note(**_: object) -> None:
        is_alone = making.acquire(blocking=False)
        made.append(is_alone)
        time.sleep(0.1)
        if is_alone:
            making.release()

    session.register("creating-client-class", note)
    unsigned = Config(signature_version=UNSIGNED)
    makers = [
        partial(session.create_client, "sts", "us-east-1", config=unsigned),
        partial(clients.client, "sts", KEYS, profile="default"),
    ]
    with ThreadPoolExecutor(len(makers)) as threads:
        for each in [threads.submit(make) for make in makers]:
            each.result()
    assert made == [True, True]
