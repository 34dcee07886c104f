"""Every message and hint, held in `data/explanations.txt`; more of them are in `test_refusals`.

After a change of wording, `make generated` writes them anew: read the diff.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from examples import DATA, expected
from hint_cases import (
    DENIED,
    NOT_AUTHORIZED,
    Said,
    answered,
    decision,
    knowing,
    lines_of,
    local,
    profile,
    said,
)
from plan_worlds import DEFAULT
from sync_profiles.causes import Cause
from sync_profiles.config.chains import LONGEST_CHAIN, resolve_chain
from sync_profiles.explain.explanation import Explanation, explain_source
from sync_profiles.explain.variant_table import VARIANTS
from sync_profiles.model import FileKind, Place, Setting
from sync_profiles.outcomes import Accepted, Variant
from sync_profiles.planning.decision import Change, Decision, Verdict

PROOF = Accepted(assumed_role_arn="arn:aws:sts::222222222222:assumed-role/admin_role/other")
DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
BY_NO_POLICY = f"{DENIED} because no {{}} policy allows the sts:AssumeRole action"
BY_A_DENY = f"{DENIED} with an explicit deny in {{}}"
TOO_LONG = answered("ValidationError", "DurationSeconds exceeds the MaxSessionDuration")
KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "s"}
#: the causes that a variant belongs to
CAUSES = {
    Variant.CODE_NOT_GIVEN: Cause.MFA_CODE_NEEDED,
    Variant.CODE_USED: Cause.MFA_CODE_NEEDED,
    Variant.CODE_SENT_WITH_ANOTHER: Cause.MFA_CODE_NEEDED,
    Variant.MFA_OF_A_SESSION: Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS,
    Variant.MFA_PROCESS: Cause.MFA_CODE_NEEDED,
    Variant.MFA_PROCESS_SILENT: Cause.MFA_CODE_NEEDED,
    Variant.MFA_PROCESS_NOT_RUN: Cause.MFA_CODE_NEEDED,
    Variant.NO_PROGRAM: Cause.CREDENTIAL_PROCESS_FAILED,
    Variant.SWALLOWED_LINE: Cause.ROLE_ARN_INVALID,
    Variant.STOPPING_SETTING: Cause.SETTING_INVALID,
    Variant.EVERY_COMMAND: Cause.SETTING_INVALID,
    Variant.CA_BUNDLE: Cause.SETTING_INVALID,
    Variant.NO_TLS: Cause.TLS,
    Variant.PROXY: Cause.NETWORK,
    Variant.NOT_AWS: Cause.STS_ERROR,
    Variant.NEW_ACCOUNT: Cause.NOT_TESTED,
    Variant.SESSION_ENDED: Cause.CREDENTIALS_EXPIRED,
    Variant.EXPIRATION: Cause.CREDENTIAL_PROCESS_FAILED,
    Variant.LOGIN_NOT_ALLOWED: Cause.LOGIN_NEEDED,
}


def by_cause() -> Iterator[tuple[str, Said]]:
    """Yield what each cause has to say where nothing else is known."""
    for cause in Cause:
        failure = local(cause, message="no such thing", setting="region")
        yield f"{cause}", said(decision(failure))
    for variant in VARIANTS:
        setting = "output = x" if variant is Variant.STOPPING_SETTING else "role_arn"
        failure = local(CAUSES[variant], variant, message="no such thing", setting=setting)
        name = f"{CAUSES[variant]}, {variant.name}"
        yield name, said(decision(failure))


def too_long() -> Decision:
    """Return the decision on a chain that is longer than the AWS CLI can follow."""
    names = [f"p{number}" for number in range(LONGEST_CHAIN + 1)]
    sources = zip(names, [*names[1:], "default"], strict=True)
    profiles = {name: profile(name, source_profile=source) for name, source in sources}
    chain = resolve_chain({**profiles, "default": profile("default", **KEYS)}, "p0")
    return dataclasses.replace(decision(cause=Cause.CHAIN_TOO_LONG), chain=chain)


#: what the page about the causes shows where the text above is about settings that are not set
EXAMPLES: dict[str, Said] = {
    f"{Cause.SOURCE_REFUSED}, for example": said(
        decision(TOO_LONG, cause=Cause.SOURCE_REFUSED, hops=("known", "admin"), blocked_by="known")
    ),
    f"{Cause.CHAIN_TOO_LONG}, for example": said(too_long()),
}


def by_verdict() -> Iterator[tuple[str, Decision]]:
    """Yield decisions whose change decides on the texts; others are in `data/situations.txt`."""
    accepted = decision(outcome=PROOF, verdict=Verdict.ACCEPTED, change=Change.NONE)
    other = profile(role_session_name="other")
    kept = dataclasses.replace(accepted, profile=other, change=Change.KEEP)
    note = "a comment keeps its name"
    yield "accepted", accepted
    yield "accepted, another name", kept
    yield "rejected, a comment keeps the name", decision(NOT_AUTHORIZED, change=Change.KEEP)
    yield "accepted, a comment keeps the name", dataclasses.replace(kept, note=note)
    yield "accepted without a name only", dataclasses.replace(accepted, change=Change.LEAVE)
    web = decision(cause=Cause.WEB_IDENTITY, verdict=Verdict.UNKNOWN)
    yield "a web identity", dataclasses.replace(web, chain=None)


def explanations() -> Iterator[tuple[str, Said | Explanation]]:
    yield from by_cause()
    yield from EXAMPLES.items()
    expired = answered("ExpiredToken", "expired", "GetCallerIdentity")
    process = profile("default", credential_process="/opt/keys")
    keys = {**KEYS, "aws_session_token": "t"}.items()
    above = {
        key: Setting(value=value, place=Place(file=FileKind.CREDENTIALS, line=line))
        for line, (key, value) in enumerate(keys, start=2)
    }
    below = {"credential_process": process.settings["credential_process"]}
    both = dataclasses.replace(process, settings={**below, **above})
    yield (
        "a source with a session that overrides its process",
        explain_source(DEFAULT, expired, knowing({"default": both})),
    )
    for title, of in by_verdict():
        yield title, said(of)


def render() -> str:
    return "\n".join(
        "".join(f"{line}\n" for line in (f"# {title}", *lines_of(told)))
        for title, told in explanations()
    )


def test_every_message_and_hint_is_as_the_table_has_it() -> None:
    assert render() == expected(DATA / "explanations.txt", render())
