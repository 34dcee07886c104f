"""What the outcomes prove about a profile and what is done about it: its decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import assert_never

from sync_profiles.causes import Cause
from sync_profiles.model import BrokenChain, Chain, Profile
from sync_profiles.outcomes import Accepted, Failure, Outcome, Switch
from sync_profiles.planning.session_name import wanted_name

#: why the name of a profile with such a comment is not changed
NAME_IS_KEPT = "a comment keeps its name"


class Verdict(StrEnum):
    """What the tests prove about a profile."""

    ACCEPTED = "accepted"
    FIXABLE = "fixable"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Change(StrEnum):
    """What a sync does about a profile's session name."""

    FILL = "fill"
    FIX = "fix"
    KEEP = "keep"
    LEAVE = "leave"
    NONE = "none"
    SKIP = "skip"

    @property
    def writes(self) -> bool:
        """Whether the change inserts or rewrites a line."""
        return self in {Change.FILL, Change.FIX}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is known about one profile and what to do about it.

    `chain` is None for a web identity. `outcome` is the evidence for `verdict`, `switch` the call
    that it answers, if one was sent. `blocked_by` is the hop further up whose switch failed.
    `wanted_name` is None if the caller has no name to write. `note` says why a change is not made.
    `untested_duration` is what the first call of a chain that is accepted, or will be after a sync,
    asks for with an MFA device, where it was tested for an hour only. `is_stopped` means that STS
    accepts the profile, or will after a sync, and that the AWS CLI stops before it calls STS.
    """

    profile: Profile
    chain: Chain | BrokenChain | None
    wanted_name: str | None
    verdict: Verdict
    change: Change
    cause: Cause | None = None
    outcome: Outcome | None = None
    switch: Switch | None = None
    blocked_by: str | None = None
    note: str | None = None
    untested_duration: int | None = None
    is_stopped: bool = False

    @property
    def is_accepted_by_sts(self) -> bool:
        """Whether STS accepts the profile's call, or will after a sync."""
        return self.is_stopped or self.verdict in {Verdict.ACCEPTED, Verdict.FIXABLE}

    @property
    def failure(self) -> Failure | None:
        """Why the profile cannot be used, or could not be tested; None if neither is the case."""
        return self.outcome if isinstance(self.outcome, Failure) else None

    def rejected_for(self, failure: Failure) -> Decision:
        """Return that the profile is rejected for a failure of its own without a call."""
        return replace(
            self,
            verdict=Verdict.REJECTED,
            cause=failure.cause,
            outcome=failure,
            switch=None,
            blocked_by=None,
        )

    @property
    def is_to_explain(self) -> bool:
        """Whether what other profiles may do helps to explain it."""
        return self.verdict is not Verdict.ACCEPTED or self.untested_duration is not None


class WriteMode(Enum):
    """Whether the run writes, and so which state of the files its verdicts are about."""

    PREVIEW = "preview"
    """Nothing is written; the files as they are: `check`, `--dry-run`."""
    WRITE = "write"
    """The files as the sync leaves them."""


class Testing(Enum):
    """Whether test switches are sent."""

    ON = "on"
    OFF = "off"
    """Only the callers are asked who they are."""
    OFFLINE = "offline"
    """No call is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """What the command line asks for."""

    mode: WriteMode = WriteMode.WRITE
    testing: Testing = Testing.ON
    overwrite: bool = False
    session_name: str | None = None


_DURATIONS = frozenset({Cause.DURATION_TOO_LONG, Cause.CHAINED_DURATION_TOO_LONG})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A profile's switch, now or after the sync, and its outcome.

    `blocked_by` is the hop further up that both belong to, if any.
    """

    outcome: Outcome
    switch: Switch | None = None
    blocked_by: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the switch returns a session."""
        return isinstance(self.outcome, Accepted)

    @property
    def is_refused(self) -> bool:
        """Whether the switch is refused for certain."""
        return isinstance(self.outcome, Failure) and self.outcome.proves

    @property
    def _cause(self) -> Cause | None:
        return self.outcome.cause if isinstance(self.outcome, Failure) else None

    @property
    def is_let_in(self) -> bool:
        """Whether only the duration is refused, which STS checks after caller and session name."""
        return self._cause in _DURATIONS

    def got_further_than(self, other: Evidence) -> bool:
        """Return whether AWS refuses this switch at a later check; that of the duration is last."""
        if self.is_let_in:
            return not other.is_let_in
        here, there = self.outcome, other.outcome
        return (
            isinstance(here, Failure)
            and isinstance(there, Failure)
            and here.is_refused_after(there)
        )

    @property
    def is_not_tested(self) -> bool:
        """Whether the switch was not to be tested."""
        return self._cause is Cause.NOT_TESTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The change chosen for one profile, with the evidence now and after the sync.

    `now` is None if it is not needed.
    """

    change: Change
    now: Evidence | None
    then: Evidence
    wanted: str | None = None
    cause: Cause | None = None
    note: str | None = None


def decide(
    profile: Profile,
    chain: Chain | BrokenChain | None,
    choice: Choice | None,
    options: SyncOptions,
    *,
    stop: Failure | None = None,
) -> Decision | None:
    """Return the decision that a choice leads to, or None while the choice is open.

    `stop` says why the AWS CLI makes no call with the profile.
    """
    if chain is None or isinstance(chain, BrokenChain):
        return _decide_without_chain(profile, chain, options)
    if choice is None:
        return None
    now = (
        choice.now if options.mode is WriteMode.PREVIEW and choice.now is not None else choice.then
    )
    verdict, evidence, cause = _judge(now, choice.then)
    accepted = {Verdict.ACCEPTED: now.switch, Verdict.FIXABLE: choice.then.switch}.get(verdict)
    decision = Decision(
        profile=profile,
        chain=chain,
        wanted_name=choice.wanted,
        verdict=verdict,
        change=choice.change,
        cause=cause or choice.cause,
        outcome=evidence.outcome,
        switch=evidence.switch,
        blocked_by=evidence.blocked_by,
        note=choice.note,
        untested_duration=accepted.untested_duration if accepted is not None else None,
    )
    return decision if stop is None else reject_if_stopped(decision, stop)


def _decide_without_chain(
    profile: Profile, chain: BrokenChain | None, options: SyncOptions
) -> Decision:
    if chain is None:
        return Decision(
            profile=profile,
            chain=None,
            wanted_name=None,
            verdict=Verdict.UNKNOWN,
            change=Change.SKIP,
            cause=Cause.WEB_IDENTITY,
        )
    # a name that is given needs no caller: it is written, for when the chain is repaired
    name = wanted_name(None, override=options.session_name)
    wanted = name if isinstance(name, str) else None
    is_filled = wanted is not None and profile.session_name is None and not profile.keep_name
    return Decision(
        profile=profile,
        chain=chain,
        wanted_name=wanted,
        verdict=Verdict.REJECTED,
        change=Change.FILL if is_filled else Change.LEAVE,
        cause=chain.cause,
    )


def _judge(now: Evidence, then: Evidence) -> tuple[Verdict, Evidence, Cause | None]:
    """Return the verdict, the evidence for it, and the cause if it failed."""
    match now.outcome, then.outcome:
        case Accepted(), _:
            return Verdict.ACCEPTED, now, None
        case Failure(proves=False, cause=cause), _:
            return Verdict.UNKNOWN, now, cause
        case Failure(), Accepted():
            cause = Cause.SOURCE_REFUSED if now.blocked_by else Cause.SESSION_NAME
            return Verdict.FIXABLE, now, cause
        case Failure(), Failure(proves=False, cause=cause):
            return Verdict.UNKNOWN, then, cause
        case _, Failure(cause=cause):
            return Verdict.REJECTED, then, Cause.SOURCE_REFUSED if then.blocked_by else cause
        case _ as never:
            assert_never(never)


def reject_if_stopped(decision: Decision, stop: Failure) -> Decision:
    """Reject a profile whose switch is accepted, as the AWS CLI stops before calling."""
    if decision.verdict not in {Verdict.ACCEPTED, Verdict.FIXABLE}:
        return decision
    return replace(decision.rejected_for(stop), is_stopped=True)
