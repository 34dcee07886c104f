"""From a profile to the switch that the AWS CLI would send for it, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.outcomes import Switch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.model import Profile, Source


def switch_of(
    profile: Profile,
    *,
    source: Source,
    parent: Switch | None,
    session_name: str | None,
    client: str,
) -> Switch:
    """Return a profile's switch under a session name, at the place of a client.

    `parent` is the switch whose session calls, None where the source itself does.
    """
    return Switch(
        source=source,
        parent=parent,
        role_arn=profile.role_arn,
        session_name=session_name,
        external_id=profile.text("external_id"),
        mfa_serial=profile.text("mfa_serial"),
        duration_seconds=profile.duration_seconds,
        client=client,
    )


def is_along(switch: Switch, hops: Sequence[Profile], *, source: Source, client: str) -> bool:
    """Return whether a switch is the last of those that a chain makes, under whatever names.

    `hops` are the chain's profiles, the source's first; `client` is that of the chain's end, which
    may be further down.  Another profile's switch to the same role may differ in what it sends.
    """
    step: Switch | None = switch
    for hop in reversed(hops):
        if step is None or step != switch_of(
            hop, source=source, parent=step.parent, session_name=step.session_name, client=client
        ):
            return False
        step = step.parent
    return step is None
