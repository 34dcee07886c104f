"""What can be wrong in the two files: one stable word for each, and what it means."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProblemCode(StrEnum):
    """The codes of `Problem`; those that are causes as well have the cause's name."""

    BYTE_ORDER_MARK = "byte-order-mark"
    TEXT_BEFORE_SECTION = "text-before-section"
    DUPLICATE_SECTION = "duplicate-section"
    DUPLICATE_OPTION = "duplicate-option"
    NO_DELIMITER = "no-delimiter"
    NO_KEY = "no-key"
    NESTED_BLOCK_INVALID = "nested-block-invalid"
    IGNORED_HEADER = "ignored-header"
    HIDDEN_SECTION = "hidden-section"
    CREDENTIALS_HEADER = "credentials-header"
    SWALLOWED_HEADER = "swallowed-header"
    SWALLOWED_LINE = "swallowed-line"
    NESTED_VALUE = "nested-value"
    INLINE_COMMENT = "inline-comment"
    QUOTED_VALUE = "quoted-value"
    MISSPELT_KEY = "misspelt-key"
    OVERRIDDEN_KEY = "overridden-key"
    ROLE_ARN_INVALID = "role-arn-invalid"
    SESSION_NAME_INVALID = "session-name-invalid"
    MFA_SERIAL_INVALID = "mfa-serial-invalid"
    DURATION_IGNORED = "duration-ignored"
    DURATION_OUT_OF_RANGE = "duration-out-of-range"
    CHAINED_DURATION_TOO_LONG = "chained-duration-too-long"
    OUTPUT_UNKNOWN = "output-unknown"
    CREDENTIAL_SOURCE_INVALID = "credential-source-invalid"
    SOURCE_MISSING = "source-missing"
    SOURCE_CONFLICT = "source-conflict"
    SOURCE_PROFILE_MISSING = "source-profile-missing"
    SOURCE_LOOP = "source-loop"
    SOURCE_PROFILE_WITHOUT_CREDENTIALS = "source-profile-without-credentials"
    PARTIAL_CREDENTIALS = "partial-credentials"


#: those for which botocore, and with it the AWS CLI, refuses the whole file
FATAL = frozenset(
    {
        ProblemCode.BYTE_ORDER_MARK,
        ProblemCode.TEXT_BEFORE_SECTION,
        ProblemCode.DUPLICATE_SECTION,
        ProblemCode.DUPLICATE_OPTION,
        ProblemCode.NO_DELIMITER,
        ProblemCode.NO_KEY,
        ProblemCode.NESTED_BLOCK_INVALID,
    }
)

#: what each means, for the reference page
MEANINGS: Mapping[ProblemCode, str] = MappingProxyType(
    {
        ProblemCode.BYTE_ORDER_MARK: "the file starts with a byte order mark",
        ProblemCode.TEXT_BEFORE_SECTION: "text stands before the first section",
        ProblemCode.DUPLICATE_SECTION: "a section stands twice",
        ProblemCode.DUPLICATE_OPTION: "a key stands twice in a section",
        ProblemCode.NO_DELIMITER: "a line has no `=`",
        ProblemCode.NO_KEY: "a line has nothing before its `=`",
        ProblemCode.NESTED_BLOCK_INVALID: "the indented lines below an empty value are not all "
        "`key = value`",
        ProblemCode.IGNORED_HEADER: "a section of the config file is meant as a profile, and is "
        "none for the AWS CLI",
        ProblemCode.HIDDEN_SECTION: "a later section of the config file spells the same profile "
        "and replaces this one",
        ProblemCode.CREDENTIALS_HEADER: "a section of the credentials file names its profile as "
        "the config file would",
        ProblemCode.SWALLOWED_HEADER: "a header is indented, and so part of the value above it",
        ProblemCode.SWALLOWED_LINE: "a line is indented, and so part of the value above it",
        ProblemCode.NESTED_VALUE: "a setting has a block of settings where its value should be",
        ProblemCode.INLINE_COMMENT: "a comment behind a value is part of it",
        ProblemCode.QUOTED_VALUE: "the quotes around a value are part of it",
        ProblemCode.MISSPELT_KEY: "a key is nearly one that the AWS CLI knows",
        ProblemCode.OVERRIDDEN_KEY: "a key of the credentials file goes before another value in "
        "the config file",
        ProblemCode.ROLE_ARN_INVALID: "`role_arn` is no ARN of a role",
        ProblemCode.SESSION_NAME_INVALID: "`role_session_name` is none that STS takes",
        ProblemCode.MFA_SERIAL_INVALID: "`mfa_serial` is no MFA device",
        ProblemCode.DURATION_IGNORED: "`duration_seconds` is no integer, and so ignored",
        ProblemCode.DURATION_OUT_OF_RANGE: "`duration_seconds` is outside of 900 to 43200",
        ProblemCode.CHAINED_DURATION_TOO_LONG: "`duration_seconds` is over 3600 in a role chain",
        ProblemCode.OUTPUT_UNKNOWN: "`output` is no format of the AWS CLI",
        ProblemCode.CREDENTIAL_SOURCE_INVALID: "`credential_source` is none that AWS knows, often "
        "for its case",
        ProblemCode.SOURCE_MISSING: "a profile with a role has neither `source_profile` nor "
        "`credential_source`",
        ProblemCode.SOURCE_CONFLICT: "a profile with a role has both `source_profile` and "
        "`credential_source`",
        ProblemCode.SOURCE_PROFILE_MISSING: "`source_profile` names a profile that does not exist",
        ProblemCode.SOURCE_LOOP: "the source profiles run in a circle",
        ProblemCode.SOURCE_PROFILE_WITHOUT_CREDENTIALS: "a source profile has no credentials",
        ProblemCode.PARTIAL_CREDENTIALS: "a source profile has one half of an access key",
    }
)
