"""What has the shape of a secret, taken out of texts that nobody wrote to be shown."""

from __future__ import annotations

import re

_HIDDEN = "****"
# a password in an address, and a signature or a token in its query
_ADDRESS = (
    (re.compile(r"(://)[^\s/@`]+@"), rf"\1{_HIDDEN}@"),
    (
        re.compile(
            r"([?&][^=&\s`]*(?:token|signature|secret|passw|credential|key|sig)[^=&\s`]*=)[^&\s`#]+",
            re.IGNORECASE,
        ),
        rf"\1{_HIDDEN}",
    ),
)
_SHAPES = (
    # what is named one, behind `=` or `:` or as an option of a command line
    (
        re.compile(
            r"((?:secret|passw|token|credential_process|mfa_process)[\w -]{0,24}?['\"]?"
            r"\s*[=:,]\s*['\"]?)[^\s'\",;}&]+",
            re.IGNORECASE,
        ),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"\bCommand (['\"\[]).*?(?= (?:returned|timed out|died)|$)"), f"Command {_HIDDEN}"),
    # secret access keys, session tokens and access key IDs, wherever they stand; MFA codes
    (re.compile(r"[A-Za-z0-9/+=%]{40,}"), _HIDDEN),
    (re.compile(r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b"), _HIDDEN),
    (re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])"), _HIDDEN),
)


def mask_addresses(text: str) -> str:
    """Return text without the passwords and signatures of the addresses in it."""
    for pattern, mask in _ADDRESS:
        text = pattern.sub(mask, text)
    return text


def redact(text: str) -> str:
    """Return text with everything replaced that has the shape of a secret."""
    text = mask_addresses(text)
    for pattern, mask in _SHAPES:
        text = pattern.sub(mask, text)
    return text
