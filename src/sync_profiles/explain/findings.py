"""Likely reasons for STS's generic refusal, which can have a dozen: as data, and in words.

A `Finding` is one piece of evidence; `ranking` adds them up, and `texts_denied` makes a hint of
those that are left. Its text follows a message that names role and caller, so it says `the role`
and `the caller`; `Calling` has the words for who calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from sync_profiles.causes import Cause
from sync_profiles.explain.weights import Weight
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.session_name import user_name
from sync_profiles.text import fill, join, quote


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


class Wording(Enum):
    """Everything that a finding may state, as templates for its facts.

    A certain finding is the next step, all others are likely reasons.
    """

    # certain
    PROVED = "{step}"
    DENIED_TO_CALLER = (
        "{correct}ask an administrator of account {account} to {change}: {policies}, "
        "according to `iam:SimulatePrincipalPolicy`"
    )
    FEDERATED_USER = (
        "use an IAM user or a role as the source in {setting}: a federated user cannot assume roles"
    )
    OTHER_CASE = "correct {setting} to end in {resource}, as in {other}, which works"
    # a line of the section is not the setting that it looks like
    MISSPELLED_KEY = "{key} should be {meant}"
    MISSPELLED_SOURCE = "{key} should be {meant}, in place of {other}"
    SWALLOWED_KEY = "{key} is indented below {setting}, so it is part of the value of that setting"
    # `check` lists the same problem of the file
    PROBLEM_IN_FILE = "{message}{place}: {hint}"
    OVERRIDDEN = "{setting} overrides another value{place}, which may be the right one"
    COMMENTED = "{setting} should be as in the comment {place}"
    COMMENTED_ACCOUNT = "the wrong account in {setting}: the comment {place} has another one"
    NOT_INHERITED = "{key} of {owner} is not inherited: add it to {section}"
    # other profiles' results
    OWN_DEVICE = "{device}, with which {other} works"
    SIMILAR_ROLE = "a typo in {setting} ({other} works, and ends in {resource})"
    NO_SUCH_NAME = (
        "a typo in the role name, or the role was deleted ({other} works{as_name} in the account)"
    )
    MFA_ELSEWHERE = "{who} requires MFA (no `mfa_serial` here, but in {holder})"
    EXTERNAL_ID_ELSEWHERE = (
        "the role requires an external ID (no `external_id` here, but in {holder})"
    )
    EXTERNAL_ID_OF_OTHER = (
        "{setting} is that of another account ({other} has it, in account {account})"
    )
    OTHER_EXTERNAL_ID = "a wrong `external_id` ({other} has another one and works {where})"
    OTHER_SESSION_NAME = "a wrong session name ({other} works as {name} {where})"
    DIFFERENCE = "a difference from {other}, which works for the same role"
    ROLE_TRUSTS_OTHER = "the role does not trust {who} (it trusts {other}, which calls {origin})"
    ACCOUNT_TRUSTS_OTHER = (
        "the role does not trust {who} ({other}, in the same account, calls {origin})"
    )
    ACCOUNT_TRUSTS_NONE = "account {account} does not trust {who}{because}"
    NO_PERMISSION_ANYWHERE = (
        "no policy of {who} allows `sts:AssumeRole` "
        "(none of the {count} profiles tested {origin} works)"
    )
    NO_PERMISSION_IN_ACCOUNT = (
        "no policy of {who} allows `sts:AssumeRole` in account {account}{because}"
    )
    NO_PERMISSION_FOR_NAME = (
        "no policy of {who} allows `sts:AssumeRole` on roles called {name} "
        "(none of the {count} profiles tested for them {origin} works)"
    )
    REGION_ELSEWHERE = "that policy denies calls in {region} ({other} works, in {works})"
    REGION_NOT_ALLOWED = "a policy does not allow calls in {region} ({other} works, in {works})"
    NOT_NEEDED = "{name} is not needed (the caller has the role already)"
    NAME_KEPT = "the role requires the session name {name}, which {profile} does not use ({note})"
    NO_USER_NAME = "the role has a condition on `${{aws:username}}`, which {who} never meets"
    FIXED_NAME = "the role requires a fixed session name in place of {name}"
    HOP_NAME = "the role trusts the session of {hop} only under your name {name}, not as {used}"
    USER_NAME = "the role requires your user name {user} as the session name, in place of {name}"
    FIXED_UNKNOWN_NAME = "the role requires a session name (`--session-name NAME` sets one)"
    OWN_SESSION_NAME = (
        "the role requires the session name {name} of the caller (`--session-name {name_word}` "
        "sets it)"
    )
    SLIP_OF_PROFILE = "a typo in {setting} (it does not end in {meant}, as the profile's name does)"
    SLIP_OF_WORD = "a typo in {setting} ({word}, which looks like {meant})"
    EXAMPLE = "a placeholder in {setting} ({word})"
    ACCOUNT_SLIP = "a typo in the account ID of {setting} ({other} has {account})"
    ACCOUNT_OF_NAME = "the wrong account in {setting} (the profile's name has {account})"
    ACCOUNT_OF_EXTERNAL_ID = (
        "the wrong account in {setting} ({other} has this `external_id`, in account {account})"
    )
    ACCOUNT_OF_ALIKE = "the wrong account in {setting} ({other}, named alike, has {account})"
    WORKS_IN_ANOTHER_ACCOUNT = "the wrong account in {setting} ({word} profiles work in {account})"
    OTHER_ACCOUNT = "the wrong account in {setting}: most {word} profiles have {account}"
    OTHER_PATH = "a typo in the path of {setting} (others in the account begin with {path})"
    OTHER_SPELLING = "a wrong case in {setting} ({other} has {name})"
    OTHER_STYLE = "a typo or a wrong case in {setting} (the other roles are {style})"
    NO_SUCH_ROLE = "the role does not exist: a typo or a wrong case in {setting}, or it was deleted"
    KEYS_FOR_ROLE = (
        "the role trusts the role of {owner}, but the keys in that section {place} make the call: "
        "copy its role's lines to a section with another name, and write that name in "
        "{setting}{rest}"
    )
    SESSION_NOT_TRUSTED = "the role does not trust the session of {hop}{only}"
    NOT_TRUSTED = (
        "the role's trust policy does not name the caller, or has a condition that is not met"
    )
    NO_MFA = "{who} requires MFA (no `mfa_serial` is set; {devices})"
    MFA_OF_SESSION = "{who} requires MFA, which AWS never sees in a call of {caller}"
    WRONG_EXTERNAL_ID = "{setting} differs from the role's"
    NO_EXTERNAL_ID = "the role requires an external ID (no `external_id` is set)"
    LIMITED = "{policies}, as far as `iam:SimulatePrincipalPolicy` can tell"
    NO_PERMISSION = "no policy of the caller allows `sts:AssumeRole` on the role"


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known on one topic; `facts` fill the wording in, ready to show.

    One without a wording only makes its topic more or less likely.
    """

    topic: Topic
    weight: float
    wording: Wording | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What it states, in words."""
        return fill(self.wording.value, self.facts) if self.wording is not None else ""

    @property
    def is_certain(self) -> bool:
        """Whether it leaves no room for another reason."""
        return self.weight >= Weight.CERTAIN

    @property
    def is_proved(self) -> bool:
        """Whether a step was found to be the next one, by reading or trying."""
        return self.wording is Wording.PROVED

    @property
    def is_of_files(self) -> bool:
        """Whether the files alone make it certain, so that they have the line to correct."""
        return self.is_certain and self.wording not in {Wording.PROVED, Wording.DENIED_TO_CALLER}

    @property
    def is_in_file(self) -> bool:
        """Whether a problem of the files is certain to be the reason."""
        return self.is_certain and self.wording is Wording.PROBLEM_IN_FILE


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


def who_may_require_mfa(failure: Failure | None) -> str:
    """Return what may require MFA: the policies that AWS names, whoever has them, or the role."""
    if failure is not None and failure.is_by_caller:
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
    return Finding(topic, Weight.CERTAIN, Wording.PROVED, {"step": step})
