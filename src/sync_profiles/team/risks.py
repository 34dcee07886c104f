"""The settings of a team's file that a person must agree to: what they run, load or redirect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.lines import carries_text

if TYPE_CHECKING:
    from sync_profiles.team.sections import TeamFile

#: what the AWS CLI or this tool runs, loads, or sends requests and credentials to
_RISKY = {
    "ca_bundle": "decides which servers are believed",
    "cli_pager": "runs a program",
    "credential_process": "runs a program",
    "data_path": "loads files",
    "ec2_metadata_service_endpoint": "redirects requests",
    "endpoint_url": "redirects requests",
    "mfa_process": "runs a program",
    "proxy_ca_bundle": "decides which servers are believed",
    "proxy_client_cert": "sends a certificate",
    "services": "redirects requests",
    "sso_start_url": "says where you log in",
    "web_identity_token_file": "sends a file's content",
}
_KEY = re.compile(r"\s*(?P<key>[^\s=:]+)\s*[=:]\s*(?P<value>.*)")
_PLUGINS = "plugins"


class Risk(NamedTuple):
    """A setting to agree to: its section, its text, its line, and what it does.

    `key` is that of the nested block in which it stands, or its own.
    """

    section: str
    key: str
    setting: str
    line: int
    effect: str


def find_risks(file: TeamFile) -> list[Risk]:
    """Return the settings that run programs, load files, redirect requests, or say where to log in.

    Each line of a nested block counts for itself.
    """
    risks = []
    for section in file.sections:
        for line in section.lines:
            option = file.options.get(line.number)
            if option is None or not carries_text(line.text):
                continue
            inner = _KEY.match(line.text)
            key = inner["key"].lower() if inner is not None else ""
            effect = _RISKY.get(option.key) or _RISKY.get(key)
            if section.header == _PLUGINS:
                effect = "loads a program"
            if effect is not None:
                risks.append(
                    Risk(section.header, option.key, line.text.strip(), line.number, effect)
                )
    return risks
