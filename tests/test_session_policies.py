"""A session policy fits, allows what the chain needs next, and nothing else."""

from __future__ import annotations

import fnmatch
import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples, unescape
from sync_profiles.aws.session_policies import POLICY_LIMIT, next_roles_of, restricted_policy

ACCOUNTS = [f"{number:012}" for number in range(100)]


def role(name: str, account_id: str = "222222222222", partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account_id}:role/{name}"


ACTIONS = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]


def allowing(*resources: str) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"},
            {"Effect": "Deny", "NotAction": ACTIONS, "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "NotResource": list(resources)},
        ],
    }


NOTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
}


@pytest.mark.parametrize("example", dict(examples("session_policies.txt")).values())
def test_a_session_may_do_nothing_but_assume_the_next_roles(example: str) -> None:
    next_roles, _, resources = example.rstrip().partition("---\n")
    expected = allowing(*resources.split("\n")) if resources else NOTHING
    assert restricted_policy([unescape(line) for line in next_roles.splitlines()]) == expected


LONG_NAMES = [f"{number:060}" for number in range(60)]


@pytest.mark.parametrize(
    ("names", "accounts", "resources"),
    [
        (LONG_NAMES, ["222222222222"], [role("*")]),
        (LONG_NAMES[:9], ACCOUNTS[:4], [role("*", account) for account in ACCOUNTS[:4]]),
        (["a"], ACCOUNTS, ["*"]),
    ],
    ids=["to their account", "to their accounts", "to every role"],
)
def test_too_many_roles_are_widened(
    names: list[str], accounts: list[str], resources: list[str]
) -> None:
    next_roles = [role(name, account) for name in names for account in accounts]
    assert restricted_policy(next_roles) == allowing(*resources)


names = st.from_regex(r"(?:[a-z0-9+=,.@_!-]{1,20}/){0,2}[a-zA-Z0-9+=,.@_-]{1,64}", fullmatch=True)
roles = st.builds(role, names, st.sampled_from(ACCOUNTS), st.sampled_from(["aws", "aws-cn"]))


@given(st.lists(roles | st.text(max_size=20), max_size=60), st.lists(roles, min_size=1))
def test_every_policy_fits_and_allows_the_next_roles_and_only_to_assume_roles(
    some: list[str], needed: list[str]
) -> None:
    policy = restricted_policy([*some, *needed])
    assert len(json.dumps(policy, separators=(",", ":"))) <= POLICY_LIMIT
    *_, statement = cast("list[dict[str, object]]", policy["Statement"])
    resources = cast("list[str]", statement["NotResource"])
    assert policy == allowing(*resources)
    assert [
        name
        for name in needed
        if not any(fnmatch.fnmatchcase(name, resource) for resource in resources)
    ] == []


def test_a_longest_list_that_fits_is_not_widened() -> None:
    fitting = [role("a" * 64, account) for account in ACCOUNTS[:16]]
    policy = restricted_policy(fitting)
    assert policy == allowing(*fitting)
    spare = POLICY_LIMIT - len(json.dumps(policy, separators=(",", ":"))) - len(',""')
    last = role("p" * (spare - len(role("/b"))) + "/b")
    assert restricted_policy([*fitting, last]) == allowing(*fitting, last)
    assert restricted_policy([*fitting, f"{last}b"]) != allowing(*fitting, f"{last}b")


def test_a_session_needs_only_the_roles_of_its_partition() -> None:
    china = role("a", partition="aws-cn")
    children = {role("p"): [role("a"), china, "nonsense"], china: [role("b")], "odd": [role("c")]}
    assert next_roles_of(role("p"), children) == (role("a"),)
    assert next_roles_of(china, children) == ()
    assert next_roles_of("odd", children) == ()
    assert next_roles_of(role("childless"), children) == ()
