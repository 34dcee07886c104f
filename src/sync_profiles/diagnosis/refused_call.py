"""One refused switch, with what a policy can ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.model import Chain
from sync_profiles.planning.session_name import user_name
from sync_profiles.policy.judge import Context, Principal, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.model import Caller, Decision, Profile

ASSUME_ROLE = "sts:AssumeRole"
MADE_UP = "botocore-session-"  # botocore appends the time
#: what gives a profile other credentials than a key of its own, or a session's
_OTHER_CREDENTIALS = frozenset(
    {
        "aws_security_token",
        "aws_session_token",
        "credential_process",
        "login_session",
        "sso_account_id",
        "sso_session",
        "sso_start_url",
        "web_identity_token_file",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """One refused switch, with what a policy can ask about it.

    `parent_role_arn` is the role whose session calls, None where `caller` itself does.
    `session_name` is None where botocore makes one up. `has_long_term_key` says that an IAM user's
    own access key signed the call; where it is False, a session's may have.
    """

    caller: Caller
    role_arn: str
    session_name: str | None
    parent_role_arn: str | None = None
    external_id: str | None = None
    has_mfa: bool = False
    has_long_term_key: bool = False

    @property
    def user_name(self) -> str | None:
        """The IAM user who calls, None where no user does."""
        return user_name(self.caller) if self.parent_role_arn is None else None

    @property
    def principal(self) -> Principal:
        """Who calls; a session in a chain is taken to carry the same session name."""
        parent = parse_arn(self.parent_role_arn or "")
        if parent is None:
            return Principal(arn=self.caller.arn, account_id=self.caller.account_id)
        session = f"assumed-role/{parent.name}/{self.session_name or MADE_UP}"
        return Principal(
            arn=f"arn:{parent.partition}:sts::{parent.account_id}:{session}",
            account_id=parent.account_id,
        )

    @property
    def principal_arn(self) -> str | None:
        """`aws:PrincipalArn`: of a session it is its role's ARN, with the path.

        The role in a chain stands in the files. A source's own session does not tell its role's
        path, and the result is None.
        """
        if self.parent_role_arn is not None:
            return self.parent_role_arn
        arn = parse_arn(self.caller.arn)
        return None if arn is not None and arn.kind == "assumed-role" else self.caller.arn

    @property
    def told_keys(self) -> frozenset[str]:
        """The keys, in lower case, that the call did not have where `request` has none of them.

        Of all others AWS alone knows whether there is a value. A source identity is a role's
        session's, and whether MFA was used is told of every call but that of a long-term key:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        told = {"aws:username", "sts:externalid"}
        if self.user_name is not None:
            told.add("sts:sourceidentity")
            if self.has_long_term_key:
                told.add("aws:multifactorauthpresent")
        return frozenset(told)

    @property
    def request(self) -> Request:
        """The switch as policies see it, as far as that can be told from here."""
        principal = self.principal
        keys = {
            "aws:PrincipalAccount": principal.account_id,
            "sts:RoleSessionName": self.session_name or MADE_UP,
        }
        if self.principal_arn is not None:
            keys["aws:PrincipalArn"] = self.principal_arn
        if self.user_name is not None:
            keys["aws:username"] = self.user_name
        if self.external_id is not None:
            keys["sts:ExternalId"] = self.external_id
        if self.has_mfa:
            keys["aws:MultiFactorAuthPresent"] = "true"
        return Request(
            action=ASSUME_ROLE,
            resource=self.role_arn,
            principal=principal,
            context=Context.of(keys),
        )


def refused_call_of(
    decision: Decision, *, caller: Caller, profiles: Mapping[str, Profile]
) -> RefusedCall | None:
    """Return the switch that fails: the profile's own, or that of the hop which stops the chain.

    `caller` is that of the chain's source; `profiles` has the source and the hops. The session
    name is the one after a sync. The result is None where the files do not lead to a switch.
    """
    chain = decision.chain
    failing = decision.blocked_by or decision.profile.name
    profile = decision.profile if decision.blocked_by is None else profiles.get(failing)
    if not isinstance(chain, Chain) or profile is None or failing not in chain.hops:
        return None
    place = chain.hops.index(failing)
    parent = profiles.get(chain.hops[place - 1]) if place else None
    if place and parent is None:
        return None
    is_kept = decision.note is not None and decision.blocked_by is None
    has_mfa = place == 0 and bool(profile.text("mfa_serial"))
    source = profiles.get(chain.source.profile or "")
    return RefusedCall(
        caller=caller,
        role_arn=profile.role_arn,
        session_name=(None if is_kept else decision.wanted_name) or profile.session_name,
        parent_role_arn=parent.role_arn if parent is not None else None,
        external_id=profile.text("external_id"),
        has_mfa=has_mfa,
        has_long_term_key=place == 0 and not has_mfa and _has_long_term_key(source),
    )


def _has_long_term_key(source: Profile | None) -> bool:
    """Say whether a source's credentials are, for certain, a long-term access key."""
    return (
        source is not None
        and source.has_static_credentials
        and not _OTHER_CREDENTIALS & source.settings.keys()
    )
