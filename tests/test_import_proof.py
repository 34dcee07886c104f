"""The import's proofs: they refuse what no code that merges is to make, whatever made it."""

from __future__ import annotations

import pytest
from botocore.configloader import build_profile_map

from sync_profiles.config.document import parse_document
from sync_profiles.errors import EditRefused
from sync_profiles.team.block import make_label, put_block
from sync_profiles.team.consent import risks_to_ask_about
from sync_profiles.team.headers import Named, named_by
from sync_profiles.team.merge import MergeOptions
from sync_profiles.team.proving import prove_import, prove_replaced
from sync_profiles.team.sections import TeamLine, read_team_file

SOURCE = "https://team.example/config"
OWN = "[profile me]\nregion = x\n[sso-session corp]\nsso_region = y\n[services s]\nx = y\n"
KEYS = "[kept]\naws_access_key_id = x\n"


def prove(*content: str, sections: set[str], own: str = OWN) -> None:
    """Prove what an import of this content, with these sections, would make."""
    label = make_label(SOURCE, date="2026-01-31", content=content, options=MergeOptions())
    prove_import(
        own,
        content,
        put_block(own, label, content, replaces=None),
        source=SOURCE,
        sections={named_by(header) for header in sections},
        credentials=parse_document(KEYS),
    )


def test_what_is_meant_is_proved() -> None:
    content = ["# c", "[profile a]", "s3 =", "  x = y", '[sso-session "a"]', "[x]"]
    prove(*content, sections={"profile a", "sso-session a", "x"})


@pytest.mark.parametrize(
    ("content", "sections", "words"),
    [
        pytest.param(["[profile a]", " [profile b]"], {"profile a"}, "other sections", id="more"),
        pytest.param(["[profile a]"], {"profile a", "profile b"}, "other sections", id="fewer"),
        pytest.param(["[profile a]", '[profile "a"]'], {"profile a"}, "other sections", id="twice"),
        pytest.param(['[profile "me"]'], {"profile me"}, "in other profiles", id="a profile"),
        pytest.param(["[profile kept]"], {"profile kept"}, "in other profiles", id="a key's"),
        pytest.param(["[sso-session  corp]"], {"sso-session corp"}, "in other", id="a session"),
        pytest.param(["[servicesfoo s]"], {"services s"}, "in other profiles", id="services"),
        pytest.param(
            ["[profile a]", "[DEFAULT]", "ca_bundle = x"], {"profile a"}, "in other", id="a leak"
        ),
        pytest.param([" [profile a]"], {"profile a"}, "in other", id="no header any more"),
    ],
)
def test_an_import_that_would_change_or_hide_is_refused(
    content: list[str], sections: set[str], words: str
) -> None:
    with pytest.raises(EditRefused, match=words):
        prove(*content, sections=sections)


def test_a_replacement_that_would_change_others_is_refused() -> None:
    old = "[profile a]\nx = 1\n[profile b]\n  [profile c]\n"
    prove_replaced(old, "[profile a]\nx = 1\n\n[profile c]\n", headers=["profile b"])
    for new in (
        "[profile a]\nx = 1\n  [profile c]\n",
        "[profile a]\nx = 1\n",
        "[DEFAULT]\nx = 1\n",
    ):
        with pytest.raises(EditRefused, match="would change what the AWS CLI reads in others"):
            prove_replaced(old, new, headers=["profile b"])


@pytest.mark.parametrize(
    "lines",
    [["  [profile a]", "  credential_process = x"], ["[profile a]", "x = 1", " y = 2"], ["x"]],
)
def test_what_cannot_be_read_again_is_never_harmless(lines: list[str]) -> None:
    file = read_team_file("[profile a]\nregion = x\n", name="t")
    with pytest.raises(EditRefused, match="would not be read as the team's file is"):
        risks_to_ask_about(file, [TeamLine(n, line) for n, line in enumerate(lines)], None)


def test_nothing_but_comments_is_harmless() -> None:
    file = read_team_file("[profile a]\nregion = x\n", name="t")
    assert risks_to_ask_about(file, [TeamLine(1, "# c"), TeamLine(2, " ")], None) == []


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("default", Named("profile", "default")),
        ("profile a", Named("profile", "a")),
        ('profilefoo\t"a b"', Named("profile", "a b")),
        ("profile a b", Named("", "profile a b")),
        ("profile o'brien", Named("", "profile o'brien")),
        ("sso-session a\\b", Named("sso-session", "ab")),
        ("services", Named("", "services")),
        (" services a", Named("", " services a")),
        ("plugins", Named("", "plugins")),
    ],
)
def test_a_header_names_what_botocore_takes_from_it(header: str, named: Named) -> None:
    assert named_by(header) == named
    groups = {"profile": "profiles", "sso-session": "sso_sessions", "services": "services"}
    found = build_profile_map({header: {"x": "y"}})
    made = {kind: [*found.pop(group)] for kind, group in groups.items()}
    assert made == {kind: [named.name] if kind == named.kind else [] for kind in groups}
