"""The import, end to end: processes, real files, the sandbox, and the AWS CLI as the witness."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from e2e import Home, keys, role_profile
from import_fixtures import OWN, ROOT, TEAM, WRITTEN, block, text_of
from sync_profiles.sandbox import story as s


def test_a_new_laptop_gets_the_team_s_profiles_under_its_owner_s_name(
    with_keys: Home, team_file: Path
) -> None:
    ended = with_keys.run("import", "--trust", "--output", "json", str(team_file))
    assert ended.code == 0, ended.stdout + ended.stderr
    assert ended.accepted == {"admin", "equals"}
    assert text_of(with_keys) == block(WRITTEN, team_file.as_uri())
    assert with_keys.working_profiles(["admin", "equals"]) == {"admin", "equals"}
    if os.name == "posix":
        assert stat.S_IMODE(with_keys.config_file.stat().st_mode) == 0o600


def test_a_byte_order_mark_of_the_team_stays_with_the_team(
    with_keys: Home, team_file: Path
) -> None:
    team_file.write_text(TEAM, encoding="utf-8-sig")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    assert text_of(with_keys) == block(WRITTEN, team_file.as_uri())


def test_profiles_of_the_team_do_not_count_as_the_person_s_own(
    with_keys: Home, team_file: Path
) -> None:
    team_file.write_text("[profile base-2]\nhome = /home/${aws:username}\n", encoding="utf-8")
    assert with_keys.run("import", str(team_file)).code == 0
    before = with_keys.footprint()
    assert b"home = /home/work_api\n" in with_keys.config_file.read_bytes()
    assert with_keys.run("import").code == 0
    assert with_keys.footprint() == before


def test_an_empty_home_gets_the_profiles_and_instructions_to_log_in(
    laptop: Home, team_file: Path
) -> None:
    ended = laptop.run("import", str(team_file))
    assert ended.code == 1
    assert "aws configure --profile base" in " ".join(ended.stdout.split())
    without_name = TEAM.replace("role_session_name = ${aws:username}\n", "")
    assert text_of(laptop) == block(without_name, team_file.as_uri())
    if os.name == "posix":
        assert stat.S_IMODE(laptop.config_file.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(laptop.config_file.stat().st_mode) == 0o600
    laptop.write(credentials=keys("base", s.WORK_API.credentials))
    assert laptop.run("import").code == 0
    assert laptop.working_profiles(["admin", "equals"]) == {"admin", "equals"}


def test_a_setting_that_needs_to_know_who_you_are_waits_for_credentials(
    laptop: Home, team_file: Path
) -> None:
    device = "mfa_serial = arn:aws:iam::111111111111:mfa/${aws:username}\n"
    team_file.write_text(TEAM + device, encoding="utf-8")
    ended = laptop.run("import", str(team_file))
    assert ended.code == 1
    told = " ".join(ended.stdout.split())
    assert "`mfa_serial` of 1 profile waits for your credentials: " in told
    assert told.count("aws configure --profile base") == 1
    without_name = TEAM.replace("role_session_name = ${aws:username}\n", "")
    waiting = f"# waits for your credentials: {device}"
    assert text_of(laptop) == block(without_name + waiting, team_file.as_uri())
    laptop.write(credentials=keys("base", s.WORK_API.credentials))
    assert laptop.run("import", "--no-sync").code == 0
    its_own = device.replace("${aws:username}", "work_api")
    assert f"\n{its_own}# <<<" in text_of(laptop)


def test_a_setting_that_still_waits_is_the_reason_of_a_refusal(
    laptop: Home, team_file: Path
) -> None:
    code = s.MFA_USER.mfa_devices[0].codes[0]
    device = "mfa_serial = arn:aws:iam::111111111111:mfa/${aws:username}\n"
    team_file.write_text(
        role_profile("secure", s.MFA_ROLE.arn, "base").rstrip() + f"\n{device}", encoding="utf-8"
    )
    laptop.run("import", str(team_file))
    laptop.write(credentials=keys("base", s.MFA_USER.credentials))
    waiting = f"# waits for your credentials: {device.strip()}"
    for command in ([], ["check"], ["explain", "secure"]):
        report = laptop.run(*command, "--output", "json")
        line = 1 + text_of(laptop).split("\n").index(waiting)
        assert report.profiles["secure"]["hint"] == (
            f"`mfa_serial` still waits for your credentials (config, line {line}): run "
            "`sync-profiles import`"
        )
    imported = laptop.run("import", "--output", "json", "--mfa-code", code)
    assert imported.accepted == {"secure"}


def test_a_setting_that_no_source_can_have_is_an_error(laptop: Home, team_file: Path) -> None:
    laptop.write(credentials=keys("base", ROOT.credentials))
    team_file.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    before = laptop.footprint()
    ended = laptop.run("import", str(team_file))
    assert ended.code == 3
    assert "line 15: `mfa_serial` needs `${sync:mfa_serial}`" in ended.stderr
    assert "is not an IAM user" in ended.stderr
    assert "hint: ask the team for a file without this line" in ended.stderr
    assert laptop.footprint() == before


def test_the_device_has_the_users_name_if_it_cannot_be_listed(
    with_keys: Home, team_file: Path
) -> None:
    team_file.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    assert with_keys.run("import", "--no-sync", str(team_file)).code == 0
    assert "mfa_serial = arn:aws:iam::111111111111:mfa/work_api\n" in text_of(with_keys)


def test_settings_trusted_once_need_no_consent_again(with_keys: Home, team_file: Path) -> None:
    team_file.write_text(TEAM + "credential_process = /bin/good\n", encoding="utf-8")
    assert with_keys.run("import", "--no-sync", "--trust", str(team_file)).code == 0
    assert with_keys.run("import", "--no-sync").code == 0
    team_file.write_text(TEAM + "credential_process = /bin/evil\n", encoding="utf-8")
    assert with_keys.run("import", "--no-sync").code == 3


def test_an_address_is_trusted_for_the_service_that_it_was_trusted_for(
    with_keys: Home, team_file: Path
) -> None:
    services = "[services s]\n{} =\n  endpoint_url = https://files.team.example\n"
    team_file.write_text(services.format("s3"), encoding="utf-8")
    assert with_keys.run("import", "--no-sync", "--trust", str(team_file)).code == 0
    assert with_keys.run("import", "--no-sync").code == 0
    team_file.write_text(services.format("sts"), encoding="utf-8")
    assert with_keys.run("import", "--no-sync").code == 3


def test_a_dry_run_shows_the_whole_change_with_the_names(with_keys: Home, team_file: Path) -> None:
    with_keys.write(OWN.replace("admin", "mine"))
    before = with_keys.footprint()
    planned = with_keys.run("import", "--trust", "-n", "--output", "json", str(team_file))
    shown = with_keys.run("import", "--trust", "-n", str(team_file))
    assert with_keys.footprint() == before
    assert planned.column("verdict") == {"admin": "accepted", "equals": "fixable"}
    done = with_keys.run("import", "--trust", "--output", "json", str(team_file))
    assert (planned.code, shown.code, done.code) == (1, 1, 0)
    diff = planned.report["diff"]
    assert diff == done.report["diff"]
    assert diff.count("+role_session_name = work_api\n") == 2
    assert shown.stdout.endswith(diff)
    assert "2 profiles: 1 accepted, 1 fixable; 1 name to write" in shown.stdout


COUNTING = """
import atexit, sys
from collections import Counter
from sync_profiles.config import document
from sync_profiles.cli import main

read, texts = document.parse_document, Counter()

def count(text):
    texts[text] += 1
    return read(text)

document.parse_document = count
atexit.register(lambda: print(max(texts.values()), file=sys.stderr))
main()
"""


def test_an_import_reads_no_text_twice(with_keys: Home, team_file: Path) -> None:
    for more in ("", "", "\n[profile more]\nregion = us-east-1\n"):
        team_file.write_text(TEAM + more, encoding="utf-8")
        command = [sys.executable, "-c", COUNTING, "import", "--trust", str(team_file)]
        ended = with_keys.run_command(command)
        assert (ended.code, ended.stderr) == (0, "1\n")


def test_the_user_of_many_sections_is_looked_for_once(with_keys: Home, team_file: Path) -> None:
    with_keys.write("".join(f"[profile own{n}]\nregion = us-east-1\n" for n in range(3_000)))
    sections = (f"[profile p{n}]\nsdk_ua_app_id = ${{aws:username}}\n" for n in range(3_000))
    team_file.write_text("".join(sections), encoding="utf-8")
    # it is ended after a minute, which a search for each section would take
    ended = with_keys.run("import", "--no-sync", "--trust", str(team_file))
    assert (ended.code, ended.stderr) == (0, "")
    assert text_of(with_keys).count("sdk_ua_app_id = work_api\n") == 3_000
