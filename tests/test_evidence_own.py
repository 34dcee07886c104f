from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.causes import Cause
from sync_profiles.explain.case import Case
from sync_profiles.explain.evidence import (
    Cleared,
    Evidence,
    Proof,
    Strength,
    Suspicion,
    Topic,
    hint_from,
)
from sync_profiles.explain.evidence_own import own_evidence
from sync_profiles.model import Chain, FileKind, Place, Profile, Setting, Source
from sync_profiles.outcomes import Caller, ServiceFailure

USER = "arn:aws:iam::111111111111:user/work_api"
ROLE = "arn:aws:iam::222222222222:role/ops/admin_role"
ARNS = st.text() | st.lists(
    st.sampled_from(
        [
            "arn",
            "aws",
            "aws-cn",
            "iam",
            "sts",
            "",
            "1",
            "222222222222",
            "root",
            "role",
            "assumed-role",
            "assumed-role/",
            "assumed-role/x",
            "user/x",
            "role/a/b",
        ]
    ),
    max_size=8,
).map(":".join)
SOURCE = Source(profile="default")


def case(caller_arn: str = USER, *, hops: tuple[str, ...] = ("admin",), **settings: str) -> Case:
    place = Place(file=FileKind.CONFIG, line=12)
    values = {"role_arn": ROLE, **settings}
    profile = Profile(
        name="admin",
        settings={key: Setting(value=value, place=place) for key, value in values.items()},
        section="profile admin",
        place=place,
        client="admin",
    )
    return Case(
        cause=Cause.NOT_AUTHORIZED,
        failure=ServiceFailure(operation="AssumeRole", code="AccessDenied", message=""),
        source=SOURCE,
        profile=profile,
        chain=Chain(source=SOURCE, hops=hops),
        caller=Caller(source=SOURCE, arn=caller_arn, account_id=caller_arn.split(":")[4]),
        wanted_name="work_api",
    )


def hint(of: Case) -> str:
    return hint_from(own_evidence(of)) or ""


def test_a_users_plain_profile_is_ranked_by_what_goes_wrong_most() -> None:
    assert hint(case()) == (
        "check, likeliest first: "
        "(1) whether `role_arn` (config, line 12) is spelt right, case included; "
        "(2) whether the role's trust policy names the caller; "
        "(3) whether the role demands MFA (no `mfa_serial` is set)"
    )


@pytest.mark.parametrize(
    ("arn", "step"),
    [
        pytest.param(
            "arn:aws:iam::222222222222:user/bob",
            "correct `role_arn` (config, line 12): it names an IAM user, not a role such as "
            "`arn:aws:iam::222222222222:role/NAME`",
            id="a user's ARN",
        ),
        pytest.param(
            "arn:aws:sts::222222222222:assumed-role/admin_role/bob",
            "correct `role_arn` (config, line 12): it names a role's session, not a role such as "
            "`arn:aws:iam::222222222222:role/admin_role`",
            id="a session's ARN",
        ),
        pytest.param(
            "arn:aws:sts::222222222222:assumed-role",
            "correct `role_arn` (config, line 12): it names a role's session, not a role such as "
            "`arn:aws:iam::222222222222:role/NAME`",
            id="half of a session's ARN",
        ),
        pytest.param(
            "arn:aws:iam::2222:role/x",
            "correct `role_arn` (config, line 12): `2222` is no account ID of 12 digits",
            id="a short account ID",
        ),
        pytest.param(
            "arn:aws:iam::222222222222:role/ops/admin_role # production",
            "correct `role_arn` (config, line 12): it ends in no role's name, which is 1 to 64 of "
            "`A-Z a-z 0-9 _+=,.@-`",
            id="a comment behind the role's name",
        ),
        pytest.param(
            "arn:aws-cn:iam::222222222222:role/x",
            "use a source of partition `aws-cn` in `source_profile` in `[profile admin]` "
            "(config, line 12): the caller is of `aws`, and no role trusts across partitions",
            id="another partition",
        ),
    ],
)
def test_a_proof_stands_alone(arn: str, step: str) -> None:
    assert hint(case(role_arn=arn)) == step


def test_a_federated_user_assumes_no_role() -> None:
    assert hint(case("arn:aws:sts::111111111111:federated-user/fred")) == (
        "use a source of an IAM user or of a role in `source_profile` in `[profile admin]` "
        "(config, line 12): a federated user's keys assume no role"
    )


@pytest.mark.parametrize(
    ("arn", "hops", "who"),
    [
        (
            "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_1/jane",
            ("admin",),
            "an Identity Center user",
        ),
        ("arn:aws:sts::111111111111:assumed-role/ci/build", ("admin",), "a role's session"),
        ("arn:aws:iam::111111111111:root", ("admin",), "the root user"),
        (USER, ("hop", "admin"), "a role's session"),
    ],
    ids=["Identity Center", "a role", "root", "the second hop"],
)
def test_a_caller_without_a_user_name_meets_no_condition_on_it(
    arn: str, hops: tuple[str, ...], who: str
) -> None:
    text = hint(case(arn, hops=hops))

    assert text.startswith(
        "check, likeliest first: (1) whether the role has a condition on `${aws:username}`, "
        f"which {who} never meets; "
    )
    assert "MFA" not in text


def test_on_a_second_hop_a_session_calls() -> None:
    assert hint(case(hops=("hop", "admin"))) == (
        "check, likeliest first: "
        "(1) whether the role has a condition on `${aws:username}`, which a role's session never "
        "meets; "
        "(2) whether the role trusts the session of `hop`, not `default` alone; "
        "(3) whether `role_arn` (config, line 12) is spelt right, case included"
    )


def test_a_role_that_assumes_itself_is_told() -> None:
    text = hint(case("arn:aws:sts::222222222222:assumed-role/admin_role/x"))

    assert "(1) whether `admin` is needed, as the caller has the role already; " in text
    assert "external ID" not in text


def test_a_name_that_must_stay_is_suspected() -> None:
    kept = dataclasses.replace(
        case(role_session_name="old"), note="a comment in its section keeps its name"
    )

    assert (
        "(1) whether the role demands the session name `work_api`, which `admin` lacks: "
        "a comment in its section keeps its name; " in hint(kept)
    )


@given(caller=ARNS, role=ARNS)
def test_any_arns_give_a_hint(caller: str, role: str) -> None:
    of = case(role_arn=role)
    assert of.caller is not None

    assert hint(dataclasses.replace(of, caller=dataclasses.replace(of.caller, arn=caller)))


def suspicion(topic: Topic, strength: Strength, check: str) -> Suspicion:
    return Suspicion(topic=topic, strength=strength, check=check)


WEAK = suspicion(Topic.MFA, Strength.POSSIBLE, "weak")
FAIR = suspicion(Topic.PERMISSION, Strength.LIKELY, "fair")
FURTHER = suspicion(Topic.EXTERNAL_ID, Strength.LIKELY, "further")
STRONG = suspicion(Topic.TRUST, Strength.STRONG, "strong")


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        pytest.param(
            [WEAK, STRONG], "check, likeliest first: (1) strong; (2) weak", id="the stronger first"
        ),
        pytest.param(
            [FAIR, FURTHER],
            "check, likeliest first: (1) fair; (2) further",
            id="of equal strength the first first",
        ),
        pytest.param(
            [WEAK, FAIR, FURTHER, STRONG],
            "check, likeliest first: (1) strong; (2) fair; (3) further",
            id="three at most",
        ),
        pytest.param([WEAK], "check weak", id="one needs no number"),
        pytest.param([WEAK, Proof(step="do it")], "do it", id="a proof alone"),
        pytest.param(
            [FAIR, suspicion(Topic.PERMISSION, Strength.STRONG, "late")],
            "check fair",
            id="the first word on a topic counts",
        ),
        pytest.param(
            [Cleared(topic=Topic.MFA), WEAK, FAIR], "check fair", id="a topic that is cleared"
        ),
        pytest.param(
            [WEAK, FAIR, Cleared(topic=Topic.MFA)], "check fair", id="a topic that is cleared late"
        ),
        pytest.param([], None, id="nothing"),
    ],
)
def test_evidence_is_ranked(evidence: list[Evidence], text: str | None) -> None:
    assert hint_from(evidence) == text


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        pytest.param(
            [WEAK, STRONG],
            "check, likeliest first: (1) strong; (2) weak; else wait",
            id="behind the checks",
        ),
        pytest.param([WEAK], "check weak; else wait", id="behind one check"),
        pytest.param([WEAK, Proof(step="do it")], "do it", id="not behind a proof"),
        pytest.param([Cleared(topic=Topic.MFA)], "wait", id="alone"),
    ],
)
def test_there_is_a_step_where_no_check_finds_anything(evidence: list[Evidence], text: str) -> None:
    assert hint_from(evidence, otherwise="wait") == text
