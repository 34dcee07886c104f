"""Entries of a kubeconfig that assume a profile's role under a name of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e import Home, keys, role_profile
from examples import params
from hint_cases import ROLE, decision, profile
from sync_profiles.lint.kube_entries import find_entries
from sync_profiles.planning.decision import Verdict
from sync_profiles.sandbox import story as s

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


def test_a_check_names_the_entries_and_what_it_says_works(empty_home: Home) -> None:
    role = s.ADMIN_ROLE.arn
    config = role_profile("bad", role, "missing") + role_profile(
        "p", role, "default", role_session_name="work_api"
    )
    home = empty_home.write(config, keys("default", s.WORK_API.credentials))
    folder = home.path / ".kube"
    folder.mkdir()
    (folder / "config").write_text(BLOCK.replace(ROLE, role), encoding="utf-8")

    checked = home.run("check", "--output", "json")
    (entry,) = checked.report["kubeconfig"]
    hint = "write `--profile` and `p` in place of `--role` and its value"
    assert entry == {
        "file": str(folder / "config"),
        "line": 16,
        "profile": "p",
        "role_arn": role,
        "message": "`aws eks get-token --role` assumes the role as `EKSGetTokenAuth`, not under "
        "your name",
        "hint": hint,
    }
    table = " ".join(home.run("check").stdout.split())
    assert "in the kubeconfig (1) ~/.kube/config, line 16: `aws eks get-token" in table
    assert hint in table
    assert "kubeconfig" not in home.run("check", "--quiet").stdout
    assert home.run("check", "-p", "bad", "--output", "json").report["kubeconfig"] != []
    get_token = ("eks", "get-token", "--cluster-name", "prod", "--region", "us-east-1")
    assert "AccessDenied" in home.run_aws(*get_token, "--role", role).stderr
    followed = home.run_aws(*get_token, "--profile", "p")
    assert followed.code == 0, followed.stderr


def test_the_files_of_the_variable_are_read_and_odd_ones_left_out(empty_home: Home) -> None:
    role = s.ADMIN_ROLE.arn
    config = role_profile("p", role, "default", role_session_name="work_api")
    home = empty_home.write(config, keys("default", s.WORK_API.credentials))
    names = [home.path / name for name in ("missing", "fifo", "folder", "one", "bytes", "one")]
    if hasattr(os, "mkfifo"):
        os.mkfifo(names[1])
    names[2].mkdir()
    names[3].write_text(BLOCK.replace(ROLE, role), encoding="utf-8")
    names[4].write_bytes(b"\xff\xfe\x00args: [\x80")
    several = home.with_environment(KUBECONFIG=os.pathsep.join(["", *map(str, names)]))
    checked = several.run("check", "--output", "json")
    assert checked.code == 0
    assert [(entry["file"], entry["line"]) for entry in checked.report["kubeconfig"]] == [
        (str(names[3]), 16)
    ]
    assert "secret" not in checked.stdout
