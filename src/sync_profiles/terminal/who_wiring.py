"""Carry out `who`: read its options, search, and say what could not be found out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sync_profiles.causes import Cause
from sync_profiles.errors import ExitCode, RunError, UsageError
from sync_profiles.outcomes import SERVICE_CONTROL, Failure
from sync_profiles.planning.session_name import SESSION_NAME_RULE, is_session_name
from sync_profiles.terminal.boundary import Ended
from sync_profiles.terminal.command_options import WhoOptions
from sync_profiles.terminal.options import Options, given, refuse_ineffective
from sync_profiles.terminal.wiring import open_run
from sync_profiles.text import listed
from sync_profiles.who.role_users import (
    CallsMade,
    Users,
    find_calls,
    find_holder,
    find_me,
    find_users,
)
from sync_profiles.who.trail_access import prepare_trail
from sync_profiles.who.trail_reading import FinishedSearch, RoleTrail

#: what CloudTrail keeps for everyone
#: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
KEPT = timedelta(days=90)
_SUCH_AS = "use `24h`, `7d` or a date as `2026-11-01`"
_AGO = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]+)+-\d{1,2}", re.ASCII)
_KEY = re.compile(r"ASIA[A-Z0-9]{12,124}", re.ASCII)


def run_who(options: Options, own: WhoOptions) -> Ended:
    """Search for what the options ask for."""
    now = datetime.now(UTC)
    _check(own)
    since, notes = _since(own.since, now=now)
    with open_run(options, writes=False) as (files, request, access):
        trail = prepare_trail(files, own.profile, request, access, regions=own.region or ())
        found = _find(trail, own, since=since)
    searched = found.searched
    _raise_if_unread(searched)
    notes += _notes(searched)
    if options.verbose:
        commands = trail.commands(searched.search, since=since)
        notes += [f"the same with the AWS CLI: `{line}`" for line in commands]
    interrupted = "interrupted: these are the events that had come so far"
    return Ended(
        result=found,
        code=_code(found),
        notes=tuple(notes),
        closing_error=interrupted if searched.is_interrupted else None,
    )


def _check(own: WhoOptions) -> None:
    """Raise `UsageError` if options exclude each other or have a value that cannot be."""
    modes = given(own, "name", "key", "me")
    if len(modes) > 1:
        raise UsageError(f"`{modes[0]}` and `{modes[1]}` exclude each other", hint="use one")
    refuse_ineffective([] if own.me else given(own, "wait"), hint="use it with `--me`")
    if own.name is not None and not is_session_name(own.name):
        raise UsageError(
            f"`--name {own.name}` cannot be a session name",
            hint=f"session names have {SESSION_NAME_RULE}",
        )
    if own.key is not None and _KEY.fullmatch(own.key) is None:
        shown = f"--key {own.key}" if own.key.startswith("AKIA") else "--key"  # it may be a secret
        raise UsageError(
            f"`{shown}` is not the ID of a temporary access key",
            hint="it is a user's own key: `aws iam get-access-key-last-used --access-key-id KEY` "
            "shows whose"
            if own.key.startswith("AKIA")
            else "it starts with `ASIA`; it is the `accessKeyId` in CloudTrail's events",
        )
    for region in own.region or ():
        if _REGION.fullmatch(region) is None:
            what = f"`--region {region}` is not a region"
            raise UsageError(what, hint="write one such as us-east-1")


def _since(text: str, *, now: datetime) -> tuple[datetime, list[str]]:
    """Return from when on to search, and a note if CloudTrail does not reach so far back."""
    ago = _AGO.fullmatch(text)
    try:
        since = now - int(ago[1]) * _UNITS[ago[2]] if ago else datetime.fromisoformat(text)
    except OverflowError:
        since = datetime.min  # noqa: DTZ901 - made aware below
    except ValueError:
        raise UsageError(f"`--since {text}` is not a time", hint=_SUCH_AS) from None
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    if since >= now:
        raise UsageError(
            f"`--since {text}` is in the future"
            if not ago
            else f"`--since {text}` is not in the past",
            hint=_SUCH_AS,
        )
    if since < now - KEPT:
        return now - KEPT, ["CloudTrail's event history has the last 90 days only"]
    return since.astimezone(UTC), []


def _find(trail: RoleTrail, own: WhoOptions, *, since: datetime) -> Users | CallsMade:
    if own.name is not None:
        return find_calls(trail, name=own.name, since=since)
    if own.key is not None:
        return find_holder(trail, key=own.key, since=since)
    if not own.me:
        return find_users(trail, since=since)
    if trail.own_name is None:
        raise RunError(
            f"the caller of profile `{own.profile}` has no name of its own",
            hint="leave out `--me` to see all switches",
        )
    return find_me(trail, name=trail.own_name, since=since, waits=own.wait)


def _raise_if_unread(searched: FinishedSearch) -> None:
    trail = searched.trail
    unread = searched.unread_of_role
    if len(unread) < len(trail.regions):
        return
    failure = unread[0].failure
    if failure.is_denial:
        raise RunError(
            f"profile `{trail.profile}` may not look up events in CloudTrail: {failure.message}",
            hint=_hint(trail, failure),
        )
    raise RunError(
        f"CloudTrail cannot be read: {failure.message or failure.cause.value}",
        hint="check the network, then run it again" if failure.cause is Cause.NETWORK else None,
    )


def _hint(trail: RoleTrail, failure: Failure) -> str:
    """Return who can let a role look up events, which AWS denies to others that were tried."""
    account = trail.account_id
    if failure.policy_type == SERVICE_CONTROL:
        return (
            "a service control policy denies it, whatever a role's own policies allow: ask who "
            f"manages the organization to allow `cloudtrail:LookupEvents` in account {account}"
        )
    others = trail.denied_readers
    tried = f"{listed(others)} may not call it either: " if others else ""
    return (
        f"{tried}ask the administrator of account {account} to let the role "
        f"`{trail.role_arn}` call `cloudtrail:LookupEvents`"
    )


def _notes(searched: FinishedSearch) -> list[str]:
    """Return who has read the events in the profile's place, and which user names are not known."""
    notes, trail = [], searched.trail
    if trail.other_readers:
        notes.append(
            f"profile `{trail.profile}` may not look up events in CloudTrail: read with "
            f"{listed(trail.other_readers)}"
        )
    unread = searched.unread_of_callers
    if not unread:
        return notes
    history, failure = unread[0]
    why = "`cloudtrail:LookupEvents` is denied" if failure.is_denial else failure.message
    where = f"account {history.account_id}"
    if len(unread) < len(trail.regions):
        return [
            *notes,
            f"some user names may be missing: {where} shows no events of {history.region} ({why})",
        ]
    known = "only your own user name" if trail.user_name is not None else "no user name"
    return [*notes, f"{known} of {where} is known: its events could not be read ({why})"]


def _code(found: Users | CallsMade) -> ExitCode:
    """Return 1 if a region could not be read, or if there is nothing under one's own name."""
    if found.searched.is_interrupted:
        return ExitCode.INTERRUPTED
    is_whole = not found.searched.unread_of_role
    is_named = not isinstance(found, Users) or found.me is None or found.switches_as_me > 0
    return ExitCode.OK if is_whole and is_named else ExitCode.NOT_ACCEPTED
