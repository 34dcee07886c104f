"""Which values AWS gives to condition keys, where it documents their form. No I/O.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from sync_profiles.arn import Arn
from sync_profiles.policy.matching import USER_NAME_KEY

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

#: the keys that no request with a long-term access key has
NEVER_OF_LONG_TERM_KEYS = frozenset(
    {"aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime"}
)
_ACCOUNT = r"[0-9]{12}"
_TRUTH = r"true|false"
_NUMBER = r"[0-9]+"
_ADDRESS = r"[0-9a-f.:]+"
_NAME = r"[\w+=,.@-]{2,64}"
_ORGANIZATION = r"o-[a-z0-9]+"
_LENGTHS_OF_REGIONS = range(9, 15)  # us-east-1, ap-southeast-1
_REGION = r"[a-z]+(?:-[a-z]+)+-[0-9]+"
_NETWORK, _ENDPOINT = r"vpc-[0-9a-f]+", r"vpce-[0-9a-f]+"
_ARN = r"arn(?::[^:]*){4}:.+"
_PATH = rf"{_ORGANIZATION}/(?:r-[a-z0-9]+/(?:ou-[a-z0-9-]+/)*)?"  # it ends with a slash
_FORMS = {
    "aws:epochtime": _NUMBER,
    "aws:multifactorauthage": _NUMBER,
    "aws:multifactorauthpresent": _TRUTH,
    "aws:principalaccount": _ACCOUNT,
    "aws:principalarn": _ARN,
    "aws:principalisawsservice": _TRUTH,
    "aws:principalorgid": _ORGANIZATION,
    "aws:principalorgpaths": _PATH,
    "aws:requestedregion": _REGION,
    "aws:resourceaccount": _ACCOUNT,
    "aws:resourceorgid": _ORGANIZATION,
    "aws:resourceorgpaths": _PATH,
    "aws:securetransport": _TRUTH,
    "aws:sourceaccount": _ACCOUNT,
    "aws:sourceidentity": _NAME,
    "aws:sourceip": _ADDRESS,
    "aws:sourceorgid": _ORGANIZATION,
    "aws:sourceorgpaths": _PATH,
    "aws:sourcevpc": _NETWORK,
    "aws:sourcevpce": _ENDPOINT,
    "aws:viaawsservice": _TRUTH,
    "aws:tokenissuetime": r"[0-9TZ:.+-]+",
    "aws:userid": r"[\w+=,.@:-]+",
    "aws:vpcsourceip": _ADDRESS,
    "sts:durationseconds": _NUMBER,
    "sts:rolesessionname": _NAME,
    "sts:externalid": r"[\w+=,.@:/-]{2,1224}",
    "sts:sourceidentity": _NAME,
}
#: the same with wildcards, as far as those can say it
_PATTERNS = {
    _ACCOUNT: ("?" * 12,),
    _ARN: ("arn:*:*:*:*:?*",),
    _ENDPOINT: ("vpce-?*",),
    _NETWORK: ("vpc-?*",),
    _ORGANIZATION: ("o-?*",),
    _PATH: ("o-?*/",),
    _REGION: ("?*-?*-?*",),
    _TRUTH: ("true", "false"),
}
_COMPILED = {key: re.compile(form, re.ASCII | re.IGNORECASE) for key, form in _FORMS.items()}


#: the keys that only AWS's services and what they do for their callers have
NEVER_OF_PEOPLE = frozenset(
    {
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "sts:awsservicename"),
        *("aws:principalservicename", "aws:principalservicenameslist"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"),
    }
)
#: the keys that the requests of a user never have; a role's session may
NEVER_OF_USERS = frozenset(
    {
        *("aws:assumedroot", "aws:ec2instancesourcevpc", "aws:federatedprovider"),
        *("aws:sourceidentity", "sts:requestcontext/"),
    }
)
#: the keys that the requests of a profile never have: what services add, and session tags
NEVER_OF_PROFILES = NEVER_OF_PEOPLE | {"aws:requesttag/", "aws:tagkeys"}
#: the keys that a user's request has only with options that no profile sets, and that a role's
#: session inherits
INHERITED_BY_SESSIONS = frozenset({"sts:sourceidentity", "sts:transitivetagkeys"})
#: the values of a call that no service makes for its caller, by an address that AWS documents
_KNOWN_OF_PEOPLE: Mapping[str, str] = {
    "aws:PrincipalIsAWSService": "false",
    "aws:SecureTransport": "true",
    "aws:ViaAWSService": "false",
}
#: the keys that every request with an access key has, each with patterns of which its value is one
_ALWAYS_GIVEN: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    (
        *("aws:principalarn", "aws:requestedregion", "aws:resourceaccount", "aws:useragent"),
        "aws:userid",
    ),
    ("*",),
)
#: what is known besides of users, and of sessions of roles
_GIVEN_OF_USERS: Mapping[str, tuple[str, ...]] = {**_ALWAYS_GIVEN, "aws:userid": ("AIDA*",)}
_GIVEN_OF_SESSIONS: Mapping[str, tuple[str, ...]] = {
    **_ALWAYS_GIVEN,
    "aws:multifactorauthpresent": ("*",),
    "aws:tokenissuetime": ("*",),
    "aws:userid": ("AROA*:*",),
}


def keys_of(caller: Arn) -> tuple[dict[str, str | None], Mapping[str, tuple[str, ...]]]:
    """Return the keys that all requests of a caller have, and patterns of the values of others.

    The caller is a user, a role, whatever its session is called, or a session, whose ARN does not
    have its role's path.
    """
    keys: dict[str, str | None] = {
        **_KNOWN_OF_PEOPLE,
        "aws:PrincipalAccount": caller.account_id,
        "aws:PrincipalArn": str(caller),
        "aws:PrincipalType": "User" if caller.kind == "user" else "AssumedRole",
        USER_NAME_KEY: caller.name if caller.kind == "user" else None,
    }
    match caller.kind:
        case "user":
            return keys, _GIVEN_OF_USERS
        case "assumed-role":
            del keys["aws:PrincipalArn"]
            of_session = {
                "aws:principalarn": tuple(_roles_of(caller)),
                "aws:userid": (f"AROA*:{caller.name}",),
            }
            return keys, {**_GIVEN_OF_SESSIONS, **of_session}
        case _:
            return keys, _GIVEN_OF_SESSIONS


def _roles_of(session: Arn) -> list[str]:
    """Return patterns of the ARN of a session's role; those of Identity Center have a known path.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """
    name = session.session_role or ""
    if not name.startswith("AWSReservedSSO_"):
        return session.roles_of_session()
    folders = ("", *("?" * length + "/" for length in _LENGTHS_OF_REGIONS))
    return [session.in_iam(f"role/aws-reserved/sso.amazonaws.com/{each}{name}") for each in folders]


def time_keys(at: datetime) -> dict[str, str]:
    """Return the keys with the time of a request; `at` has a time zone."""
    return {
        "aws:CurrentTime": at.astimezone(UTC).strftime(TIME_FORMAT),
        "aws:EpochTime": str(int(at.timestamp())),
    }


def is_of_mfa(key: str) -> bool:
    """Return whether a key is about the MFA of the caller's credentials."""
    return key.lower().startswith("aws:multifactorauth")


def may_be(key: str, text: str) -> bool:
    """Return whether a key may have a text as its value; letters may be in the other case."""
    form = _COMPILED.get(key.lower())
    return form is None or form.fullmatch(text) is not None


def patterns_of(key: str) -> tuple[str, ...]:
    """Return patterns of which each value of a key, which is not empty, is like one."""
    return _PATTERNS.get(_FORMS.get(key.lower(), ""), ("?*",))
