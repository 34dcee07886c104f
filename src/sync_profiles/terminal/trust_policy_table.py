"""Print what `trust-policy` wrote as text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_profiles.terminal.options import Options
    from sync_profiles.trust_policy.formats import Written


def print_result(written: Written, _: Options) -> None:
    """Print a policy, ready to be copied or redirected."""
    sys.stdout.write(written.text)
