"""Print what `who` found as one JSON object."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, assert_never

from sync_profiles.role_users import Deeds, Users

if TYPE_CHECKING:
    from datetime import datetime

    from sync_profiles.role_users import Searched
    from sync_profiles.terminal.options import Options
    from sync_profiles.trail.activity import CallUse
    from sync_profiles.trail.role_use import SessionUse

Json = dict[str, object]


def print_result(found: Users | Deeds, _: Options) -> None:
    """Print the users of a role, or what was done."""
    match found:
        case Users():
            own: Json = {
                "sessions": [_session(use) for use in found.sessions],
                "own_tests": found.own_tests,
            }
            if found.me is not None:
                own["me"] = {"session_name": found.me.name, "switches": found.switches_as_me}
        case Deeds():
            activity = found.activity
            own = {
                "session_name": found.session_name,
                "key": found.key,
                "session_arn": activity.caller_arn,
                "issued": None if found.issued is None else _session(found.issued),
                "calls": [_call(call) for call in activity.calls()],
                "services": dict(activity.services.most_common()),
                "own_calls": activity.own_calls,
            }
        case _:
            assert_never(found)
    whole = _searched(found.searched) | own
    if isinstance(found, Deeds):
        whole["role_arn"] = found.role_arn
    sys.stdout.write(json.dumps(whole, indent=2) + "\n")


def _searched(searched: Searched) -> Json:
    return {
        "version": 1,
        "command": "who",
        "profile": searched.profile,
        "role_arn": searched.role_arn,
        "since": _time(searched.since),
        "regions": list(searched.regions),
        "unread": [
            {
                "account": place.account_id,
                "region": place.region,
                "message": place.failure.message,
            }
            for place in searched.unread
        ],
        "interrupted": searched.is_interrupted,
    }


def _session(use: SessionUse) -> Json:
    return {
        "session_name": use.session_name,
        "says": use.says.value,
        "switches": use.switches,
        "first": _time(use.first),
        "last": _time(use.last),
        "accounts": list(use.accounts),
        "users": list(use.users),
        "addresses": list(use.addresses),
        "tools": list(use.tools),
    }


def _call(call: CallUse) -> Json:
    return {
        "operation": call.operation,
        "calls": call.calls,
        "first": _time(call.first),
        "last": _time(call.last),
        "errors": dict(call.errors.most_common()),
        "regions": list(call.regions),
        "addresses": list(call.addresses),
        "tools": list(call.tools),
    }


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
