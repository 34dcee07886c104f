"""The programs that write the credentials of a profile, and how to run them."""

from __future__ import annotations

from collections.abc import Collection

from sync_profiles.known_keys import LOGIN_PROGRAMS
from sync_profiles.model import Profile
from sync_profiles.text import quote, with_profile


def run_aws_mfa(name: str, names: Collection[str]) -> str | None:
    """Return the step that gives a profile credentials, if `aws-mfa` has long-term keys for it."""
    long_term = f"{name}-long-term"  # https://github.com/broamski/aws-mfa
    if long_term not in names:
        return None
    program = with_profile("aws-mfa", name)
    return f"run {program}, which makes its credentials from {quote(f'[{long_term}]')}"


def run_login_program(profile: Profile, names: Collection[str] = ()) -> str | None:
    """Return the step that gives a profile credentials, if another program is set up for it.

    `names` are the profiles among which those of `aws-mfa` are.
    """
    for key, program in LOGIN_PROGRAMS.items():
        if key in profile.settings:
            return f"run {with_profile(program, profile.name)}"
    return run_aws_mfa(profile.name, names)
