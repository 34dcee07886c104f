"""Runs that write, each in its own home, and what must hold when one did not come to its end."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from e2e import Home, keys, role_profile
from fault_injection import Tree
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from e2e import Ended
    from warm_command import WarmCommand

KEYS = keys("keys", s.WORK_API.credentials)
CONFIG = role_profile("a", s.ADMIN_ROLE.arn, "keys") + role_profile(
    "b", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api"
)
IN_CREDENTIALS = f"[c]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\nregion = us-east-1\n"


Texts = dict[Path, bytes | None]


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
    """Check that the command says what went wrong and left all as it was, or did all of it."""
    if ended.code == 0:
        assert scene.texts() == scene.new
        return
    assert ended.code == 3, ended
    assert re.fullmatch(r"error: [^\n]+\nhint: [^\n]+\n", ended.stderr), ended.stderr
    assert "should not have happened" not in ended.stderr
    assert scene.texts() == scene.old, "it says that nothing was written"
