"""The reference matches the program exactly: options, codes, JSON keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.explain.suspicions import Topic
from sync_profiles.lint.checks import CHECKS
from sync_profiles.sandbox import story as s
from sync_profiles.team.imported import Status
from sync_profiles.team.refusals import MEANINGS as TEAM_MEANINGS
from sync_profiles.team.refusals import Code as TeamCode
from sync_profiles.terminal.options import FORMATS
from sync_profiles.trail.session_names import Says
from sync_profiles.trust_policy.auditing import STANDINGS, Standing
from sync_profiles.trust_policy.policy_findings import MEANINGS, Code

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = [DOCS / "causes.md", *sorted((DOCS / "reference").glob("*.md"))]
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the pages are in the repository alone")
CODE = re.compile(r"`([^`]+)`")
COMMANDS = {
    "Options of `sync-profiles`": [],
    "Options of `sync-profiles check`": ["check"],
    "Options of `sync-profiles explain [PROFILE]...`": ["explain"],
    "Options of `sync-profiles undo`": ["undo"],
    "Options of `sync-profiles import [SOURCE]...`": ["import"],
    "Options of `sync-profiles trust-policy`": ["trust-policy"],
    "Options of `sync-profiles who PROFILE`": ["who"],
    "The command `sync-profiles demo`": ["demo"],
}

Json = dict[str, Any]


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home with a profile to fill, a refused one, a problem and a source without keys."""
    config = role_profile("admin", s.ADMIN_ROLE.arn, "keys")
    config += role_profile("denied", s.STRANGERS_ROLE.arn, "keys", duration_seconds="1h")
    config += role_profile("stale", s.ADMIN_ROLE.arn, "old")
    old = "[old]\naws_access_key_id = AKIASTALESTALESTALE1\naws_secret_access_key = x\n"
    return empty_home.write(config, keys("keys", s.WORK_API.credentials) + old)


def section(title: str) -> str:
    """Return what is below a title of the pages."""
    text = "".join(f"\n#{page.read_text('utf-8')}" for page in PAGES)
    _, _, rest = text.partition(f"\n## {title}\n")
    assert rest, f"the reference has no section `{title}`"
    return rest.partition("\n## ")[0]


def table(text: str, header: str) -> list[tuple[list[str], list[str]]]:
    """Return the code words of both cells of each row of the table with this header."""
    _, _, rest = text.partition(f"| {header} |")
    assert rest, f"there is no table `{header}`"
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    cells = [re.split(r"(?<!\\) \| ", row.strip("| "), maxsplit=1) for row in rows]
    return [(CODE.findall(first), CODE.findall(second)) for first, second in cells]


def first_column(text: str, header: str) -> list[str]:
    """Return the code words of a table's first column."""
    return [word for words, _ in table(text, header) for word in words]


def json_part(introduction: str) -> str:
    """Return what the page says about JSON from a sentence on."""
    _, _, rest = section("JSON, version 1").partition(introduction)
    assert rest, f"the page does not say `{introduction}`"
    return rest


@pytest.mark.parametrize("title", COMMANDS)
def test_every_option_is_documented_and_no_other(title: str, laptop: Home) -> None:
    shown = laptop.run(*COMMANDS[title], "--help").stdout
    there = set(re.findall(r"^  (?:(?:-\w, )?--[a-z-]+)", shown, re.MULTILINE))
    options = {word.strip(",") for line in there for word in line.split()}
    text = section(title)
    documented = {
        word for code in CODE.findall(text) for word in re.findall(r"(?<!\S)--?[a-z][a-z-]*", code)
    }
    # short options such as `-p` are only in the table of the sync
    if title != "Options of `sync-profiles`":
        options = {option for option in options if option.startswith("--")} - {"--help"}
        documented = {option for option in documented if option.startswith("--")} - {"--help"}
    assert documented == options


VALUES = re.compile(r"(--[a-z-]+) ([A-Za-z]+(?:\|[A-Za-z]+)+)\s")
DOCUMENTED_VALUES = re.compile(r"`(--[a-z-]+) ([A-Za-z]+(?:\\\|[A-Za-z]+)+)`")


@pytest.mark.parametrize("title", COMMANDS)
def test_every_value_of_an_option_is_documented_and_no_other(title: str, laptop: Home) -> None:
    # what means the same everywhere is in the table of the sync
    documented = dict(DOCUMENTED_VALUES.findall(section("Options of `sync-profiles`")))
    documented |= dict(DOCUMENTED_VALUES.findall(section(title)))
    there = dict(VALUES.findall(laptop.run(*COMMANDS[title], "--help").stdout))
    assert {option: documented[option].split("\\|") for option in there} == {
        option: values.split("|") for option, values in there.items()
    }
    command = (COMMANDS[title] or ["sync"])[0]
    assert there.get("--output", "").split("|") == list(FORMATS[command] or [""])


def test_every_cause_is_documented_in_the_program_s_words() -> None:
    _, _, rows = section("Causes").partition("|---|---|\n")
    assert rows.splitlines() == [f"| `{cause}` | {TABLE[cause].when} |" for cause in Cause]


def test_every_problem_is_listed_in_the_program_s_words() -> None:
    _, _, rows = section("Problems of the files").partition("|---|---|\n")
    assert rows.splitlines() == [
        f"| `{check.code}` | {check.meaning}{' (fatal)' if check.is_fatal else ''} |"
        for check in CHECKS
    ]


def test_every_finding_about_a_policy_is_listed_in_the_program_s_words() -> None:
    text = section("Options of `sync-profiles trust-policy`")
    rows = text.partition("| finding | meaning |\n|---|---|\n")[2].partition("\n\n")[0]
    assert rows.splitlines() == [f"| `{code}` | {MEANINGS[code]} |" for code in Code]
    rows = text.partition("| standing | meaning |\n|---|---|\n")[2].partition("\n\n")[0]
    assert rows.splitlines() == [f"| `{each}` | {STANDINGS[each]} |" for each in Standing]


def test_every_finding_about_a_team_file_is_listed_in_the_program_s_words() -> None:
    text = section("Options of `sync-profiles import [SOURCE]...`")
    rows = text.partition("| code | meaning |\n|---|---|\n")[2].partition("\n\n")[0]
    assert rows.splitlines() == [f"| `{code}` | {TEAM_MEANINGS[code]} |" for code in TeamCode]


def test_every_key_of_a_check_of_team_files_is_documented_and_no_other(
    laptop: Home, tmp_path: Path
) -> None:
    (tmp_path / "team").write_text("[default]\nregion = x\n", encoding="utf-8")
    report = laptop.run("import", "--check", str(tmp_path / "team"), "--output", "json").report
    documented = set(CODE.findall(json_part("`import --check` prints").partition("\n")[0]))
    (checked,) = report["checked"]
    there = {"checked"} | keys_of(report["checked"]) | keys_of(checked["problems"])
    assert documented - {"error", "warning"} == there
    assert report.keys() == {"version", "command", "checked"}


def test_what_a_session_name_may_say_is_documented() -> None:
    text = section("Options of `sync-profiles who PROFILE`")
    assert first_column(text, "a name says | meaning") == list(Says)


def test_every_verdict_and_every_change_are_documented() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", section("Verdicts"), re.MULTILINE)) == set(Verdict)
    changes = {
        words[0]: values for words, values in table(json_part("A profile has"), "key | value")
    }
    assert changes["change"] == list(Change)


def test_the_documented_numbers_of_jobs_match_the_help(laptop: Home) -> None:
    assert "1 to 256, 16 by default" in section("Options of `sync-profiles`")
    for command in ([], ["check"]):
        assert "at most 256.  [default: 16]" in laptop.run(*command, "--help").stdout
    speed = (DOCS / "explanation" / "speed.md").read_text(encoding="utf-8")
    assert re.findall(r"The default is (\d+)", speed) == ["16"]


def keys_of(objects: list[Json]) -> set[str]:
    """Return the keys of some objects, of which there is one at least."""
    assert objects
    return {key for item in objects for key in item}


@pytest.mark.parametrize("command", ["sync", "check"])
def test_every_key_of_a_report_is_documented_and_no_other(command: str, laptop: Home) -> None:
    arguments = ["check"] if command == "check" else []
    report = laptop.run(*arguments, "--output", "json").report
    rows = table(section("JSON, version 1"), "key | value")
    assert {word for words, _ in rows for word in words} == report.keys()
    documented = {words[0]: set(values) for words, values in rows}
    assert report["command"] in documented["command"]
    assert documented["command"] == {"sync", "check", "explain", "undo", "import"}
    assert documented["callers"] == keys_of(report["callers"])
    if command == "check":
        assert documented["problems"] == keys_of(report["problems"])
    of_a_profile = first_column(json_part("A profile has:"), "key | value")
    assert set(of_a_profile) == keys_of(report["profiles"])
    of_a_reason = table(json_part("A reason has:"), "key | value")
    refused = next(one for one in report["profiles"] if one["profile"] == "denied")
    assert {words[0] for words, _ in of_a_reason} == keys_of(refused["reasons"])
    assert set(of_a_reason[0][1]) == set(Topic)


def test_every_key_of_an_inquiry_is_documented_and_no_other(laptop: Home) -> None:
    several = laptop.run("explain", "--output", "json").report
    inquiry = laptop.run("explain", "denied", "--output", "json").report
    text = json_part("`explain` prints")
    above = set(CODE.findall(text.partition("\n")[0]))
    own = {words[0]: set(values) for words, values in table(text, "key | value")}
    assert above | own.keys() == several.keys()
    assert own["letters"] == keys_of(several["letters"])
    more = table(json_part("Each of them has the keys of a profile, and:"), "key | value")
    documented = {words[0]: set(values) for words, values in more}
    of_a_profile = first_column(json_part("A profile has:"), "key | value")
    assert documented.keys() | set(of_a_profile) == keys_of(several["profiles"])
    assert inquiry.keys() - several.keys() == documented.keys() | {"profile"}
    assert inquiry["profile"] | {key: inquiry[key] for key in documented} == inquiry["profiles"][0]
    assert documented["settings"] == keys_of(inquiry["settings"])
    # what is in it where it could be read: test_explain.py
    assert documented["trust_policy"] == {"role_arn", "read_with_profile", "demands", "problem"}
    of_a_switch = first_column(json_part("A switch has:"), "key | value")
    assert set(of_a_switch) == keys_of(inquiry["switches"])


def test_every_key_of_what_explain_finds_out_by_itself_is_documented(laptop: Home) -> None:
    laptop.write(role_profile("denied", s.STRANGERS_ROLE.arn, "keys"))
    inquiry = laptop.run("explain", "denied", "--output", "json").report
    more = table(json_part("Each of them has the keys of a profile, and:"), "key | value")
    documented = {words[0]: set(values) for words, values in more}
    assert inquiry["caller_policies"].keys() < documented["caller_policies"]
    of_an_experiment = first_column(json_part("An experiment has:"), "key | value")
    assert set(of_an_experiment) == keys_of(inquiry["experiments"])


def test_every_key_of_an_import_is_documented_and_no_other(laptop: Home, tmp_path: Path) -> None:
    team = tmp_path / "team"
    device = {"mfa_serial": "arn:aws:iam::111111111111:mfa/${aws:username}"}
    team.write_text(
        role_profile("admin", s.ADMIN_ROLE.arn, "base")
        + role_profile("mine", "arn:aws:iam::222222222222:role/x", "base", **device),
        encoding="utf-8",
    )
    report = laptop.run("import", str(team), "--output", "json").report
    sync = laptop.run("--dry-run", "--output", "json").report
    text = json_part("`import` prints")
    assert report.keys() - sync.keys() == {"imported", "imports"} <= set(CODE.findall(text))
    rows = table(text, "key | value")
    assert {word for words, _ in rows for word in words} == keys_of(report["imports"])
    (imported,) = report["imports"]
    documented = {words[0]: set(values) for words, values in rows}
    assert documented["status"] == set(Status)
    assert documented["conflicts"] == keys_of(imported["conflicts"])
    assert documented["waiting"] == keys_of(imported["waiting"])


def test_every_key_of_who_is_documented_and_no_other(laptop: Home) -> None:
    laptop.write(role_profile("open", s.OPEN_ROLE.arn, "keys", role_session_name="work_api"))
    laptop.run_aws("sts", "get-caller-identity", "--profile", "open")
    users = laptop.run_json("who", "open", "--me").report
    deeds = laptop.run_json("who", "open", "--name", "work_api").report
    text = json_part("`who` prints").partition("\n\n")[0]
    of_users, *further = (set(CODE.findall(line)) for line in text.splitlines())
    of_a_session, of_deeds, of_a_call = further
    common = {"version", "command"}
    of_a_place = keys_of(laptop.run_json("who", "open").report["unread"])
    assert of_a_place == {"account", "region", "message"}
    of_me = users["me"].keys() | {"--me", "sync-profiles"}
    assert of_users == (users.keys() - common) | of_a_place | of_me
    assert of_a_session == keys_of(users["sessions"])
    own = deeds.keys() - users.keys() | {"role_arn"}
    assert of_deeds == own | {"--name", "--key"}
    assert of_a_call == keys_of(deeds["calls"])


def test_every_key_of_an_undo_is_documented_and_no_other(laptop: Home) -> None:
    laptop.run()
    listed = laptop.run("undo", "--list", "--output", "json").report
    undone = laptop.run("undo", "--output", "json").report
    sentence, further, _ = json_part("`undo` prints").split("\n", maxsplit=2)
    documented = set(CODE.findall(sentence)) - {"exact", "lines", "forced"}
    common = {"version", "command", "config_file", "credentials_file", "problems"}
    assert documented == (undone.keys() - common) | keys_of(undone["restored"])
    assert keys_of(undone["restored"]) - keys_of(listed["records"]) == {"way", "written"}
    assert keys_of(listed["records"]) - keys_of(undone["restored"]) == {"number", "undone"}
    assert set(CODE.findall(further)) == {
        *("undo --list", "records", "way", "written", "number", "undone")
    }
