"""Profiles, decisions, failures and refused calls for the tests of hints and experiments."""

from __future__ import annotations

import builtins
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

import botocore.exceptions
from botocore.parsers import ResponseParserError
from dateutil.parser import ParserError  # type: ignore[import-untyped] # no stubs

from plan_worlds import DEFAULT, calling, parsed
from sync_profiles.aws.client import ClientNotMade
from sync_profiles.aws.credentials import CredentialProcessSilent
from sync_profiles.aws.failures import NotAnAnswer
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause, Fixer
from sync_profiles.config.chains import resolve_chains
from sync_profiles.explain.background import Background
from sync_profiles.explain.candidates import Refusal
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.explain.explanation import Explanation, explain, fixer_of
from sync_profiles.explain.findings import Basis, Finding
from sync_profiles.explain.known_values import KnownValues
from sync_profiles.explain.overrides import NO_OVERRIDES, Overrides
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.model import Chain, FileKind, Place, Profile, Setting, Source
from sync_profiles.outcomes import Caller, Failure, Outcome, Switch, Variant
from sync_profiles.planning.decision import Change, Decision, Verdict
from sync_profiles.planning.known_outcomes import switch_of
from sync_profiles.text import shared

USER = "arn:aws:iam::111111111111:user/team/work_api"
ROLE = "arn:aws:iam::222222222222:role/admin_role"
CALLER = calling(USER)
SSO_USER = calling("arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_1/jane")
DENIED = f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
NOT_AUTHORIZED = failure_of_answer("AssumeRole", "AccessDenied", DENIED)

KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "s"}


REFUSED_AT = datetime(2026, 3, 4, 6, 6, 7, tzinfo=timezone(timedelta(hours=1)))


def profile(name: str = "admin", **settings: str) -> Profile:
    lines = {"role_arn": ROLE, **settings}
    return Profile(
        name=name,
        settings={
            key: Setting(value=value, place=Place(file=FileKind.CONFIG, line=line))
            for line, (key, value) in enumerate(lines.items(), 11)
        },
        section=f"profile {name}",
        place=Place(file=FileKind.CONFIG, line=10),
        client="default",
    )


def switch(of: Profile, session_name: str | None, parent: Switch | None = None) -> Switch:
    """Return a profile's switch, as it is sent at the end of a chain of `profile`s."""
    return switch_of(of, source=DEFAULT, parent=parent, session_name=session_name, client=of.client)


CALL = RefusedCall(
    profile=profile(),
    switch=switch(profile(), "work_api"),
    failure=NOT_AUTHORIZED,
    caller=CALLER,
    role=parsed(ROLE),
    refused_at=REFUSED_AT,
    region=NO_OVERRIDES.region(profile()),
)


def decision(  # noqa: PLR0913 - one for each field that a test is about
    failure: Failure | None = None,
    *,
    subject: Profile | None = None,
    cause: Cause | None = None,
    verdict: Verdict = Verdict.REJECTED,
    change: Change = Change.LEAVE,
    outcome: Outcome | None = None,
    switch: Switch | None = None,
    hops: tuple[str, ...] = ("admin",),
    blocked_by: str | None = None,
    note: str | None = None,
) -> Decision:
    found = failure or outcome
    if cause is None and isinstance(found, Failure):
        cause = found.cause
    return Decision(
        profile=subject or profile(),
        chain=Chain(source=DEFAULT, hops=hops),
        wanted_name="work_api",
        verdict=verdict,
        change=change,
        cause=cause,
        outcome=found,
        switch=switch,
        blocked_by=blocked_by,
        note=note,
    )


OTHER_EXCEPTIONS = (
    *(ClientNotMade, CredentialProcessSilent, NotAnAnswer, ParserError, ResponseParserError),
    *(socket.gaierror, ssl.SSLCertVerificationError),
)


def exception_of(text: str) -> Exception:
    """Return an exception by its name: of botocore with its fields, or another with its message."""
    name, mark, rest = re.fullmatch(r"(\w+)(: | |)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr] # all match
    others = {each.__name__: each for each in OTHER_EXCEPTIONS}
    made = getattr(botocore.exceptions, name, None) or others.get(name) or getattr(builtins, name)
    if mark != " ":
        error: Exception = made(*([rest] if rest else []))
        return error
    fields = re.findall(r"(\w+)=(.*?)(?= \w+=|$)", rest, re.DOTALL)
    return made(**{key: exception_of(each) if is_exception(each) else each for key, each in fields})


def is_exception(text: str) -> bool:
    return re.match(r"\w+Error: ", text) is not None


def answered(code: str, message: str = "", operation: str = "AssumeRole") -> Failure:
    return failure_of_answer(operation, code, message)


BELOW = ("hop", "admin")


SESSION = DENIED.replace(USER, "arn:aws:sts::111111111111:assumed-role/hop/work_api")


def local(
    cause: Cause, variant: Variant | None = None, *, message: str = "", setting: str | None = None
) -> Failure:
    """Return a failure of this machine."""
    proves = TABLE[cause].proves
    return Failure(cause=cause, proves=proves, variant=variant, message=message, setting=setting)


def denied(message: str) -> Failure:
    return answered("AccessDenied", message)


Said: TypeAlias = "tuple[Explanation, Fixer]"


def knowing(
    profiles: Mapping[str, Profile],
    *callers: Caller | Failure,
    overrides: Overrides = NO_OVERRIDES,
) -> Background:
    """Return what a run knows: these profiles and callers, the first of which is that of a call."""
    sources = (each.source if isinstance(each, Caller) else DEFAULT for each in callers)
    by_source = dict(zip(sources, callers, strict=True))
    return Background(profiles=profiles, callers=by_source, overrides=overrides)


def said(of: Decision, caller: Caller | None = CALLER) -> Said:
    """Return what is said of a decision, and who can fix the profile."""
    callers = () if caller is None else (caller,)
    found = explain(of, knowing({"known": profile("known")}, *callers))
    return found, fixer_of(of, found.reasons if of.verdict is Verdict.REJECTED else ())


def said_of(
    failure: Failure,
    *,
    caller: Caller | None = CALLER,
    hops: tuple[str, ...] = ("admin",),
    **settings: str,
) -> Said:
    """Return what is said of a failure, which depends on the settings and on who calls."""
    return said(decision(failure, subject=profile(**settings), hops=hops), caller)


def lines_of(told: Said | Explanation) -> list[str]:
    """Return message, hint, those of several profiles, and who can fix it."""
    found, fixer = (told, None) if isinstance(told, Explanation) else told
    hint = "hint: " + found.hint if found.hint else ""
    forms = [(text, shared(text)) for text in (found.message, hint) if text]
    lines = [str(own) for own, _ in forms]
    lines += [f"of several: {general}" for own, general in forms if own != general]
    return lines + ([f"fixed by: {fixer.name.lower()}"] if fixer is not None else [])


HOP = profile("hop", role_arn="arn:aws:iam::333333333333:role/team/hop")
HOP_SESSION = "arn:aws:sts::333333333333:assumed-role/hop/"


def keys(name: str, **more: str) -> Profile:
    made = profile(name, **KEYS, **more)
    settings = {key: value for key, value in made.settings.items() if key != "role_arn"}
    return replace(made, settings=settings)


def refused_beside(
    *others: Profile,
    refused: Profile | None = None,
    wanted_name: str | None = "work_api",
    accepted: Iterable[str] = (),
    callers: Mapping[Source, Caller | Failure] | None = None,
    **settings: str,
) -> Refusal:
    """Return a refused profile with others in the files; those that are named are accepted."""
    refused = refused or profile(**settings)
    profiles = {each.name: each for each in (refused, *others)}
    chains = resolve_chains(profiles)
    chain = chains[refused.name]
    assert isinstance(chain, Chain)
    return Refusal(
        decision=replace(decision(NOT_AUTHORIZED, subject=refused), wanted_name=wanted_name),
        call=replace(
            CALL,
            profile=refused,
            switch=replace(switch(refused, wanted_name), source=chain.source),
        ),
        known=KnownValues(
            background=knowing(profiles),
            callers={DEFAULT: CALLER, **(callers or {})},
            chains={name: chain for name, chain in chains.items() if isinstance(chain, Chain)},
            accepted={name: switch(profiles[name], "work_api") for name in accepted},
        ),
    )


def with_basis(finding: Finding) -> str:
    """Return what a finding states, with its basis where that decides when it counts no more.

    One that supposes a value does not once values were tried, one of every role once AWS says whose
    policy refuses.
    """
    bases = {
        Basis.FILES: "by the files: ",
        Basis.PROBLEM: "a problem of the files: ",
        Basis.EVERY_ROLE: "of every role: ",
    }
    return bases.get(finding.basis, "") + finding.text
