"""Entries of a kubeconfig that assume a profile's role under a name of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples import DATA, params
from hint_cases import ROLE, decision, profile
from sync_profiles.lint.kube_entries import find_entries
from sync_profiles.planning.decision import Verdict

BLOCK = (DATA / "kubeconfig.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "found"), params("kube_entries.txt"))
def test_an_entry(text: str, found: str) -> None:
    accepted = decision(subject=profile(), verdict=Verdict.ACCEPTED)
    other = decision(subject=profile("web", web_identity_token_file="/t"))
    text = text.replace("BLOCK\n", BLOCK)
    entries = find_entries([(Path("config"), text)], [other, accepted])
    assert [f"line {entry.line}: {entry.hint}" for entry in entries] == found.splitlines()
    assert all((entry.profile, entry.role_arn) == ("admin", ROLE) for entry in entries)
