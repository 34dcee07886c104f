"""Killed before any system call of the write path, or refused one: no file is ever harmed.

`make reliability` tries every call, kill and error; `make test` a selection of them.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile
from fault_injection import (
    ERRORS,
    Call,
    Tracer,
    Tree,
    kill_before,
    let_fail,
    skip_without_strace,
    trace_installed,
    trace_warm,
    write_path,
)
from loopback import Answer, Gate, Received
from sync_profiles.sandbox import story as s
from warm_command import WarmCommand, warm_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from e2e import Ended

ALL = os.environ.get("SYNC_PROFILES_ROUNDS") == "all"

KEYS = keys("keys", s.WORK_API.credentials)
CONFIG = role_profile("a", s.ADMIN_ROLE.arn, "keys") + role_profile(
    "b", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api"
)
IN_CREDENTIALS = f"[c]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\nregion = us-east-1\n"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

ATTEMPTS = 5

Texts = dict[Path, bytes | None]


def _answer(received: Received) -> Answer:
    """Say yes to everything, as STS does."""
    if received.action == "GetCallerIdentity":
        user = "<UserId>AIDAWORKAPI</UserId><Account>111111111111</Account>"
        result = f"<Arn>{s.WORK_API.arn}</Arn>{user}"
    else:
        role = received.role_arn.rpartition("/")[2]
        arn = f"arn:aws:sts::222222222222:assumed-role/{role}/work_api"
        result = (
            f"<AssumedRoleUser><AssumedRoleId>AROAROLE:work_api</AssumedRoleId><Arn>{arn}</Arn>"
            "</AssumedRoleUser><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
            "<SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>"
            "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        )
    name = received.action
    body = (
        f'<{name}Response xmlns="{NAMESPACE}"><{name}Result>{result}</{name}Result>'
        f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{name}Response>"
    )
    return Answer(status=200, body=body.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is run in which home, and what stands in its files before, after, and in the end.

    `again` is the next run, and `final` what it leaves, whatever the first one came to.
    """

    name: str
    home: Home
    tree: Tree
    arguments: tuple[str, ...]
    old: Texts
    new: Texts
    again: tuple[str, ...]
    final: Texts
    directories: tuple[Path, ...]

    def texts(self) -> Texts:
        """Return what the files hold now, None where there is none."""
        return {path: path.read_bytes() if path.exists() else None for path in self.old}


class Missed(Exception):
    """Another call was hit: what a process does before its write path varies a little."""


@pytest.fixture(scope="module")
def warm_home(isolated_environment: Callable[[], dict[str, str]]) -> Iterator[Home]:
    skip_without_strace()
    with Gate("http://127.0.0.1:9", rule=_answer) as sts:
        environment = {**isolated_environment(), "AWS_ENDPOINT_URL": sts.url}
        yield Home(path=Path(environment["HOME"]), environment=environment)


@pytest.fixture(scope="module")
def warm(warm_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCommand]:
    warm_home.write(CONFIG, KEYS)
    with warm_command(warm_home, tmp_path_factory.mktemp("warm")) as command:
        yield command


@pytest.fixture(params=["sync", "sync through a link", "import", "undo"])
def scene(
    request: pytest.FixtureRequest, warm: WarmCommand, warm_home: Home, home: Path
) -> Iterator[Scene]:
    made = make_scene(
        request.param,
        warm,
        Home(path=home, environment={**warm_home.environment, "HOME": str(home)}),
    )
    yield made
    made.tree.forget()


def make_scene(name: str, warm: WarmCommand, home: Home) -> Scene:
    """Set up a home, and find out what a run that nobody disturbs makes of it."""
    arguments: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    directories = [home.path / ".aws"]
    files = [home.config_file, home.credentials_file]
    if name == "import":
        (home.path / "team").write_text(CONFIG.replace("role_session_name = work_api\n", ""))
        arguments = again = ("import", str(home.path / "team"), "--no-sync")
        files = [home.config_file]
    else:
        home.write(CONFIG, KEYS + IN_CREDENTIALS)
        home.config_file.chmod(0o640)
        home.credentials_file.chmod(0o600)
    if name == "sync through a link":
        home.credentials_file.write_text(KEYS)
        directories.append(home.path / "dotfiles")
        directories[1].mkdir()
        home.config_file.rename(directories[1] / "aws-config")
        home.config_file.symlink_to("../dotfiles/aws-config")
    if name == "undo":
        assert warm.run(home).code == 0
        arguments = ("undo",)
    tree = Tree.of(home.path)
    old = {path: path.read_bytes() if path.exists() else None for path in files}
    ended = warm.run(home, *arguments)
    assert ended.code == 0, ended.stderr
    new = {path: path.read_bytes() for path in files}
    return Scene(
        name=name,
        home=home,
        tree=tree,
        arguments=arguments,
        old=old,
        new=dict(new),
        again=again,
        final=dict(old if name == "undo" else new),
        directories=tuple(directories),
    )


def record(scene: Scene, trace: Tracer) -> list[Call]:
    """Return the write path's calls."""
    scene.tree.put_back()
    traced = trace(scene.home, *scene.arguments)
    assert traced.ended.code == 0, traced.ended.stderr
    return write_path(traced.calls, *scene.directories)


def check_files(scene: Scene) -> None:
    """Check that each file is the old one or the new one, whole, with its mode and its link."""
    for path, text in scene.texts().items():
        assert text in (scene.old[path], scene.new[path]), f"{path.name} is damaged"
        before = scene.tree.copy / path.relative_to(scene.home.path)
        assert path.is_symlink() == before.is_symlink()
        if before.exists():
            assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(before.stat().st_mode)
        elif text is not None:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def check_undo(scene: Scene, warm: WarmCommand) -> None:
    """Check that the records are usable: an undo brings back the old text."""
    written = scene.texts() != scene.old
    listed = warm.run(scene.home, "undo", "--list", "--output", "json")
    assert (listed.code, listed.report["problems"]) == (0, [])
    undone = warm.run(scene.home, "undo")
    assert (undone.code, undone.stderr) == (0, "")
    expected = scene.new if scene.name == "undo" and not written else scene.old
    assert _emptied(scene.texts()) == _emptied(expected), "the undo did not bring the text back"


def _emptied(texts: Texts) -> Texts:
    """Return texts with nothing for no file: an undo leaves a file that we made empty."""
    return {path: text or None for path, text in texts.items()}


def check_next_run(scene: Scene, warm: WarmCommand) -> None:
    """Check that the next run works without help, and cleans up."""
    again = warm.run(scene.home, *scene.again)
    assert (again.code, again.stderr) == (0, "")
    assert scene.texts() == scene.final
    left = [path for path in scene.home.path.rglob("*") if path.name.endswith(".tmp")]
    assert not left, f"left behind: {left}"


def check_error(scene: Scene, ended: Ended) -> None:
    """Check that the command says what went wrong, or did what it was asked."""
    if ended.code == 0:
        assert scene.texts() == scene.new
        return
    assert ended.code == 3, ended
    assert re.fullmatch(r"error: [^\n]+\nhint: [^\n]+\n", ended.stderr), ended.stderr
    assert "should not have happened" not in ended.stderr
    for path, text in scene.texts().items():
        if f"`{path}` cannot be written" in ended.stderr:
            assert text == scene.old[path], "it says that it was not written"


def disturb(
    scene: Scene, warm: WarmCommand, trace: Tracer, call: Call, *, error: str | None
) -> None:
    """Kill a run before a call, or let the call fail; check what it leaves."""
    scene.tree.put_back()
    options = kill_before(call) if error is None else let_fail(call, error)
    traced = trace(scene.home, *scene.arguments, options=options)
    hit = next((one for one in traced.calls if one.place == call.place), None)
    if hit is None or hit.what != call.what:
        raise Missed
    check_files(scene)
    if error is None:
        assert traced.ended.code == -signal.SIGKILL
        assert traced.calls[-1] == hit, "the kill came later"
    else:
        check_error(scene, traced.ended)
    after = Tree.of(scene.home.path)
    try:
        check_undo(scene, warm)
        after.put_back()
    finally:
        after.forget()
    check_next_run(scene, warm)


def disturb_surely(
    scene: Scene,
    warm: WarmCommand,
    trace: Tracer,
    calls: Sequence[Call],
    number: int,
    *,
    error: str | None,
) -> Sequence[Call]:
    """Disturb a run at the call that is meant; return the write path's calls as they now count."""
    for _ in range(ATTEMPTS):
        try:
            disturb(scene, warm, trace, calls[number], error=error)
        except Missed:
            calls = record(scene, trace)
        else:
            return calls
    raise AssertionError("no run came to this call")


def try_calls(
    scene: Scene,
    warm: WarmCommand,
    trace: Tracer,
    *,
    errors: Sequence[str | None],
    selected: Callable[[Sequence[Call]], Iterable[tuple[int, str | None]]],
) -> None:
    """Disturb a run at each call, in each way, or at the selected ones; print the figures."""
    calls: Sequence[Call] = record(scene, trace)
    every = [(number, error) for number in range(len(calls)) for error in errors]
    chosen = every if ALL else [*selected(calls)]
    kills = sum(error is None for _, error in chosen)
    failures = []
    for number, error in chosen:
        try:
            calls = disturb_surely(scene, warm, trace, calls, number, error=error)
        except AssertionError as failure:
            how = "killed before" if error is None else f"{error} from"
            failures.append(f"{how} {calls[number].what}: {failure}")
    sys.stdout.write(
        f"{scene.name}: {len(calls)} calls on the write path, {kills} kills, "
        f"{len(chosen) - kills} errors, {len(failures)} failures\n"
    )
    assert chosen
    assert not failures, "\n".join(failures)


def where_names_change(calls: Sequence[Call]) -> list[tuple[int, None]]:
    """Select the kills between which the directory looks different."""
    names = re.compile(r"(?:rename|link|unlink)(?:at)?2?")
    return [(number, None) for number, call in enumerate(calls) if names.fullmatch(call.name)]


def one_of_each_kind(calls: Sequence[Call]) -> list[tuple[int, str]]:
    """Select the first writing call of each name, each with an error of its own."""
    kinds: dict[str, int] = {}
    for number, call in enumerate(calls):
        if call.writes:
            kinds.setdefault(call.name, number)
    return list(zip(kinds.values(), itertools.cycle(ERRORS), strict=False))


def test_killed_before_any_call_the_files_are_whole_and_the_next_run_works(
    scene: Scene, warm: WarmCommand, tmp_path: Path
) -> None:
    trace = trace_warm(warm, tmp_path / "log")
    try_calls(scene, warm, trace, errors=[None], selected=where_names_change)


@pytest.mark.parametrize("errors", [[error] for error in ERRORS] if ALL else [ERRORS], ids=",".join)
def test_refused_any_call_the_command_says_so_and_the_files_are_whole(
    errors: Sequence[str], scene: Scene, warm: WarmCommand, tmp_path: Path
) -> None:
    trace = trace_warm(warm, tmp_path / "log")
    try_calls(scene, warm, trace, errors=errors, selected=one_of_each_kind)


@pytest.mark.parametrize("scene", ["sync"], indirect=True)
def test_the_installed_command_can_be_killed_before_any_call_that_writes(
    scene: Scene, warm: WarmCommand, tmp_path: Path
) -> None:
    def around_the_first_swap(calls: Sequence[Call]) -> list[tuple[int, None]]:
        swap = next(number for number, call in enumerate(calls) if call.name == "renameat2")
        return [(swap, None), (swap + 1, None)]

    trace = trace_installed(tmp_path / "log")
    try_calls(scene, warm, trace, errors=[None], selected=around_the_first_swap)


def test_an_injected_kill_comes_before_the_call_takes_effect(
    warm_home: Home, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    ended = warm_home.run_command(
        ["strace", "-e", "inject=?mkdir,?mkdirat:signal=SIGKILL", "mkdir", str(made)]
    )
    assert ended.code == -signal.SIGKILL
    assert not made.exists()
