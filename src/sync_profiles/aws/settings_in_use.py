"""The settings of a profile that the AWS CLI's botocore checks, and a test overrides.

Each is used here as botocore uses it, so that botocore decides.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.utils import InstanceMetadataFetcher, resolve_imds_endpoint_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import botocore.session


def unusable_setting(session: botocore.session.Session) -> str | None:
    """Return the first setting that botocore cannot use, None where it can use all."""
    for key, use in _USES.items():
        try:
            use(session)
        except Exception:  # noqa: BLE001 - whatever it raises ends the AWS CLI
            return key
    return None


def _use_endpoint(session: botocore.session.Session) -> None:
    key = "ec2_metadata_service_endpoint"
    InstanceMetadataFetcher(config={key: session.get_config_variable(key)})


def _use_max_attempts(session: botocore.session.Session) -> None:
    attempts = session.get_config_variable("max_attempts")
    if attempts is not None:
        Config(retries={"total_max_attempts": attempts})


#: by the setting's key, in the order in which the AWS CLI meets them
_USES: Mapping[str, Callable[[botocore.session.Session], object]] = MappingProxyType(
    {
        "metadata_service_timeout": lambda session: session.get_config_variable(
            "metadata_service_timeout"
        ),
        "metadata_service_num_attempts": lambda session: session.get_config_variable(
            "metadata_service_num_attempts"
        ),
        "ec2_metadata_service_endpoint_mode": resolve_imds_endpoint_mode,
        "ec2_metadata_service_endpoint": _use_endpoint,
        "max_attempts": _use_max_attempts,
    }
)
