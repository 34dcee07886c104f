"""What has the shape of a secret, taken out of texts that nobody wrote to be shown."""

from __future__ import annotations

import re

from sync_profiles.team.addresses import HIDDEN, mask_addresses

__all__ = ["mask_addresses", "redact"]

_SHAPES = (
    # what is named one, behind `=` or `:` or as an option of a command line
    (
        re.compile(
            r"((?:secret|passw|token|credential_process|mfa_process)[\w -]{0,24}?['\"]?"
            r"\s*[=:,]\s*['\"]?)[^\s'\",;}&]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\bCommand (['\"\[]).*?(?= (?:returned|timed out|died)|$)"), f"Command {HIDDEN}"),
    # secret access keys, session tokens and access key IDs, wherever they stand; MFA codes
    (re.compile(r"[A-Za-z0-9/+=%]{40,}"), HIDDEN),
    (re.compile(r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b"), HIDDEN),
    (re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])"), HIDDEN),
)


def redact(text: str) -> str:
    """Return text with everything replaced that has the shape of a secret."""
    text = mask_addresses(text)
    for pattern, mask in _SHAPES:
        text = pattern.sub(mask, text)
    return text
