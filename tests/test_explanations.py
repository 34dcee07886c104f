"""Every message and hint, held in one table: `data/explanations.txt`.

After a change of wording, `UPDATE_EXPLANATIONS=1 pytest tests/test_explanations.py` writes the
table anew: read its diff.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hint_cases import (
    CALLER,
    DENIED,
    NOT_AUTHORIZED,
    ROLE,
    SOURCE,
    SSO_USER,
    USER,
    answered,
    calling,
    decision,
    profile,
)
from sync_profiles.causes import Cause, Fixer
from sync_profiles.config.chains import LONGEST_CHAIN, resolve_chain
from sync_profiles.decisions import Change, Decision, Verdict
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.explain.explanation import Explanation, explain, explain_source
from sync_profiles.explain.fixer import fixer_of
from sync_profiles.explain.reason_table import VARIANTS
from sync_profiles.explain.suspicions import Wording
from sync_profiles.model import BrokenChain, Chain, FileKind, Place, Setting, Source
from sync_profiles.outcomes import Accepted, Caller, Failure, Reason
from sync_profiles.text import shared

GOLDEN = Path(__file__).parent / "data" / "explanations.txt"
PROOF = Accepted(assumed_role_arn="arn:aws:sts::222222222222:assumed-role/admin_role/other")
DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
BY_NO_POLICY = f"{DENIED} because no {{}} policy allows the sts:AssumeRole action"
BY_A_DENY = f"{DENIED} with an explicit deny in {{}}"
SESSION = DENIED.replace(USER, "arn:aws:sts::111111111111:assumed-role/hop/work_api")
TOO_LONG = answered("ValidationError", "DurationSeconds exceeds the MaxSessionDuration")
KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "s"}
#: the causes that a reason is a variant of
CAUSES = {
    Reason.CODE_NOT_GIVEN: Cause.MFA_CODE_NEEDED,
    Reason.CODE_USED: Cause.MFA_CODE_NEEDED,
    Reason.CODE_SENT_WITH_ANOTHER: Cause.MFA_CODE_NEEDED,
    Reason.MFA_PROCESS: Cause.MFA_CODE_NEEDED,
    Reason.MFA_PROCESS_SILENT: Cause.MFA_CODE_NEEDED,
    Reason.MFA_PROCESS_NOT_RUN: Cause.MFA_CODE_NEEDED,
    Reason.SWALLOWED_LINE: Cause.ROLE_ARN_INVALID,
    Reason.STOPPING_SETTING: Cause.SETTING_INVALID,
    Reason.PLUGIN: Cause.SETTING_INVALID,
    Reason.CA_BUNDLE: Cause.SETTING_INVALID,
    Reason.PROXY: Cause.NETWORK,
    Reason.NOT_AWS: Cause.STS_ERROR,
    Reason.NEW_ACCOUNT: Cause.NOT_TESTED,
    Reason.SESSION_ENDED: Cause.CREDENTIALS_EXPIRED,
    Reason.LOGIN_NOT_ALLOWED: Cause.LOGIN_NEEDED,
}


def local(cause: Cause, reason: Reason | None = None, **facts: str) -> Failure:
    """Return a failure of this machine."""
    return Failure(cause=cause, proves=TABLE[cause].proves, reason=reason, **facts)


def denied(message: str) -> Failure:
    return answered("AccessDenied", message)


Said = tuple[Explanation, Fixer]


def said(of: Decision, caller: Caller = CALLER) -> Said:
    """Return what is said of a decision, and who can fix the profile."""
    found = explain(of, caller=caller, profiles={"known": profile("known")})
    return found, fixer_of(of, found.reasons if of.verdict is Verdict.REJECTED else ())


def by_cause() -> Iterator[tuple[str, Said]]:
    """Yield what each cause has to say where nothing else is known."""
    for cause in Cause:
        failure = local(cause, message="no such thing", setting="region")
        yield f"{cause}", said(decision(failure))
    for reason in VARIANTS:
        setting = "output = x" if reason is Reason.STOPPING_SETTING else "role_arn"
        failure = local(CAUSES[reason], reason, message="no such thing", setting=setting)
        name = f"{CAUSES[reason]}, {reason.name}"
        yield name, said(decision(failure))


def said_of(
    failure: Failure,
    *,
    caller: Caller = CALLER,
    hops: tuple[str, ...] = ("admin",),
    **settings: str,
) -> Said:
    """Return what is said of a failure, which depends on the settings and on who calls."""
    return said(decision(failure, subject=profile(**settings), hops=hops), caller)


BELOW = ("hop", "admin")


def too_long() -> Decision:
    """Return the decision on a chain that is longer than the AWS CLI can follow."""
    names = [f"p{number}" for number in range(LONGEST_CHAIN + 1)]
    sources = zip(names, [*names[1:], "default"], strict=True)
    profiles = {name: profile(name, source_profile=source) for name, source in sources}
    chain = resolve_chain({**profiles, "default": profile("default", **KEYS)}, "p0")
    return dataclasses.replace(decision(cause=Cause.CHAIN_TOO_LONG), chain=chain)


BUILD = calling("arn:aws:sts::111111111111:assumed-role/build/build-7")
#: what the page about the causes shows where the text above is about settings that are not set
EXAMPLES: dict[str, Said | Explanation] = {
    **{
        f"{cause}, for example": said(decision(local(cause), subject=profile(**settings)))
        for cause, settings in {
            Cause.MFA_CODE_REJECTED: {"mfa_serial": DEVICE},
            Cause.MFA_DEVICE_NOT_YOURS: {"mfa_serial": DEVICE.replace("work_api", "jdoe")},
            Cause.MFA_CODE_NEEDED: {"mfa_serial": DEVICE},
            Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS: {"mfa_serial": DEVICE},
            Cause.DURATION_TOO_LONG: {"duration_seconds": "43200"},
            Cause.CHAINED_DURATION_TOO_LONG: {"duration_seconds": "7200"},
            Cause.DURATION_OUT_OF_RANGE: {"duration_seconds": "60"},
            Cause.SESSION_NAME_INVALID: {"role_session_name": "work api"},
            Cause.ROLE_ARN_INVALID: {"role_arn": "arn:aws:iam::2222:role/admin_role"},
            Cause.PARTITION_MISMATCH: {"role_arn": ROLE.replace("aws", "aws-cn")},
        }.items()
    },
    f"{Cause.IMPLICIT_DENY}, for example": said_of(denied(BY_NO_POLICY.format("identity-based"))),
    f"{Cause.EXPLICIT_DENY}, for example": said_of(
        denied(BY_A_DENY.format("a service control policy"))
    ),
    f"{Cause.CREDENTIALS_EXPIRED}, for example": explain_source(
        SOURCE,
        local(Cause.CREDENTIALS_EXPIRED),
        profiles={"default": profile("default", **KEYS, aws_session_token="t")},
    ),
    f"{Cause.SOURCE_REFUSED}, for example": said(
        decision(TOO_LONG, cause=Cause.SOURCE_REFUSED, hops=("known", "admin"), blocked_by="known")
    ),
    f"{Cause.CHAIN_TOO_LONG}, for example": said(too_long()),
    f"{Cause.NO_WANTED_NAME}, for example": said_of(local(Cause.NO_WANTED_NAME), caller=BUILD),
    f"{Cause.SETTING_INVALID}, for example": said_of(
        local(Cause.SETTING_INVALID, message="`us east` is not a region", setting="region"),
        region="us east",
    ),
}
BY_DENY = denied(BY_A_DENY.format("an identity-based policy"))
UNKNOWN_KEY = answered("InvalidClientTokenId")
SITUATIONS = {
    "no reason, a user": said_of(NOT_AUTHORIZED),
    "no reason, an Identity Center user": said_of(denied("no"), caller=SSO_USER),
    "no reason, a hop": said_of(denied(SESSION), hops=BELOW),
    "no permission to ask who one is": said_of(
        answered(
            "AccessDenied",
            f"User: {USER} is not authorized to perform: sts:GetCallerIdentity",
            "GetCallerIdentity",
        )
    ),
    **{
        f"not allowed by the {kind} policy": said_of(denied(BY_NO_POLICY.format(kind)))
        for kind in ("identity-based", "session", "role trust")
    },
    "not allowed by the resource-based policy": said_of(
        denied(BY_NO_POLICY.format("resource-based")), caller=SSO_USER
    ),
    "the session of a hop is not trusted": said_of(
        denied(SESSION + " because no role trust policy allows the sts:AssumeRole action"),
        hops=BELOW,
    ),
    "a wrong external ID, as the trust policy may find": said_of(
        denied(BY_NO_POLICY.format("role trust")), external_id="x-1", mfa_serial=DEVICE
    ),
    "denied by the organization": said_of(
        denied(
            BY_A_DENY.format("a resource control policy: arn:aws:organizations::1:policy/o-1/p-1")
        )
    ),
    "denied by a session policy": said_of(denied(BY_A_DENY.format("a session policy"))),
    "denied, and no device is set": said_of(BY_DENY),
    "denied, and a device is set": said_of(BY_DENY, mfa_serial=DEVICE),
    "denied by the trust policy, for a session": said_of(
        denied(BY_A_DENY.format("the role trust policy")), hops=BELOW
    ),
    "denied to the session of a role": said_of(
        denied(SESSION + " with an explicit deny in an identity-based policy"), hops=BELOW
    ),
    "a comment in role_arn": said_of(NOT_AUTHORIZED, role_arn=f"{ROLE} # ours"),
    "quotes around role_arn": said_of(NOT_AUTHORIZED, role_arn=f'"{ROLE}"'),
    "the ARN of a user as role_arn": said_of(
        NOT_AUTHORIZED, role_arn=ROLE.replace(":role", ":user")
    ),
    "the user's ARN as the device": said_of(
        denied("MultiFactorAuthentication failed, unable to validate MFA code"), mfa_serial=USER
    ),
    "a duration of the profile": said_of(TOO_LONG, duration_seconds="43200"),
    "a session name with a blank": said_of(
        answered("ValidationError", "Value 'a b' at 'roleSessionName' failed to satisfy"),
        role_session_name="a b",
    ),
    "a role of another partition, and no region": said_of(
        UNKNOWN_KEY, role_arn="arn:aws-cn:iam::222222222222:role/x"
    ),
    "an opt-in region": said_of(UNKNOWN_KEY, region="eu-south-1"),
    "a region of another partition than the role's": said_of(
        UNKNOWN_KEY, region="us-east-1", role_arn="arn:aws-cn:iam::222222222222:role/x"
    ),
    "a region of another partition": said_of(
        UNKNOWN_KEY, region="cn-north-1", role_arn="arn:aws-cn:iam::222222222222:role/x"
    ),
    "a credential_process that says why": said_of(
        local(
            Cause.CREDENTIAL_PROCESS_FAILED,
            message="Error when retrieving credentials from custom-process: token expired",
        )
    ),
    "an unknown code": said_of(answered("TeapotRefused", "I am a teapot.")),
    "an unknown code with a request": said_of(
        dataclasses.replace(answered("TeapotRefused"), request_id="r-1")
    ),
    "AWS could not answer": said_of(answered("InternalFailure", "oops")),
    "a region that no one knows": said_of(
        local(Cause.NETWORK, message="Could not connect to https://sts.eu-wset-1.amazonaws.com")
    ),
    "a variable at which the AWS CLI stops": said_of(
        local(Cause.SETTING_INVALID, Reason.STOPPING_SETTING, setting="AWS_DEFAULT_OUTPUT=x")
    ),
}
SOURCES = {
    "an access key": KEYS,
    "a session": {**KEYS, "aws_session_token": "t"},
    "Identity Center": {"sso_session": "s"},
    "Identity Center, and a session that is not used": {
        "sso_account_id": "111111111111",
        **KEYS,
        "aws_session_token": "t",
    },
    "a web identity": {"web_identity_token_file": "/t"},
    "a program": {"credential_process": "p"},
    "a console login": {"login_session": "l"},
    "nothing": {},
}


#: sources that give no credentials
FAILING = {
    "a web identity token file that cannot be read": {"web_identity_token_file": "/t"},
    "a credential_process with the syntax of a shell": {"credential_process": "a | b"},
}


def by_verdict() -> Iterator[tuple[str, Decision]]:
    """Yield decisions whose verdict and change decide on the texts."""
    fixable = decision(
        NOT_AUTHORIZED,
        subject=profile(role_session_name="old_name"),
        verdict=Verdict.FIXABLE,
        cause=Cause.SESSION_NAME,
        change=Change.FIX,
    )
    yield "fixable, another name", fixable
    yield "fixable, no name", dataclasses.replace(fixable, profile=profile())
    hop = dataclasses.replace(
        fixable, profile=profile("leaf", source_profile="hop"), blocked_by="hop"
    )
    yield "fixable, as its source profile is", hop
    yield "fixable, as a hop is", dataclasses.replace(hop, blocked_by="first")
    accepted = decision(outcome=PROOF, verdict=Verdict.ACCEPTED, change=Change.NONE)
    other_name = profile(role_session_name="other")
    yield "accepted", accepted
    for_an_hour = dataclasses.replace(accepted, untested_duration=43200)
    yield "accepted, for an hour", for_an_hour
    first = Chain(source=SOURCE, hops=BELOW)
    yield "accepted, the first role for an hour", dataclasses.replace(for_an_hour, chain=first)
    kept = dataclasses.replace(accepted, profile=other_name, change=Change.KEEP)
    yield "accepted, another name", kept
    note = "a comment in its section keeps its name"
    yield "rejected, a comment keeps the name", decision(NOT_AUTHORIZED, change=Change.KEEP)
    yield "accepted, a comment keeps the name", dataclasses.replace(kept, note=note)
    yield "accepted without a name only", dataclasses.replace(accepted, change=Change.LEAVE)
    yield "accepted without a region", decision(outcome=PROOF, cause=Cause.REGION_MISSING)
    yield (
        "accepted, a caller without a name",
        dataclasses.replace(accepted, cause=Cause.NO_WANTED_NAME, wanted_name=None),
    )
    yield (
        "a web identity",
        dataclasses.replace(
            decision(cause=Cause.WEB_IDENTITY, verdict=Verdict.UNKNOWN), chain=None
        ),
    )
    broken = BrokenChain(
        cause=Cause.SOURCE_LOOP,
        message="what the files have",
        hint="what to write",
        place=Place(file=FileKind.CONFIG, line=14),
    )
    yield "a broken chain", dataclasses.replace(decision(cause=Cause.SOURCE_LOOP), chain=broken)
    leaf = profile("leaf", source_profile="hop")
    blocked = decision(
        TOO_LONG,
        subject=leaf,
        cause=Cause.SOURCE_REFUSED,
        hops=("hop", "leaf"),
        blocked_by="hop",
    )
    yield "a hop that is not in the files", blocked
    yield "a hop in the files", dataclasses.replace(blocked, blocked_by="known")
    elsewhere = dataclasses.replace(leaf, client="leaf")
    yield (
        "a hop that is called elsewhere",
        dataclasses.replace(blocked, blocked_by="known", profile=elsewhere),
    )


def explanations() -> Iterator[tuple[str, Said | Explanation]]:
    yield from by_cause()
    yield from EXAMPLES.items()
    yield from SITUATIONS.items()
    expired = answered("ExpiredToken", "expired", "GetCallerIdentity")
    for title, settings in SOURCES.items():
        profiles = {"default": profile("default", **settings)}
        yield f"a source with {title}", explain_source(SOURCE, expired, profiles=profiles)
    process = profile("default", credential_process="/opt/keys")
    token = Setting(value="t", place=Place(file=FileKind.CREDENTIALS, line=4))
    both = dataclasses.replace(process, settings={**process.settings, "aws_session_token": token})
    yield (
        "a source with a session that overrides its process",
        explain_source(SOURCE, expired, profiles={"default": both}),
    )
    for name in ("Environment", "Ec2InstanceMetadata", "EcsContainer"):
        source = Source(credential_source=name)
        yield f"the source {name}", explain_source(source, expired)
        unknown = answered("InvalidClientTokenId", "unknown", "GetCallerIdentity")
        yield f"the source {name}, whose key AWS does not know", explain_source(source, unknown)
    failed = local(Cause.CREDENTIAL_PROCESS_FAILED, message="no such file")
    for title, settings in FAILING.items():
        profiles = {"default": profile("default", **settings)}
        yield title, explain_source(SOURCE, failed, profiles=profiles)
    refused = answered("ForbiddenException", "No access", "GetRoleCredentials")
    sso = {"default": profile("default", sso_role_name="Admin")}
    yield "Identity Center grants no such role", explain_source(SOURCE, refused, profiles=sso)
    coded = decision(local(Cause.MFA_CODE_NEEDED), subject=profile(mfa_serial=DEVICE))
    printing = {"default": profile("default", mfa_process="/opt/code")}
    yield "a source with a program for codes", explain(coded, caller=CALLER, profiles=printing)
    for title, of in by_verdict():
        yield title, said(of)


def render() -> str:
    """Return the table as text: title, message, hint, those of several profiles; who can fix it."""
    parts = []
    for title, told in explanations():
        found, fixer = (told, None) if isinstance(told, Explanation) else told
        hint = "hint: " + found.hint if found.hint else ""
        forms = [(text, shared(text)) for text in (found.message, hint) if text]
        lines = [own for own, _ in forms]
        lines += [f"of several: {general}" for own, general in forms if own != general]
        lines += [f"fixed by: {fixer.name.lower()}"] if fixer is not None else []
        parts.append("".join(f"{line}\n" for line in (f"# {title}", *lines)))
    likely = [f"{statement.name}: {statement.value}\n" for statement in Wording]
    return "\n".join([*parts, "# likely reasons, and steps that are certain\n" + "".join(likely)])


def test_every_message_and_hint_is_as_the_table_has_it() -> None:
    if os.environ.get("UPDATE_EXPLANATIONS"):
        GOLDEN.write_text(render(), encoding="utf-8")
    assert render() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "failure",
    [
        *(local(cause) for cause in Cause),
        *(NOT_AUTHORIZED, BY_DENY, answered("RegionDisabledException")),
        *(denied(BY_NO_POLICY.format(kind)) for kind in ("identity-based", "role trust")),
    ],
)
def test_who_can_fix_a_hop_can_fix_what_is_below_it(failure: Failure) -> None:
    below = decision(
        failure, cause=Cause.SOURCE_REFUSED, hops=BELOW, blocked_by="hop", subject=profile("leaf")
    )
    assert fixer_of(below) is fixer_of(decision(failure))


def test_every_cause_has_a_row() -> None:
    assert set(TABLE) == set(Cause)


@pytest.mark.parametrize("caller", [CALLER, SSO_USER, None], ids=["user", "sso", "unknown"])
@pytest.mark.parametrize("failure", [None, NOT_AUTHORIZED, local(Cause.STS_ERROR, message="`a`")])
@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_message_and_a_hint_in_our_style(
    cause: Cause, failure: Failure | None, caller: Caller | None
) -> None:
    found = explain(decision(failure, cause=cause), caller=caller)

    for text in (found.message, found.hint):
        assert text
        assert text.isprintable()
        assert not text.endswith(".")
        assert text.count("`") % 2 == 0
        assert text[0] == "`" or text[0].islower() or text.startswith(("AWS ", "STS "))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_of_a_source_has_a_message_and_a_hint(cause: Cause) -> None:
    for source in (SOURCE, Source(credential_source="Environment")):
        found = explain_source(source, local(cause))

        assert found.message
        assert found.hint


def test_a_refusal_of_a_source_is_explained_alike_for_its_profiles() -> None:
    failure = answered("ExpiredToken", "expired", "GetCallerIdentity")
    profiles = {"default": profile("default", **KEYS, aws_session_token="T")}

    assert explain(decision(failure), caller=failure, profiles=profiles) == explain_source(
        SOURCE, failure, profiles=profiles
    )


def test_braces_in_what_aws_or_a_file_says_are_text() -> None:
    failure = answered("{role}", "{words} {0} {")
    found = explain(decision(failure, subject=profile("{x}", role_arn="{y}")), caller=CALLER)

    assert found.message == "AWS answered `{role}` to AssumeRole: {words} {0} {"
    for cause in Cause:
        of = decision(local(cause, message="{0} {"), subject=profile("{x}", role_arn="{y}"))
        assert explain(of, caller=CALLER).message
