"""Runs that write, each in its own home: the files before, after, and in the end."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import story as s

KEYS = keys("keys", s.WORK_API.credentials)
CONFIG = role_profile("a", s.ADMIN_ROLE.arn, "keys") + role_profile(
    "b", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api"
)
IN_CREDENTIALS = f"[c]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\nregion = us-east-1\n"
TEAM = role_profile("team-a", s.ADMIN_ROLE.arn, "keys") + role_profile(
    "team-b", s.ADMIN_ROLE.arn, "keys", output="json"
)
NAME, BY_HAND = "role_session_name = work_api\n", "role_session_name = by_hand\n"
# leaves nothing to fill in, and nothing to undo
THEIRS = b"# theirs\n" + CONFIG[CONFIG.index("[profile b]") :].encode()
#: runs the command, which dies as soon as it has swapped a file that another program just wrote
KILLED = """
import os, signal, sys
from pathlib import Path
from disk_files import at_each_swap, by_rename
from sync_profiles.__main__ import main

path, theirs = Path(sys.argv[1]), sys.argv[2].encode()
del sys.argv[1:]
with at_each_swap(
    before=lambda _name: (by_rename(path, theirs), path.chmod(0o640)),
    after=lambda: os.kill(os.getpid(), signal.SIGKILL),
):
    main()
"""

Texts = dict[Path, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A copy of a directory with bytes, modes and links, which can be restored repeatedly."""

    root: Path
    copy: Path

    @classmethod
    def of(cls, root: Path) -> Tree:
        copy = Path(tempfile.mkdtemp(dir=root.parent)) / "copy"
        shutil.copytree(root, copy, symlinks=True)
        return cls(root=root, copy=copy)

    def put_back(self) -> None:
        for entry in self.root.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        shutil.copytree(self.copy, self.root, symlinks=True, dirs_exist_ok=True)

    def forget(self) -> None:
        shutil.rmtree(self.copy.parent)


@dataclass(slots=True, kw_only=True)
class Scene:
    """What is run in which home, and what its files hold before, after, and in the end.

    `theirs` is another program's edit of the config file, which a run that was killed has swapped
    out. It goes back; or it is `kept` beside the file, which was edited since, and ends the run.
    `again` is the next run, and `final` what it leaves, whatever the first one came to.
    """

    name: str
    home: Home
    files: list[Path]
    directories: list[Path]
    arguments: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    theirs: bytes | None = None
    kept: bool = False
    final: Texts = field(default_factory=dict)
    old: Texts = field(init=False)
    new: Texts = field(init=False)
    tree: Tree = field(init=False)

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
        """Return what the files hold now, None where there is no file."""
        return {path: path.read_bytes() if path.exists() else None for path in self.files}

    def write(self, credentials: str = KEYS + IN_CREDENTIALS) -> None:
        self.home.write(CONFIG, credentials)
        self.home.config_file.chmod(0o640)
        self.home.credentials_file.chmod(0o600)

    def sync(self) -> None:
        """Write the names; they are there in the end, too."""
        assert self.home.run().code == 0
        self.final = self.texts()


def _sync(scene: Scene) -> None:
    scene.write()


def _sync_through_a_link(scene: Scene) -> None:
    scene.write(KEYS)
    config, dotfiles = scene.home.config_file, scene.home.path / "dotfiles"
    dotfiles.mkdir()
    config.rename(dotfiles / "aws-config")
    config.symlink_to("../dotfiles/aws-config")
    scene.directories.append(dotfiles)


def _import(scene: Scene) -> None:
    team = scene.home.path / "team"
    team.write_text(CONFIG.replace(NAME, ""))
    scene.arguments = scene.again = ("import", str(team), "--no-sync")
    scene.files = [scene.home.config_file]


def _import_with_its_sync(scene: Scene) -> None:
    scene.write()
    team = scene.home.path / "team"
    team.write_text(TEAM)
    scene.arguments = scene.again = ("import", str(team))


def _undo(scene: Scene) -> None:
    scene.write()
    scene.sync()
    scene.arguments = ("undo",)


def _forced_undo(scene: Scene) -> None:
    """Edit what the sync has written, in both files: an undo needs `--force` then."""
    scene.write(KEYS + IN_CREDENTIALS + IN_CREDENTIALS.replace("[c]", "[d]"))
    scene.sync()
    for file in scene.files:
        file.write_text(file.read_text().replace(NAME, BY_HAND, 1))
    assert scene.home.run("undo").code == 3
    scene.arguments = ("undo", "--force")
    scene.again = ("--overwrite",)


def _give_back(scene: Scene) -> None:
    """Kill a sync right after it has swapped another program's edit out of the config file."""
    scene.write(KEYS)
    _kill_after_the_swap(scene)


def _keep_aside(scene: Scene) -> None:
    """Edit the file after that: the edit that was swapped out cannot go back."""
    scene.write()
    _kill_after_the_swap(scene)
    config, credentials = scene.files
    config.write_text(config.read_text() + "# later\n")
    scene.kept = True
    scene.arguments = ("undo",)
    filled = IN_CREDENTIALS.replace("source_profile", NAME + "source_profile")
    scene.final = {config: config.read_bytes(), credentials: (KEYS + filled).encode()}


def _kill_after_the_swap(scene: Scene) -> None:
    scene.theirs = THEIRS
    command = [sys.executable, "-c", KILLED, str(scene.home.config_file), THEIRS.decode()]
    home = scene.home.with_environment(PYTHONPATH=str(Path(__file__).parent))
    assert home.run_command(command).code == -signal.SIGKILL


_SET_UPS: dict[str, Callable[[Scene], None]] = {
    "sync": _sync,
    "sync through a link": _sync_through_a_link,
    "import": _import,
    "import with its sync": _import_with_its_sync,
    "undo": _undo,
    "undo --force": _forced_undo,
    "give an edit back": _give_back,
    "keep an edit aside": _keep_aside,
}
SCENES = tuple(_SET_UPS)


def make_scene(name: str, home: Home) -> Scene:
    """Set up a home, and record the result of an undisturbed run."""
    scene = Scene(
        name=name,
        home=home,
        files=[home.config_file, home.credentials_file],
        directories=[home.path / ".aws"],
    )
    _SET_UPS[name](scene)
    scene.tree = Tree.of(home.path)
    scene.old, records = scene.texts(), _records(home)
    ended = home.run(*scene.arguments)
    if scene.kept:
        assert (ended.code, scene.texts()) == (3, scene.old)
        ended = home.run(*scene.arguments)
    assert ended.code == 0, ended.stderr
    scene.new = scene.texts()
    scene.final = scene.final or scene.new
    written = [path for path, text in scene.new.items() if text != scene.given_back[path]]
    assert _records(home) - records == len(written), "one undo record for each file"
    return scene


def _records(home: Home) -> int:
    return len([*home.path.glob(".aws/sync-profiles/*.json")])
