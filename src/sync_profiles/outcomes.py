"""What is asked of AWS and what comes back, as types: frozen values, no I/O.

A source is a `Caller` or a `Failure`; a `Switch` is `Accepted` or a `Failure`. The causes of a
failure are in `causes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause

if TYPE_CHECKING:
    from sync_profiles.model import Source

#: seconds: STS grants sessions from these to those
SHORTEST_DURATION = 900
LONGEST_DURATION = 43_200
#: the limit where temporary keys call, as for role chaining; those of GetSessionToken count too
LONGEST_OF_TEMPORARY_KEYS = 3_600

#: the kinds of policy by which STS means a role's trust policy
TRUST_POLICY = frozenset({"resource-based", "role trust"})
#: the kinds of policy that often deny all that is asked for without MFA
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
MAY_DEMAND_MFA = TRUST_POLICY | {"identity-based", "permissions boundary"}


class Reason(Enum):
    """Which variant of its cause a failure is, where that changes the message or the next step."""

    CODE_NOT_GIVEN = auto()
    """The person typed no MFA code."""
    CODE_USED = auto()
    """The code of `--mfa-code` was used for another device."""
    MFA_PROCESS = auto()
    """`mfa_process` printed no code."""
    SWALLOWED_LINE = auto()
    """The line below a setting is indented, and so part of its value."""
    STOPPING_SETTING = auto()
    """The AWS CLI stops at a setting that the test does not use."""
    CA_BUNDLE = auto()
    """The file of trusted certificates cannot be read."""
    CERTIFICATE = auto()
    """The other side's certificate is not trusted."""
    PROXY = auto()
    """The proxy cannot be reached."""
    NO_ANSWER = auto()
    """AWS answered that it could not answer."""
    NOT_AWS = auto()
    """What came back is not an answer of AWS."""
    LOGIN_NOT_ALLOWED = auto()
    """The login may not be refreshed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why AWS refused a call, or why the call could not be made.

    `proves` says that the AWS CLI fails too, for certain; otherwise nothing is proved. `message`
    is what AWS, botocore or this program says: one line, no secret. `operation`, `code` and
    `request_id` are set where AWS answered, `policy_type`, `policy_arn`, `action` and `caller_arn`
    where an AccessDenied names them. `setting` is the setting that the failure is about: its key,
    or `NAME=VALUE` for a variable.
    """

    cause: Cause
    proves: bool
    reason: Reason | None = None
    message: str = ""
    operation: str | None = None
    code: str | None = None
    request_id: str | None = None
    policy_type: str | None = None
    policy_arn: str | None = None
    action: str | None = None
    caller_arn: str | None = None
    setting: str | None = None

    @property
    def is_silence(self) -> bool:
        """Whether AWS gave no answer: none came, or it came from something else."""
        return self.cause in {Cause.NETWORK, Cause.TLS} or self.reason in {
            Reason.NO_ANSWER,
            Reason.NOT_AWS,
        }

    @property
    def is_of_switch(self) -> bool:
        """Whether STS refused the AssumeRole itself, not something on the way to it."""
        return self.proves and self.operation == "AssumeRole"

    @property
    def is_by_trust_policy(self) -> bool:
        """Whether STS says that the role's trust policy does not allow the call, and no more.

        So it answers an unmet condition as well: on the external ID, MFA, or the session name.
        """
        return (
            self.cause is Cause.IMPLICIT_DENY
            and self.policy_type in TRUST_POLICY
            and self.operation == "AssumeRole"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a source is: what GetCallerIdentity answered for it."""

    source: Source
    arn: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One `sts:AssumeRole`: equal switches get equal answers, and are sent once.

    `parent` is the switch whose session calls, None where the source itself does.
    `session_name` is None where the AWS CLI would make one up. `client` is `Profile.client`.
    """

    source: Source
    parent: Switch | None
    role_arn: str
    session_name: str | None
    external_id: str | None
    mfa_serial: str | None
    duration_seconds: int | None
    client: str

    @property
    def sent_duration(self) -> int:
        """The seconds that the call asks for: the shortest duration where none is set.

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
    """STS gave the session; the ARN is its proof."""

    assumed_role_arn: str


Outcome = Accepted | Failure
