"""Which setting an exception is about: by its class, its text, and where that has it the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_profiles.explain.case import Case

# the first mark that stands in an exception's class or text tells the setting
_SETTINGS = {
    "account_id_endpoint_mode": "account_id_endpoint_mode",
    "request_checksum_calculation": "request_checksum_calculation",
    "request_min_compression_size_bytes": "request_min_compression_size_bytes",
    "response_checksum_validation": "response_checksum_validation",
    "ca bundle": "ca_bundle",
    "externalid": "external_id",
    "retrymode": "retry_mode",
    "maxretryattempts": "max_attempts",
    "defaultsmode": "defaults_mode",
    "stsregionalendpoints": "sts_regional_endpoints",
    "imdsendpointmode": "ec2_metadata_service_endpoint_mode",
    "imdsendpoint": "ec2_metadata_service_endpoint",
    "services section": "services",
    "sso-session": "sso_session",
    "sso_session": "sso_session",
    "to use sso": "sso_start_url",
    "ipv6 url": "endpoint_url",
    "port out of range": "endpoint_url",
    "port could not": "endpoint_url",
    "//sts..": "region",  # an empty one
    "invalid endpoint": "endpoint_url",
    "no attribute 'get'": "endpoint_url",  # of services that are no block
    "region": "region",
    "endpoint": "endpoint_url",
}
_NO_NUMBER = "invalid literal for int()"
_NUMBERS = ("metadata_service_timeout", "metadata_service_num_attempts", "max_attempts")


def faulty_setting(case: Case) -> str | None:
    """Return the key of the setting that stops a call; None where the exception does not tell."""
    if _NO_NUMBER in case.words:  # Python's own words quote the value, and name no setting
        values = ((key, case.used(key)) for key in _NUMBERS)
        return next(
            (key for key, used in values if used and f": {used.value!r}" in case.words), None
        )
    text = f"{case.kind} {case.words}".lower()
    return next((key for mark, key in _SETTINGS.items() if mark in text), None)
