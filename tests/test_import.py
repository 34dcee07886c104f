"""The import, end to end: processes, real files, the sandbox, and the AWS CLI as the witness."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import boto3
import pytest

from e2e import Home, keys
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, ALLOW_EVERYTHING, RootUser, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OTHER = User(name="other", policies=(ALLOW_ASSUME_ROLE,))
THIRD = User(name="third", policies=(ALLOW_ASSUME_ROLE,))
ROOT = RootUser()
READER = User(name="reader", policies=(ALLOW_EVERYTHING,))
MARKS = re.compile(r"\(\d{4}-\d\d-\d\d\) sha256=[0-9a-f]{64} names=[0-9a-f]{16}")

TEAM = f"""\
# our profiles: ask Ann

# for everybody
[profile admin]
role_arn = {s.ADMIN_ROLE.arn}
source_profile = base
role_session_name = ${{aws:username}}
region = us-east-1

# since 2020
[profile equals]
role_arn = {s.EQUALS_ROLE.arn}
source_profile = base
region = us-east-1
"""


def block(team: str, source: object) -> str:
    """Return the block as it is in the file, but for its date and its hashes."""
    return (
        f"# >>> sync-profiles import: {source} MARKS\n{team}# <<< sync-profiles import: {source}\n"
    )


def text_of(home: Home) -> str:
    """Return the config file with its dates and hashes left out."""
    return MARKS.sub("MARKS", home.config_file.read_bytes().decode())


WRITTEN = TEAM.replace("${aws:username}", "work_api").replace(
    f"role_arn = {s.EQUALS_ROLE.arn}\n",
    f"role_arn = {s.EQUALS_ROLE.arn}\nrole_session_name = work_api\n",
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(
        World(
            users=(*s.STORY.users, OTHER, THIRD, READER),
            root_users=(ROOT,),
            roles=s.STORY.roles,
        )
    ) as running:
        yield running


@pytest.fixture
def laptop(home: Path, child_environment: dict[str, str], sandbox: Sandbox) -> Home:
    """Return an empty home in reach of the sandbox."""
    return Home(
        path=home, environment={**child_environment, "AWS_ENDPOINT_URL": sandbox.endpoint_url}
    )


@pytest.fixture
def with_keys(laptop: Home) -> Home:
    """Return a home with the keys of `work_api` as `base`, and nothing else."""
    return laptop.write(credentials=keys("base", s.WORK_API.credentials))


@pytest.fixture
def team_file(tmp_path: Path) -> Path:
    """Return a team's file."""
    file = tmp_path / "team config"
    file.write_text(TEAM, encoding="utf-8")
    return file


@pytest.fixture
def serve() -> Iterator[Callable[[bytes, str | None], str]]:
    """Return what serves a content on loopback, or redirects; it returns the address."""
    running = []

    def start(content: bytes, location: str | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if location is None else 302)
                if location is not None:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                del format, args

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/team"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_new_laptop_gets_the_team_s_profiles_under_its_owner_s_name(
    with_keys: Home, team_file: Path
) -> None:
    ended = with_keys.run("import", "--output", "json", str(team_file))
    assert ended.code == 0, ended.stdout + ended.stderr
    assert ended.accepted == {"admin", "equals"}
    assert text_of(with_keys) == block(WRITTEN, team_file.as_uri())
    assert with_keys.working_profiles(["admin", "equals"]) == {"admin", "equals"}
    assert stat.S_IMODE(with_keys.config_file.stat().st_mode) == 0o600


def test_a_second_import_changes_nothing(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    before = with_keys.footprint()
    for arguments in (["import", str(team_file)], ["import"]):
        assert with_keys.run(*arguments).code == 0
        assert with_keys.footprint() == before


def test_an_empty_home_gets_the_profiles_and_the_way_to_get_in(
    laptop: Home, team_file: Path
) -> None:
    ended = laptop.run("import", str(team_file))
    assert ended.code == 1
    assert "aws configure --profile base" in " ".join(ended.stdout.split())
    without_name = TEAM.replace("role_session_name = ${aws:username}\n", "")
    assert text_of(laptop) == block(without_name, team_file.as_uri())
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
    assert "`mfa_serial` of 1 profile waits until you have credentials: " in told
    assert told.count("aws configure --profile base") == 1
    without_name = TEAM.replace("role_session_name = ${aws:username}\n", "")
    waiting = f"# waits for your credentials: {device}"
    assert text_of(laptop) == block(without_name + waiting, team_file.as_uri())
    laptop.write(credentials=keys("base", s.WORK_API.credentials))
    assert laptop.run("import", "--no-sync").code == 0
    its_own = device.replace("${aws:username}", "work_api")
    assert f"\n{its_own}# <<<" in text_of(laptop)


def test_a_setting_that_no_source_can_have_is_an_error(laptop: Home, team_file: Path) -> None:
    laptop.write(credentials=keys("base", ROOT.credentials))
    team_file.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    before = laptop.footprint()
    ended = laptop.run("import", str(team_file))
    assert ended.code == 3
    assert "line 15: `mfa_serial` needs `${sync:mfa_serial}`" in ended.stderr
    assert "is no IAM user" in ended.stderr
    assert laptop.footprint() == before


def test_the_device_is_the_user_s_where_it_cannot_be_listed(
    with_keys: Home, team_file: Path
) -> None:
    team_file.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    assert with_keys.run("import", "--no-sync", str(team_file)).code == 0
    assert "mfa_serial = arn:aws:iam::111111111111:mfa/work_api\n" in text_of(with_keys)


def test_another_source_profile_is_mapped_and_remembered(laptop: Home, team_file: Path) -> None:
    laptop.write(credentials=keys("default", s.WORK_API.credentials))
    first = laptop.run("import", "--no-sync", str(team_file))
    assert "run again with `--source-profile default`" in " ".join(first.stdout.split())
    assert laptop.run("import", "--source-profile", "default", str(team_file)).code == 0
    assert laptop.working_profiles(["admin", "equals"]) == {"admin", "equals"}
    before = laptop.footprint()
    assert laptop.run("import").code == 0
    assert laptop.footprint() == before


def test_forty_profiles_of_three_sources_get_each_their_caller_s_name(
    laptop: Home, team_file: Path
) -> None:
    users = {"one": s.WORK_API, "two": OTHER, "three": THIRD}
    laptop.write(credentials="".join(keys(n, user.credentials) for n, user in users.items()))
    names = [*users] * 14
    team_file.write_text(
        "".join(
            f"[profile p{number}]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = {name}\n"
            "role_session_name = ${aws:username}\nregion = us-east-1\n\n"
            for number, name in enumerate(names[:40])
        ),
        encoding="utf-8",
    )
    ended = laptop.run("import", "--output", "json", str(team_file))
    assert ended.code == 0
    assert ended.column("session_name") == {
        f"p{number}": users[name].name for number, name in enumerate(names[:40])
    }
    assert laptop.working_profiles(["p0", "p1", "p2"]) == {"p0", "p1", "p2"}


def test_an_update_removes_adds_and_changes_and_shows_the_difference_first(
    with_keys: Home, team_file: Path
) -> None:
    own = b"[profile mine]\r\nregion = eu-west-1\r\n"
    with_keys.write(own)
    with_keys.run("import", str(team_file))
    with_keys.config_file.write_bytes(
        with_keys.config_file.read_bytes() + b"\r\n[profile late]\r\n"
    )
    names = f"[profile names]\nrole_arn = {s.NAMES_ROLE.arn}\nsource_profile = base\nregion = x\n"
    changed = TEAM.partition("# since")[0].replace("us-east-1", "us-east-2") + names
    team_file.write_text(changed, encoding="utf-8")
    shown = with_keys.run("import", "-n")
    ended = with_keys.run("import", "--no-sync")
    assert ended.code == 0
    assert "-[profile equals]" in ended.stdout
    assert "+[profile names]" in ended.stdout
    assert "+[profile names]" in shown.stdout
    assert "2 profiles, 1 added, 1 removed, 1 changed" in " ".join(ended.stdout.split())
    expected = block(changed.replace("${aws:username}", "work_api"), team_file.as_uri())
    lines = expected.replace("\n", "\r\n")
    assert text_of(with_keys) == f"{own.decode()}\r\n{lines}\r\n[profile late]\r\n"


def test_an_edit_inside_of_a_block_is_not_overwritten(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    edited = with_keys.config_file.read_bytes().replace(b"us-east-1", b"eu-west-1")
    with_keys.write(edited)
    ended = with_keys.run("import")
    assert ended.code == 3
    assert "-region = eu-west-1" in ended.stdout
    assert "move the edits out of the block" in ended.stderr
    assert with_keys.config_file.read_bytes() == edited
    assert with_keys.run("import", "--force").code == 0
    assert text_of(with_keys) == block(WRITTEN, team_file.as_uri())


def test_a_block_without_its_end_is_an_error(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    damaged = with_keys.config_file.read_bytes().rpartition(b"# <<<")[0]
    with_keys.write(damaged)
    ended = with_keys.run("import")
    assert (ended.code, ended.stdout) == (3, "")
    assert "begins in line 1 has no end" in ended.stderr
    assert with_keys.config_file.read_bytes() == damaged


OWN = '[profile  "admin"]\nregion = eu-west-1\n'
WITHOUT_ADMIN = TEAM.partition("# for everybody\n")[0] + "# since" + WRITTEN.partition("# since")[2]


@pytest.mark.parametrize(
    ("choice", "expected", "working"),
    [
        pytest.param("keep", OWN + "\n{keep}", {"equals"}, id="keep: the own one wins"),
        pytest.param(
            "prefix",
            OWN + "\n{prefix}",
            {"team-admin", "equals"},
            id="prefix: the team's gets another name",
        ),
        pytest.param(
            "replace",
            "# sync-profiles: replaced by the team's profile of {source} (DATE)\n"
            '# [profile  "admin"]\n# region = eu-west-1\n\n{replace}',
            {"admin", "equals"},
            id="replace: the own one becomes a comment",
        ),
    ],
)
def test_a_name_in_another_spelling_is_a_conflict(
    choice: str, expected: str, working: set[str], with_keys: Home, team_file: Path
) -> None:
    with_keys.write(OWN)
    assert with_keys.run("import", "--on-conflict", choice, str(team_file)).code == 0
    source = team_file.as_uri()
    blocks = {
        "keep": block(WITHOUT_ADMIN, source),
        "prefix": block(WRITTEN.replace("[profile admin]", "[profile team-admin]"), source).replace(
            "MARKS", 'MARKS with={"on_conflict": "prefix"}'
        ),
        "replace": block(WRITTEN, source).replace("MARKS", 'MARKS with={"on_conflict": "replace"}'),
    }
    found = re.sub(r"\(\d{4}-\d\d-\d\d\)$", "(DATE)", text_of(with_keys), flags=re.MULTILINE)
    assert found == expected.format(source=source, **blocks)
    assert with_keys.working_profiles(["team-admin", "equals", *working]) == working
    before = with_keys.footprint()
    assert with_keys.run("import").code == 0
    assert with_keys.footprint() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"#" * 10_000_000, "is larger than 2 MiB", id="ten megabytes"),
        pytest.param(TEAM.encode() + b"\0", "U+0000 is no text", id="a NUL"),
        pytest.param(b"\xef\xbb\xbf" + TEAM.encode(), "byte order mark", id="a byte order mark"),
        pytest.param(b"\xff" + TEAM.encode(), "line 1: byte 0xff is not UTF-8", id="no UTF-8"),
        pytest.param(
            TEAM.encode() + b"# <<< sync-profiles import: x\n",
            "line 15: the line looks like the edge of an imported block",
            id="a line that closes the block",
        ),
        pytest.param(
            TEAM.encode() + b"aws_secret_access_key = hunter2\n",
            "line 15: `aws_secret_access_key` is a secret",
            id="a secret",
        ),
        pytest.param(
            TEAM.encode() + b"credential_process = /bin/evil\n",
            "line 15: `credential_process = /bin/evil` in `[profile equals]` runs a program",
            id="a program",
        ),
        pytest.param(
            TEAM.encode() + b"s3 =\n  endpoint_url = https://evil.example\n",
            "line 16: `endpoint_url = https://evil.example` in `[profile equals]` redirects",
            id="a nested address",
        ),
        pytest.param(TEAM.encode() + b"[profile equals]\n", "stands twice", id="a double section"),
        pytest.param(
            TEAM.encode() + b'[profile "equals"]\n', "is hidden by", id="a double profile"
        ),
        pytest.param(b"[DEFAULT]\nregion = x\n" + TEAM.encode(), "leak its keys", id="DEFAULT"),
        pytest.param(
            TEAM.encode() + b"x = ${aws:userid}\n",
            "line 15: `${aws:userid}` is no variable",
            id="an unknown variable",
        ),
        pytest.param(b"hello\n", "line 1: text stands before the first section", id="no config"),
        pytest.param(
            b"  [profile a]\nregion = x\n",
            "line 1: the header is indented",
            id="a header that would continue the value above the block",
        ),
    ],
)
def test_a_hostile_file_stays_out(
    content: bytes, words: str, with_keys: Home, team_file: Path
) -> None:
    with_keys.write(OWN)
    before = with_keys.footprint()
    team_file.write_bytes(content)
    ended = with_keys.run("import", str(team_file))
    assert ended.code == 3, ended.stdout
    assert words in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
    assert with_keys.footprint() == before


def test_what_is_trusted_once_is_not_asked_about_again(with_keys: Home, team_file: Path) -> None:
    team_file.write_text(TEAM + "credential_process = /bin/good\n", encoding="utf-8")
    assert with_keys.run("import", "--no-sync", "--trust", str(team_file)).code == 0
    assert with_keys.run("import", "--no-sync").code == 0
    team_file.write_text(TEAM + "credential_process = /bin/evil\n", encoding="utf-8")
    assert with_keys.run("import", "--no-sync").code == 3


def test_a_file_comes_from_stdin(with_keys: Home) -> None:
    assert with_keys.run("import", "-", input_text=TEAM).code == 0
    assert text_of(with_keys) == block(WRITTEN, "-")
    assert "cannot be asked again" in with_keys.run("import").stdout


def test_a_file_comes_from_the_web(
    with_keys: Home, serve: Callable[[bytes, str | None], str]
) -> None:
    address = serve(TEAM.encode(), None)
    assert with_keys.run("import", address).code == 0
    assert text_of(with_keys) == block(WRITTEN, address)


@pytest.mark.parametrize(
    ("content", "location", "words"),
    [
        pytest.param(b"#" * 3_000_000, None, "is larger than 2 MiB", id="too large"),
        pytest.param(b"", "file:///etc/passwd", "redirects to another scheme", id="to a file"),
        pytest.param(b"", "https://127.0.0.1:9/", "redirects to another scheme", id="to https"),
    ],
)
def test_the_web_is_not_followed_everywhere(
    content: bytes,
    location: str | None,
    words: str,
    with_keys: Home,
    serve: Callable[[bytes, str | None], str],
) -> None:
    ended = with_keys.run("import", serve(content, location))
    assert ended.code == 3
    assert words in ended.stderr
    assert not with_keys.config_file.exists()


def test_a_file_comes_from_s3_with_the_source_s_own_credentials(
    laptop: Home, sandbox: Sandbox
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=sandbox.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=READER.credentials.access_key_id,
        aws_secret_access_key=READER.credentials.secret_access_key,
    )
    client.create_bucket(Bucket="team")
    client.put_object(Bucket="team", Key="aws/config", Body=TEAM.encode())
    laptop.write(credentials=keys("base", READER.credentials) + keys("x", OTHER.credentials))
    refused = laptop.run("import", "--source-profile", "x", "s3://team/aws/config")
    assert refused.code == 3
    assert "cannot be read as profile `x`" in refused.stderr
    ended = laptop.run("import", "--source-profile", "base", "s3://team/aws/config")
    assert ended.code == 0, ended.stderr
    assert laptop.working_profiles(["admin", "equals"]) == {"admin", "equals"}


@pytest.fixture
def repository(tmp_path: Path, child_environment: dict[str, str]) -> Path:
    """Return a git repository with the team's file, and a link out of it."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    made = tmp_path / "repository"
    (made / "aws").mkdir(parents=True)
    (made / "aws" / "config").write_text(TEAM, encoding="utf-8")
    (made / "link").symlink_to("/etc/hostname")
    person = ["-c", "user.name=ann", "-c", "user.email=ann@team.example"]
    for command in (["init", "-q"], ["add", "."], [*person, "commit", "-q", "-m", "all"]):
        subprocess.run([git, *command], cwd=made, check=True, env=child_environment)  # noqa: S603 - fixed words
    return made


def test_a_file_comes_from_a_git_repository(with_keys: Home, repository: Path) -> None:
    source = f"git+file://{repository}#aws/config"
    assert with_keys.run("import", source).code == 0
    assert text_of(with_keys) == block(WRITTEN, source)


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        pytest.param("git+file://{}#link", 3, "is a link or a directory", id="a link"),
        pytest.param("git+file://{}#aws", 3, "is a link or a directory", id="a directory"),
        pytest.param("git+file://{}#nothing", 3, "has no file `nothing`", id="no file"),
        pytest.param("git+file://{}#../x", 2, "no file inside of the repository", id="outside"),
        pytest.param("git+file://{}", 2, "no file inside of the repository", id="no path"),
        pytest.param("git+file://{}/none#x", 3, "cannot be cloned", id="no repository"),
        pytest.param("git+ssh://-oProxyCommand=x/r#x", 2, "names no host", id="an option"),
        pytest.param("git+https://ann:pw@h/r#x", 2, "has a secret in it", id="a password"),
        pytest.param("http://team.example/x", 2, "not encrypted", id="no encryption"),
        pytest.param("ftp://team.example/x", 2, "no source that is known", id="another scheme"),
        pytest.param("https://h/x?X-Amz-Signature=1", 2, "has a secret", id="a signed address"),
        pytest.param("no file", 3, "cannot be read", id="no such file"),
    ],
)
def test_a_source_that_cannot_be_asked_is_told(
    source: str, code: int, words: str, with_keys: Home, repository: Path
) -> None:
    ended = with_keys.run("import", source.format(repository))
    assert (ended.code, ended.stdout) == (code, "")
    assert words in ended.stderr
    assert not with_keys.config_file.exists()


def test_one_undo_takes_the_import_and_its_names_back(with_keys: Home, team_file: Path) -> None:
    own = OWN.replace("admin", "mine").removesuffix("\n")
    with_keys.write(own)
    assert with_keys.run("import", str(team_file)).code == 0
    after = with_keys.config_file.read_bytes()
    assert after.count(b"role_session_name = work_api\n") == 2
    assert with_keys.run("undo").code == 0
    assert with_keys.config_file.read_text(encoding="utf-8") == own
    assert with_keys.run("undo").code == 0
    assert with_keys.config_file.read_bytes() == after


@pytest.mark.parametrize("own", [OWN.replace("admin", "mine"), ""])
def test_an_undo_leaves_what_was_written_around_the_block_since(
    own: str, with_keys: Home, team_file: Path
) -> None:
    with_keys.write(own)
    assert with_keys.run("import", str(team_file)).code == 0
    imported = with_keys.config_file.read_text(encoding="utf-8")
    head, tail = "# above\n[profile early]\n", "[profile late]\r\nregion = x\r\n"
    with_keys.write(head + imported + tail)
    ended = with_keys.run("undo")
    assert "without its own lines; what was changed since stays" in ended.stdout, ended.stderr
    assert with_keys.config_file.read_bytes() == (head + own + tail).encode()
    with_keys.write(head + own + tail + "# more\n")
    assert with_keys.run("undo").code == 0
    assert with_keys.config_file.read_bytes() == (head + imported + tail + "# more\n").encode()


def test_an_undo_does_not_take_a_block_out_that_was_edited(
    with_keys: Home, team_file: Path
) -> None:
    with_keys.run("import", str(team_file))
    edited = with_keys.config_file.read_bytes().replace(b"us-east-1", b"eu-west-1", 1)
    with_keys.write(edited)
    ended = with_keys.run("undo")
    assert ended.code == 3
    assert "has been changed since the `import`" in ended.stderr
    assert with_keys.config_file.read_bytes() == edited


def test_a_dry_run_shows_the_whole_change_with_the_names(with_keys: Home, team_file: Path) -> None:
    with_keys.write(OWN.replace("admin", "mine"))
    before = with_keys.footprint()
    planned = with_keys.run("import", "-n", "--output", "json", str(team_file))
    shown = with_keys.run("import", "-n", str(team_file))
    assert with_keys.footprint() == before
    assert planned.column("verdict") == {"admin": "accepted", "equals": "fixable"}
    done = with_keys.run("import", "--output", "json", str(team_file))
    assert (planned.code, shown.code, done.code) == (1, 1, 0)
    diff = planned.report["diff"]
    assert diff == done.report["diff"]
    assert diff.count("+role_session_name = work_api\n") == 2
    assert shown.stdout.endswith(diff)
    assert "2 profiles: 1 accepted, 1 fixable; 1 name to write" in shown.stdout
    assert "hint: the import writes it" in shown.stdout


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
    team_file.unlink()
    gone = with_keys.run("import")
    assert gone.code == 3
    assert gone.stdout.count("cannot be read: no such file") == 2


def test_what_another_program_writes_during_an_import_stays(
    with_keys: Home, team_file: Path
) -> None:
    found = {
        "Version": 1,
        "AccessKeyId": s.WORK_API.credentials.access_key_id,
        "SecretAccessKey": s.WORK_API.credentials.secret_access_key,
    }
    process = with_keys.path / "process"
    process.write_text(
        f"#!/bin/sh\n[ -e again ] || echo '[profile late]' >> {with_keys.config_file}\n"
        f"touch again\necho '{json.dumps(found)}'\n",
        encoding="utf-8",
    )
    process.chmod(0o700)
    own = f"[profile base]\nregion = us-east-1\ncredential_process = {process}\n"
    with_keys.write(own, credentials="")
    assert with_keys.run("import", str(team_file)).code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n\n{block(WRITTEN, team_file.as_uri())}"
    assert with_keys.run("undo").code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n"
