"""The demo, run by the installed command, away from the user's own files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from e2e import SCRIPTS, Ended, Home, finish, write_script
from examples import DATA, unescape

OUTPUT = [unescape(each) for each in (DATA / "demo.txt").read_text("utf-8").splitlines()[1:]]


@pytest.fixture
def own_home(bare_home: Home, tmp_path: Path) -> Home:
    """Return a home with its own config file and its own directory for temporary files."""
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    made = bare_home.with_environment(TMPDIR=str(rooms), AWS_PROFILE="mine")
    return made.write("[profile mine]\nfoo = bar\n")


def left_behind(home: Home, tmp_path: Path) -> tuple[object, list[Path]]:
    return home.footprint(), list((tmp_path / "rooms").iterdir())


def assert_complete(ended: Ended) -> None:
    assert (ended.code, ended.stderr) == (0, "")
    rest = ended.stdout
    for sentence in OUTPUT:  # in this order
        assert sentence in rest, ended.stdout
        rest = rest.partition(sentence)[2]


def plant(directory: Path, marker: Path) -> None:
    """Write what a program would run or import that looks into the current directory."""
    planted = f"open({str(marker)!r}, 'a').write(__name__ + ' ')\n"
    (directory / "sync_profiles").mkdir()
    for module in ("json.py", "sitecustomize.py", "sync_profiles/__init__.py"):
        (directory / module).write_text(planted, encoding="utf-8")
    for name in ("git", "aws", "ssh", "ps"):
        write_script(directory / name, f"echo {name} >>{marker}\nexit 1\n")


def test_the_demo_calls_the_aws_cli_and_nothing_planted(own_home: Home, tmp_path: Path) -> None:
    before, marker = own_home.footprint(), tmp_path / "marker"
    plant(own_home.path, marker)
    # a dot and an empty place in PATH are the current directory
    path = os.pathsep.join([".", "", str(SCRIPTS), own_home.environment["PATH"]])
    assert_complete(own_home.with_environment(PATH=path).run_installed("demo"))
    assert left_behind(own_home, tmp_path) == (before, [])
    assert not marker.exists(), marker.read_text(encoding="utf-8")


def test_the_demo_works_without_the_aws_cli(own_home: Home, tmp_path: Path) -> None:
    before = own_home.footprint()
    ended = own_home.with_environment(PATH=str(tmp_path)).run("demo")
    assert "The AWS CLI is not installed here: boto3 makes its calls." in ended.stdout
    assert_complete(ended)
    assert left_behind(own_home, tmp_path) == (before, [])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_the_prompt_of_the_demo(shell: str, own_home: Home, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    before = own_home.footprint()
    home = own_home.with_environment(SHELL=program, TERM="xterm")
    child = home.start_on_terminal("demo", "--shell")
    child.expect_exact("(demo) $ ")
    child.sendline("exit")
    assert finish(child).code == 0
    after, left = left_behind(own_home, tmp_path)
    assert after == before
    assert [path for path in left if not path.name.startswith("fish.")] == []  # fish's own


def test_the_commands_can_be_tried_in_a_shell_that_leaves_nothing_behind(
    own_home: Home, tmp_path: Path
) -> None:
    start = own_home.path / "start"
    start.write_text(f"export AWS_CONFIG_FILE={own_home.path}/.aws/config\n", encoding="utf-8")
    before = own_home.footprint()
    shell = own_home.with_environment(SHELL="/no/such/shell", ENV=str(start), HISTFILE=str(start))
    child = shell.start_on_terminal("demo", "--shell")
    child.expect_exact("(demo) $ ")
    for line, shown in [
        ("sync-profiles check", "4 profiles: 1 accepted, 2 fixable, 1 rejected"),
        ("sync-profiles", "written: ~/.aws/config (3 names)"),
        ("sync-profiles undo", "undone"),
    ]:
        child.sendline(line)
        child.expect_exact(shown)
        child.expect_exact("(demo) $ ")
    # by the program itself: an interrupt while the shell starts one would reach the shell alone
    child.sendline("""sh -c 'echo slee""p; exec sleep 60'""")
    child.expect_exact("sleep\r\n")
    child.sendintr()  # ends what runs in the shell, not the demo
    child.expect_exact("(demo) $ ")
    child.sendline("exit 7")
    assert finish(child).code == 0
    assert left_behind(own_home, tmp_path) == (before, [])
