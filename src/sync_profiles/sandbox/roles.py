"""IAM's GetRole over the world's roles, which moto does not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from sync_profiles.sandbox.wire import Answer, Refusal, query_answer

if TYPE_CHECKING:
    from sync_profiles.sandbox.sts import Incoming
    from sync_profiles.sandbox.world import Role, World

GET_ROLE = "iam:GetRole"


class Roles:
    """The roles by account and name."""

    def __init__(self, world: World) -> None:
        self._roles = {(role.account_id, role.name): role for role in world.roles}

    def resource(self, incoming: Incoming) -> str:
        """Return the ARN that GetRole is judged by, `*` where there is no such role."""
        role = self._find(incoming)
        return role.arn if role is not None else "*"

    def answer(self, incoming: Incoming) -> Answer:
        """Answer GetRole."""
        role = self._find(incoming)
        if role is None:
            name = incoming.parameters.get("RoleName", "")
            raise Refusal("NoSuchEntity", f"The role with name {name} cannot be found.", status=404)
        trust = role.trust if isinstance(role.trust, str) else json.dumps(role.trust)
        return query_answer(
            "GetRole",
            {
                "Role": {
                    "Path": role.path,
                    "RoleName": role.name,
                    "RoleId": role.role_id,
                    "Arn": role.arn,
                    "CreateDate": "2026-01-01T00:00:00Z",
                    "AssumeRolePolicyDocument": quote(trust),
                    "MaxSessionDuration": role.max_session_duration,
                }
            },
        )

    def _find(self, incoming: Incoming) -> Role | None:
        name = incoming.parameters.get("RoleName", "")
        return self._roles.get((incoming.identity.account_id, name))
