"""The causes, as reports and scripts name them, and who can fix them."""

from __future__ import annotations

from enum import StrEnum, auto

from sync_profiles import DOCUMENTATION


class Cause(StrEnum):
    """Why a switch was refused or could not be tested."""

    SESSION_NAME = "session-name"
    NOT_AUTHORIZED = "not-authorized"
    IMPLICIT_DENY = "implicit-deny"
    EXPLICIT_DENY = "explicit-deny"
    KEY_QUARANTINED = "key-quarantined"
    TAG_SESSION_NOT_ALLOWED = "tag-session-not-allowed"
    SOURCE_IDENTITY_NOT_ALLOWED = "source-identity-not-allowed"
    ROOT_CALLER = "root-caller"
    MFA_CODE_REJECTED = "mfa-code-rejected"
    MFA_DEVICE_NOT_YOURS = "mfa-device-not-yours"
    MFA_CODE_NEEDED = "mfa-code-needed"
    DURATION_TOO_LONG = "duration-too-long"
    CHAINED_DURATION_TOO_LONG = "chained-duration-too-long"
    DURATION_OUT_OF_RANGE = "duration-out-of-range"
    SESSION_NAME_INVALID = "session-name-invalid"
    ROLE_ARN_INVALID = "role-arn-invalid"
    PARTITION_MISMATCH = "partition-mismatch"
    SETTING_INVALID = "setting-invalid"
    REGION_MISSING = "region-missing"
    SESSION_CREDENTIALS_CANNOT_DO_THIS = "session-credentials-cannot-do-this"
    CREDENTIALS_INVALID = "credentials-invalid"
    SECRET_KEY_WRONG = "secret-key-wrong"  # noqa: S105 - a cause, not a secret
    CREDENTIALS_MALFORMED = "credentials-malformed"
    CREDENTIALS_EXPIRED = "credentials-expired"
    CLOCK_SKEW = "clock-skew"
    SIGNING_REGION_MISMATCH = "signing-region-mismatch"
    REGION_DISABLED = "region-disabled"
    NO_CREDENTIALS = "no-credentials"
    SOURCE_PROFILE_MISSING = "source-profile-missing"
    SOURCE_PROFILE_WITHOUT_CREDENTIALS = "source-profile-without-credentials"
    SOURCE_MISSING = "source-missing"
    SOURCE_CONFLICT = "source-conflict"
    SOURCE_LOOP = "source-loop"
    CHAIN_TOO_LONG = "chain-too-long"
    CREDENTIAL_SOURCE_INVALID = "credential-source-invalid"
    PARTIAL_CREDENTIALS = "partial-credentials"
    CREDENTIAL_PROCESS_FAILED = "credential-process-failed"
    WEB_IDENTITY_TOKEN_FAILED = "web-identity-token-failed"  # noqa: S105 - a cause, not a secret
    SSO_LOGIN_NEEDED = "sso-login-needed"
    LOGIN_NEEDED = "login-needed"
    DEPENDENCY_MISSING = "dependency-missing"
    THROTTLED = "throttled"
    NETWORK = "network"
    TLS = "tls"
    STS_ERROR = "sts-error"
    WEB_IDENTITY = "web-identity"
    SOURCE_REFUSED = "source-refused"
    NO_WANTED_NAME = "no-wanted-name"
    NOT_TESTED = "not-tested"

    @property
    def page(self) -> str:
        """The address of what the documentation says about it."""
        return f"{DOCUMENTATION}/causes.html#{self}"


class Fixer(StrEnum):
    """Who can fix a profile; `UNTESTED` and `NONE` if there is nothing to fix (yet)."""

    SYNC = auto()
    YOU = auto()
    EITHER = auto()
    ADMINISTRATOR = auto()
    UNTESTED = auto()
    NONE = auto()
