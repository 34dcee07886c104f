"""The letters to the administrators who can end a refusal; two are whole in `data/letters.txt`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from examples import examples
from hint_cases import CALLER, DENIED, NOT_AUTHORIZED, ROLE, answered, calling, decision, profile
from refused_in_chain import CHAINED, HOP, NOTHING, SENT, call_of
from sync_profiles.causes import Cause
from sync_profiles.decisions import Decision, Verdict
from sync_profiles.explain.letter import write_letters
from sync_profiles.explain.refusal import Refusal, refusal_of
from sync_profiles.explain.trust_policy_read import TrustPolicyRead
from sync_profiles.model import Profile, Source
from sync_profiles.outcomes import Caller, Failure, Outcome, Switch
from sync_profiles.policy.judge import Naming

REFUSED = replace(NOT_AUTHORIZED, request_id="8a1b2c3d-0000-1111-2222-333344445555")
DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
ROLE_LETTER, CALLER_LETTER = (text for _, text in examples("letters.txt"))
AUDIT_ROLE = "arn:aws:iam::333333333333:role/audit_role"
AUDIT = decision(
    replace(REFUSED, message=REFUSED.message.replace(ROLE, AUDIT_ROLE)),
    subject=profile("audit", role_arn=AUDIT_ROLE),
    hops=("audit",),
)


def refusal(
    of: Decision,
    caller: Caller = CALLER,
    *others: Profile,
    sent: Mapping[Switch, Outcome] = NOTHING,
    read: TrustPolicyRead | None = None,
) -> Refusal | None:
    call = call_of(of, caller, *others, sent=sent)
    return refusal_of(of, call, read=read) if call is not None else None


def letters(*refusals: Refusal | None) -> dict[str, str]:
    """Return the letters by account."""
    found = write_letters(each for each in refusals if each is not None)
    return {letter.account_id: letter.text for letter in found}


def paragraphs(text: str) -> list[str]:
    return text.split("\n\n")


def trust_policy(naming: Naming | None = None) -> TrustPolicyRead:
    return TrustPolicyRead(role_arn=ROLE, reader="reader", refuses=naming is None, naming=naming)


def test_a_letter_for_each_side() -> None:
    subject = profile(external_id="x-1", mfa_serial=DEVICE)
    found = letters(refusal(decision(REFUSED, subject=subject)))

    assert list(found) == ["222222222222", "111111111111"]
    assert found["222222222222"] == ROLE_LETTER


def test_one_letter_for_all_roles_of_an_administrator() -> None:
    found = write_letters([each for of in (decision(REFUSED), AUDIT) if (each := refusal(of))])

    assert [(letter.account_id, letter.profiles) for letter in found] == [
        ("222222222222", ("admin",)),
        ("111111111111", ("admin", "audit")),
        ("333333333333", ("audit",)),
    ]
    assert found[1].text == CALLER_LETTER


@pytest.mark.parametrize(
    ("others", "sentences"),
    [
        pytest.param(
            [{"role_arn": f"{ROLE}2"}],
            ["The trust policy of each of these roles needs this statement, unless one"],
            id="the same statement",
        ),
        pytest.param(
            [{"role_arn": f"{ROLE}2"}, {"role_arn": f"{ROLE}3", "external_id": "x-1"}],
            [
                "The trust policies of admin_role and admin_role2 need this statement,",
                "The trust policy of admin_role3 needs this statement, unless one",
            ],
            id="different statements",
        ),
        pytest.param(
            [{}], ["The trust policy of the role needs this statement, unless one"], id="one role"
        ),
    ],
)
def test_roles_that_need_the_same_statement_share_it(
    others: list[dict[str, str]], sentences: list[str]
) -> None:
    subjects = [profile(), *(profile(f"p{n}", **more) for n, more in enumerate(others))]
    refused = [decision(REFUSED, subject=each, hops=(each.name,)) for each in subjects]
    text = letters(*map(refusal, refused))["222222222222"]

    shown = [part.partition("\n")[0] for part in paragraphs(text) if part.startswith("The trust")]
    assert [line[: len(want)] for line, want in zip(shown, sentences, strict=True)] == sentences
    assert text.count("Role:  ") == len({each.role_arn for each in subjects})


BY_IDENTITY = answered(
    "AccessDenied", f"{DENIED} because no identity-based policy allows the sts:AssumeRole action"
)
BY_BOUNDARY = answered(
    "AccessDenied",
    f"{DENIED} because no permissions boundary allows the sts:AssumeRole action",
)
BY_TRUST = answered(
    "AccessDenied", f"{DENIED} because no resource-based policy allows the sts:AssumeRole action"
)
BY_SCP = answered("AccessDenied", f"{DENIED} with an explicit deny in a service control policy")


@pytest.mark.parametrize(
    ("failure", "read", "account", "sentence"),
    [
        pytest.param(
            BY_IDENTITY, None, "111111111111", "The user work_api needs this in a policy:", id="AWS"
        ),
        pytest.param(
            BY_BOUNDARY,
            None,
            "111111111111",
            "The user work_api needs this in its permissions boundary:",
            id="a boundary",
        ),
        pytest.param(
            BY_TRUST,
            None,
            "222222222222",
            "The trust policy of the role needs this statement. It allows me under this\n"
            "session name only; the policy's Version must be the same:",
            id="AWS names the trust policy",
        ),
        pytest.param(
            REFUSED,
            trust_policy(),
            "222222222222",
            "The trust policy of the role needs this statement. It allows me under this\n"
            "session name only; the policy's Version must be the same:",
            id="the trust policy was read",
        ),
        pytest.param(
            REFUSED,
            trust_policy(Naming.ACCOUNT),
            "111111111111",
            "The role's trust policy allows me already.",
            id="the trust policy was read, and allows it",
        ),
        pytest.param(
            BY_SCP,
            None,
            "111111111111",
            "An explicit deny (service control policy) overrides every allow: please\n"
            "exclude this call from it.",
            id="an explicit deny",
        ),
    ],
)
def test_the_side_that_is_known_to_refuse_gets_the_only_letter(
    failure: Failure, read: TrustPolicyRead | None, account: str, sentence: str
) -> None:
    found = letters(refusal(decision(failure), read=read))

    assert list(found) == [account]
    assert sentence in paragraphs(found[account])


def test_in_one_account_only_the_policy_that_aws_names_is_asked_for() -> None:
    colleague = calling("arn:aws:iam::222222222222:user/work_api")
    texts = [letters(refusal(decision(each), colleague)) for each in (BY_IDENTITY, BY_TRUST)]
    asked = [[part[:9] for part in paragraphs(text["222222222222"])[3:]] for text in texts]

    assert asked == [["The user ", '{\n  "Vers'], ["The trust", '{\n  "Vers']]


def test_profiles_that_make_the_same_call_share_a_letter() -> None:
    copy = replace(CALLER, source=Source(profile="copy"))
    of = [decision(REFUSED), decision(REFUSED, subject=profile("other"), hops=("other",))]
    refusals = [refusal(each, caller) for each, caller in zip(of, (CALLER, copy), strict=True)]

    (role_letter, *_) = letters(*refusals).values()
    assert role_letter.count("Role:  ") == 1


def test_lines_are_narrow_except_for_unbreakable_text() -> None:
    words = f"{DENIED} because no identity-based policy allows the sts:AssumeRole action " * 3
    (text,) = letters(refusal(decision(answered("AccessDenied", words)))).values()

    assert [line for line in text.splitlines() if len(line) > 78 and "arn:" not in line] == []


def test_in_a_chain_the_session_of_the_role_above_calling() -> None:
    found = letters(refusal(CHAINED, CALLER, HOP, sent=SENT))
    _, _, facts, _, trust = paragraphs(found["222222222222"])

    assert facts == (
        "I am:          arn:aws:iam::111111111111:user/team/work_api\n"
        "Through:       arn:aws:iam::333333333333:role/team/hop\n"
        "Role:          arn:aws:iam::222222222222:role/admin_role\n"
        "Session name:  work_api\n"
        "Refused at:    2026-03-04T05:06:07Z (UTC)\n"
        "AWS says:      AccessDenied"
    )
    assert json.loads(trust)["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::333333333333:role/team/hop"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {"sts:RoleSessionName": "work_api"}},
        }
    ]
    assert "\n\nThe role hop needs this in a policy, unless" in found["333333333333"]


def test_a_chain_that_stops_further_up_is_about_its_hop() -> None:
    blocked = decision(REFUSED, subject=profile("leaf"), hops=("hop", "leaf"), blocked_by="hop")

    assert paragraphs(letters(refusal(blocked, CALLER, HOP))["333333333333"])[1] == (
        "Please let me assume the role hop in account 333333333333."
    )
    assert refusal(blocked) is None


def test_an_additional_action_has_its_own_statement() -> None:
    tags = answered("AccessDenied", DENIED.replace("sts:AssumeRole", "sts:TagSession"))
    # a trust policy that lets the caller assume the role need not let it be tagged
    read = trust_policy(Naming.ACCOUNT)
    found = letters(refusal(decision(tags), read=read))
    trust, identity = (json.loads(paragraphs(text)[-1])["Statement"] for text in found.values())

    assert trust[1] == {
        "Effect": "Allow",
        "Principal": {"AWS": CALLER.arn},
        "Action": "sts:TagSession",
    }
    assert identity == [
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": ROLE}
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
            decision(REFUSED, subject=profile(role_arn="arn:aws:iam::222222222222:user/bob")),
            CALLER,
            id="the ARN of a user",
        ),
        pytest.param(
            decision(REFUSED, subject=profile(role_arn="admin")), CALLER, id="no ARN at all"
        ),
        pytest.param(decision(REFUSED, verdict=Verdict.FIXABLE), CALLER, id="what a sync fixes"),
        pytest.param(
            decision(answered("ValidationError", "DurationSeconds exceeds the MaxSessionDuration")),
            CALLER,
            id="no policy is the cause",
        ),
        pytest.param(
            decision(Failure(cause=Cause.NO_CREDENTIALS, proves=True)), CALLER, id="no call at all"
        ),
        pytest.param(
            decision(REFUSED, hops=("hop", "admin")), CALLER, id="a hop that is not known"
        ),
    ],
)
def test_there_is_no_letter_if_no_policy_helps(of: Decision, caller: Caller) -> None:
    assert refusal(of, caller) is None
