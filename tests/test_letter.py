"""The letters to the administrators who can end a refusal, held whole in `data/letters.txt`.

After a change, `make generated` writes them anew: read the diff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from examples import DATA, expected
from hint_cases import (
    CALL,
    CALLER,
    CHAINED,
    DENIED,
    HOP,
    NOT_AUTHORIZED,
    NOTHING,
    ROLE,
    SENT,
    answered,
    call_of,
    decision,
    profile,
    switch,
)
from plan_worlds import calling
from sync_profiles.causes import Cause
from sync_profiles.explain.letter import WIDTH, write_letters
from sync_profiles.explain.needed_access import NeededAccess, needed_access_of
from sync_profiles.explain.trust_policy_read import TrustPolicyRead
from sync_profiles.model import Profile, Source
from sync_profiles.outcomes import Caller, Failure, Outcome, Switch
from sync_profiles.planning.decision import Decision, Verdict
from sync_profiles.policy.judge import Naming

REFUSED = replace(NOT_AUTHORIZED, request_id="8a1b2c3d-0000-1111-2222-333344445555")
AUDIT_ROLE = "arn:aws:iam::333333333333:role/audit_role"
AUDIT = replace(REFUSED, message=REFUSED.message.replace(ROLE, AUDIT_ROLE))
COPY = replace(CALLER, source=Source(profile="copy"))
PERSON = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_0123456789abcdef"
COLLEAGUE = calling("arn:aws:iam::222222222222:user/work_api")
TAGGING = answered("AccessDenied", DENIED.replace("sts:AssumeRole", "sts:TagSession"))


def refusal(
    of: Decision,
    caller: Caller = CALLER,
    *others: Profile,
    sent: Mapping[Switch, Outcome] = NOTHING,
    read: TrustPolicyRead | None = None,
) -> NeededAccess | None:
    call = call_of(of, caller, *others, sent=sent)
    return needed_access_of(of, call, read=read) if call is not None else None


def refused(name: str = "admin", failure: Failure = REFUSED, **settings: str) -> Decision:
    """Return the decision about a profile whose call is refused."""
    return decision(failure, subject=profile(name, **settings), hops=(name,))


def under_both_names(
    read: TrustPolicyRead | None = None, *, first: str = "work_api", other: str = "deploy"
) -> NeededAccess | None:
    """Return the refusal of a call under the wanted name and under `deploy`, as the file has it."""
    of = refused("deploys", role_session_name="deploy")
    called = replace(of, switch=switch(of.profile, first))
    return refusal(called, sent={switch(of.profile, other): REFUSED}, read=read)


NAMES_OTHERS = [
    text
    for each in range(1, 4)
    for text in (
        f"statement {each} names `333333333333`: not the caller `{CALLER.arn}`",
        f"statement {each} requires that MFA is used: not met, the profile has no `mfa_serial`",
    )
]
REQUIRES_MORE = [
    "statement `Night` requires that the session name is `nightly`: not met, it is `work_api`",
    "statement `Night` requires that MFA is used: not met, the profile has no `mfa_serial`",
]
DENIES = ["statement 5 denies the call: it overrides every allow"]


def trust_policy(
    *requirements: str,
    name: str = "work_api",
    naming: Naming | None = None,
    is_own: bool = False,
) -> TrustPolicyRead:
    return TrustPolicyRead(
        is_own=is_own,
        sets=frozenset(["role_session_name"] if is_own else []),
        call=CALL.with_setting("role_session_name", name),
        reader="reader",
        refuses=naming is None,
        naming=naming,
        requirements=requirements,
    )


def because(reason: str) -> Decision:
    """Return the decision about a call to which AWS adds this reason."""
    return decision(answered("AccessDenied", f"{DENIED} {reason}"))


BY_IDENTITY = because("because no identity-based policy allows the sts:AssumeRole action")
BY_TRUST = because("because no resource-based policy allows the sts:AssumeRole action")
#: what is refused, and so what the letters ask for
LETTERS = {
    "one for each side, with all that the call is about": [
        refusal(refused(external_id="x-1", mfa_serial="arn:aws:iam::111111111111:mfa/work_api"))
    ],
    "one for all roles of an administrator": [
        refusal(refused()),
        refusal(refused("audit", AUDIT, role_arn=AUDIT_ROLE)),
    ],
    "roles that need the same statement share it": [
        refusal(refused()),
        refusal(refused("two", role_arn=f"{ROLE}2")),
    ],
    "those that need another one do not": [
        refusal(refused()),
        refusal(refused("two", role_arn=f"{ROLE}2")),
        refusal(refused("three", role_arn=f"{ROLE}3", external_id="x-1")),
    ],
    "profiles that make the same call share a letter": [
        refusal(refused()),
        refusal(refused("other"), COPY),
    ],
    "AWS names the caller's policies": [refusal(BY_IDENTITY)],
    "AWS names a permissions boundary": [
        refusal(because("because no permissions boundary allows the sts:AssumeRole action"))
    ],
    "AWS names the policy of a VPC endpoint": [
        refusal(because("because no VPC endpoint policy allows the sts:AssumeRole action"))
    ],
    "AWS names the trust policy": [refusal(BY_TRUST)],
    "AWS names an explicit deny": [
        refusal(because("with an explicit deny in a service control policy"))
    ],
    "AWS names an explicit deny of one role of several": [
        refusal(because("with an explicit deny in an identity-based policy")),
        refusal(refused("audit", AUDIT, role_arn=AUDIT_ROLE)),
    ],
    "the trust policy was read, and names others": [
        refusal(decision(REFUSED), read=trust_policy(*NAMES_OTHERS))
    ],
    "it requires more than is sent": [
        refusal(decision(REFUSED), read=trust_policy(*NAMES_OTHERS, *REQUIRES_MORE))
    ],
    "it denies the call, which AWS does not say": [
        refusal(decision(REFUSED), read=trust_policy(*NAMES_OTHERS, *DENIES))
    ],
    "the trust policy was read, and allows it": [
        refusal(decision(REFUSED), read=trust_policy(naming=Naming.ACCOUNT))
    ],
    "the trust policy was read, and allows it under the name in the file": [
        refusal(
            replace(refused(role_session_name="deploy"), switch=switch(profile(), "deploy")),
            read=trust_policy(naming=Naming.ACCOUNT),
        )
    ],
    "the trust policy was read, and may allow it under another name": [
        refusal(
            refused(role_session_name="deploy"),
            read=trust_policy(naming=Naming.ACCOUNT, is_own=True),
        ),
        refusal(refused("audit", AUDIT, role_arn=AUDIT_ROLE)),
    ],
    "the profile keeps another name, which the trust policy may require": [
        under_both_names(),
        refusal(refused()),
    ],
    "the trust policy was read, and allows it under the name that the profile keeps": [
        under_both_names(trust_policy(naming=Naming.ACCOUNT, name="deploy"))
    ],
    "the trust policy was read, and allows it under the name that a sync writes": [
        under_both_names(trust_policy(naming=Naming.ACCOUNT))
    ],
    "the trust policy was read, and refuses even the name that the profile keeps": [
        under_both_names(
            trust_policy(*REQUIRES_MORE[1:], name="deploy"),
            first="deploy",
            other="work_api",
        )
    ],
    "in one account, AWS names the caller's policies": [refusal(BY_IDENTITY, COLLEAGUE)],
    "in one account, AWS names the trust policy": [refusal(BY_TRUST, COLLEAGUE)],
    "in one account, the trust policy that names the user is enough": [
        refusal(decision(REFUSED), COLLEAGUE)
    ],
    "in one account, a role's session needs both": [
        refusal(decision(REFUSED), calling("arn:aws:sts::222222222222:assumed-role/ci/x"))
    ],
    "a permission set has the policies of its role": [
        refusal(BY_IDENTITY, calling(f"{PERSON}/jane"))
    ],
    "in a chain the session of the role above calls": [refusal(CHAINED, CALLER, HOP, sent=SENT)],
    "a chain that stops further up is about its hop": [
        refusal(
            decision(REFUSED, subject=profile("leaf"), hops=("hop", "leaf"), blocked_by="hop"),
            CALLER,
            HOP,
        )
    ],
    # a trust policy that lets the caller assume the role need not let it be tagged
    "an additional action has its own statement": [
        refusal(decision(TAGGING), read=trust_policy(naming=Naming.ACCOUNT))
    ],
}


def test_every_letter_is_as_the_file_has_it() -> None:
    shown = ""
    for sentence, refusals in LETTERS.items():
        letters = write_letters(each for each in refusals if each is not None)
        assert len({letter.account_id for letter in letters}) == len(letters) > 0
        shown += f"=== {sentence}\n" + "---\n".join(letter.text for letter in letters)
    wide = [line for line in shown.splitlines() if len(line) > WIDTH and "arn:" not in line]
    assert [line for line in wide if not line.startswith("===")] == []
    assert shown == expected(DATA / "letters.txt", shown)


def test_a_letter_names_the_profiles_that_it_is_for() -> None:
    refusals = [each for each in LETTERS["one for all roles of an administrator"] if each]
    assert [(letter.account_id, letter.profiles) for letter in write_letters(refusals)] == [
        ("111111111111", ("admin", "audit")),
        ("222222222222", ("admin",)),
        ("333333333333", ("audit",)),
    ]


@pytest.mark.parametrize(
    ("of", "caller"),
    [
        pytest.param(
            decision(REFUSED), calling("arn:aws:iam::111111111111:root"), id="root assumes no roles"
        ),
        pytest.param(
            decision(REFUSED),
            calling("arn:aws:sts::111111111111:federated-user/Bob"),
            id="a federated user assumes no roles",
        ),
        pytest.param(
            decision(REFUSED),
            calling("arn:aws-cn:iam::111111111111:user/a"),
            id="another partition",
        ),
        pytest.param(
            refused(role_arn="arn:aws:iam::222222222222:user/bob"), CALLER, id="the ARN of a user"
        ),
        pytest.param(refused(role_arn="admin"), CALLER, id="no ARN at all"),
        pytest.param(decision(REFUSED, verdict=Verdict.FIXABLE), CALLER, id="what a sync fixes"),
        pytest.param(
            decision(answered("ValidationError", "DurationSeconds exceeds the MaxSessionDuration")),
            CALLER,
            id="no policy is the cause",
        ),
        pytest.param(
            decision(Failure(cause=Cause.NO_CREDENTIALS, proves=True)), CALLER, id="no call at all"
        ),
    ],
)
def test_there_is_no_letter_if_no_policy_helps(of: Decision, caller: Caller) -> None:
    assert refusal(of, caller) is None
