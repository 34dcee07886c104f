"""What is known about one refusal, in the words that messages and hints are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.arn import Arn, is_account_id, parse_arn
from sync_profiles.config.profiles import CLIENT_SETTINGS
from sync_profiles.explain.overrides import NO_OVERRIDES
from sync_profiles.explain.wording import place_of
from sync_profiles.planning.session_name import user_name
from sync_profiles.text import quote

if TYPE_CHECKING:
    from sync_profiles.causes import Cause
    from sync_profiles.explain.overrides import InUse, Overrides
    from sync_profiles.explain.suspicions import Finding
    from sync_profiles.model import Chain, Profile, Source
    from sync_profiles.outcomes import Caller, Failure, Reason


@dataclass(frozen=True, kw_only=True)
class Case:
    """One refusal: the profile that met it (None for a source by itself), and who called.

    `profile` is the hop whose switch failed, `end` the profile at the end of its chain, where that
    is another: the settings that decide on the call's place are the end's.  `source_profile` is
    the profile that the chain starts from, where the files have one.  `overrides` are the
    settings that override the profile's own.
    """

    cause: Cause
    failure: Failure | None
    source: Source | None
    source_profile: Profile | None = None
    profile: Profile | None = None
    end: Profile | None = None
    chain: Chain | None = None
    caller: Caller | None = None
    wanted_name: str | None = None
    overrides: Overrides = NO_OVERRIDES
    note: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_by_trust_policy(self) -> bool:
        """Return whether the role's trust policy does not allow the call, as STS says."""
        return self.failure is not None and self.failure.is_by_trust_policy

    @property
    def words(self) -> str:
        """What AWS or botocore said; empty where they said nothing."""
        return self.failure.message if self.failure is not None else ""

    @property
    def reason(self) -> Reason | None:
        """Which variant of its cause the failure is."""
        return self.failure.reason if self.failure is not None else None

    def saying(self, fact: str) -> str:
        """Return a fact with the service's own words behind it, where there are any."""
        words = self.words
        return f"{fact}: {words}" if words else fact

    @property
    def operation(self) -> str:
        """The call that was refused."""
        return (self.failure.operation if self.failure is not None else None) or "AssumeRole"

    @property
    def action(self) -> str:
        """The IAM action that was refused, as a literal."""
        named = self.failure.action if self.failure is not None else None
        return quote(named or f"sts:{self.operation}")

    @property
    def name(self) -> str:
        """The profile, as a literal."""
        return quote(self.profile.name) if self.profile is not None else "the profile"

    @property
    def role(self) -> str:
        """The role, as a literal."""
        arn = self.profile.role_arn if self.profile is not None else ""
        return quote(arn) if arn else "the role"

    @property
    def role_arn(self) -> Arn | None:
        """The role's ARN, taken apart."""
        return self.profile.role if self.profile is not None else None

    @property
    def role_account(self) -> str:
        """The role's account, as the end of `an administrator of …`."""
        return _account(self.role_arn, otherwise="the role's account")

    @property
    def principal_arn(self) -> Arn | None:
        """Who called, by STS's own word, or as the chain has it; None where neither tells."""
        named = self.failure.caller_arn if self.failure is not None else None
        arn = parse_arn(named) if named is not None else None
        if arn is None and self.caller is not None and not self.is_chained:
            arn = parse_arn(self.caller.arn)
        return arn

    @property
    def principal(self) -> str:
        """Who called, as a literal."""
        if self.principal_arn is not None:
            return quote(str(self.principal_arn))
        if self.is_chained and self.chain is not None:
            return f"the session of profile {quote(self.chain.hops[-2])}"
        return "the caller"

    @property
    def principal_account(self) -> str:
        """The caller's account, as the end of `an administrator of …`."""
        return _account(self.principal_arn, otherwise="the caller's account")

    @property
    def is_chained(self) -> bool:
        """Say whether a session of another role calls, not the source."""
        return self.chain is not None and len(self.chain.hops) > 1

    @property
    def calls_as_user(self) -> bool:
        """Say whether an IAM user calls, or whether nobody knows."""
        return not self.is_chained and (self.caller is None or user_name(self.caller) is not None)

    @property
    def source_words(self) -> str:
        """The source, as the end of `the access key of …`."""
        if self.source is None:
            return "the source"
        if self.source.profile is not None:
            return f"profile {quote(self.source.profile)}"
        return f"`credential_source` {quote(self.source.credential_source or '')}"

    def at(self, key: str) -> str:
        """Return a setting of the profile with its file and line: what a hint points to."""
        return _pointed(key, self._owner_of(key))

    def used(self, key: str) -> InUse | None:
        """Return what the call took for a setting; None where nothing sets it."""
        return self.overrides.in_use(key, self._owner_of(key))

    def at_used(self, key: str) -> str:
        """Return where to change a setting: where it is taken from, else in the profile."""
        used = self.used(key)
        return used.words if used is not None else self.at(key)

    def at_fault(self, key: str) -> str:
        """Return where a setting comes from that cannot be used: no line that does not have it."""
        used = self.used(key)
        return used.words if used is not None else f"{quote(key)} where it is set"

    @property
    def region(self) -> str | None:
        """The region that the call went to, where one is set."""
        used = self.used("region")
        return used.value or None if used is not None else None

    def _owner_of(self, key: str) -> Profile | None:
        is_of_the_end = self.end is not None and key in CLIENT_SETTINGS
        return self.end if is_of_the_end else self.profile

    def at_source(self, key: str) -> str:
        """Return a setting of the source profile with its file and line."""
        return _pointed(key, self.source_profile)

    def setting(self, key: str) -> str | None:
        """Return a setting's text."""
        return self.profile.text(key) if self.profile is not None else None


def _pointed(key: str, profile: Profile | None) -> str:
    if profile is None:
        return quote(key)
    if key not in profile.settings:
        return f"{quote(key)} in {quote(f'[{profile.section}]')} {place_of(profile.place)}"
    return f"{quote(key)} {place_of(profile.place_of(key))}"


def _account(arn: Arn | None, *, otherwise: str) -> str:
    if arn is None or not is_account_id(arn.account_id):
        return otherwise
    return f"account {quote(arn.account_id)}"
