"""The facts about one refusal, as phrases for messages and hints."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sync_profiles.arn import Arn, is_account_id
from sync_profiles.causes import Cause
from sync_profiles.explain.background import Background
from sync_profiles.explain.findings import NOTHING_LEARNED, Calling, Finding, Learned
from sync_profiles.explain.overrides import SettingInUse
from sync_profiles.known_keys import IDENTITY_CENTER_KEYS, INCLUDES, SETTINGS_OF_END
from sync_profiles.model import STATIC_KEYS, TOKEN_KEYS, Chain, Problem, Profile, Source
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.text import join, quote

#: the settings of a source profile that its roles' profiles do not have
_OF_SOURCE = frozenset({*STATIC_KEYS, *TOKEN_KEYS, *IDENTITY_CENTER_KEYS})
#: a template with the names of a case's facts, or a function if a decision is needed
Text = str | Callable[["Case"], str | None]
#: a fact in a template: `{role}`, or `{at[external_id]}`
_FACT = re.compile(r"(\{\w+(?:\[\w+\])?\})")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One refusal: its profile (None if it is about a source only), and who called.

    `profile` is the hop whose call failed, `end` the profile at the end of its chain, if that is a
    different one: its settings decide where the call goes. `background` is what the run knows
    besides, `learned` what further calls have shown; `reasons` are those that AWS does not give,
    the most likely first.
    """

    cause: Cause
    failure: Failure
    source: Source
    background: Background
    profile: Profile | None = None
    end: Profile | None = None
    chain: Chain | None = None
    wanted_name: str | None = None
    note: str | None = None
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    learned: Learned = NOTHING_LEARNED
    reasons: tuple[Finding, ...] = ()

    def fill(self, template: str) -> str:
        """Fill in a template: `{role}` is this case's `role`, `{at[x]}` its `at("x")`."""
        return join("", [self._fact(each) for each in _FACT.split(template)])

    def _fact(self, text: str) -> str:
        """Return the fact that a part of a template names, or the part itself if it names none."""
        if _FACT.fullmatch(text) is None:
            return text
        name, _, key = text.strip("{}]").partition("[")
        fact: str | Callable[[str], str] = getattr(self, name)
        return fact if isinstance(fact, str) else fact(key)

    @property
    def caller(self) -> Caller | None:
        """The caller of the source, if it is known."""
        caller = self.background.callers.get(self.source)
        return caller if isinstance(caller, Caller) else None

    @property
    def source_profile(self) -> Profile | None:
        """The profile that the chain starts from, if the files have one."""
        return self.background.profiles.get(self.source.profile or "")

    @property
    def included(self) -> tuple[Profile, ...]:
        """The profiles that aws-vault would read for the profile."""
        names = (self.setting(key) for key in INCLUDES)
        found = map(self.background.profiles.get, filter(None, names))
        return tuple(each for each in found if each is not None)

    @property
    def sync_step(self) -> str:
        """What writes the session names."""
        return self.background.sync_step

    @property
    def explained_profile(self) -> Profile | None:
        """The profile that the explanation is for."""
        return self.end or self.profile

    @property
    def failure_message(self) -> str:
        """The message of AWS or botocore; may be empty."""
        return self.failure.message

    @property
    def said(self) -> str:
        """The message of AWS or botocore behind a colon, as the end of a sentence; may be empty."""
        return f": {self.failure_message}" if self.failure_message else ""

    @property
    def operation(self) -> str:
        """The call that was refused."""
        return self.failure.operation or "AssumeRole"

    @property
    def action(self) -> str:
        """The IAM action that was refused, as a literal."""
        return quote(self.failure.action or f"sts:{self.operation}")

    @property
    def call(self) -> str:
        """What is refused; only some calls are on a role."""
        is_on_role = self.operation.startswith("AssumeRole")
        return self.fill("{action} on {role}") if is_on_role else self.action

    @property
    def policy(self) -> str:
        """The kind of policy that AWS names, as a noun."""
        kind = self.failure.policy_type or "policy"
        return kind if kind in {"policy", "permissions boundary"} else f"{kind} policy"

    @property
    def policy_arn(self) -> str:
        """The policy that AWS names, as the end of a message."""
        arn = self.failure.policy_arn
        return f" ({quote(arn)})" if arn else ""

    @property
    def name(self) -> str:
        """The profile, as a literal."""
        return quote(self.profile.name) if self.profile is not None else "the profile"

    @property
    def subject(self) -> str:
        """The profile, as the subject of a sentence."""
        return self.profile.subject if self.profile is not None else "the profile"

    @property
    def header(self) -> str:
        """The header of the profile's section, as a literal."""
        return self._of(self.profile, self.profile.header) if self.profile is not None else ""

    @property
    def role(self) -> str:
        """The role, as a literal."""
        if self.profile is None or not self.profile.role_arn:
            return "the role"
        role = self.profile.quoted_role
        # an invalid one is the fault itself
        is_own = self.profile is self.explained_profile and self.cause is not Cause.ROLE_ARN_INVALID
        return role if is_own else str(role)

    @property
    def role_arn(self) -> Arn | None:
        """The role's ARN in parts."""
        return self.profile.role if self.profile is not None else None

    @property
    def role_account(self) -> str:
        """The role's account, as the end of `an administrator of …`."""
        return _account(self.role_arn, otherwise="the role's account")

    @property
    def calling(self) -> Calling:
        """Who called."""
        return Calling(chain=self.chain, caller=self.caller)

    @property
    def principal_arn(self) -> Arn | None:
        """Who called, according to AWS or to the chain; None if neither is known."""
        arn = self.failure.caller_arn
        if arn is None and self.caller is not None and not self.is_chained:
            return self.caller.arn
        return arn

    @property
    def principal(self) -> str:
        """Who called, as a literal."""
        if self.principal_arn is not None:
            return quote(str(self.principal_arn))
        return self.calling.who

    @property
    def principal_account(self) -> str:
        """The caller's account, as the end of `an administrator of …`."""
        return _account(self.principal_arn, otherwise="the caller's account")

    @property
    def never_as_user(self) -> str:
        """That the caller meets no condition on a user's name, as the end of a hint."""
        never = "; this caller can never meet a condition on `${aws:username}`"
        return "" if self.calling.is_user else never

    @property
    def is_chained(self) -> bool:
        """Whether a session of another role makes the call, not the source."""
        return self.calling.above is not None

    @property
    def source_words(self) -> str:
        """The source, as the end of `the access key of …`."""
        if self.source.profile is not None:
            return f"profile {quote(self.source.profile)}"
        return f"`credential_source` {quote(self.source.credential_source or '')}"

    @property
    def instead_of_credential_source(self) -> str:
        """What a step to a `source_profile` ends in: botocore takes none beside the other one."""
        return ", in place of `credential_source`" if self.setting("credential_source") else ""

    @property
    def device(self) -> str:
        """The MFA device, as a literal."""
        serial = self.setting("mfa_serial")
        return quote(serial) if serial else "the MFA device"

    @property
    def duration(self) -> str:
        """The duration that the profile asks for."""
        seconds = self.setting("duration_seconds")
        return f"`duration_seconds` {quote(seconds)}" if seconds else "the duration"

    @property
    def region(self) -> str | None:
        """The region that the call went to, if one is set."""
        used = self.used("region")
        return used.value or None if used is not None else None

    def setting(self, key: str) -> str | None:
        """Return a setting's text."""
        return self.profile.text(key) if self.profile is not None else None

    def of_source(self, key: str) -> str | None:
        """Return the text of a setting of the source profile."""
        return self.source_profile.text(key) if self.source_profile is not None else None

    def problem_with(self, *keys: str) -> Problem | None:
        """Return what `check` says is wrong with the first of the settings in use that is wrong.

        A value that another one of the environment overrides is not the one in use.
        """
        for key in keys:
            is_of_source = key in _OF_SOURCE and self.source_profile is not None
            owner = self.source_profile if is_of_source else self.profile
            setting = owner.settings.get(key) if owner is not None else None
            for problem in () if self.background.overrides.is_overridden(key) else self.problems:
                is_unread = owner is not None and problem.profile == owner.name
                if setting is None and is_unread and key in problem.unread:
                    return problem
                if setting is not None and problem.value_at == setting.place:
                    return problem
        return None

    def at(self, key: str) -> str:
        """Return a setting of the profile with its file and line, for a hint."""
        return self._with_place(key, self._owner_of(key))

    def at_source(self, key: str) -> str:
        """Return a setting of the source profile with its file and line."""
        return self._with_place(key, self.source_profile)

    def used(self, key: str) -> SettingInUse | None:
        """Return the value that the call used for a setting, or None if it is not set."""
        owner = self._owner_of(key)
        used = self.background.overrides.in_use(key, owner)
        return None if used is None else used._replace(words=self._of(owner, used.words))

    def at_used(self, key: str) -> str:
        """Return where to change a setting: at the origin of its value, or else in the profile."""
        used = self.used(key)
        return used.words if used is not None else self.at(key)

    def at_fault(self, key: str) -> str:
        """Return the origin of an unusable setting, without a line if no line has it."""
        used = self.used(key)
        return used.words if used is not None else f"{quote(key)} where it is set"

    def set_of(self, *variables: str) -> list[str]:
        """Return those of some variables that are set in the environment, as literals."""
        return [quote(each) for each in variables if each in self.background.overrides.others]

    def _with_place(self, key: str, profile: Profile | None) -> str:
        return quote(key) if profile is None else self._of(profile, profile.at(key))

    def _of(self, profile: Profile | None, words: str) -> str:
        """Return words about a profile; general texts keep them if it is another one."""
        return words if profile is self.explained_profile else str(words)

    def _owner_of(self, key: str) -> Profile | None:
        is_of_the_end = self.end is not None and key in SETTINGS_OF_END
        return self.end if is_of_the_end else self.profile


def _account(arn: Arn | None, *, otherwise: str) -> str:
    if arn is None or not is_account_id(arn.account_id):
        return otherwise
    return f"account {quote(arn.account_id)}"
