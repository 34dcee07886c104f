"""Which values AWS gives to condition keys, where it documents their form. No I/O.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

#: the keys that no request with a long-term access key has
NEVER_OF_LONG_TERM_KEYS = frozenset(
    {"aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime"}
)
_ACCOUNT = r"[0-9]{12}"
_TRUTH = r"true|false"
_NUMBER = r"[0-9]+"
_ADDRESS = r"[0-9a-f.:]+"
_ORGANIZATION = r"o-[a-z0-9]+"
_PATH = rf"{_ORGANIZATION}/(?:r-[a-z0-9]+/(?:ou-[a-z0-9-]+/)*)?"  # it ends with a slash
_FORMS = {
    "aws:epochtime": _NUMBER,
    "aws:multifactorauthage": _NUMBER,
    "aws:multifactorauthpresent": _TRUTH,
    "aws:principalaccount": _ACCOUNT,
    "aws:principalisawsservice": _TRUTH,
    "aws:principalorgid": _ORGANIZATION,
    "aws:principalorgpaths": _PATH,
    "aws:requestedregion": r"[a-z]+(?:-[a-z]+)+-[0-9]+",
    "aws:resourceaccount": _ACCOUNT,
    "aws:resourceorgid": _ORGANIZATION,
    "aws:resourceorgpaths": _PATH,
    "aws:securetransport": _TRUTH,
    "aws:sourceaccount": _ACCOUNT,
    "aws:sourceip": _ADDRESS,
    "aws:sourceorgid": _ORGANIZATION,
    "aws:sourceorgpaths": _PATH,
    "aws:sourcevpc": r"vpc-[0-9a-f]+",
    "aws:sourcevpce": r"vpce-[0-9a-f]+",
    "aws:viaawsservice": _TRUTH,
    "aws:vpcsourceip": _ADDRESS,
    "sts:durationseconds": _NUMBER,
    "sts:externalid": r"[\w+=,.@:/-]{2,1224}",
    "sts:sourceidentity": r"[\w+=,.@-]{2,64}",
}
_COMPILED = {key: re.compile(form, re.ASCII | re.IGNORECASE) for key, form in _FORMS.items()}


def time_keys(at: datetime) -> dict[str, str]:
    """Return the keys with the time of a request; `at` has a time zone."""
    return {
        "aws:CurrentTime": at.astimezone(UTC).strftime(TIME_FORMAT),
        "aws:EpochTime": str(int(at.timestamp())),
    }


def may_be(key: str, text: str) -> bool:
    """Return whether a key may have a text as its value; letters may be in the other case."""
    form = _COMPILED.get(key.lower())
    return form is None or form.fullmatch(text) is not None
