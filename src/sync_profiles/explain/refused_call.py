"""A refused AssumeRole call, with everything that a policy can test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.causes import Cause
from sync_profiles.explain.background import Background
from sync_profiles.explain.overrides import SettingInUse
from sync_profiles.known_keys import OTHER_CREDENTIALS
from sync_profiles.model import TOKEN_KEYS, Chain, Profile
from sync_profiles.outcomes import Accepted, Caller, Failure, Outcome, Switch
from sync_profiles.planning.decision import Decision
from sync_profiles.planning.session_name import GENERATED_NAME, is_identity_center_user, user_name
from sync_profiles.policy.judge import Naming, Request
from sync_profiles.policy.key_values import (
    INHERITED_BY_SESSIONS,
    NEVER_OF_LONG_TERM_KEYS,
    NEVER_OF_PROFILES,
    NEVER_OF_USERS,
    keys_of,
    may_be,
    time_keys,
)
from sync_profiles.policy.matching import Context
from sync_profiles.trust_policy.writing import ASSUME_ROLE


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentSession:
    """The session of a profile that makes a call further down its chain.

    `role` is its role's ARN, with path.
    """

    profile: Profile
    role: Arn
    name: str

    @property
    def arn(self) -> Arn:
        """The session's ARN, as GetCallerIdentity would return it."""
        return self.role.session(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """A refused AssumeRole call, with everything that a policy can test.

    `profile` is the one that has its settings, `switch` is what was sent, `failure` the answer.
    `parent` is None if `caller` itself makes the call. Without a session name, botocore generates
    one from `refused_at`, a time-zone aware time. `has_long_term_key` is True if an IAM user's own
    access key signed the call; if it is False, a session's key may have. With `has_mfa`, such a key
    sends an MFA code with the call itself. `absent` are keys of a policy, in lower case, that it
    does not have: those that AWS does not know, and for a user those of identity providers. With
    `is_mfa_new`, its MFA is younger than what the policy compares its age with. `region` is that of
    the STS endpoint, with where it is set, or empty with where to set it. `other` is the same call
    under the other one of the name in the file and the wanted one, if that was refused as well.
    """

    profile: Profile
    switch: Switch
    failure: Failure
    caller: Caller
    role: Arn
    refused_at: datetime
    region: SettingInUse
    parent: ParentSession | None = None
    has_mfa: bool = False
    has_long_term_key: bool = False
    absent: frozenset[str] = frozenset()
    is_mfa_new: bool = False
    other: RefusedCall | None = None

    @property
    def session_name(self) -> str | None:
        """The session name, None if botocore generates one."""
        return self.switch.session_name

    @property
    def external_id(self) -> str | None:
        """The external ID."""
        return self.switch.external_id

    def with_setting(self, key: str, value: str | None) -> RefusedCall:
        """Return the call with another value of a setting; None for none.

        Without a code, it is made with the long-term key.
        """
        if key == "region":
            return replace(self, region=self.region._replace(value=value or ""))
        if key == "mfa_serial":
            return replace(
                self,
                has_mfa=value is not None,
                has_long_term_key=self.has_long_term_key or value is None,
            )
        return replace(self, switch=self.switch.with_setting(key, value))

    @property
    def under_both_names(self) -> tuple[RefusedCall, ...]:
        """The call under its session name, and under the other one that was tried, if any."""
        return (self,) if self.other is None else (self, replace(self.other, role=self.role))

    @property
    def is_denied_for_its_name(self) -> bool:
        """Whether an explicit deny refuses the call, but not the one under the other name."""
        other, denied = self.other, Cause.EXPLICIT_DENY
        return (
            self.failure.cause is denied and other is not None and other.failure.cause is not denied
        )

    @property
    def user_name(self) -> str | None:
        """The name of the calling IAM user, None for other principals."""
        return user_name(self.caller) if self.parent is None else None

    @property
    def is_of_person(self) -> bool:
        """Whether a person makes the call, and no role that others may have, too."""
        return self.user_name is not None or self.is_of_identity_center

    @property
    def is_of_identity_center(self) -> bool:
        """Whether a person of Identity Center makes the call, whose MFA no session shows."""
        return self.parent is None and is_identity_center_user(self.caller)

    @property
    def is_within_account(self) -> bool:
        """Whether the caller is of the role's account."""
        return self.role.account_id == self.called_by.account_id

    @property
    def called_by(self) -> Arn:
        """Who makes the call, as GetCallerIdentity returns it."""
        return self.caller.arn if self.parent is None else self.parent.arn

    @property
    def principal_arn(self) -> str | None:
        """The value of `aws:PrincipalArn`; for a session, its role's ARN with the path.

        None for a source that is a session itself, whose ARN does not include its role's path.
        """
        if self.parent is not None:
            return str(self.parent.role)
        return None if self.caller.arn.kind == "assumed-role" else str(self.caller.arn)

    @property
    def policy_source_arn(self) -> str | None:
        """The ARN of the user or the role whose own policies count; None if it is not known.

        A role that calls as a source is taken to have no path, but one of Identity Center has one.
        """
        if self.principal_arn is not None:
            return self.principal_arn
        if is_identity_center_user(self.caller):
            return None
        return self.caller.arn.in_iam(f"role/{self.caller.arn.session_role}")

    @property
    def absent_unless_known(self) -> frozenset[str]:
        """The keys, in lower case, that the call certainly lacks unless `request` has their values.

        Only AWS knows the others. Only a role's session inherits a source identity, and every call
        except with a long-term key says whether and when MFA was used, and when the session began:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        known = {"aws:username", "sts:externalid", *NEVER_OF_PROFILES, *self.absent}
        if self.user_name is not None:
            known |= INHERITED_BY_SESSIONS | NEVER_OF_USERS
            if self.has_long_term_key:
                known |= NEVER_OF_LONG_TERM_KEYS
        if self.is_of_identity_center:
            known.add("aws:multifactorauthage")
        return frozenset(known)

    @property
    def keys(self) -> dict[str, str]:
        """The context keys whose values are known on this machine."""
        keys = {
            "aws:PrincipalAccount": self.called_by.account_id,
            "sts:RoleSessionName": self.session_name
            or f"{GENERATED_NAME}{int(self.refused_at.timestamp())}",
        }
        if self.principal_arn is not None:
            keys["aws:PrincipalArn"] = self.principal_arn
        if self.user_name is not None:
            keys["aws:username"] = self.user_name
        if self.parent is None and self.caller.user_id:
            keys["aws:userid"] = self.caller.user_id
        if self.external_id is not None:
            keys["sts:ExternalId"] = self.external_id
        if self.has_mfa:
            keys["aws:MultiFactorAuthPresent"] = "true"
            if self.has_long_term_key or self.is_mfa_new:
                keys["aws:MultiFactorAuthAge"] = "0"
        elif self.is_of_identity_center:
            keys["aws:MultiFactorAuthPresent"] = "false"
        if may_be("aws:RequestedRegion", self.region.value):
            keys["aws:RequestedRegion"] = self.region.value
        return keys

    @property
    def request(self) -> Request:
        """The call as policies see it; what is not known on this machine, only AWS knows."""
        keys, given = keys_of(self.caller.arn if self.parent is None else self.parent.role)
        keys["aws:ResourceAccount"] = self.role.account_id
        return Request(
            action=ASSUME_ROLE,
            resource=str(self.role),
            caller=self.called_by,
            context=Context.of(
                {**keys, **self.keys, **time_keys(self.refused_at)},
                absent=self.absent_unless_known,
                given=given,
            ),
        )

    def needs_identity_policy(self, naming: Naming | None) -> bool:
        """Return whether a policy of the caller must also allow the call.

        That is so for a role of another account, and for one of the same account whose trust policy
        names the account instead of the caller. `naming` is how the trust policy names the caller.
        """
        return not self.is_within_account or naming is Naming.ACCOUNT


def refused_call_of(
    decision: Decision,
    background: Background,
    *,
    sent: Mapping[Switch, Outcome],
    refused_at: datetime,
) -> RefusedCall | None:
    """Return the call that failed: the profile's own, or that of the hop that stops the chain.

    `sent` has all calls with their answers. The result is None if none failed, or if it is not
    known who made it.
    """
    chain, failure, switch = decision.chain, decision.failure, decision.switch
    if not isinstance(chain, Chain) or failure is None or switch is None:
        return None
    profiles, caller = background.profiles, background.callers.get(chain.source)
    profile = decision.profile if decision.blocked_by is None else profiles[decision.blocked_by]
    above, role = (chain.up_to(profile.name) or chain).above, profile.role
    parent = None if above is None else _session_of(profiles[above], switch, failure, sent)
    if not isinstance(caller, Caller) or role is None or (above is not None and parent is None):
        return None
    has_mfa = above is None and bool(profile.text("mfa_serial"))
    has_key = has_long_term_key(profiles.get(chain.source.profile or ""))
    if chain.source.credential_source == "Environment":
        has_key = background.overrides.has_long_term_key
    call = RefusedCall(
        profile=profile,
        switch=switch,
        failure=failure,
        caller=caller,
        role=role,
        refused_at=refused_at,
        parent=parent,
        has_mfa=has_mfa,
        has_long_term_key=above is None and has_key and not has_mfa,
        region=background.overrides.region(decision.profile),
    )
    for name in {profile.session_name, decision.wanted_name} - {None, switch.session_name}:
        named = replace(switch, session_name=name)
        answer = sent.get(named)
        if isinstance(answer, Failure) and answer.proves:
            return replace(call, other=replace(call, switch=named, failure=answer))
    return call


def _session_of(
    above: Profile, switch: Switch, failure: Failure, sent: Mapping[Switch, Outcome]
) -> ParentSession | None:
    """Return the session that called, as STS named it when it was opened, or in its refusal."""
    opened = sent.get(switch.parent) if switch.parent is not None else None
    arn = failure.caller_arn
    if isinstance(opened, Accepted):
        arn = parse_arn(opened.assumed_role_arn)
    if above.role is None or arn is None:
        return None
    return ParentSession(profile=above, role=above.role, name=arn.name)


def has_keys_alone(profile: Profile) -> bool:
    """Return whether nothing but an access key gives credentials: no program starts for a guess."""
    return profile.has_static_credentials and OTHER_CREDENTIALS.isdisjoint(profile.settings)


def has_long_term_key(source: Profile | None) -> bool:
    """Return whether a source's calls are signed with an access key that has no end."""
    if source is None or not has_keys_alone(source):
        return False
    return source.settings.keys().isdisjoint(TOKEN_KEYS)
