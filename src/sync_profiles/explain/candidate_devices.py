"""Collect the MFA devices that the caller of a refused call may have."""

from __future__ import annotations

from collections.abc import Iterator

from sync_profiles.arn import gives_codes, parse_arn
from sync_profiles.explain.candidates import (
    Candidate,
    Origin,
    Refusal,
    of_others,
    of_own_lines,
    of_source,
)
from sync_profiles.explain.file_signs import may_have_mfa
from sync_profiles.explain.holders import Holders
from sync_profiles.explain.texts_mfa import how_to_get_device
from sync_profiles.explain.weights import Likelihood
from sync_profiles.outcomes import Failure


def mfa_devices(refused: Refusal) -> Iterator[Candidate]:
    """Yield the MFA devices of the caller, if it is a user whose own key makes the call.

    One that is called as the user comes first; where AWS refused another device and lists none, it
    is tried even if no file has it, after the source whose device the other may be. None is one
    that AWS says is not the caller's.
    """
    if not may_have_mfa(refused.source_profile, is_user=refused.call.user_name is not None):
        return
    key, source = "mfa_serial", refused.switch.source
    same = refused.known.devices.get(source, Holders(()))
    here, everywhere = same.here(refused.profile), same.everywhere(refused.profile)
    usual = refused.caller.arn.in_iam(f"mfa/{refused.caller.arn.name}")
    others = refused.known.background.refused_devices.get(source, ())
    listed, origin = refused.devices, Origin("as IAM lists your MFA device")
    least_of_usual = Likelihood.OF_SOURCE
    if isinstance(listed, Failure):  # a guess alone is not worth asking for a code
        listed = (usual,) if others else ()
        origin = Origin("as many devices are called after their user")
        least_of_usual = Likelihood.LISTED_DEVICE
    found = (
        *of_own_lines(refused, key),
        *of_source(refused, key),
        *of_others(here, key, Likelihood.ACCEPTED_HERE),
        *of_others(everywhere.items(), key, Likelihood.OF_USERS_PROFILES),
        *(Candidate(key, device, Likelihood.LISTED_DEVICE, origin) for device in listed or ()),
    )
    own = (each for each in found if gives_codes(each.value or "") and each.value not in others)
    for each in sorted(own, key=lambda each: each.value != usual):
        least = least_of_usual if each.value == usual else each.likelihood
        yield each._replace(likelihood=max(each.likelihood, least))  # a code serves one device


def unused_devices(refused: Refusal) -> Iterator[Candidate]:
    """Yield devices of the caller's account that no call is sent with: they may be another user's.

    Only a call that AWS accepts shows that one is the caller's.
    """
    if not may_have_mfa(refused.source_profile, is_user=refused.call.user_name is not None):
        return
    found = refused.known.unused_devices.everywhere(refused.profile)
    for each in of_others(found.items(), "mfa_serial", Likelihood.ELSEWHERE):
        serial = each.value or ""
        arn = parse_arn(serial)
        is_of_account = arn is not None and arn.account == refused.caller.arn.account
        if is_of_account and gives_codes(serial):
            yield each


def device_to_set(refused: Refusal) -> Candidate:
    """Return a device of the caller or, if none is known, the form of its ARN, and who shows it."""
    arn, source = refused.caller.arn, refused.switch.source.profile
    words = "with " + how_to_get_device(refused.devices, arn.account_id, source_profile=source)
    form = Candidate("mfa_serial", arn.in_iam("mfa/NAME"), Likelihood.LISTED_DEVICE, Origin(words))
    return next(mfa_devices(refused), form)
