"""The settings at which the AWS CLI stops, though a test switch does without them.

A test switch has tries of its own, asks no metadata service for its keys, and prints no answer.
"""

from __future__ import annotations

from typing import NamedTuple

#: what the AWS CLI takes as `output`, version 2's formats among them
OUTPUTS = ("json", "text", "table", "yaml", "yaml-stream", "off")
#: what it takes as `cli_timestamp_format`, version 1's among them
TIMESTAMP_FORMATS = ("iso8601", "wire", "none")


class CliSetting(NamedTuple):
    """A setting of a profile, the variable that goes before it, and what both take, in words."""

    key: str
    variable: str | None
    takes: str


OUTPUT = CliSetting("output", "AWS_DEFAULT_OUTPUT", "`json`, `text`, `table`, `yaml` …")
TIMESTAMP_FORMAT = CliSetting("cli_timestamp_format", None, "`iso8601` or `wire`")
#: those that botocore checks when it makes a client and looks for credentials
CHECKED = (
    CliSetting("metadata_service_timeout", "AWS_METADATA_SERVICE_TIMEOUT", "whole seconds"),
    CliSetting(
        "metadata_service_num_attempts", "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "a whole number"
    ),
    CliSetting(
        "ec2_metadata_service_endpoint_mode",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        "`ipv4` or `ipv6`",
    ),
    CliSetting(
        "ec2_metadata_service_endpoint",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "a URL such as `http://169.254.169.254`",
    ),
    CliSetting("max_attempts", "AWS_MAX_ATTEMPTS", "a whole number from 1"),
    CliSetting("retry_mode", "AWS_RETRY_MODE", "`legacy`, `standard` or `adaptive`"),
)
EVERY = (OUTPUT, TIMESTAMP_FORMAT, *CHECKED)
