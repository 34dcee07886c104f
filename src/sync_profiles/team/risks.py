"""Dangers in a team's file: no secret is imported, and risky settings need consent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sync_profiles.config.section_names import PROFILE, SectionName, name_section
from sync_profiles.model import SESSION_NAME_KEY, Problem
from sync_profiles.redaction import names_secret
from sync_profiles.secret_shapes import shown_key
from sync_profiles.team.refusals import problem
from sync_profiles.team.team_file import PLUGINS, Content, structure_problems

_RUNS = "runs a program"
#: the settings that make the AWS CLI or this tool run or load something, or send data somewhere
RISKY = {
    "api_versions": "loads files",
    "ca_bundle": "decides which servers are trusted",
    "cli_history": "records what commands send and receive",
    "cli_pager": _RUNS,
    "credential_process": _RUNS,
    "csm_enabled": "sends a record of each call",
    "csm_host": "sends a record of each call",
    "data_path": "loads files",
    "ec2_metadata_service_endpoint": "redirects requests",
    "endpoint_url": "redirects requests",
    "mfa_process": _RUNS,
    "proxy_ca_bundle": "decides which servers are trusted",
    "proxy_client_cert": "sends a certificate",
    "proxy_use_forwarding_for_https": "lets a proxy read requests",
    "services": "redirects requests",
    "sso_start_url": "sets where you log in",
    "web_identity_token_file": "sends a file's content",
}
_KEY = re.compile(r"\s*([^\s=:]+)\s*[=:]")
_DEFAULT = SectionName(PROFILE, "default")
_BY_DEFAULT = "applies to commands that name no profile"
# also in comments, in nested blocks, and after a header
_SETTING = re.compile(r"(?<![\w.-])(?P<key>[\w.-]++)['\"]?\s*+(?P<delimiter>[=:])(?=\s*+\S)")
_VALUE = re.compile(r"[=:]\s*+\S")
_ACCESS_KEY = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
# `HOST:PORT/PATH@VERSION` is not one
_PASSWORD = re.compile(r"://[^\s/?#:@]*+:(?!\d*+[/?#])[^\s?#@]++@")
_MARKER = re.compile(r"[\s#;]*(?:>>>|<<<)\s*sync-profiles import", re.IGNORECASE)


class Risk(NamedTuple):
    """A setting that needs consent: its section, its text, its line, and what it does.

    `key` is its own key, or that of the nested block that it is part of.
    """

    section: str
    key: str
    setting: str
    line: int
    effect: str


def secret_problems(content: Content) -> Iterator[Problem]:
    """Yield the secrets, and then the lines that look like one of our markers."""
    for number, text in enumerate(content.lines, start=1):
        owner = content.owners.get(number)
        keys = list(_keys(text, is_setting=owner is not None))
        if owner is not None and (not owner.is_first or _VALUE.search(text)):
            keys.append(owner.key)
        secret = next((key.strip("'\"") for key in keys if names_secret(key)), None)
        shapes = ((_ACCESS_KEY, "an access key"), (_PASSWORD, "an address with a password"))
        shape = next((words for pattern, words in shapes if pattern.search(text)), None)
        pasted = () if owner is None else (owner.key, _key_in(text))  # what is read as a key
        if any(shown_key(key) != key for key in pasted):
            shape = "what looks like a token"
        if secret is not None or shape is not None:
            yield problem(
                "secret",
                number,
                f"`{secret}` is a secret" if secret else f"the line has {shape} in it",
                "remove the secret from the team's file, and have its owner replace it",
            )
    for number, text in enumerate(content.lines, start=1):
        if _MARKER.match(text):
            yield problem(
                "block-marker",
                number,
                "the line looks like a marker of an imported block",
                "remove the line from the team's file",
            )


def find_risks(content: Content) -> list[Risk]:
    """Return the settings that the user must agree to.

    They run programs, load files, redirect requests, set where to log in, or apply by default.

    Each line of a nested block counts separately, and so does each setting of the default profile
    but its session name.
    """
    risks = []
    for number, owner in sorted(content.owners.items()):
        text = content.lines[number - 1]
        effect = RISKY.get(owner.key) or RISKY.get(_key_in(text))
        if effect == _RUNS and owner.is_first and not _VALUE.search(text):
            effect = None  # `cli_pager =` turns the pager off; further lines of a value count
        if owner.section == PLUGINS:
            effect = "loads a program"
        is_name = owner.key == SESSION_NAME_KEY
        if effect is None and not is_name and name_section(owner.section) == _DEFAULT:
            effect = _BY_DEFAULT
        if effect is not None:
            risks.append(Risk(owner.section, owner.key, text.strip(), number, effect))
    return risks


def consent_problems(content: Content) -> Iterator[Problem]:
    """Yield the settings that each person must agree to; no value is shown."""
    for risk in find_risks(content):
        inner = _key_in(risk.setting)
        key = inner if inner in RISKY else risk.key
        hint = "each person is asked to agree, or passes `--trust`"
        if risk.effect == _BY_DEFAULT:
            hint = "write `[profile NAME]`: people who have a `[default]` keep theirs"
        yield problem("needs-consent", risk.line, f"`{key}` {risk.effect}", hint)


def risks_to_ask_about(team: Content, content: Content, last: Content | None) -> list[Risk]:
    """Return the risks that still need consent, each with its line in the team's file.

    `content` is what is to import, `last` what the last import wrote. Each line counts as the team
    wrote it and as it is imported.
    """
    numbers = [number for number, _ in content.numbered]
    coming = {numbers[number - 1] for number in content.owners}
    risks = {
        risk.line: risk
        for risk in find_risks(team)
        # under another name, it is no default
        if risk.line in coming and risk.effect != _BY_DEFAULT
    }
    for risk in find_risks(content):
        number = numbers[risk.line - 1]
        risks[number] = risk._replace(line=number)
    agreed: set[tuple[object, ...]] = set()
    if last is not None and not any(structure_problems(last)):
        agreed = {risk[:3] for risk in find_risks(last)}  # wherever its line is now
    return [risk for _, risk in sorted(risks.items()) if risk[:3] not in agreed]


def _key_in(text: str) -> str:
    setting = _KEY.match(text)
    return "" if setting is None else setting[1].lower()


def _keys(text: str, *, is_setting: bool) -> Iterator[str]:
    """Yield the possible keys of settings in a line, in lower case.

    In a setting, only the first counts; in a comment, any word may precede a colon.
    """
    start = len(text) - len(text.lstrip("#; \t'\""))
    for match in _SETTING.finditer(text):
        key = match["key"].lower()
        is_first = match.start() == start
        if is_first or (not is_setting and (match["delimiter"] == "=" or {*key} & {*"_-"})):
            yield key
