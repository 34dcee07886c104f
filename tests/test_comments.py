"""What comments in a profile's section hold for its settings; other words are not read."""

from __future__ import annotations

import pytest

from examples import answered_examples, answers_of
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.comments import ACCOUNT, ROLE_NAME, Comments
from sync_profiles.model import FileKind

KEYS = ("role_arn", "source_profile", "external_id", "mfa_serial", "role_session_name")


def held(example: str) -> list[str]:
    """Return what the comments of each profile hold, by setting, with their lines."""
    lines = (line for line in example.splitlines() if line and not line.startswith("- "))
    text = "".join(f"{line}\n" for line in lines).replace("BLANK\n", "\n")
    comments = Comments({FileKind.CONFIG: text})
    return [
        f"{name}: {key} = {each.value} (line {each.place.line})"
        for name, profile in read_profiles(config=parse_document(text)).by_name.items()
        for key in (*KEYS, ACCOUNT, ROLE_NAME)
        for each in comments.of(profile, key)
    ]


@pytest.mark.parametrize("example", answered_examples("comments.txt", held))
def test_what_comments_hold(example: str) -> None:
    assert held(example) == answers_of(example)
