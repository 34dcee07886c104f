"""How findings are ranked, and put into words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_profiles.explain.ranking import if_by_deny, if_by_trust_policy, rank
from sync_profiles.explain.suspicions import (
    Finding,
    Topic,
    Wording,
    describe,
    ruled_out,
)
from sync_profiles.explain.weights import Weight

WEAK = Finding(Topic.MFA, 1, Wording.NO_MFA, {"who": "the role"})
FAIR = Finding(Topic.PERMISSION, 2, Wording.NO_PERMISSION)
FURTHER = Finding(Topic.EXTERNAL_ID, 2, Wording.NO_EXTERNAL_ID)
STRONG = Finding(Topic.TRUST, 3, Wording.NOT_TRUSTED)
CERTAIN = Finding(Topic.ROLE_NAME, Weight.CERTAIN, Wording.NO_ROLE_NAME, {"setting": "`role_arn`"})
TYPO = Finding(Topic.ROLE_NAME, 4, Wording.TYPO, {"other": "`dev`"})
WRONG_NAME = Finding(Topic.SESSION_NAME, 2, Wording.OTHER_SESSION_NAME)
FIXED_NAME = Finding(Topic.SESSION_NAME, 2, Wording.FIXED_NAME, {"name": "`x`"})
AGAIN = replace(FAIR, wording=Wording.NO_PERMISSION_IN_ACCOUNT)
FAR_BEHIND = replace(FURTHER, weight=-5)


@pytest.mark.parametrize(
    ("findings", "ranked"),
    [
        pytest.param([WEAK, STRONG], (STRONG, WEAK), id="the stronger first"),
        pytest.param([FAIR, FURTHER], (FAIR, FURTHER), id="of equal strength the first first"),
        pytest.param([WEAK, FAIR, TYPO, STRONG], (TYPO, STRONG, FAIR, WEAK), id="all that may be"),
        pytest.param([STRONG, FAR_BEHIND], (STRONG,), id="none that is far behind"),
        pytest.param([FAIR, STRONG, AGAIN], (FAIR, STRONG), id="on one topic they add up"),
        pytest.param(
            [Finding(Topic.TRUST, -2), STRONG, FAIR],
            (FAIR, STRONG),
            id="one without words counts as well",
        ),
        pytest.param([WEAK, CERTAIN, STRONG], (CERTAIN,), id="a certain one alone"),
        pytest.param([FAIR, AGAIN], (FAIR,), id="the first on a topic is shown"),
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
        pytest.param(
            (STRONG, WEAK, FURTHER, FIXED_NAME),
            f"likely reasons: (1) {STRONG.text}; (2) {WEAK.text}; also possible: the external ID, "
            "a fixed session name",
            f"likely reasons: (1) {STRONG.text}; (2) {WEAK.text}; also possible: the external ID, "
            "a fixed session name; otherwise wait",
            id="from the third on they are only named",
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
        TYPO,
        STRONG,
        ruled_out(Topic.MFA),
        CERTAIN,
        Finding(Topic.ROLE_NAME, -8),
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
    other_id = replace(FURTHER, wording=Wording.WRONG_EXTERNAL_ID)
    findings = [WEAK, FAIR, FURTHER, other_id, STRONG, WRONG_NAME, FIXED_NAME, TYPO, CERTAIN]
    left = if_by_deny(findings, is_by_role=is_by_role)

    assert {finding.topic for finding in left} == topics
    assert not {FURTHER.wording, FIXED_NAME.wording, TYPO.wording} & {
        finding.wording for finding in left
    }
