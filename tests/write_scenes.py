"""Runs that write, each in its own home: what is there before, after, and in the end."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from e2e import Home, keys, role_profile
from fault_injection import Tree
from killed_swap import THE_COMMAND, killed_after_the_swap
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from warm_command import WarmCommand

KEYS = keys("keys", s.WORK_API.credentials)
CONFIG = role_profile("a", s.ADMIN_ROLE.arn, "keys") + role_profile(
    "b", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api"
)
IN_CREDENTIALS = f"[c]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\nregion = us-east-1\n"
TEAM = role_profile("team-a", s.ADMIN_ROLE.arn, "keys") + role_profile(
    "team-b", s.ADMIN_ROLE.arn, "keys", output="json"
)
NAME, BY_HAND = "role_session_name = work_api\n", "role_session_name = by_hand\n"
# leaves nothing to fill in, and nothing of ours to undo
THEIRS = b"# theirs\n" + CONFIG[CONFIG.index("[profile b]") :].encode()


Texts = dict[Path, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is run in which home, and what its files hold before, after, and in the end.

    `theirs` is another program's edit of the config file, which a run that was killed has swapped
    out. It goes back; or it is `kept` beside the file, which was edited since, and ends the run.
    `again` is the next run, and `final` what it leaves, whatever the first one came to.
    """

    name: str
    home: Home
    tree: Tree
    arguments: tuple[str, ...]
    theirs: bytes | None
    kept: bool
    old: Texts
    new: Texts
    again: tuple[str, ...]
    final: Texts
    directories: tuple[Path, ...]

    @property
    def is_undo(self) -> bool:
        """Whether what is run is an undo: another one brings back what it took."""
        return self.arguments[:1] == ("undo",)

    @property
    def given_back(self) -> Texts:
        """What the files hold once another program's edit went back: what the run starts from."""
        if self.theirs is None or self.kept:
            return self.old
        return self.old | {self.home.config_file: self.theirs}

    def texts(self) -> Texts:
        """Return what the files hold now, None where there is none."""
        return _read(self.old)


@dataclass(slots=True, kw_only=True)
class _Stage:
    """A home that is set up, and what is to be run in it; what is not said is as with a sync."""

    home: Home
    warm: WarmCommand
    arguments: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    theirs: bytes | None = None
    kept: bool = False
    final: Texts | None = None
    files: list[Path] = field(init=False)
    directories: list[Path] = field(init=False)

    def __post_init__(self) -> None:
        self.files = [self.home.config_file, self.home.credentials_file]
        self.directories = [self.home.path / ".aws"]

    def texts(self) -> Texts:
        return _read(self.files)

    def write(self, credentials: str = KEYS + IN_CREDENTIALS) -> None:
        """Write both files, with names to fill in."""
        self.home.write(CONFIG, credentials)
        self.home.config_file.chmod(0o640)
        self.home.credentials_file.chmod(0o600)

    def sync(self) -> None:
        """Write the names; they are there in the end, too."""
        assert self.warm.run(self.home).code == 0
        self.final = self.texts()


def _sync(stage: _Stage) -> None:
    stage.write()


def _sync_through_a_link(stage: _Stage) -> None:
    stage.write(KEYS)
    config, dotfiles = stage.home.config_file, stage.home.path / "dotfiles"
    dotfiles.mkdir()
    config.rename(dotfiles / "aws-config")
    config.symlink_to("../dotfiles/aws-config")
    stage.directories.append(dotfiles)


def _import(stage: _Stage) -> None:
    team = stage.home.path / "team"
    team.write_text(CONFIG.replace(NAME, ""))
    stage.arguments = stage.again = ("import", str(team), "--no-sync")
    stage.files = [stage.home.config_file]


def _import_with_its_sync(stage: _Stage) -> None:
    stage.write()
    team = stage.home.path / "team"
    team.write_text(TEAM)
    stage.arguments = stage.again = ("import", str(team))


def _undo(stage: _Stage) -> None:
    stage.write()
    stage.sync()
    stage.arguments = ("undo",)


def _forced_undo(stage: _Stage) -> None:
    """Edit what the sync has written, in both files: no undo goes over that by itself."""
    stage.write(KEYS + IN_CREDENTIALS + IN_CREDENTIALS.replace("[c]", "[d]"))
    stage.sync()
    for file in stage.files:
        file.write_text(file.read_text().replace(NAME, BY_HAND, 1))
    assert stage.warm.run(stage.home, "undo").code == 3
    stage.arguments = ("undo", "--force")
    stage.again = ("--overwrite",)


def _give_back(stage: _Stage) -> None:
    """Leave what a sync leaves that is killed as it has swapped an edit of the config file out."""
    stage.write(KEYS)
    _kill_after_the_swap(stage)


def _keep_aside(stage: _Stage) -> None:
    """Edit the file after that: what came out cannot go back."""
    stage.write()
    _kill_after_the_swap(stage)
    config, credentials = stage.files
    config.write_text(config.read_text() + "# later\n")
    stage.kept = True
    stage.arguments = ("undo",)
    filled = IN_CREDENTIALS.replace("source_profile", NAME + "source_profile")
    stage.final = {config: config.read_bytes(), credentials: (KEYS + filled).encode()}


def _kill_after_the_swap(stage: _Stage) -> None:
    stage.theirs = THEIRS
    command = killed_after_the_swap(THE_COMMAND, path=stage.home.config_file, theirs=THEIRS)
    assert stage.home.run_command(command).code == -signal.SIGKILL


_STAGES: dict[str, Callable[[_Stage], None]] = {
    "sync": _sync,
    "sync through a link": _sync_through_a_link,
    "import": _import,
    "import with its sync": _import_with_its_sync,
    "undo": _undo,
    "undo --force": _forced_undo,
    "give an edit back": _give_back,
    "keep an edit aside": _keep_aside,
}
SCENES = tuple(_STAGES)


def make_scene(name: str, warm: WarmCommand, home: Home) -> Scene:
    """Set up a home, and find out what an undisturbed run makes of it."""
    stage = _Stage(home=home, warm=warm)
    _STAGES[name](stage)
    tree = Tree.of(home.path)
    old, records = stage.texts(), _records(home)
    ended = warm.run(home, *stage.arguments)
    if stage.kept:
        assert (ended.code, stage.texts()) == (3, old)
        ended = warm.run(home, *stage.arguments)
    assert ended.code == 0, ended.stderr
    new = stage.texts()
    scene = Scene(
        name=name,
        home=home,
        tree=tree,
        arguments=stage.arguments,
        theirs=stage.theirs,
        kept=stage.kept,
        old=old,
        new=new,
        again=stage.again,
        final=new if stage.final is None else stage.final,
        directories=tuple(stage.directories),
    )
    written = [path for path, text in new.items() if text != scene.given_back[path]]
    assert _records(home) - records == len(written), "one undo record for each file"
    return scene


def _records(home: Home) -> int:
    return len([*home.path.glob(".aws/sync-profiles/*.json")])


def _read(files: Iterable[Path]) -> Texts:
    return {path: path.read_bytes() if path.exists() else None for path in files}
