"""Types for calls to AWS and their results: frozen values, no I/O.

A source is a `Caller` or a `Failure`; a `Switch` is `Accepted` or a `Failure`. The causes of a
failure are in `causes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from sync_profiles.arn import Arn
from sync_profiles.causes import Cause
from sync_profiles.model import SESSION_NAME_KEY, ClientName, Source

#: the limits of a session's duration in STS, in seconds
SHORTEST_DURATION = 900
LONGEST_DURATION = 43_200
#: the limit where temporary keys call, as in a role chain; those of GetSessionToken count too:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
LONGEST_OF_TEMPORARY_KEYS = 3_600

#: the call by which a source with a token assumes its own role
WITH_WEB_IDENTITY = "AssumeRoleWithWebIdentity"

#: policies do not allow a call, or deny it
DENIALS = frozenset({Cause.NOT_AUTHORIZED, Cause.IMPLICIT_DENY, Cause.EXPLICIT_DENY})
#: the policy types in messages that mean a role's trust policy, or another one in its account
TRUST_POLICY = frozenset({"resource-based", "role trust"})
ROLE_SIDE = TRUST_POLICY | {"resource control"}
PERMISSIONS_BOUNDARY, SERVICE_CONTROL = "permissions boundary", "service control"
#: those of an organization, which the account's own administrators cannot change
OF_ORGANIZATION = frozenset({"service control", "resource control"})
#: the policy types that often deny everything without MFA
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
_MAY_REQUIRE_MFA = TRUST_POLICY | {"identity-based", "permissions boundary"}


class Variant(Enum):
    """A variant of a cause with a different message or next step."""

    CODE_NOT_GIVEN = auto()
    """The user entered no MFA code."""
    CODE_USED = auto()
    """The code of `--mfa-code` was used for another device."""
    CODE_SENT_WITH_ANOTHER = auto()
    """The device opens no session, and its code was sent with another test."""
    MFA_OF_A_SESSION = auto()
    """The session of a role makes the call, which cannot present an MFA code."""
    MFA_PROCESS = auto()
    """`mfa_process` printed no code."""
    MFA_PROGRAM_MISSING = auto()
    """The shell did not find a program of `mfa_process`."""
    MFA_PROGRAM_NOT_EXECUTABLE = auto()
    """The shell found a program of `mfa_process` that it cannot execute."""
    MFA_PROCESS_SILENT = auto()
    """`mfa_process` did not end in time."""
    MFA_PROCESS_NOT_RUN = auto()
    """Other devices' `mfa_process` took all the time that there is for all."""
    NO_PROGRAM = auto()
    """The program of a `credential_process` was not found."""
    NOT_EXECUTABLE = auto()
    """The program of a `credential_process` cannot be executed."""
    SWALLOWED_LINE = auto()
    """Another line or setting is part of a setting's value."""
    STOPPING_SETTING = auto()
    """The AWS CLI stops at a setting that the test does not use."""
    EVERY_COMMAND = auto()
    """The AWS CLI cannot load a plugin or use a file of its own, and stops at every role."""
    CA_BUNDLE = auto()
    """The file of trusted certificates cannot be read."""
    CERTIFICATE = auto()
    """The server's certificate is not trusted."""
    NO_TLS = auto()
    """What answers at an `https://` address does not speak TLS."""
    PROXY = auto()
    """The proxy cannot be reached, or its address cannot be read."""
    NO_ANSWER = auto()
    """AWS answered with a server error."""
    NOT_AWS = auto()
    """The answer did not come from AWS."""
    NEW_ACCOUNT = auto()
    """The role is in an account that is new to the user, who has not agreed to call it."""
    SESSION_ENDED = auto()
    """A session that the run had opened expired, and cannot be opened again."""
    EXPIRATION = auto()
    """The expiration of the credentials is not a time with a time zone."""
    LOGIN_NOT_ALLOWED = auto()
    """The login may not be refreshed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why AWS refused a call, or why the call could not be made.

    `proves` means that the AWS CLI is certain to fail too; otherwise nothing is proved. `message`
    is the text of AWS, botocore or this program: one line, no secret. `operation`, `code` and
    `request_id` are set if AWS answered, and `operation` also if botocore did not send the call of
    a web identity; `policy_type`, `policy_arn`, `action` and `caller_arn` if an AccessDenied names
    them. `setting` is the setting that the failure is about: its key, or
    `NAME=VALUE` for a variable. `hint` is set if only the finder knows what to do.
    """

    cause: Cause
    proves: bool
    variant: Variant | None = None
    message: str = ""
    hint: str = ""
    operation: str | None = None
    code: str | None = None
    request_id: str | None = None
    policy_type: str | None = None
    policy_arn: str | None = None
    action: str | None = None
    caller_arn: Arn | None = None
    setting: str | None = None

    @property
    def is_silence(self) -> bool:
        """Whether AWS gave no answer: there was none, or it came from something else."""
        return self.cause in {Cause.NETWORK, Cause.TLS} or self.variant in {
            Variant.NO_ANSWER,
            Variant.NOT_AWS,
        }

    @property
    def is_denial(self) -> bool:
        """Whether policies do not allow the call, or deny it."""
        return self.cause in DENIALS

    @property
    def is_of_web_identity(self) -> bool:
        """Whether a source could not assume its own role with its token."""
        return self.operation == WITH_WEB_IDENTITY

    @property
    def is_of_assume_role(self) -> bool:
        """Whether STS refused the AssumeRole itself, not something on the way to it."""
        return self.proves and self.operation == "AssumeRole"

    @property
    def is_by_trust_policy(self) -> bool:
        """Whether STS only says that the role's trust policy does not allow the call.

        STS also says that if a condition is not met: on the external ID, MFA or the session name.
        """
        return (
            self.cause is Cause.IMPLICIT_DENY
            and self.policy_type in TRUST_POLICY
            and self.operation == "AssumeRole"
        )

    @property
    def may_be_for_mfa(self) -> bool:
        """Whether a policy denies the call, perhaps because it is made without MFA."""
        return self.cause is Cause.EXPLICIT_DENY and self.policy_type in _MAY_REQUIRE_MFA

    @property
    def may_name_roles(self) -> bool:
        """Whether a policy of the caller's side denies the call, perhaps for all but some roles."""
        is_denied = self.cause is Cause.EXPLICIT_DENY and self.operation == "AssumeRole"
        return is_denied and self.policy_type not in ROLE_SIDE

    @property
    def is_denied_by_callers_policy(self) -> bool:
        """Whether a policy of the caller denies the call, perhaps because it is without MFA."""
        return self.may_be_for_mfa and self.policy_type not in TRUST_POLICY

    def is_refused_after(self, other: Failure) -> bool:
        """Return whether policies refuse this call later: past an explicit deny, or past the role.

        The role lets it in if AWS says that only the caller's policies lack an allow, but said of
        the same caller's other call that the trust policy does.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
        """
        is_past_role = self.is_by_other_policy and other.is_by_trust_policy
        denied = Cause.EXPLICIT_DENY
        return is_past_role or (self.is_denial and other.cause is denied is not self.cause)

    @property
    def is_by_other_policy(self) -> bool:
        """Whether a policy other than the role's does not allow it: this ARN, or without MFA."""
        return (
            self.cause is Cause.IMPLICIT_DENY
            and self.policy_type not in TRUST_POLICY
            and self.operation == "AssumeRole"
        )

    @property
    def is_unexplained(self) -> bool:
        """Whether AWS does not say which setting, if any, is the reason of a denial."""
        is_open = self.cause is Cause.NOT_AUTHORIZED or self.is_by_other_policy
        return is_open or self.is_by_trust_policy or self.may_be_for_mfa


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The identity of a source, as answered by GetCallerIdentity.

    `user_id` is the unique ID, by which CloudTrail names a caller to other accounts.
    """

    source: Source
    arn: Arn
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One test, an `sts:AssumeRole`; equal ones get the same answer and are sent once.

    `parent` is the switch whose session makes the call, None if the source itself does.
    `session_name` is None if the AWS CLI would generate one.
    """

    source: Source
    parent: Switch | None
    role_arn: str
    session_name: str | None
    external_id: str | None
    mfa_serial: str | None
    duration_seconds: int | None
    client: ClientName

    def with_setting(self, key: str, value: str | None) -> Switch:
        """Return the call with another value of a profile's setting; None for none."""
        field = "session_name" if key == SESSION_NAME_KEY else key
        changes: dict[str, str | None] = {field: value}
        return replace(self, **changes)  # type: ignore[arg-type] # each field has its own type

    @property
    def untested_duration(self) -> int | None:
        """The duration that the chain's first call asks for, if the test sends a shorter one."""
        if self.parent is not None:
            return self.parent.untested_duration
        seconds = self.duration_seconds
        return seconds if seconds is not None and seconds > self.sent_duration else None

    @property
    def sent_duration(self) -> int:
        """The seconds that the call asks for: the shortest duration if none is set.

        A device's session may ask for an hour at most. The AWS CLI's own call, which sends the code
        with the long-term key, may ask for more.
        """
        seconds = SHORTEST_DURATION if self.duration_seconds is None else self.duration_seconds
        is_by_device = self.mfa_serial is not None and self.parent is None
        if is_by_device and seconds <= LONGEST_DURATION:
            return min(seconds, LONGEST_OF_TEMPORARY_KEYS)
        return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """STS returned a session; its ARN is the proof."""

    assumed_role_arn: str


Outcome = Accepted | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRole:
    """A role as IAM has it: its ARN, its trust policy as JSON, and how long its sessions may be."""

    arn: Arn
    trust_policy: str
    max_session_duration: int = 3600


class Side(Enum):
    """Whose policies refuse a call."""

    CALLER = auto()
    ROLE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What `iam:SimulatePrincipalPolicy` says about the caller's own policies.

    `decision` is AWS's word: `allowed`, `explicitDeny` or `implicitDeny`; `policies` are those that
    decide. `missing` are context keys that the policies test and that have no value. A part of the
    policies may allow what all together deny: then `is_divided` is set. `limits` are the kinds of
    policies that only limit the others, and do not allow the call.
    """

    decision: str
    policies: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_divided: bool = False
    limits: tuple[str, ...] = ()
