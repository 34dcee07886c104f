"""Messages and hints about MFA devices and their codes."""

from __future__ import annotations

from sync_profiles.arn import gives_codes, parse_arn
from sync_profiles.config.section_names import header_at
from sync_profiles.explain.case import Case
from sync_profiles.explain.file_signs import without_device
from sync_profiles.explain.findings import Topic
from sync_profiles.explain.refused_call import has_long_term_key
from sync_profiles.lint.arn_checks import ANY_DEVICE, ONLY_FIRST_HAS_MFA, listing_of_devices
from sync_profiles.model import Profile, in_parentheses
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.session_name import is_identity_center_user, user_name
from sync_profiles.text import quote


def not_your_device(case: Case) -> str:
    """Return the message: the device that is set is not the caller's."""
    name = user_name(case.caller)
    what = "a user, not" if ":user/" in (case.setting("mfa_serial") or "") else "not"
    return f"{case.device} is {what} an MFA device of {quote(name) if name else 'the caller'}"


def set_own_device(case: Case) -> str:
    """Return the hint: the caller's own device or how to find it, or another caller."""
    name = user_name(case.caller) or "NAME"
    device = case.caller.arn.in_iam(f"mfa/{name}") if case.caller is not None else ANY_DEVICE
    owner, set_it = _use_its_owner(case), "set " + case.at("mfa_serial") + " to "
    was_tried = Topic.TRUST in case.learned.tried
    if owner and not was_tried:
        set_it = owner + "; or " + set_it
    step = next((each.text for each in case.findings if each.is_proved), None)
    if step is not None:
        return step
    if (known := case.background.devices_that_work.get(case.source)) is not None:
        return set_it + known
    devices = case.learned.devices
    own = [each for each in devices if gives_codes(each)] if isinstance(devices, tuple) else []
    account = case.caller.arn.account_id if case.caller is not None else ""
    how = how_to_get_device(devices, account, source_profile=case.source.profile)
    may_be_usual = device != case.setting("mfa_serial") and Topic.MFA not in case.learned.tried
    if not isinstance(devices, tuple) and may_be_usual:
        how += f"; it is often {quote(device)}"
    listed = " or ".join(map(quote, own)) + ", as IAM lists it" if own else how
    tried = "; or " + owner + ", though AWS refuses that call, too" if owner and was_tried else ""
    return set_it + listed + tried


def may_own(user: Caller, serial: str, *, instead_of: Caller) -> bool:
    """Return whether a device that is not the caller's may be another user's, by its ARN.

    Of the users of the caller's own account, it may be the one's that it is named as.
    """
    device, caller = parse_arn(serial), instead_of.arn
    if not gives_codes(serial) or device is None or user_name(user) is None or user.arn == caller:
        return False
    is_elsewhere = device.account != caller.account
    return device.account == user.arn.account and (is_elsewhere or device.name == user.arn.name)


def _use_its_owner(case: Case) -> str:
    """Return the step to the source whose device it may be; empty if none of them may."""
    serial, caller = case.setting("mfa_serial") or "", case.caller
    device = parse_arn(serial)
    if not gives_codes(serial) or device is None or caller is None:
        return ""
    owners = {
        each.source.profile: each.arn.name
        for each in case.background.known_callers
        if each.source.profile is not None
        and (_is_at_start(each, case, serial) or may_own(each, serial, instead_of=caller))
    }
    named = [source for source, name in owners.items() if name == device.name]
    instead = case.instead_of_credential_source
    as_source = " as " + case.at("source_profile") + instead
    if named:
        why = ", because its user has the name of the device"
        return f"use {quote(named[0])}" + as_source + why
    if device.account == caller.arn.account:
        use = f"use {quote(case.source.profile or '')}" + as_source
        return use + ", because its key can present a code" if case.source.profile in owners else ""
    theirs, ours = quote(device.account_id), quote(caller.arn.account_id)
    keys = f"your keys of account {theirs}"
    use = (
        f"use {quote(next(iter(owners)))} ({keys})"
        if len(owners) == 1
        else f"use a profile with {keys}"
    )
    use += as_source
    return f"the device is in account {theirs}, the caller in {ours}: " + use


def can_present(serial: str, caller: Caller, *, source: Profile | None) -> bool:
    """Return whether a source has a user's own key, and a device may be that user's, by its ARN."""
    device = parse_arn(serial)
    is_key = user_name(caller) is not None and has_long_term_key(source)
    is_device = gives_codes(serial) and (device is None or device.account == caller.arn.account)
    return is_key and is_device


def _is_at_start(user: Caller, case: Case, serial: str) -> bool:
    """Return whether a user's key makes the first call of a chain, and may do so with a device."""
    is_start = case.is_chained and user.source == case.source
    return is_start and can_present(serial, user, source=case.source_profile)


def how_to_get_device(
    devices: tuple[str, ...] | Failure | None, account_id: str, *, source_profile: str | None
) -> str:
    """Return, for a hint, how to get a device, where no device that gives codes is known.

    `devices` are those that IAM lists, or why it does not.
    """
    app = "the ARN of an authenticator app, which you must set up first"
    match devices:
        case Failure(is_denial=True):
            who = f"an administrator of account {quote(account_id)}"
            return f"the ARN of your MFA device (you are not allowed to list it: {who} can)"
        case ():
            return f"{app} (your user has no MFA device)"
        case tuple():
            return f"{app} (a security key gives no code)"
        case _:
            listing = listing_of_devices(source_profile)
            return f"the ARN of your MFA device, which {listing} shows"


def give_code(case: Case) -> str:
    """Return the hint: how to pass a code, or how a program could."""
    hint = "run the command on a terminal, where it asks for the code, or pass `--mfa-code CODE`"
    source, profile = case.source_profile, case.profile
    if source is None or profile is None or not source.text("mfa_process"):
        return hint
    place = source.place_of("mfa_process")
    where = f"{header_at(source, place)} {in_parentheses(place)}"
    return (
        f"{hint}; `mfa_process` is not inherited: to use that of {where}, write it in "
        + case.header
        + " too"
    )


def remove_device(case: Case) -> str:
    """Return the hint: a session cannot present a code, so what to do instead."""
    if case.caller is not None and is_identity_center_user(case.caller):
        why = ": an Identity Center user uses MFA to sign in, never with a call"
        return _or_without_device(case) + why
    owner = "" if Topic.TRUST in case.learned.tried else _use_its_owner(case)
    give = case.fill("give {source_words} an IAM user's access key")
    ways = [*([owner] if owner else []), give]
    if Topic.MFA not in case.learned.tried:  # else the call without it is refused, too
        ways.append(without_device(case) + " if the credentials have MFA already")
    return "; or ".join(ways)


def remove_device_in_chain(case: Case) -> str:
    """Return the hint: a role's session can present no code, so which call may be meant."""
    return _or_without_device(case) + f": {ONLY_FIRST_HAS_MFA}"


def _or_without_device(case: Case) -> str:
    tried = case.learned.tried
    owner = "" if Topic.TRUST in tried else _use_its_owner(case)
    refused = ", though AWS refuses that call, too" if Topic.MFA in tried else ""
    return (owner + "; or " if owner else "") + without_device(case) + refused


def use_next_code(case: Case) -> str:
    """Return the hint: how to test with a further code: two names need two."""
    hint = "run again with the next code, for this profile alone: `--profile` selects it"
    profile, wanted = case.profile, case.wanted_name
    if profile is None or profile.keep_name or wanted in {None, profile.session_name}:
        return hint
    line = f"role_session_name = {wanted}"
    write = (
        f"add {quote(line)} to " + case.header
        if profile.session_name is None
        else "set " + case.at("role_session_name") + f" to {quote(wanted)}"
    )
    return hint + "; if it was alone already, " + write + ", so that only that name is tested"
