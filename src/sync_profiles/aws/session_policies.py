"""The inline session policies by which the credentials of a test can do nothing else.

What is not allowed is denied, too: a resource's own policy that names a session is limited by an
explicit deny alone.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from sync_profiles.arn import is_role, parse_arn

#: STS takes inline session policies up to this number of characters
POLICY_LIMIT = 2048
# a call with a source identity, or with the tags that a session hands on, needs all three
_TO_ASSUME_ROLES = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
# what a policy does not take literally
_SPECIAL = re.compile(r"[$*?]")

Policy = dict[str, object]


def restricted_policy(next_roles: Sequence[str]) -> Policy:
    """Return a policy that allows to assume `next_roles` and nothing else; with none, nothing.

    The files' role ARNs may be any text: what is not a role's ARN is left out, because STS would
    refuse the policy, and with it the test. A list that does not fit is widened to
    the roles of its accounts, then to all roles.
    """
    roles = sorted({role for role in next_roles if _is_literal(role)})
    if not roles:
        nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": [nothing]}
    accounts = sorted({f"{role.partition(':role/')[0]}:role/*" for role in roles})
    for resources in (roles, accounts):
        policy = only(_TO_ASSUME_ROLES, resources)
        if len(json.dumps(policy, separators=(",", ":"))) <= POLICY_LIMIT:
            return policy
    return only(_TO_ASSUME_ROLES, ["*"])


def _is_literal(role_arn: str) -> bool:
    arn = parse_arn(role_arn)
    return is_role(arn) and _SPECIAL.search(role_arn) is None


def reading_policy(role_arn: str) -> Policy:
    """Return a policy that allows to read one role, under any path, and nothing else.

    IAM is asked for a role's name, and judges the call by the ARN that the role really has.
    """
    account, _, resource = role_arn.partition(":role/")
    name = resource.rpartition("/")[2]
    return only(["iam:GetRole"], [f"{account}:role/{name}", f"{account}:role/*/{name}"])


def next_roles_of(parent_role: str, children: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the roles that a session of `parent_role` is needed for, of its own partition."""
    parent = parse_arn(parent_role)
    return tuple(
        role
        for role in children.get(parent_role, ())
        if parent is not None
        and (child := parse_arn(role)) is not None
        and child.partition == parent.partition
    )


def only(actions: Sequence[str], resources: Sequence[str] = ()) -> Policy:
    """Return a policy that allows these actions, on these resources or on all, and nothing else."""
    statements: list[dict[str, object]] = [
        {"Effect": "Allow", "Action": list(actions), "Resource": "*"},
        {"Effect": "Deny", "NotAction": list(actions), "Resource": "*"},
    ]
    if resources:
        statements += [{"Effect": "Deny", "Action": "*", "NotResource": list(resources)}]
    return {"Version": "2012-10-17", "Statement": statements}
