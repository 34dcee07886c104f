"""IAM's GetRole and ListMFADevices over the world, which moto does not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from sync_profiles.sandbox.wire import Answer, Refusal, query_answer

if TYPE_CHECKING:
    from sync_profiles.sandbox.incoming import Incoming
    from sync_profiles.sandbox.world import Role, World

GET_ROLE = "iam:GetRole"
LIST_MFA_DEVICES = "iam:ListMFADevices"
_CREATED = "2026-01-01T00:00:00Z"


class Iam:
    """The roles by account and name, and the devices of who asks."""

    def __init__(self, world: World) -> None:
        self._roles = {(role.account_id, role.name): role for role in world.roles}

    def resource(self, incoming: Incoming) -> str:
        """Return the ARN that GetRole is judged by, `*` where there is no such role."""
        role = self._find(incoming)
        return role.arn if role is not None else "*"

    def answer(self, action: str, incoming: Incoming) -> Answer | None:
        """Answer what is known here, None where moto is to answer."""
        if action == GET_ROLE:
            return self._get_role(incoming)
        if action == LIST_MFA_DEVICES:
            return _list_mfa_devices(incoming)
        return None

    def _get_role(self, incoming: Incoming) -> Answer:
        role = self._find(incoming)
        if role is None:
            name = incoming.parameters.get("RoleName", "")
            raise Refusal("NoSuchEntity", f"The role with name {name} cannot be found.", status=404)
        trust = role.shown_trust or role.trust
        text = trust if isinstance(trust, str) else json.dumps(trust)
        return query_answer(
            "GetRole",
            {
                "Role": {
                    "Path": role.path,
                    "RoleName": role.name,
                    "RoleId": role.role_id,
                    "Arn": role.arn,
                    "CreateDate": _CREATED,
                    "AssumeRolePolicyDocument": quote(text),
                    "MaxSessionDuration": role.max_session_duration,
                }
            },
        )

    def _find(self, incoming: Incoming) -> Role | None:
        name = incoming.parameters.get("RoleName", "")
        return self._roles.get((incoming.identity.account_id, name))


def _list_mfa_devices(incoming: Incoming) -> Answer:
    user = incoming.identity.user
    if user is None:
        raise Refusal(
            "ValidationError", "Must specify userName when calling with non-User credentials"
        )
    asked = incoming.parameters.get("UserName", user.name)
    if asked != user.name:
        raise Refusal("NoSuchEntity", f"The user with name {asked} cannot be found.", status=404)
    devices = [
        {"UserName": user.name, "SerialNumber": device.serial, "EnableDate": _CREATED}
        for device in user.mfa_devices
    ]
    return query_answer("ListMFADevices", {"MFADevices": devices, "IsTruncated": "false"})
