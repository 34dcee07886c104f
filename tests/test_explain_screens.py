"""What `explain` prints, held in `data/explain_screens.txt` as the command prints it.

After a change, `UPDATE_EXPLANATIONS=1 pytest tests/test_explain_screens.py` writes the screens
anew: read the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from e2e import Home, Json, keys, role_profile
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import Role
from teams import READER

GOLDEN = Path(__file__).parent / "data" / "explain_screens.txt"
REQUIRES: Json = {
    "StringEquals": {"sts:ExternalId": "acme-42"},
    "StringLike": {"sts:RoleSessionName": "${aws:username}"},
}
VENDOR = Role(name="vendor_role", trust=s.trust(condition=REQUIRES))
GONE = READER.arn.replace("reader", "raeder")
NAMED = {"role_session_name": "work_api"}
CONFIG = {
    "reader": role_profile("reader", READER.arn, "keys", **NAMED),
    "vendor": role_profile("vendor", VENDOR.arn, "keys", **NAMED),
    "fixable": role_profile("fixable", s.ADMIN_ROLE.arn, "keys", role_session_name="alice"),
    "gone": role_profile("gone", GONE, "keys", **NAMED),
    "theirs": role_profile("theirs", s.STRANGERS_ROLE.arn, "keys", **NAMED),
    "below": role_profile("below", s.NEXT_ROLE.arn, "theirs", **NAMED),
    "one": role_profile("one", s.ADMIN_ROLE.arn, "nokeys"),
    "two": role_profile("two", READER.arn, "nokeys"),
}
#: the commands, each with a width and the profiles of the config file, all if there are none
SCREENS = (
    ("explain vendor", 80, ()),
    ("explain vendor", 40, ("vendor", "reader")),
    ("explain fixable", 80, ()),
    ("explain reader", 120, ()),
    ("explain theirs", 80, ("theirs", "reader")),
    ("explain", 60, ("vendor", "fixable", "reader")),
    ("explain", 80, ("vendor", "fixable", "reader", "gone", "one", "two")),
    ("explain", 120, ("theirs", "below", "reader", "one")),
)
_VARYING = (
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "REQUEST-ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), "2026-03-04T05:06:07"),
)


WORLD = World(users=s.STORY.users, roles=(*s.STORY.roles, READER, VENDOR))


def shown(home: Home, command: str, width: int, names: tuple[str, ...]) -> str:
    config = "".join(text for name, text in CONFIG.items() if not names or name in names)
    home.write(config, keys("keys", s.WORK_API.credentials))
    ended = home.with_environment(COLUMNS=str(width)).run(*command.split())
    text = ended.stdout + ended.stderr
    for pattern, steady in _VARYING:
        text = pattern.sub(steady, text)
    lines = [line for line in text.splitlines() if len(line) > width]
    whole = ("arn:", "REQUEST-ID", "docs: https:")
    assert [line for line in lines if not any(word in line for word in whole)] == []
    return text


def test_every_screen_is_as_the_file_has_it(empty_home: Home) -> None:
    screens = [
        f"=== {command}, {width} columns{', of ' + ' '.join(names) if names else ''}\n"
        + shown(empty_home, command, width, names)
        for command, width, names in SCREENS
    ]
    if os.environ.get("UPDATE_EXPLANATIONS"):
        GOLDEN.write_text("".join(screens), encoding="utf-8")
    assert "".join(screens) == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CONFIG)
def test_the_verdict_its_proof_and_the_next_step_come_first(name: str, empty_home: Home) -> None:
    first, *lines = shown(empty_home, f"explain {name}", 80, ()).splitlines()
    head = lines[: lines.index("")]
    assert f" {name}: " in first
    assert len(head) <= 10
    assert any(line.startswith("   hint: ") for line in head) or first.endswith("accepted")
    assert any(line.startswith(("   proof: ", "   `arn:")) for line in head) or "nokeys" in head[0]
