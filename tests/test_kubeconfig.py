"""Entries of a kubeconfig that assume a profile's role under a name of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples import params
from hint_cases import ROLE, decision, profile
from sync_profiles.lint.kube_entries import find_entries
from sync_profiles.planning.decision import Verdict

BLOCK = f"""\
apiVersion: v1
users:
- name: arn:aws:eks:eu-west-1:222222222222:cluster/prod
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      # as `aws eks update-kubeconfig --role-arn` writes it
      - --region
      - eu-west-1
      - eks

      - get-token
      - "--cluster-name"
      - prod # the big one
      - --role
      - '{ROLE}'
      command: aws
- name: token
  user:
    token: secret
"""


@pytest.mark.parametrize(("text", "found"), params("kube_entries.txt"))
def test_an_entry(text: str, found: str) -> None:
    accepted = decision(subject=profile(), verdict=Verdict.ACCEPTED)
    other = decision(subject=profile("web", web_identity_token_file="/t"))
    text = text.replace("BLOCK\n", BLOCK)
    entries = find_entries([(Path("config"), text)], [other, accepted])
    assert [f"line {entry.line}: {entry.hint}" for entry in entries] == found.splitlines()
    assert all((entry.profile, entry.role_arn) == ("admin", ROLE) for entry in entries)
