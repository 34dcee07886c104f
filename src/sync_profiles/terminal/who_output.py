"""Print what `who` found: as a table, as one JSON object, or in Markdown."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import assert_never

from sync_profiles.terminal.json_document import Json, pick, print_document
from sync_profiles.terminal.markdown import write_list, write_row, write_titles
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.who_view import WhoView, view_of
from sync_profiles.who.role_users import CallsMade, Users
from sync_profiles.who.trail_reading import FinishedSearch
from sync_profiles.who.uses import Use

_LAST = "last (UTC)"
_TIME_WIDTH = 16
_NARROWEST = 12


def print_table(found: Users | CallsMade, _: Options) -> None:
    """Print the users of a role, or what was done, for people."""
    screen, view = Screen(), view_of(found)
    for line in view.lead:
        screen.line(line)
    if view.rows:
        _print_rows(screen, view)
    screen.gap()
    for line in view.end:
        screen.line(line, style="bold")


def print_markdown(found: Users | CallsMade, _: Options) -> None:
    """Print the same as a Markdown table, for a ticket or a wiki page."""
    lead, (name, number, meaning), rows, end = view_of(found)
    write_list(lead)
    if rows:
        sys.stdout.write("\n")
        write_titles(name, number, "first (UTC)", "last (UTC)", meaning, "details")
        for row in rows:
            *cells, details = row
            write_row(*map(str, cells), "; ".join(details))
        sys.stdout.write("\n")
    write_list(end)


def print_json(found: Users | CallsMade, _: Options) -> None:
    """Print the same as one JSON object."""
    document = _searched(found.searched)
    match found:
        case Users():
            switches = found.switches
            document |= {
                "sessions": [_session(use) for use in switches.by_name()],
                "own_tests": switches.own_tests.total(),
                "own_names": switches.own_names,
                "own_addresses": list(switches.own_addresses),
            }
            if found.me is not None:
                document["me"] = pick(found, session_name="me", switches="switches_as_me")
        case CallsMade():
            activity = found.activity
            document |= {
                **pick(found, "role_arn", "session_name", "key", session_arn="activity.caller_arn"),
                "issued": None if found.issued is None else _session(found.issued),
                "calls": [_call(call) for call in activity.calls()],
                "services": dict(activity.services.most_common()),
                "service_calls": [_call(call) for call in activity.service_calls()],
                "own_calls": activity.own_calls,
            }
        case _:
            assert_never(found)
    print_document("who", document)


def _print_rows(screen: Screen, view: WhoView) -> None:
    (name, number, _), rows = view.titles, view.rows
    others = len(number) + _TIME_WIDTH + max(len(row.meaning) for row in rows) + 6
    names = [screen.printable(row.name) for row in rows]
    room = screen.console.width - 1 - others
    width = max(min(max(map(len, [name, *names])), room), _NARROWEST, len(name))
    screen.gap()
    screen.unbroken(f"{name:<{width}}  {number}  {_LAST}")
    for row, shown in zip(rows, names, strict=True):
        rest = f"  {row.number:>{len(number)}}  {row.last:<{_TIME_WIDTH}}  {row.meaning}"
        if len(shown) > width:
            screen.unbroken((shown, "bold"))
            shown = ""  # noqa: PLW2901 - printed already
        screen.unbroken((f"{shown:<{width}}", "bold"), rest)
        first = [f"first {row.first}"] if row.first != row.last else []
        screen.detail("; ".join([*first, *row.details]))


def _searched(searched: FinishedSearch) -> Json:
    return {
        **pick(searched.trail, "profile", "role_arn"),
        "since": _time(searched.since),
        "regions": searched.trail.regions,
        "unread": [
            pick(
                each,
                account="history.account_id",
                region="history.region",
                message="failure.message",
            )
            for each in searched.unread
        ],
        "interrupted": searched.is_interrupted,
    }


def _session(use: Use) -> Json:
    return {
        **pick(use, session_name="name", says="owner", switches="count"),
        **_when(use),
        **_lists(use, "accounts", "users"),
        "principals": list(filter(None, use.principals)),
        **_lists(use, "source_identities", "mfa_devices", "addresses", "tools"),
    }


def _call(call: Use) -> Json:
    return {
        **pick(call, operation="name", calls="count"),
        **_when(call),
        "errors": dict(call.errors.most_common()),
        **_lists(call, "roles", "regions", "addresses", "tools"),
    }


def _when(use: Use) -> Json:
    return {"first": _time(use.first), "last": _time(use.last)}


def _lists(use: Use, *keys: str) -> Json:
    return {key: list(getattr(use, key)) for key in keys}


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
