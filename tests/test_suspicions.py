"""How findings are ranked, and put into words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_profiles.explain.suspicions import (
    Finding,
    Statement,
    Strength,
    Topic,
    describe,
    if_by_deny,
    if_by_trust_policy,
    rank,
    ruled_out,
)

WEAK = Finding(Topic.MFA, Strength.POSSIBLE, Statement.NO_MFA, {"who": "the role"})
FAIR = Finding(Topic.PERMISSION, Strength.LIKELY, Statement.NO_PERMISSION)
FURTHER = Finding(Topic.EXTERNAL_ID, Strength.LIKELY, Statement.NO_EXTERNAL_ID)
STRONG = Finding(Topic.TRUST, Strength.STRONG, Statement.NOT_TRUSTED)
CERTAIN = Finding(
    Topic.ROLE_NAME, Strength.CERTAIN, Statement.NO_ROLE_NAME, {"setting": "`role_arn`"}
)
TYPO = Finding(Topic.ROLE_NAME, Strength.STRONG, Statement.TYPO, {"other": "`dev`"})
WRONG_NAME = Finding(Topic.SESSION_NAME, Strength.LIKELY, Statement.OTHER_SESSION_NAME)
AGAIN = replace(FAIR, strength=Strength.STRONG)


@pytest.mark.parametrize(
    ("findings", "ranked"),
    [
        pytest.param([WEAK, STRONG], (STRONG, WEAK), id="the stronger first"),
        pytest.param([FAIR, FURTHER], (FAIR, FURTHER), id="of equal strength the first first"),
        pytest.param([WEAK, FAIR, FURTHER, STRONG], (STRONG, FAIR, FURTHER), id="three at most"),
        pytest.param([WEAK, CERTAIN, STRONG], (CERTAIN,), id="a certain one alone"),
        pytest.param([FAIR, AGAIN], (FAIR,), id="the first on a topic counts"),
        pytest.param([ruled_out(Topic.MFA), WEAK, FAIR], (FAIR,), id="a topic that is ruled out"),
        pytest.param([WEAK, FAIR, ruled_out(Topic.MFA)], (FAIR,), id="ruled out afterwards"),
        pytest.param([], (), id="nothing"),
    ],
)
def test_findings_are_ranked(findings: list[Finding], ranked: tuple[Finding, ...]) -> None:
    assert rank(findings) == ranked


@pytest.mark.parametrize(
    ("ranked", "hint", "with_otherwise"),
    [
        pytest.param(
            (TYPO, WEAK),
            "likely reasons: (1) a typo in the role name (`dev` works in this account); "
            "(2) the role requires MFA (no `mfa_serial` is set)",
            "likely reasons: (1) a typo in the role name (`dev` works in this account); "
            "(2) the role requires MFA (no `mfa_serial` is set); otherwise wait",
            id="several are numbered",
        ),
        pytest.param(
            (TYPO,),
            "likely reason: a typo in the role name (`dev` works in this account)",
            "likely reason: a typo in the role name (`dev` works in this account); otherwise wait",
            id="one needs no number",
        ),
        pytest.param((CERTAIN,), CERTAIN.text, CERTAIN.text, id="a certain one is the step"),
        pytest.param((), None, "wait", id="nothing"),
    ],
)
def test_ranked_findings_become_a_hint(
    ranked: tuple[Finding, ...], hint: str | None, with_otherwise: str
) -> None:
    assert describe(ranked) == hint
    assert describe(ranked, otherwise="wait") == with_otherwise


def test_a_trust_policy_is_not_about_permissions_and_hardly_about_the_name() -> None:
    findings = [TYPO, FAIR, STRONG, ruled_out(Topic.MFA), CERTAIN]

    assert if_by_trust_policy(findings) == (
        STRONG,
        ruled_out(Topic.MFA),
        CERTAIN,
        replace(TYPO, strength=Strength.POSSIBLE),
    )


@pytest.mark.parametrize(
    ("is_by_role", "topics"),
    [
        (False, {Topic.MFA, Topic.ROLE_NAME}),
        (True, {Topic.MFA, Topic.ROLE_NAME, Topic.EXTERNAL_ID, Topic.SESSION_NAME}),
    ],
)
def test_a_deny_may_be_about_what_the_caller_leaves_out(
    topics: set[Topic], *, is_by_role: bool
) -> None:
    mfa = replace(WEAK, strength=Strength.LIKELY)
    findings = [WEAK, mfa, FAIR, FURTHER, STRONG, WRONG_NAME, TYPO, CERTAIN]
    left = if_by_deny(findings, is_by_role=is_by_role)

    assert {finding.topic for finding in left} == topics
    assert WEAK not in left
    assert TYPO not in left
