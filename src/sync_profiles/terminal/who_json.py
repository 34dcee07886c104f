"""Print what `who` found as one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sync_profiles.role_users import Deeds, Users
from sync_profiles.terminal.json_writing import Json, pick, print_document

if TYPE_CHECKING:
    from datetime import datetime

    from sync_profiles.role_users import Searched
    from sync_profiles.terminal.options import Options
    from sync_profiles.trail.activity import CallUse
    from sync_profiles.trail.role_use import SessionUse


def print_result(found: Users | Deeds, _: Options) -> None:
    """Print the users of a role, or what was done."""
    document = _searched(found.searched)
    match found:
        case Users():
            document |= {
                "sessions": [_session(use) for use in found.sessions],
                "own_tests": found.own_tests,
            }
            if found.me is not None:
                document["me"] = pick(found, session_name="me.name", switches="switches_as_me")
        case Deeds():
            activity = found.activity
            document |= {
                **pick(found, "role_arn", "session_name", "key", session_arn="activity.caller_arn"),
                "issued": None if found.issued is None else _session(found.issued),
                "calls": [_call(call) for call in activity.calls()],
                "services": dict(activity.services.most_common()),
                "own_calls": activity.own_calls,
            }
        case _:
            assert_never(found)
    print_document("who", document)


def _searched(searched: Searched) -> Json:
    return {
        **pick(searched, "profile", "role_arn"),
        "since": _time(searched.since),
        "regions": searched.regions,
        "unread": [
            pick(place, account="account_id", region="region", message="failure.message")
            for place in searched.unread
        ],
        "interrupted": searched.is_interrupted,
    }


def _session(use: SessionUse) -> Json:
    return {
        **pick(use, "session_name", "says", "switches"),
        "first": _time(use.first),
        "last": _time(use.last),
        **pick(use, "accounts", "users", "addresses", "tools"),
    }


def _call(call: CallUse) -> Json:
    return {
        **pick(call, "operation", "calls"),
        "first": _time(call.first),
        "last": _time(call.last),
        "errors": dict(call.errors.most_common()),
        "regions": list(call.regions),
        "addresses": list(call.addresses),
        "tools": list(call.tools),
    }


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
