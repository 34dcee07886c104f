"""What a sync, a check and an import print, held in `data/screens.txt` as the command prints it.

After a change, `UPDATE_SCREENS=1 pytest tests/test_screens.py` writes the screens anew: read the
diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import Role

GOLDEN = Path(__file__).parent / "data" / "screens.txt"
VENDOR = Role(
    name="vendor_role", trust=s.trust(condition={"StringEquals": {"sts:ExternalId": "acme-42"}})
)
KEYS = keys("keys", s.WORK_API.credentials) + (
    "[stale]\naws_access_key_id = AKIASTALESTALESTALE1\naws_secret_access_key = x\n\n"
)
NAMED = {"role_session_name": "work_api"}
#: in turns, so that no two neighbours have the same reason
MIXED = "".join(
    role_profile(f"old-{n}", s.ADMIN_ROLE.arn, "stale")
    + role_profile(f"denied-{n}", role, "keys", **NAMED)
    + role_profile(f"lost-{n}", s.ADMIN_ROLE.arn, "gone")
    + role_profile(f"named-{n}", s.ADMIN_ROLE.arn, "keys", role_session_name="alice")
    for n, role in enumerate((s.STRANGERS_ROLE.arn, f"{s.STRANGERS_ROLE.arn}2"))
)
FEW = (
    role_profile("good", s.ADMIN_ROLE.arn, "keys", **NAMED)
    + role_profile("nameless", s.ADMIN_ROLE.arn, "keys")
    + role_profile("deploy", s.DEPLOY_ROLE.arn, "keys", role_session_name="deploy-42")
)


def _refused(n: int) -> str:
    """Return a profile that is refused for the reason number `n % 5`."""
    return (
        role_profile(f"typo-{n:03}", s.ADMIN_ROLE.arn.replace("admin", "admni"), "keys", **NAMED),
        role_profile(f"vendor-{n:03}", VENDOR.arn, "keys", **NAMED),
        role_profile(f"device-{n:03}", s.MFA_ROLE.arn, "keys", **NAMED),
        role_profile(f"old-{n:03}", s.ADMIN_ROLE.arn, "stale"),
        role_profile(f"lost-{n:03}", s.ADMIN_ROLE.arn, "gone"),
    )[n % 5]


def _many(names: dict[str, str], *, refused: int = 0) -> str:
    """Return 300 profiles; all but the refused ones have these settings more."""
    return "".join(
        _refused(n)
        if n < refused
        else role_profile(f"team-{n:03}", s.ADMIN_ROLE.arn, "keys", **names)
        for n in range(300)
    )


CONFIGS = {
    "few profiles": FEW,
    "four reasons": MIXED,
    "300 with their names": _many(NAMED),
    "300 without names": _many({}),
    "300, of which 45 are refused": _many(NAMED, refused=45),
    "no profile": "[default]\nregion = us-east-1\n",
}
WIDTHS = (60, 80, 120)
#: what is run on which config, at which widths, and how many lines it takes at 80 columns
SCREENS = (
    ("few profiles", "", WIDTHS, 20),
    ("few profiles", "check", (40, *WIDTHS), 20),
    ("few profiles", "--dry-run", WIDTHS, 40),
    ("four reasons", "", WIDTHS, 50),
    ("four reasons", "check", WIDTHS, 60),
    ("300 with their names", "", WIDTHS, 12),
    ("300 with their names", "check", WIDTHS, 12),
    ("300 without names", "check", WIDTHS, 20),
    ("300 without names", "", WIDTHS, 20),
    ("300, of which 45 are refused", "check", WIDTHS, 90),
    ("no profile", "", WIDTHS, 6),
    ("no profile", "check", WIDTHS, 6),
)


WORLD = World(users=s.STORY.users, roles=(*s.STORY.roles, VENDOR))


def _shown(home: Home, config: str, command: str, width: int) -> str:
    home.write(CONFIGS[config], KEYS)
    ended = home.with_environment(COLUMNS=str(width)).run(*command.split())
    text = (ended.stdout + ended.stderr).replace(str(home.path), "HOME")
    lines = [line for line in text.splitlines() if len(line) > width]
    assert [line for line in lines if not re.search("arn:|^undo: |^written: ", line)] == []
    return text


def test_every_screen_is_as_the_file_has_it(empty_home: Home) -> None:
    screens = []
    for config, command, widths, most in SCREENS:
        for width in widths:
            text = _shown(empty_home, config, command, width)
            title = f"=== {config}: sync-profiles {command}".rstrip()
            screens.append(f"{title}, {width} columns\n{text}")
            assert width != 80 or len(text.splitlines()) <= most, title
    if os.environ.get("UPDATE_SCREENS"):
        GOLDEN.write_text("".join(screens), encoding="utf-8")
    assert "".join(screens) == GOLDEN.read_text(encoding="utf-8")
