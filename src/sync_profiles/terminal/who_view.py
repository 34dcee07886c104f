"""What `who` shows in words, for its table and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, assert_never

from sync_profiles.causes import Cause
from sync_profiles.planning.session_name import NameOwner
from sync_profiles.text import counted, first_of, inert, lasting, listed, quote, shell_word
from sync_profiles.who.role_users import CallsMade, Users
from sync_profiles.who.trail_reading import FinishedSearch
from sync_profiles.who.uses import Use, fold_names

#: of a longer list, the first ones
_SHOWN = 4
#: characters of a value; a session name has up to 64
_LONGEST = 64
#: whose a name is, and under what its switches are counted
_WORDS = {
    NameOwner.USER: ("the user's name", "under the user's own name"),
    NameOwner.EMAIL: ("an e-mail address", "under an e-mail address"),
    NameOwner.TOOL: ("a tool's name", "under a tool's name"),
    NameOwner.UNKNOWN: ("may be anyone's", "under a name that may be anyone's"),
    NameOwner.NOBODY: ("made up by a tool", "under no user's name"),
}
_ANOTHER = ("not the user's name", "under another name than the user's")
_TITLES_OF_SESSIONS = ("session name", "switches", "whose")
_TITLES_OF_CALLS = ("operation", "calls", "refused")
_NEVER = "CloudTrail's event history has no data events, such as reads of S3 objects"
_LATE = "events take about 5 minutes to arrive"


class WhoRow(NamedTuple):
    """A line of the table: a session name or an operation, how often, and more about it."""

    name: str
    number: int
    first: str
    last: str
    meaning: str
    details: Sequence[str]


class WhoView(NamedTuple):
    """Everything that is shown, in this order.

    `titles` are those of the rows' names, numbers and meanings.
    """

    lead: Sequence[str]
    titles: tuple[str, str, str]
    rows: Sequence[WhoRow]
    end: Sequence[str]


def view_of(found: Users | CallsMade) -> WhoView:
    """Return the view of the users of a role, or of what was done."""
    searched = found.searched
    match found:
        case Users():
            lead = _place_of(searched, searched.trail.role_arn)
            titles, rows = _TITLES_OF_SESSIONS, _session_rows(found.switches.by_name())
            end = _users_end(found) if found.me is None else _me_end(found)
        case CallsMade():
            lead = [
                *_place_of(searched, found.role_arn),
                *_holder(found),
            ]
            titles, rows = _TITLES_OF_CALLS, _call_rows(found.activity.calls())
            end = _calls_end(found)
        case _:
            assert_never(found)
    return WhoView(lead, titles, list(rows), [*_unread_in(searched), *end])


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def _place_of(searched: FinishedSearch, role_arn: str | None) -> list[str]:
    """Return what was searched: an account, for a key that may be of any role or of none."""
    trail = searched.trail
    regions = listed(trail.regions)
    return [
        f"account {trail.account_id}" if role_arn is None else f"role {inert(role_arn)}",
        f"since {_minute(searched.since)} UTC, in {regions}; `--region` adds others",
    ]


def _unread_in(searched: FinishedSearch) -> Iterator[str]:
    for history, failure in searched.unread_of_role:
        # the session is valid elsewhere
        may = "; the account may not have activated the region"
        why = f"{failure.message}{may * (failure.cause is Cause.CREDENTIALS_INVALID)}"
        yield f"{history.region} could not be read: {why}"


def _session_rows(sessions: Iterable[Use]) -> Iterator[WhoRow]:
    """Yield the rows of sessions; names that were made up in one way share a row."""
    for use in fold_names(sessions):
        names = f" ({use.names} names)" if use.names > 1 else ""
        yield WhoRow(
            name=f"{use.name}{names}",
            number=use.count,
            first=_minute(use.first),
            last=_minute(use.last),
            meaning=_whose(use)[0],
            details=list(_session_details(use)),
        )


def _call_rows(calls: Iterable[Use]) -> Iterator[WhoRow]:
    for call in calls:
        refused = [f"{number} refused: {inert(code)}" for code, number in call.errors.most_common()]
        yield WhoRow(
            name=call.name,
            number=call.count,
            first=_minute(call.first),
            last=_minute(call.last),
            meaning="; ".join(refused),
            details=[
                *([f"role {_some(call.roles)}"] if call.roles else []),
                f"in {_some(call.regions)}",
                f"from {_some(call.addresses)}",
                _by(call.tools),
            ],
        )


def _users_end(found: Users) -> Iterator[str]:
    sessions, switches = found.switches.by_name(), found.switches
    total = sum(use.count for use in sessions)
    counts: Counter[str] = Counter()
    for use in sessions:
        counts[_whose(use)[1]] += use.count
    if total:
        groups = (*_WORDS.values(), _ANOTHER)
        parts = [f"{counts[under]} {under}" for _, under in groups if counts[under]]
        yield f"{counted(total, 'switch')}: {', '.join(parts)}"
    else:
        yield f"no switch to the role {_where(found.searched)}"
    if switches.own_tests:
        names, addresses = _some(switches.own_names), _some(switches.own_addresses)
        tests = counted(switches.own_tests.total(), "test")
        yield f"left out: {tests} of sync-profiles itself, as {names}, from {addresses}"
    unowned = [use for use in sessions if use.owner is NameOwner.NOBODY and use.by_users]
    by_users = sum(use.by_users for use in unowned)
    by_others = counts[_WORDS[NameOwner.NOBODY][1]] - by_users
    for number, callers, end in (
        (by_others, "roles and other callers", "they have no user name to require"),
        (
            by_users,
            "IAM users",
            f"{_ending_command(unowned)} writes the condition that requires one",
        ),
    ):
        if number:
            are = "is" if number == 1 else "are"
            yield f"{counted(number, 'switch')} by {callers} {are} under no user's name: {end}"


def _ending_command(uses: Sequence[Use]) -> str:
    """Return the command that writes a trust policy for the accounts of uses, if all are users'."""
    are_of_users = all(use.by_users == use.count for use in uses)
    accounts = dict.fromkeys(account for use in uses for account in use.accounts if are_of_users)
    callers = "".join(f" --caller {shell_word(inert(account))}" for account in accounts)
    return f"`sync-profiles trust-policy{callers or ' --caller ACCOUNT'}`"


def _me_end(found: Users) -> Iterator[str]:
    # others may use the name, too: they are left out if the caller's ID is known
    by_you = "by you " if found.searched.trail.user_id is not None else ""
    number, own = found.switches_as_me, f"{by_you}under your name `{found.me}`"
    if number:
        tests = f"{counted(found.tests_as_me, 'test')} of sync-profiles"
        among = f", {tests} among them" if found.tests_as_me < number else f": {tests}"
        yield f"{counted(number, 'switch')} {own}{among * bool(found.tests_as_me)}"
    elif found.waited:
        yield f"no switch {own} in {lasting(found.waited)}; {_LATE}, some longer"
    else:
        waits = "" if found.searched.is_partial else ", and `--wait` waits for them"
        yield f"no switch {own} {_where(found.searched)}{waits}"


def _holder(found: CallsMade) -> Iterator[str]:
    if found.key is None:
        return
    if found.issued is None and found.activity.caller_arn is not None:
        yield (
            f"the key `{found.key}` is of {inert(found.activity.caller_arn)}; what issued it is "
            f"{_unread(found)}older than `--since`, of another region, or AWS's console"
        )
        return
    if found.issued is None:
        yield (
            f"no event shows who got the key `{found.key}`: it is {_unread(found)}older than "
            "`--since`, of another account or region, or only minutes old"
        )
        return
    use = found.issued
    user = f"the user {_some(use.users)}" if use.users else None
    session = f"the session {quote(use.name)} ({_whose(use)[0]})" + (f", {user}" if user else "")
    if not use.name:
        session = f"a session of {user or f'the caller {_some(use.principals)}'}"
    yield f"the key `{found.key}` was issued on {_minute(use.first)} UTC to {session}"
    yield "; ".join(_session_details(use))


def _unread(found: CallsMade) -> str:
    return "in what could not be read, " if found.searched.is_partial else ""


def _calls_end(found: CallsMade) -> Iterator[str]:
    activity = found.activity
    calls = sum(call.count for call in activity.calls())
    by = f"with the key `{found.key}`" if found.key else f"by {quote(found.session_name or '')}"
    if calls:
        yield f"{counted(calls, 'call')} {by}"
    else:
        yield f"no calls {by} {_where(found.searched)}"
    if activity.services:
        services = listed(f"{inert(name)} ({n})" for name, n in activity.services.most_common())
        number = counted(activity.services.total(), "more call")
        operations = _some(call.name for call in activity.service_calls())
        yield f"{number} of AWS's services on its behalf: {operations}, by {services}"
    if activity.own_calls:
        yield f"left out: {counted(activity.own_calls, 'call')} of sync-profiles itself"
    yield _NEVER


def _where(searched: FinishedSearch) -> str:
    """Return where nothing was found; events may also be on their way."""
    if searched.is_partial:
        return "in what could be read"
    return f"in this time and in these regions; {_LATE}"


def _whose(use: Use) -> tuple[str, str]:
    """Return the words about a name, as in `_WORDS`."""
    whose, under = _WORDS[use.owner]
    if use.owner is not NameOwner.UNKNOWN or not use.users:
        return whose, under
    if use.name in use.users:
        return "not the user's alone", under
    return (whose, under) if use.unnamed else _ANOTHER


def _session_details(use: Use) -> list[str]:
    users = [f"user {_some(use.users)}"] if use.users and use.owner is not NameOwner.USER else []
    others = {
        "caller": use.unnamed,
        "account": use.accounts,
        "source identity": use.source_identities,
        "MFA device": use.mfa_devices,
    }
    return [
        *users,
        *(f"{name} {_some(values)}" for name, values in others.items() if values),
        f"from {_some(use.addresses)}",
        _by(use.tools),
    ]


def _by(tools: Iterable[str]) -> str:
    return f"by {_some(tools)}"


def _short(text: str) -> str:
    """Return a text whose end is left out if it is long: anyone writes what they like into it."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _some(values: Iterable[str]) -> str:
    return first_of((_short(inert(value)) or "(not recorded)" for value in values), _SHOWN)
