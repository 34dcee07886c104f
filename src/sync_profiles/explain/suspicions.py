"""Rank likely reasons for STS's generic refusal, which can have a dozen reasons.

A `Finding` is one piece of evidence, as data. `profile_findings` finds those in the profile's own
settings, `comparison` those in other profiles' results; `rank` selects the most important ones, and
`describe` turns them into text. The text follows a message that names role and caller, so it says
`the role` and `the caller`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: how many likely reasons a hint names
_SHOWN = 3


class Strength(IntEnum):
    """How much weight a finding has; `CERTAIN` excludes any other reason."""

    RULED_OUT = 0
    POSSIBLE = 1
    LIKELY = 2
    STRONG = 3
    CERTAIN = 4


class Topic(Enum):
    """What a finding is about."""

    NEED = auto()
    SESSION_NAME = auto()
    USER_NAME = auto()
    ROLE_NAME = auto()
    TRUST = auto()
    MFA = auto()
    EXTERNAL_ID = auto()
    PERMISSION = auto()
    DIFFERENCE = auto()


class Statement(Enum):
    """Everything that a finding may state, as templates for its facts.

    A certain finding is the next step, all others are likely reasons.
    """

    # certain
    NOT_A_ROLE = "correct {setting}: it names {found}, not a role such as {example}"
    NO_ACCOUNT = "correct {setting}: {found} is not an account ID of 12 digits"
    NO_ROLE_NAME = (
        "correct {setting}: it does not end in a role name, which has 1 to 64 of "
        "`A-Z a-z 0-9 _+=,.@-`"
    )
    FEDERATED_USER = (
        "use an IAM user or a role as the source in {setting}: a federated user cannot assume roles"
    )
    OTHER_CASE = "correct {setting} to end in {resource}, as in {other}, which works"
    # a line of the section is not the setting that it looks like
    MISSPELLED_KEY = "{key} should be {meant}"
    MISSPELLED_SOURCE = "{key} should be {meant}, in place of {other}"
    SWALLOWED_KEY = "{key} is indented below {setting}, so it is part of that value"
    # other profiles' results
    SIMILAR_ROLE = "a typo in {setting} ({other} works, and ends in {resource})"
    TYPO = "a typo in the role name ({other} works in this account)"
    TYPO_SAME_NAME = "a typo in the role name ({other} works as {name} in this account)"
    MFA_ELSEWHERE = (
        "the role requires MFA (no `mfa_serial` here, but in {other}, which works {where})"
    )
    EXTERNAL_ID_ELSEWHERE = (
        "the role requires an external ID (no `external_id` here, but in {other}, which works "
        "{where})"
    )
    OTHER_EXTERNAL_ID = "a wrong `external_id` ({other} has another one and works {where})"
    OTHER_SESSION_NAME = "a wrong session name ({other} works as {name} {where})"
    DIFFERENCE = "anything that differs from {other}, which works for the same role"
    ROLE_TRUSTS_OTHER = "the role does not trust {who} (it trusts {other}, which calls {origin})"
    ACCOUNT_TRUSTS_NONE = (
        "account {account} does not trust {who} (none of {count} profiles there {origin} works)"
    )
    NO_PERMISSION_ANYWHERE = (
        "no policy of {who} allows `sts:AssumeRole` (none of {count} profiles {origin} works)"
    )
    NO_PERMISSION_IN_ACCOUNT = "no policy of {who} allows `sts:AssumeRole` in that account"
    # the profile's own settings and its caller
    NOT_NEEDED = "{name} is not needed (the caller has the role already)"
    NAME_KEPT = "the role requires the session name {name}, which {profile} does not use ({note})"
    NO_USER_NAME = "the role has a condition on `${{aws:username}}`, which {who} never meets"
    TYPO_OR_CASE = "a typo or a wrong case in {setting}"
    SESSION_NOT_TRUSTED = "the role does not trust the session of {hop}, only {source}"
    NOT_TRUSTED = "the role's trust policy does not name the caller"
    NO_MFA = "{who} requires MFA (no `mfa_serial` is set)"
    WRONG_EXTERNAL_ID = "{setting} differs from the role's"
    NO_EXTERNAL_ID = "the role requires an external ID (no `external_id` is set)"
    NO_PERMISSION = "no policy of the caller allows `sts:AssumeRole` on the role"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known on one topic; `facts` are the values for the statement, ready to print."""

    topic: Topic
    strength: Strength
    statement: Statement | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The statement in words."""
        return self.statement.value.format_map(self.facts) if self.statement is not None else ""


def ruled_out(topic: Topic) -> Finding:
    """Return the finding that a topic cannot be the reason."""
    return Finding(topic, Strength.RULED_OUT)


def rank(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings to show: the first certain one alone, else the strongest three.

    Of several on one topic the first counts, unless one rules the topic out. Findings of equal
    strength keep their order.
    """
    excluded: set[Topic] = set()
    by_topic: dict[Topic, Finding] = {}
    for finding in findings:
        if finding.strength is Strength.CERTAIN:
            return (finding,)
        if finding.strength is Strength.RULED_OUT:
            excluded.add(finding.topic)
        else:
            by_topic.setdefault(finding.topic, finding)
    left = [finding for topic, finding in by_topic.items() if topic not in excluded]
    return tuple(sorted(left, key=lambda finding: -finding.strength)[:_SHOWN])


def describe(ranked: Sequence[Finding], *, otherwise: str | None = None) -> str | None:
    """Return ranked findings as a hint: the certain one, or else the likely reasons in order.

    `otherwise` is the step that remains if none of the reasons applies.
    """
    if not ranked:
        return otherwise
    texts = [finding.text for finding in ranked]
    if ranked[0].strength is Strength.CERTAIN:
        return texts[0]
    if len(texts) == 1:
        hint = f"likely reason: {texts[0]}"
    else:
        hint = "likely reasons: " + "; ".join(f"({n}) {text}" for n, text in enumerate(texts, 1))
    return hint if otherwise is None else f"{hint}; otherwise {otherwise}"


def if_by_trust_policy(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that remain if STS says that the trust policy does not allow the call.

    The caller's own policies are not the reason. The role's name comes last: STS has most likely
    read the policy of a role that exists, though it is not documented that it answers otherwise for
    one that does not. All other findings remain: a trust policy may require MFA, an external ID, a
    session name or a user name, or trust another caller.
    """
    left = [finding for finding in findings if finding.topic is not Topic.PERMISSION]
    return (
        *(finding for finding in left if not _is_suspected_name(finding)),
        *(replace(each, strength=Strength.POSSIBLE) for each in left if _is_suspected_name(each)),
    )


def if_by_deny(findings: Iterable[Finding], *, is_by_role: bool) -> tuple[Finding, ...]:
    """Return the findings that remain if STS says that a policy of the caller or the role denies.

    Either policy may require MFA. The role's trust policy may also require an external ID or a
    name, but few policies deny a call without one, so findings that are merely possible do not
    count.
    """
    topics = {Topic.MFA}
    if is_by_role:
        topics |= {Topic.EXTERNAL_ID, Topic.SESSION_NAME}
    return tuple(
        finding
        for finding in findings
        if finding.strength is Strength.CERTAIN
        or (finding.topic in topics and finding.strength is not Strength.POSSIBLE)
    )


def _is_suspected_name(finding: Finding) -> bool:
    is_suspected = Strength.RULED_OUT < finding.strength < Strength.CERTAIN
    return finding.topic is Topic.ROLE_NAME and is_suspected
