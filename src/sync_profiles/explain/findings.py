"""Likely reasons for STS's generic refusal, which can have a dozen: as data, and in words.

A `Finding` is one piece of evidence; `ranking` adds them up, and `texts_denied` makes a hint of
those that are left. Its text follows a message that names role and caller, so it says `the role`
and `the caller`; `Calling` has the words for who calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import NamedTuple

from sync_profiles.causes import Cause
from sync_profiles.explain.weights import Weight
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.session_name import user_name
from sync_profiles.text import join, quote


class Topic(StrEnum):
    """What a finding is about; `reasons` in the JSON has the values."""

    NEED = "need"
    USER_NAME = "user-name"
    TRUST = "trust-policy"
    MFA = "mfa"
    ROLE_NAME = "role-name"
    PERMISSION = "permission"
    EXTERNAL_ID = "external-id"
    SESSION_NAME = "session-name"
    DIFFERENCE = "difference"
    DURATION = "duration"
    REGION = "region"


#: what a setting is about; a duration has an error message of its own
TOPICS: Mapping[str, Topic] = {
    "role_arn": Topic.ROLE_NAME,
    "external_id": Topic.EXTERNAL_ID,
    "mfa_serial": Topic.MFA,
    "role_session_name": Topic.SESSION_NAME,
    "source_profile": Topic.TRUST,
    "credential_source": Topic.TRUST,
    "region": Topic.REGION,
}


class Basis(Enum):
    """What a finding rests on, where that decides in which refusals it still counts."""

    EVIDENCE = auto()
    """Anything else: what this profile, its caller and the answers are."""
    EVERY_ROLE = auto()
    """What is said of every role, or of every one of an account: no sign of an error."""
    FILES = auto()
    """That the value of another profile, or of a line that is not read, is the right one."""
    PROBLEM = auto()
    """Lines of the files that are wrong by themselves, and what they were meant to be."""
    PROOF = auto()
    """A step that was read, or tried."""
    SIMULATION = auto()
    """The caller's own policies, as IAM has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """Who makes a profile's own call: the source of its chain, or the session of the hop before it.

    It has the chain up to the profile, and the caller of its source; None for what is not known.
    """

    chain: Chain | None
    caller: Caller | None

    @property
    def above(self) -> str | None:
        """The profile whose session makes the call, None if the source itself does."""
        return self.chain.above if self.chain is not None else None

    @property
    def is_user(self) -> bool:
        """Whether the call is made by an IAM user, or may be."""
        return self.above is None and (self.caller is None or user_name(self.caller) is not None)

    @property
    def who(self) -> str:
        """Who calls, in a message that names the caller's ARN elsewhere."""
        return "the caller" if self.above is None else f"the session of profile {quote(self.above)}"

    @property
    def origin(self) -> str:
        """Where the call comes from, as the end of a phrase."""
        if self.above is not None:
            return f"through {quote(self.above)}"
        return f"from {quote(str(self.chain.source))}" if self.chain is not None else ""


class Finding(NamedTuple):
    """What is known on one topic, in words; a certain one is the next step, others are reasons.

    One without a text only makes its topic more or less likely.
    """

    topic: Topic
    weight: float
    text: str = ""
    basis: Basis = Basis.EVIDENCE

    @property
    def is_certain(self) -> bool:
        """Whether it leaves no room for another reason."""
        return self.weight >= Weight.CERTAIN

    @property
    def is_proved(self) -> bool:
        """Whether a step was found to be the next one, by reading or trying."""
        return self.basis is Basis.PROOF

    @property
    def is_of_files(self) -> bool:
        """Whether the files alone make it certain, so that they have the line to correct."""
        return self.is_certain and self.basis not in {Basis.PROOF, Basis.SIMULATION}

    @property
    def is_in_file(self) -> bool:
        """Whether a problem of the files is certain to be the reason."""
        return self.is_certain and self.basis is Basis.PROBLEM

    @property
    def supposes_value(self) -> bool:
        """Whether it names a value of the files as the right one, which can be tried."""
        return self.basis in {Basis.FILES, Basis.PROBLEM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is known beyond the files and the other profiles' results.

    `step` is the next one, where it was read or proved, in place of the likely reasons; `fact` is
    what was found out about the role, and `then` what comes after the usual next step. `findings`
    are about topics, `tried` are those on which all values of the files were refused, each alone.
    `note` says in words what was refused, and what could not be tried. `longest_session` is how
    long a session of the first role of the chain may be. `devices` are the caller's MFA devices as
    IAM lists them, or why it does not; None if it was not asked. With `tests_mfa`, the policy that
    denies the call tests MFA: what works without it rules nothing out.
    """

    step: Finding | None = None
    fact: str | None = None
    then: str | None = None
    findings: tuple[Finding, ...] = ()
    tried: frozenset[Topic] = frozenset()
    note: str | None = None
    longest_session: int | None = None
    devices: tuple[str, ...] | Failure | None = None
    tests_mfa: bool = False


NOTHING_LEARNED = Learned()
#: why a role may refuse the call where nothing shows whom it trusts instead
NOT_TRUSTED = "the role's trust policy does not name the caller, or has a condition that is not met"


def who_may_require_mfa(failure: Failure | None) -> str:
    """Return what may require MFA: the policies that AWS names, whoever has them, or the role."""
    if failure is not None and failure.is_by_other_policy:
        return "a policy of that kind"
    is_denied = failure is not None and failure.cause is Cause.EXPLICIT_DENY
    return "that policy" if is_denied else "the role"


def correct_if_typo(setting: str) -> str:
    """Return how a hint begins that asks for a right on a role which may not exist."""
    return join("", ["correct ", setting, " if it has a typo; otherwise "])


def ruled_out(topic: Topic) -> Finding:
    """Return the finding that a topic cannot be the reason."""
    return Finding(topic, Weight.RULED_OUT)


def proved(topic: Topic, step: str) -> Finding:
    """Return the finding that a step is the next one: what it says was read, or tried."""
    return Finding(topic, Weight.CERTAIN, step, Basis.PROOF)
