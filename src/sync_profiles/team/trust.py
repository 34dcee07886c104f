"""Settings that must not come in from a team's file, and those that a person must agree to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.layout import carries_text
from sync_profiles.team.text import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_profiles.team.sections import TeamFile

# also where it is commented out, or stands in a nested block
_SETTING = re.compile(r"[\s#;]*+(?P<key>[\w.-]++)\s*+[=:]\s*+\S")
_SECRET = re.compile(
    r"secret|passw|private_?key|session_token|security_token|auth_token|access_token|refresh_token",
    re.IGNORECASE,
)
_ACCESS_KEY_ID = "aws_access_key_id"
_ACCESS_KEY = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_MARKER = re.compile(r"[\s#;]*(?:>>>|<<<)\s*sync-profiles import", re.IGNORECASE)

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
    "web_identity_token_file": "sends a file's content",
}
_KEY = re.compile(r"\s*(?P<key>[^\s=:]+)\s*[=:]\s*(?P<value>.*)")
_PLUGINS = "plugins"


class Risk(NamedTuple):
    """A setting to agree to: its section, its text, its line, and what it does."""

    section: str
    setting: str
    line: int
    effect: str


def refuse_secrets(file: TeamFile) -> None:
    """Raise `TeamFileRefused` for a secret, and for a line that looks like one of our markers."""
    problems = []
    for line in file.lines:
        setting = _SETTING.match(line.text)
        key = setting["key"].lower() if setting is not None else ""
        option = file.options.get(line.number)
        if option is not None and not option.is_first and carries_text(line.text):
            key = key if _is_secret(key) else option.key  # the value may stand below its key
        if _is_secret(key):
            problems.append((line.number, f"`{key}` is a secret"))
        elif _ACCESS_KEY.search(line.text):
            problems.append((line.number, "there is an access key in it"))
    if problems:
        raise refusal(
            file.name,
            problems,
            hint="no secret comes in this way: take it out, and let its owner deactivate the key",
        )
    markers = [line.number for line in file.lines if _MARKER.match(line.text)]
    if markers:
        raise refusal(
            file.name,
            [(number, "the line looks like the edge of an imported block") for number in markers],
            hint="take the line out of the team's file",
        )


def _is_secret(key: str) -> bool:
    return key == _ACCESS_KEY_ID or _SECRET.search(key) is not None


def find_risks(file: TeamFile) -> list[Risk]:
    """Return the settings that run programs, load files or redirect requests."""
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
                risks.append(Risk(section.header, line.text.strip(), line.number, effect))
    return risks


def new_risks(risks: Iterable[Risk], agreed: Iterable[Risk]) -> list[Risk]:
    """Return the risks that are not in force already."""
    known = {(risk.section, risk.setting) for risk in agreed}
    return [risk for risk in risks if (risk.section, risk.setting) not in known]
