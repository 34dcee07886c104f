"""What a row or a note advises, on real files; following it leads out of the trouble."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from e2e import Home, installed, keys, role_profile
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, CALLER_ACCOUNT, Role, RoleSession

#: a machine's session, and a role that only a session of the same name may assume
RUNNER = RoleSession(
    role=Role(
        name="runner",
        account_id=CALLER_ACCOUNT,
        trust=s.trust(),
        policies=(ALLOW_ASSUME_ROLE,),
    ),
    session_name="ci-7",
)
SAME_NAME = Role(
    name="same_name",
    trust=s.trust(condition={"StringEquals": {"sts:RoleSessionName": "ci-7"}}),
    policies=(ALLOW_ASSUME_ROLE,),
)
KEYS = keys("default", s.WORK_API.credentials)
HEAD = "[profile p]\nregion = us-east-1\n"
ROLE = f"role_arn = {s.ADMIN_ROLE.arn}\n"
SOURCE = "source_profile = default\n"
NAME = "role_session_name = work_api\n"
DEVICE = "mfa_serial = arn:aws:iam::111111111111:mfa/mfa_user"


@pytest.fixture
def world() -> World:
    """Return the story, with a machine."""
    return replace(s.STORY, roles=(*s.STORY.roles, RUNNER.role, SAME_NAME), sessions=(RUNNER,))


def test_a_session_may_need_its_own_name_for_the_next_one(empty_home: Home) -> None:
    config = HEAD + f"role_arn = {SAME_NAME.arn}\n{SOURCE}"
    home = empty_home.write(config, keys("default", RUNNER.credentials))
    row = home.run("check", "--output", "json").profiles["p"]
    assert row["verdict"] == "rejected"
    assert "`--session-name ci-7` sets it" in row["hint"]
    assert home.run_json("--session-name", "ci-7").accepted == {"p"}
    assert home.working_profiles(["p"]) == {"p"}


def test_an_overwrite_says_that_the_new_name_was_refused(empty_home: Home) -> None:
    named = role_profile("p", s.NAMES_ROLE.arn, "default", role_session_name="alice")
    home = empty_home.write(named, KEYS)
    row = home.run_json("--overwrite", "--session-name", "foo").profiles["p"]
    assert (row["verdict"], row["change"]) == ("accepted", "keep")
    assert row["hint"] == "the name stays: `foo` was refused"


@pytest.mark.parametrize(
    ("config", "line", "hint", "followed"),
    [
        pytest.param(
            HEAD + ROLE + "source_profle = default\n",
            4,
            "write `source_profile`",
            HEAD + ROLE + SOURCE,
            id="a typo in source_profile",
        ),
        pytest.param(
            HEAD + ROLE + "source_profile = default # my keys\n",
            4,
            "write `source_profile = default`, and put the comment on its own line",
            HEAD + ROLE + "# my keys\n" + SOURCE,
            id="a comment after source_profile",
        ),
        pytest.param(
            HEAD + ROLE + 'source_profile = "default"\n',
            4,
            "write `source_profile = default`",
            HEAD + ROLE + SOURCE,
            id="quotes around source_profile",
        ),
        pytest.param(
            HEAD + SOURCE + ROLE.replace("\n", " # admin\n"),
            4,
            f"write `{ROLE.strip()}`, and put the comment on its own line",
            HEAD + SOURCE + "# admin\n" + ROLE,
            id="a comment after role_arn",
        ),
        pytest.param(
            HEAD + SOURCE + f'role_arn = "{s.ADMIN_ROLE.arn}"\n',
            4,
            f"write `{ROLE.strip()}`",
            HEAD + SOURCE + ROLE,
            id="quotes around role_arn",
        ),
        pytest.param(
            "[profile p]\n" + ROLE + SOURCE + "region = us-east-1 # Virginia\n",
            4,
            "write `region = us-east-1`, and put the comment on its own line",
            "[profile p]\n" + ROLE + SOURCE + "region = us-east-1\n",
            id="a comment after region",
        ),
        pytest.param(
            "[profile p]\n" + ROLE + SOURCE + "regoin = us-east-1\n",
            4,
            "write `region`",
            HEAD + ROLE + SOURCE,
            id="a typo in region",
        ),
        pytest.param(
            HEAD + ROLE + SOURCE + "output = ${FORMAT}\n",
            5,
            "write what it stands for",
            HEAD + ROLE + SOURCE + "output = json\n",
            id="a variable for output",
        ),
        pytest.param(
            HEAD + f"role_arn = {s.EXTERNAL_ID_ROLE.arn}\n{SOURCE}"
            f'external_id = "{s.EXTERNAL_ID}"\n',
            5,
            f"write `external_id = {s.EXTERNAL_ID}`",
            HEAD + f"role_arn = {s.EXTERNAL_ID_ROLE.arn}\n{SOURCE}external_id = {s.EXTERNAL_ID}\n",
            id="quotes around external_id",
        ),
        pytest.param(
            HEAD + ROLE + SOURCE + "mfa_serial =\n",
            5,
            "write the `SerialNumber` that `aws iam list-mfa-devices` shows, or remove the line",
            HEAD + ROLE + SOURCE,
            id="an empty mfa_serial",
        ),
        pytest.param(
            HEAD + ROLE + SOURCE + "s3 =\nendpoint_url =\nmax_concurrent_requests = 5\n",
            5,
            "remove it, or indent its settings below it",
            HEAD + ROLE + SOURCE + "s3 =\n  endpoint_url =\n  max_concurrent_requests = 5\n",
            id="a block that is not indented",
        ),
    ],
)
def test_a_row_says_what_is_wrong_in_the_file(
    empty_home: Home, config: str, line: int, hint: str, followed: str
) -> None:
    home = empty_home.write(config, KEYS)
    checked = home.run("check", "--output", "json")
    problem = next(each for each in checked.report["problems"] if each["line"] == line)
    assert problem["hint"] == hint
    for ended in (checked, home.run_json("--dry-run")):
        row = ended.profiles["p"]
        assert row["verdict"] in {"rejected", "unknown"}
        assert f"{problem['message']} (config, line {line})" in row["message"] + row["hint"]
        assert hint in row["hint"]
    assert home.write(followed).run_json().accepted == {"p"}


@pytest.mark.parametrize("source", ["default", "o'brien"])
def test_the_hint_at_a_missing_source_profile_configures_it(empty_home: Home, source: str) -> None:
    home = empty_home.write(HEAD + ROLE + f"source_profile = {source}\n", "")
    _, command, _ = home.run_json("--dry-run").profiles["p"]["hint"].split("`", 2)
    program, *arguments = shlex.split(command)
    answers = f"{USER.access_key_id}\n{USER.secret_access_key}\n\n\n"
    assert home.run_command([installed(program), *arguments], input_text=answers).code == 0
    assert home.run_json().accepted == {"p"}


@pytest.mark.parametrize(
    ("credentials", "line", "hint"),
    [
        pytest.param(
            "[default]\naws_access_key_id =\naws_secret_access_key =\n",
            2,
            "run `aws configure --profile default`, or remove the empty lines",
            id="an empty key",
        ),
        pytest.param(
            KEYS.replace("access_key = ", 'access_key = "').replace("\n\n", '"\n\n'),
            3,
            "remove the quotes",
            id="a quoted secret key",
        ),
        pytest.param(
            KEYS.replace("key_id = ", "key = "), 2, "write `aws_access_key_id`", id="a typo"
        ),
    ],
)
def test_a_source_without_an_identity_says_what_is_wrong_in_the_file(
    empty_home: Home, credentials: str, line: int, hint: str
) -> None:
    checked = empty_home.write(HEAD + ROLE + SOURCE, credentials).run("check", "--output", "json")
    problem = next(each for each in checked.report["problems"] if each["line"] == line)
    # without an ID the AWS CLI does not even ask
    (source,) = checked.report["callers"] or checked.report["profiles"]
    assert problem["hint"] == source["hint"] == hint
    message = source.get("error") or source["message"]
    assert message == f"{problem['message']} (credentials, line {line})"


USER = s.WORK_API.credentials
IN_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": USER.access_key_id,
    "AWS_SECRET_ACCESS_KEY": USER.secret_access_key,
}
NAMED = HEAD + ROLE + SOURCE + NAME
WITHOUT_REGION = "[profile p]\n" + ROLE + SOURCE + NAME
TO_USE_IT = "profile `p` does not use the access key in the environment: to use it, write"


@pytest.mark.parametrize(
    ("config", "credentials", "environ", "note"),
    [
        pytest.param(NAMED, KEYS, {"AWS_PROFILE": "p"}, None, id="a profile that exists"),
        pytest.param(
            NAMED,
            KEYS,
            {"AWS_PROFILE": "q"},
            "`AWS_PROFILE` names profile `q`, which does not exist: `aws` stops unless "
            "`--profile` names another; correct the variable or unset it",
            id="a profile that does not exist",
        ),
        pytest.param(
            NAMED,
            KEYS,
            {"AWS_DEFAULT_PROFILE": "p"} | IN_ENVIRONMENT,
            "the AWS CLI uses the access key in the environment, not `AWS_DEFAULT_PROFILE`: unset "
            "`AWS_ACCESS_KEY_ID`, or pass `--profile p`",
            id="a profile, and keys beside it",
        ),
        pytest.param(NAMED, KEYS, IN_ENVIRONMENT, None, id="keys that no profile needs"),
        pytest.param(
            NAMED,
            "",
            IN_ENVIRONMENT,
            f"{TO_USE_IT} `credential_source = Environment` in place of `source_profile` (config, "
            "line 4)",
            id="keys, and a source profile without any",
        ),
        pytest.param(
            HEAD + ROLE,
            "",
            IN_ENVIRONMENT,
            f"{TO_USE_IT} `credential_source = Environment` to `[profile p]`",
            id="keys, and no source",
        ),
        pytest.param(
            WITHOUT_REGION + NAMED.replace(" p]", " q]"),
            KEYS,
            {"AWS_REGION": "us-east-1"},
            "AWS CLI v1 and boto3 do not read `AWS_REGION`: they find no region for profile `p` "
            "without `AWS_DEFAULT_REGION`",
            id="a region for version 2",
        ),
        pytest.param(
            WITHOUT_REGION,
            KEYS,
            {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"},
            None,
            id="a region for both versions",
        ),
        pytest.param(
            NAMED + "output = yaml\n" + NAMED.replace(" p]", " q]") + "output = yaml-stream\n",
            KEYS,
            {},
            "AWS CLI v1 stops at the `output` of profile `p` and 1 more: only v2 knows it",
            id="an output of version 2",
        ),
        pytest.param(
            NAMED + "output = json\n",
            KEYS,
            {"AWS_DEFAULT_OUTPUT": "yaml"},
            "AWS CLI v1 stops at `AWS_DEFAULT_OUTPUT` in the environment: only v2 knows it",
            id="an output of version 2 in the environment",
        ),
        pytest.param(
            NAMED + "defaults_mode = x\n",
            KEYS,
            {},
            "AWS CLI v1 and boto3 stop at the `defaults_mode` of profile `p`",
            id="a setting that version 2 does not read",
        ),
        pytest.param(
            NAMED,
            KEYS,
            {"AWS_STS_REGIONAL_ENDPOINTS": "x"},
            "AWS CLI v1 and boto3 stop at `AWS_STS_REGIONAL_ENDPOINTS` in the environment",
            id="a variable that version 2 does not read",
        ),
    ],
)
def test_a_note_on_the_environment(
    empty_home: Home, config: str, credentials: str, environ: dict[str, str], note: str | None
) -> None:
    home = empty_home.write(config, credentials).with_environment(**environ)
    checked = home.run("check", "--output", "json")
    assert checked.report["notes"] == ([] if note is None else [note])
    assert checked.stderr.startswith("" if note is None else f"note: {note}\n")
    if "AWS_PROFILE" in environ:
        assert "note:" not in home.run("check", "--quiet").stderr


def test_an_mfa_process_of_the_source_is_not_inherited(empty_home: Home) -> None:
    process = "mfa_process = echo 000001\n"
    config = HEAD + f"role_arn = {s.MFA_ROLE.arn}\n{SOURCE}{DEVICE}\n"
    home = empty_home.write(
        config + "[default]\n" + process, keys("default", s.MFA_USER.credentials)
    )
    hint = home.run_json().profiles["p"]["hint"]
    assert hint.endswith(
        "; `mfa_process` is not inherited: to use that of `[default]` (config, line 8), write it "
        "in `[profile p]` too"
    )
    assert home.write(config + process).run_json().accepted == {"p"}


def test_a_person_of_identity_center_alone_needs_no_name(empty_home: Home) -> None:
    person = "[profile person]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1"
    ended = empty_home.write(person, "").run()
    assert ended.stdout.replace("\n", " ").startswith(
        "no profile in ~/.aws/config assumes a role: nothing to do; IAM Identity Center names the "
        "sessions of `person` itself"
    )


def test_a_plugin_that_the_aws_cli_cannot_load_stops_every_profile(empty_home: Home) -> None:
    config = "[default]\noutput = json\n[plugins]\nmine = my_plugin\n" + NAMED
    home = empty_home.write(config, KEYS)
    (home.path / "my_plugin.py").write_text("def awscli_initialize(cli): pass\n", encoding="utf-8")
    call = ("sts", "get-caller-identity", "--profile", "p")

    checked = home.run("check", "-p", "p", "--output", "json")
    assert home.run_aws(*call).code != 0
    (problem,) = checked.report["problems"]
    assert (problem["code"], problem["line"]) == ("plugin-unusable", 4)
    assert "No module named 'my_plugin'" in problem["message"]
    for ended in (checked, home.run_json()):
        row = ended.profiles["p"]
        assert (row["verdict"], row["cause"]) == ("rejected", "setting-invalid")
        assert row["message"] == problem["message"]
        assert row["hint"] == problem["hint"]

    installed = home.with_environment(PYTHONPATH=str(home.path))
    assert installed.run_aws(*call).code == 0
    assert installed.run_json().accepted == {"p"}
    without_aws = home.with_environment(PATH=str(home.path))
    assert without_aws.run_json().accepted == {"p"}
    assert home.run("check", "--no-test", "--output", "json").report["problems"] == []
    assert home.write(config.replace("mine = my_plugin\n", "")).run_json().accepted == {"p"}


def test_what_is_fixed_in_an_imported_block_stays(empty_home: Home) -> None:
    home = empty_home.write("[default]\noutput = json\n", KEYS)
    team = home.path / "team.config"
    team.write_text("[profile p]\n" + ROLE + SOURCE, encoding="utf-8")
    home.run("import", str(team))
    checked = home.run("check", "--output", "json")
    assert checked.profiles["p"]["hint"].startswith("add `region` in `[profile p]`")
    (note,) = checked.report["notes"]
    assert note == (
        "profile `p` is imported from your team: what you change there stays yours when you import "
        "again; ask the team if everyone needs it"
    )
    config = home.config_file.read_text(encoding="utf-8")
    home.write(config.replace("[profile p]\n", "[profile p]\nregion = us-east-1\n"))
    team.write_text("[profile p]\n" + ROLE + SOURCE + "output = text\n", encoding="utf-8")
    updated = home.run("import", "--output", "json")
    assert (updated.code, updated.accepted) == (0, {"p"})
    assert updated.report["notes"] == []
    assert "output = text" in home.config_file.read_text(encoding="utf-8")


def test_a_code_that_was_used_is_not_for_the_next_command(empty_home: Home) -> None:
    config = HEAD + f"role_arn = {s.MFA_ROLE.arn}\n{SOURCE}{DEVICE}\n"
    home = empty_home.write(config, keys("default", s.MFA_USER.credentials))
    used = home.run_json("--mfa-code", "000001")
    assert used.report["notes"] == [
        "the MFA code is used up: the next `aws` command needs a fresh one"
    ]
    assert home.working_profiles(["p"], mfa_codes=["000001"]) == set()
    assert home.working_profiles(["p"], mfa_codes=["000002"]) == {"p"}
    assert home.run_json("--mfa-code", "000002").report["notes"] == []
