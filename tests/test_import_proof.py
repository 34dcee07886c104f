"""The import's proofs: they refuse what no code that merges is to make, whatever made it."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.configloader import build_profile_map
from hypothesis import given
from hypothesis import strategies as st

from e2e import Home
from examples import table, unescape
from sync_profiles.config.document import parse_document
from sync_profiles.config.section_names import name_section
from sync_profiles.errors import EditRefused
from sync_profiles.team.block import BlockDamaged, BlockOptions, make_label, put_block
from sync_profiles.team.placing import refuse_other_structure
from sync_profiles.team.proving import prove_import, prove_replaced
from sync_profiles.team.team_file import Content

SOURCE = "https://team.example/config"
OWN = "[profile me]\nregion = x\n[sso-session corp]\nsso_region = y\n[services s]\nx = y\n"


def prove(*content: str, sections: set[str]) -> None:
    """Prove what an import of this content, with these sections, would make."""
    made = Content(lines=content)
    label = make_label(SOURCE, date="2026-01-31", content=made, options=BlockOptions())
    new = put_block(OWN, label, content, replaces=None)
    prove_import(
        OWN,
        content,
        parse_document(new),
        source=SOURCE,
        sections={name_section(header) for header in sections},
        taken=["kept"],
    )


def test_an_edit_as_intended_is_proved() -> None:
    content = ["# c", "[profile a]", "s3 =", "  x = y", '[sso-session "a"]', "[x]"]
    prove(*content, sections={"profile a", "sso-session a", "x"})


# a merge that loses a line of one's own
BROKEN = """
import sync_profiles.team.placing as placing
whole = placing.put_block
placing.put_block = lambda *texts, **how: whole(*texts, **how).replace("# mine\\n", "")
"""


def test_the_command_writes_nothing_that_the_proof_refuses(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BROKEN, encoding="utf-8")
    home = with_keys.write(f"# mine\n{OWN}").with_environment(PYTHONPATH=str(tmp_path))
    before = home.footprint()
    ended = home.run("import", "--no-sync", str(team_file))
    assert (ended.code, ended.stdout) == (3, "")
    assert "the import would change your own lines; nothing was written" in ended.stderr
    assert home.footprint() == before


@pytest.mark.parametrize("row", table("imports_refused.txt"))
def test_an_import_that_would_change_or_hide_a_section_is_refused(row: str) -> None:
    content, sections, words, _ = row.split(" | ")
    with pytest.raises((EditRefused, BlockDamaged), match=words):
        prove(*unescape(content).split("\n"), sections={*sections.split(", ")})


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
    [("  [profile a]", "  credential_process = x"), ("[profile a]", "x = 1", " y = 2"), ("x",)],
)
def test_text_that_would_be_read_differently_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(EditRefused, match="would read the profiles differently here"):
        refuse_other_structure(Content(lines=lines))


def test_a_file_of_comments_only_is_imported() -> None:
    refuse_other_structure(Content(lines=("# c", " ")))


def check_header(header: str) -> None:
    """Check that a header names what botocore takes from it."""
    named = name_section(header)
    groups = {"profile": "profiles", "sso-session": "sso_sessions", "services": "services"}
    found = build_profile_map({header: {"x": "y"}})
    made = {kind: [*found.pop(group)] for kind, group in groups.items()}
    assert made == {kind: [named.name] if kind == named.kind else [] for kind in groups}
    assert named.kind or named.name == header


@pytest.mark.parametrize("row", table("headers.txt"))
def test_a_header_names_what_botocore_takes_from_it(row: str) -> None:
    header, _ = row.split(" | ")
    check_header(unescape(header))


KINDS = st.sampled_from(["default", "profile", "sso-session", "services", "plugins", " ", ""])


@given(KINDS, st.text("ab \t\"'\\", max_size=8))
def test_any_header_names_what_botocore_takes_from_it(kind: str, rest: str) -> None:
    check_header(kind + rest)
