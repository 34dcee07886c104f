"""`import --check`: what the person who keeps the team's file learns before anyone imports it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped] # its types are not installed

from e2e import Ended, Home, Json
from examples import parts
from import_fixtures import TEAM
from sync_profiles.team.checked_file import check_file
from sync_profiles.team.refusals import RefusalCode
from test_interface import loaded_modules
from test_lint import EXAMPLES

ROOT = Path(__file__).parents[1]
ROLE = "role_arn = arn:aws:iam::222222222222:role/admin\n"
TOP = f"[profile a]\n{ROLE}source_profile = base\n"
#: what is wrong, where, and what the hint leads to; below three lines of a profile
WRONG = parts("team_faults.txt")
#: whole files that are wrong
WHOLE = {
    "too large": (b"#" * 3_000_000, ["1 too-large"]),
    "a long line": (b'[profile a]\n[profile "' + b"x" * 1_900_000 + b'"]\n', ["2 too-large"]),
    "no UTF-8": (b"[profile a]\nregion = \xff\n", ["2 not-utf-8"]),
    "a byte order mark": (b"\xef\xbb\xbf[profile a]\nregion = x\n", ["1 byte-order-mark"]),
    "no section": (b"# nothing\n", ["1 no-section"]),
    "empty": (b"", ["1 no-section"]),
    "a web page": (b"\n<!DOCTYPE html>\n<p>log in\n", ["1 no-section"]),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\nsize 1\n", ["1 no-section"]),
    "a template": (b"{{- if .work }}\n[profile a]\nregion = x\n{{ end }}\n", ["1 no-section"]),
    "JSON": (b'{"message": "404 Project Not Found"}', ["1 no-section"]),
    "text above": (b"hello\n", ["1 text-before-section"]),
    "an indented first header": (b"  [profile a]\nregion = x\n", ["1 indented-header"]),
}
#: what is listed and does not fail
RISKY = {
    "[default]\nregion = x\n": ["2 needs-consent"],
    TOP + "credential_process = /opt/helper --pin 1\n": ["4 needs-consent"],
    TOP + "credential_process = get --secret-id=aws/team\n": ["4 needs-consent"],
    TOP + "s3 =\n  endpoint_url = https://h/x\n": ["5 needs-consent"],
    "[plugins]\nx = y\n": ["2 needs-consent"],
    "[sso-session s]\nsso_start_url = https://h\n": ["2 needs-consent"],
    TOP + "role_session_name = jane\n": ["4 shared-session-name"],
    TOP + "mfa_serial = arn:aws:iam::111111111111:mfa/jane\n": ["4 shared-mfa-serial"],
}
#: secrets, and the words for each
SECRETS = {
    "aws_secret_access_key = abc": "`aws_secret_access_key` is a secret",
    '"aws_secret_access_key" = abc': "`aws_secret_access_key` is a secret",
    "AWS_ACCESS_KEY_ID: abc": "`aws_access_key_id` is a secret",
    "s3 =\n  aws_session_token = abc": "`aws_session_token` is a secret",
    "aws_secret_access_key =\n  made/up=": "`aws_secret_access_key` is a secret",
    "# aws_secret_access_key = abc": "`aws_secret_access_key` is a secret",
    "# old: aws_secret_access_key = abc": "`aws_secret_access_key` is a secret",
    "# export AWS_SECRET_ACCESS_KEY=abc": "`aws_secret_access_key` is a secret",
    "; x=aws_session_token: abc": "`aws_session_token` is a secret",
    "# 'aws_access_key_id' : 'abc'": "`aws_access_key_id` is a secret",
    "# our password=abc": "`password` is a secret",
    "[profile b] ; aws_secret_access_key = abc": "`aws_secret_access_key` is a secret",
    "endpoint_url = http://user:made-up@h": "the line has an address with a password in it",
    "s3 =\n  endpoint_url = https://:a/b@h/p": "the line has an address with a password in it",
    "# ask http://user:12345678@h:8080": "the line has an address with a password in it",
}
#: what each person has, or gets, and what only mentions secrets
SOUND = [
    TEAM,
    f"{TOP}mfa_serial = ${{sync:mfa_serial}}\n",
    TOP + f"role_session_name = x-{'y' * 58}-${{aws:username}}\n",
    TOP + "role_session_name = deploy-42\n# sync-profiles: keep\n",
    f"[profile base]\nregion = x\n[profile a]\n{ROLE}source_profile = base\n",
    f"[profile a]\n{ROLE}source_profile = base\n[profile b]\n{ROLE}source_profile = a\n",
    f"[profile a]\n{ROLE}credential_source = Environment\n",
    f"# \u00a0 our own \u2014 profiles\r\n[profile a]\r\n{ROLE}source_profile = base\r\n",
    TOP + "# the passwords: ask Ann\n# no secret in here\n# sso_session = corp\n",
    TOP + "cli_pager =\ncredential_process: \n",
    TOP + "session_token_duration = 8h\nx_security_token_expires = 2026-11-28T14:00:00Z\n"
    "build.202611 = x\nnumber_of_profiles_that_the_team_had_in_202611 = 7\n",
    TOP + "# see https://h:8443/path@v1, or git+ssh://git@h/x#ann@work\n",
]


def check(bare_home: Home, *contents: str | bytes) -> tuple[Ended, list[Json]]:
    """Check files with these contents at once; return how that ended, and the files."""
    names = []
    for number, content in enumerate(contents):
        file = bare_home.path / f"team-{number}"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        names.append(file.name)
    ended = bare_home.run(
        "import", "--check", *(str(bare_home.path / n) for n in names), "--output", "json"
    )
    return ended, ended.report["checked"]


def told(file: Json, severity: str = "error") -> list[str]:
    """Return what was found in a file: lines and codes."""
    return [f"{p['line']} {p['code']}" for p in file["problems"] if p["severity"] == severity]


def test_everything_that_is_wrong_is_found_in_its_line_and_its_hint_leads_out(
    bare_home: Home,
) -> None:
    ended, files = check(bare_home, *(TOP + lines for lines, _, _ in WRONG.values()))
    assert ended.code == 1
    assert dict(zip(WRONG, map(told, files), strict=True)) == {
        sentence: codes.splitlines() for sentence, (_, codes, _) in WRONG.items()
    }
    assert "hunter2" not in ended.stdout
    ended, files = check(bare_home, *(TOP + lines for _, _, lines in WRONG.values()))
    assert dict(zip(WRONG, map(told, files), strict=True)) == {each: [] for each in WRONG}
    assert ended.code == 0


def test_no_text_is_about_the_own_files_of_who_checks() -> None:
    texts = [str(example.values[0]).encode() for example in EXAMPLES]
    found = [p for text in texts for p in check_file(text, source="team").problems]
    own = re.compile(r"aws configure|\(config, ")
    assert not [each for each in found if own.search(each.message + each.hint)]


def test_files_that_are_wrong_as_a_whole(bare_home: Home) -> None:
    ended, files = check(bare_home, *(content for content, _ in WHOLE.values()))
    assert ended.code == 1
    assert dict(zip(WHOLE, map(told, files), strict=True)) == {k: v[1] for k, v in WHOLE.items()}
    assert [file["passed"] for file in files] == [False] * len(WHOLE)
    said = {each: file["problems"][0]["message"] for each, file in zip(WHOLE, files, strict=True)}
    named = ("a web page", "a pointer", "a template", "JSON")
    assert [each for each in named if each in said[each]] == [*named]


def test_a_secret_is_found_wherever_it_is(bare_home: Home) -> None:
    ended, files = check(bare_home, *(f"[profile a]\nregion = x\n{line}\n" for line in SECRETS))
    assert ended.code == 1
    for words, file in zip(SECRETS.values(), files, strict=True):
        assert (words, "secret") in [(p["message"], p["code"]) for p in file["problems"]]


def test_every_kind_of_finding_is_tried() -> None:
    found = {
        line.split()[1]
        for lines in (
            *(codes.splitlines() for _, codes, _ in WRONG.values()),
            *(lines for _, lines in WHOLE.values()),
            *RISKY.values(),
        )
        for line in lines
    }
    assert set(RefusalCode) <= found


def test_what_an_import_can_use_is_listed_and_does_not_fail(bare_home: Home) -> None:
    ended, files = check(bare_home, *RISKY)
    assert ended.code == 0
    assert [(told(file, "warning"), told(file)) for file in files] == [
        (lines, []) for lines in RISKY.values()
    ]
    assert "--pin" not in ended.stdout


def test_a_program_below_an_empty_value_is_one_too(bare_home: Home) -> None:
    _, (file,) = check(bare_home, TOP + "cli_pager =\n  less\n")
    assert told(file, "warning") == ["5 needs-consent"]


def test_what_each_person_has_is_not_wrong(bare_home: Home) -> None:
    ended, files = check(bare_home, *SOUND)
    assert ended.code == 0
    assert [file["problems"] for file in files] == [[]] * len(SOUND)
    assert [file["source_profiles"] for file in files] == [*[["base"]] * 6, [], *[["base"]] * 5]
    _, (file,) = check(bare_home, f"[profile a]\n{ROLE}source_profile = ${{aws:username}}\n")
    assert file["source_profiles"] == []


NAMED = "a,b:c%.ini"
ANNOTATIONS = """\
::warning file=a%2Cb%3Ac%25.ini,line=3,title=needs-consent::\
`credential_process` runs a program%0Ahint: each person is asked to agree, or gives `--trust`
::error file=a%2Cb%3Ac%25.ini,line=4,title=secret::\
`secret` is a secret%0Ahint: remove the secret from the team's file, and have its owner \
replace it
::error file=a%2Cb%3Ac%25.ini,line=5,title=secret::\
`password` is a secret%0Ahint: remove the secret from the team's file, and have its owner \
replace it
"""


def test_a_report_for_github(bare_home: Home) -> None:
    bad = "[profile a]\nregion = x\ncredential_process = x\nsecret = y\n# password: z\n"
    (bare_home.path / NAMED).write_text(bad, encoding="utf-8")
    (bare_home.path / "good.ini").write_text(TEAM, encoding="utf-8")
    files = [NAMED, "good.ini"]  # in the directory of the run
    ended = bare_home.run("import", "--check", *files, "--output", "github")
    assert (ended.code, ended.stdout, ended.stderr) == (1, ANNOTATIONS, "")
    inside = bare_home.with_environment(GITHUB_WORKSPACE=str(bare_home.path))
    whole = str(bare_home.path / NAMED)
    quiet = inside.run("import", "--check", whole, "--output", "github", "--quiet")
    assert quiet.stdout.splitlines() == ANNOTATIONS.splitlines()[1:]


def test_a_file_comes_from_stdin_too(bare_home: Home) -> None:
    ended = bare_home.run("import", "--check", "-", input_text=TEAM)
    assert (ended.code, ended.stderr) == (0, "")


def test_nothing_of_a_person_is_needed_and_nothing_is_written(bare_home: Home) -> None:
    (bare_home.path / "team").write_text(TEAM, encoding="utf-8")
    before = sorted(bare_home.path.rglob("*"))
    poor = bare_home.with_environment(
        AWS_CONFIG_FILE="/nowhere/a", AWS_SHARED_CREDENTIALS_FILE="/b"
    )
    ended, modules = loaded_modules(poor, "import", "--check", str(bare_home.path / "team"))
    assert ended.code == 0
    assert "does not exist" not in ended.stderr
    assert modules & {"boto3", "botocore", "filelock"} == set()
    assert sorted(bare_home.path.rglob("*")) == before


def test_pre_commit_is_offered_the_check(bare_home: Home) -> None:
    offer = ROOT / ".pre-commit-hooks.yaml"
    if not offer.exists():
        pytest.skip("the offer is in the repository alone")
    (hook,) = yaml.safe_load(offer.read_text(encoding="utf-8"))
    assert hook.keys() == {"id", "name", "description", "entry", "language", "files"}
    names = ["config", "aws/config", "x/.aws/config", "aws/config.bak"]
    assert [bool(re.search(hook["files"], name)) for name in names] == [False, True, True, False]
    (bare_home.path / "good").write_text(TEAM, encoding="utf-8")
    (bare_home.path / "bad").write_text("[profil a]\nrole_arn = x\n", encoding="utf-8")
    program, *arguments = shlex.split(hook["entry"])
    codes = [bare_home.run(*arguments, *names).code for names in (["good"], ["good", "bad"])]
    assert (program, codes) == ("sync-profiles", [0, 1])
