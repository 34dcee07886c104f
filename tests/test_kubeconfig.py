"""Entries of a kubeconfig that assume a profile's role under a name of their own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from e2e import Home, keys, role_profile
from hint_cases import ROLE, decision, profile
from sync_profiles.lint.kube_entries import find_entries
from sync_profiles.planning.verdict import Verdict
from sync_profiles.sandbox import story as s

IN_PLACE = "write `--profile` and `admin` in place of `--role` and its value"
BESIDE = "write `admin` after `--profile`, and remove `--role-arn` and its value"
BY_VARIABLE = "remove `-r` and its value, and set `AWS_PROFILE` to `admin` in the entry's `env`"

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
FLOW = f"""\
users: [{{name: prod, user: {{exec: {{command: aws, args: [eks, "get-token",
  --profile, base,  # the keys
  --role-arn, {ROLE}]}}}}}}]
"""


def as_json(*args: str, indent: int | None = None) -> str:
    document = {"users": [{"name": "prod", "user": {"exec": {"command": "aws", "args": args}}}]}
    return json.dumps(document, indent=indent)


GET_TOKEN = ("eks", "get-token", "--cluster-name", "prod")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(BLOCK, [(16, IN_PLACE)], id="a block"),
        pytest.param(BLOCK.replace("\n", "\r\n"), [(16, IN_PLACE)], id="lines of Windows"),
        pytest.param(BLOCK.replace("      - ", "        - "), [(16, IN_PLACE)], id="indented more"),
        pytest.param(BLOCK.replace(" '", " ").replace("'", ""), [(16, IN_PLACE)], id="plain words"),
        pytest.param(FLOW, [(3, BESIDE)], id="brackets, and another profile"),
        pytest.param(as_json(*GET_TOKEN, "--role", ROLE), [(1, IN_PLACE)], id="JSON"),
        pytest.param(
            as_json(*GET_TOKEN, f"--role={ROLE}", indent=1), [(13, IN_PLACE)], id="long JSON"
        ),
        pytest.param(BLOCK + FLOW, [(16, IN_PLACE), (24, BESIDE)], id="two entries"),
        pytest.param(
            as_json("token", "-i", "prod", "-r", ROLE),
            [(1, BY_VARIABLE)],
            id="aws-iam-authenticator",
        ),
        pytest.param(as_json("token", "-i", "prod", "-r", ROLE, "-s", "me"), [], id="with a name"),
        pytest.param(as_json("token", "-i", "prod"), [], id="aws-iam-authenticator without a role"),
        pytest.param(as_json(*GET_TOKEN, "--profile", "admin"), [], id="by the profile"),
        pytest.param(as_json(*GET_TOKEN, "--role-arn", ROLE + "2"), [], id="another role"),
        pytest.param(as_json(*GET_TOKEN, "--role-arn"), [], id="an option without its value"),
        pytest.param(as_json("s3", "ls", "--role-arn", ROLE), [], id="another command"),
        pytest.param(BLOCK.replace("      ", "#     "), [], id="comments"),
        pytest.param("args: [eks, get-token, --role, " + ROLE, [(1, IN_PLACE)], id="not closed"),
        pytest.param("args:\n- eks\n- get-token\n- {a: b", [], id="something else"),
        pytest.param(
            BLOCK.replace('"--cluster-name"', r'"\q"'), [(16, IN_PLACE)], id="not a word of JSON"
        ),
        pytest.param("args:", [], id="nothing"),
        pytest.param("\x00[[[{{{\"'args: ['\n- \"", [], id="not YAML"),
    ],
)
def test_an_entry(text: str, found: list[tuple[int, str]]) -> None:
    accepted = decision(subject=profile(), verdict=Verdict.ACCEPTED)
    other = decision(subject=profile("web", web_identity_token_file="/t"))
    entries = find_entries([(Path("config"), text)], [other, accepted])
    assert [(entry.line, entry.hint) for entry in entries] == found
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
