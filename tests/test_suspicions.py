"""How findings are ranked where no other table shows it.

The rest is in `data/comparisons.txt`, `data/profile_findings.txt` and `data/situations.txt`.
"""

from __future__ import annotations

import pytest

from sync_profiles.explain.ranking import rank, remaining_if_denied
from sync_profiles.explain.suspicions import Finding, Topic, Wording, ruled_out
from sync_profiles.explain.weights import Weight

WEAK = Finding(Topic.MFA, 1, Wording.NO_MFA, {"who": "the role"})
FAIR = Finding(Topic.PERMISSION, 2, Wording.NO_PERMISSION)
WRONG_ID = Finding(Topic.EXTERNAL_ID, 2, Wording.WRONG_EXTERNAL_ID)
WRONG_NAME = Finding(Topic.SESSION_NAME, 2, Wording.OTHER_SESSION_NAME)
STRONG = Finding(Topic.TRUST, 3, Wording.NOT_TRUSTED)
CERTAIN = Finding(Topic.ROLE_NAME, Weight.CERTAIN, Wording.NO_ROLE_NAME, {"setting": "`role_arn`"})


@pytest.mark.parametrize(
    ("findings", "ranked"),
    [
        pytest.param([WEAK, CERTAIN, STRONG], (CERTAIN,), id="a certain one alone"),
        pytest.param([ruled_out(Topic.MFA), WEAK, FAIR], (FAIR,), id="a topic that is ruled out"),
        pytest.param([WEAK, ruled_out(Topic.MFA)], (), id="ruled out afterwards, and nothing else"),
    ],
)
def test_findings_are_ranked(findings: list[Finding], ranked: tuple[Finding, ...]) -> None:
    assert rank(findings) == ranked


@pytest.mark.parametrize(
    ("is_by_role", "left"),
    [(False, (WEAK, CERTAIN)), (True, (WEAK, WRONG_ID, WRONG_NAME, CERTAIN))],
)
def test_a_deny_may_be_about_what_the_caller_leaves_out(
    left: tuple[Finding, ...], *, is_by_role: bool
) -> None:
    findings = [WEAK, FAIR, WRONG_ID, STRONG, WRONG_NAME, CERTAIN]
    assert remaining_if_denied(findings, is_by_role=is_by_role) == left
