"""An import in which a source fails, or which another program disturbs, so that it starts again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e import Home, finish, process_output, role_profile, write_script
from import_fixtures import TEAM, WRITTEN, block, text_of
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s


def test_a_source_that_is_gone_does_not_stop_the_other_blocks(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text(TEAM.replace("[profile ", "[profile other-"), encoding="utf-8")
    assert with_keys.run("import", "--no-sync", str(other), str(team_file)).code == 0
    kept = text_of(with_keys)
    other.unlink()
    team_file.write_text(TEAM.replace("us-east-1", "us-east-2"), encoding="utf-8")
    ended = with_keys.run("import", "--output", "json")
    assert ended.code == 1
    first, second = ended.report["imports"]
    assert (first["status"], second["status"]) == ("failed", "updated")
    assert "cannot be read: no such file" in first["error"]
    assert ended.accepted == {"admin", "equals"}
    expected = WRITTEN.replace("us-east-1", "us-east-2")
    first_block = kept[: kept.index("\n\n# >>>") + 2]
    assert text_of(with_keys) == first_block + block(expected, team_file.as_uri())
    quiet = with_keys.run("import", "--quiet")
    assert (quiet.code, quiet.stderr) == (1, "")
    words = "".join(quiet.stdout.split())  # a long path is wrapped
    assert "cannotberead:nosuchfile" in words
    assert "restoreit,orremoveitsblock" in words


def test_what_an_import_asks_of_its_user_is_not_too_quiet(with_keys: Home, team_file: Path) -> None:
    import_quietly = ("import", "--trust", "--quiet")
    assert with_keys.run(*import_quietly, str(team_file)).stdout == ""
    with_keys.write(with_keys.config_file.read_text("utf-8").replace("us-east-1", "eu-west-1"))
    both = TEAM.replace("us-east-1", "us-east-2") + role_profile("far", s.ADMIN_ROLE.arn, "gone")
    team_file.write_text(both, encoding="utf-8")
    words = " ".join(with_keys.run(*import_quietly).stdout.split())
    assert "`region` of `[profile admin]`: yours is `eu-west-1`, the team's is `us-east-2`" in words
    assert "run again with `--source-profile gone=base`" in words
    assert with_keys.run(*import_quietly, "--source-profile", "gone=base").code == 0
    assert with_keys.run(*import_quietly).stdout == ""


@pytest.mark.parametrize("writes_all", [True, False])
def test_an_import_is_undone_after_another_program_wrote_other_line_breaks(
    with_keys: Home, team_file: Path, *, writes_all: bool
) -> None:
    own = "[profile own]\r\nregion = us-east-1"
    with_keys.write(own)
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    written, late = with_keys.config_file.read_bytes().decode(), "\n[profile late]\noutput = json\n"
    assert not written.endswith("\n")
    # `aws configure` writes all lines anew, an editor might not
    with_keys.write((written.replace("\r\n", "\n") if writes_all else written) + late)
    undone = with_keys.run("undo")
    assert undone.code == 0, undone.stderr
    left = with_keys.config_file.read_bytes().decode()
    assert left.replace("\r\n", "\n") == own.replace("\r\n", "\n") + late
    assert with_keys.run("undo").code == 0
    assert left != with_keys.config_file.read_bytes().decode()


def program(home: Home, *, first: str = "") -> str:
    """Return the section of a source with a program that counts its runs, in the file `runs`.

    The first run does more before it prints the keys.
    """
    if os.name != "posix":
        pytest.skip("the program is a shell script")
    found = process_output(s.WORK_API.credentials)
    process = write_script(
        home.path / "process",
        f"[ -e runs ] || {first or 'true'}\necho run >> runs\necho '{found}'\n",
    )
    return f"[profile base]\nregion = us-east-1\ncredential_process = {process}\n"


def test_another_programs_write_during_an_import_is_kept(with_keys: Home, team_file: Path) -> None:
    own = program(with_keys, first=f"echo '[profile late]' >> {with_keys.config_file}")
    with_keys.write(own, credentials="")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n\n{block(WRITTEN, team_file.as_uri())}"
    assert (with_keys.path / "runs").read_text(encoding="utf-8") == "run\n"
    assert with_keys.run("undo").code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n"


def test_a_source_is_asked_once(with_keys: Home, team_file: Path, aws: Sandbox) -> None:
    with_keys.write(program(with_keys), credentials="")
    team_file.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    ended = with_keys.run("import", "--trust", "--output", "json", str(team_file))
    assert ended.accepted == {"admin"}
    actions = [call.action for call in aws.calls]
    assert actions.count("sts:GetCallerIdentity") == 1
    assert (with_keys.path / "runs").read_text(encoding="utf-8") == "run\n"


def test_a_run_that_starts_again_asks_for_consent_once(with_keys: Home, team_file: Path) -> None:
    with_keys.write(program(with_keys, first=f"echo >> {with_keys.config_file}"), credentials="")
    team_file.write_text(TEAM + "endpoint_url = https://sts.example\n", encoding="utf-8")
    child = with_keys.start_on_terminal("import", "--no-test", str(team_file), columns=200)
    child.expect_exact("Do you trust all of them?")
    child.send("y\n")
    assert "Do you trust" not in finish(child).stdout
    assert "\nendpoint_url = " in text_of(with_keys)


def test_a_run_that_starts_again_takes_no_refusal_for_consent(
    with_keys: Home, team_file: Path
) -> None:
    other = team_file.with_name("other")
    other.write_text("[profile other]\nregion = us-east-1\n", encoding="utf-8")
    assert with_keys.run("import", "--trust", str(team_file), str(other)).code == 0
    team_file.write_text(TEAM + "endpoint_url = https://sts.example\n", encoding="utf-8")
    other.write_text("[profile other]\nregion = eu-west-1\n", encoding="utf-8")
    child = with_keys.start_on_terminal("import", "--no-test", columns=200)
    child.expect_exact("Do you trust all of them?")
    with with_keys.config_file.open("a", encoding="utf-8") as file:
        file.write("[profile late]\n")
    child.send("n\n")
    child.expect_exact("Do you trust all of them?")
    child.send("n\n")
    assert finish(child).code == 1
    found = text_of(with_keys)
    assert [word in found for word in ("endpoint_url", "eu-west-1", "late")] == [False, True, True]
