"""What must hold after a run that was killed or failed: in its files, and for the next run."""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from pathlib import Path

from e2e import Ended
from fault_injection import Call
from write_scenes import Scene, Texts

_FILE = re.compile(r"\d+<(/[^<>]*)>")
_NAMES = re.compile(r'"(/[^"]*)"')
_RENAMED = re.compile(r"(?:rename|link)(?:at)?2?")
_INTO_PLACE = re.compile(r"renameat2|link(?:at)?")


def check_files(scene: Scene) -> None:
    """Check that each file is completely the old or the new one, with its mode and its link.

    Another program's edit that was beside it may have become the file; if not, it is still there.
    """
    for path, text in scene.texts().items():
        whole = (scene.old[path], scene.given_back[path], scene.new[path])
        assert text in whole, f"{path.name} is damaged"
        before = scene.tree.copy / path.relative_to(scene.home.path)
        assert path.is_symlink() == before.is_symlink()
        if before.exists():
            assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(before.stat().st_mode)
        elif text is not None:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if scene.theirs is not None:
        is_back = not scene.kept and scene.texts() == scene.given_back
        assert is_back or _waiting(scene) or _kept(scene), "the edit is lost"


def check_undo(scene: Scene) -> None:
    """Check that the records are usable: an undo restores the old text."""
    written = scene.texts() != scene.old
    listed = scene.warm.run(scene.home, "undo", "--list", "--output", "json")
    assert (listed.code, listed.report["problems"]) == (0, [])
    _check_run(scene, *(scene.arguments if scene.is_undo else ("undo",)))
    expected = scene.new if scene.is_undo and not written else scene.given_back
    assert _emptied(scene.texts()) == _emptied(expected), "the undo did not bring the text back"


def _emptied(texts: Texts) -> Texts:
    """Return texts with nothing for no file: an undo leaves a file that we made empty."""
    return {path: text or None for path, text in texts.items()}


def check_next_run(scene: Scene) -> None:
    """Check that the next run works without help, and cleans up."""
    _check_run(scene, *scene.again)
    assert scene.texts() == scene.final
    left = [path for path in scene.home.path.rglob("*") if path.name.endswith(".tmp")]
    assert not left, f"left behind: {left}"
    assert len(_kept(scene)) == scene.kept


def _check_run(scene: Scene, *arguments: str) -> None:
    """Check that a run works, after one that keeps an edit that cannot go back, and says where."""
    if scene.kept and _waiting(scene):
        before = scene.texts()
        ended = scene.warm.run(scene.home, *arguments)
        assert (ended.code, scene.texts()) == (3, before)
        (kept,) = _kept(scene)
        shown = f"~/{kept.relative_to(scene.home.path)}"
        assert f"that program's text is in `{shown}`\n" in ended.stderr
    ended = scene.warm.run(scene.home, *arguments)
    assert (ended.code, ended.stderr) == (0, "")


def check_error(scene: Scene, ended: Ended) -> None:
    """Check that the command failed with an error and changed nothing, or did everything.

    An edit that it cannot read stays where it is, and the file stays as it is.
    """
    if ended.code == 0:
        waits = _waiting(scene) and not scene.kept
        assert scene.texts() == (scene.old if waits else scene.new)
        return
    assert ended.code == 3, ended
    assert re.fullmatch(r"error: [^\n]+\nhint: [^\n]+\n", ended.stderr), ended.stderr
    assert "should not have happened" not in ended.stderr
    assert scene.texts() in (scene.old, scene.given_back), "it says that nothing was written"


def _waiting(scene: Scene) -> list[Path]:
    """Return the files that contain another program's exact edit under a temporary name."""
    return _holding_theirs(scene, ".config.sync-profiles-*.tmp")


def _kept(scene: Scene) -> list[Path]:
    """Return what holds that edit under the name that stays."""
    return _holding_theirs(scene, "sync-profiles/config.*.kept")


def _holding_theirs(scene: Scene, names: str) -> list[Path]:
    found = (scene.home.path / ".aws").glob(names)
    return [path for path in found if path.read_bytes() == scene.theirs]


def check_lasting(calls: Sequence[Call]) -> None:
    """Check that each new name is of a file that is synced, and that its directory is synced then.

    Before a file comes into its place, that holds for all that was to be there first: its backup
    and its record. What is kept aside has come into its place, too.
    """
    unsynced: set[str] = set()
    directories: set[str] = set()
    into_place = 0
    for call in calls:
        if _RENAMED.fullmatch(call.name):
            old, new = _NAMES.findall(call.arguments)
            parent = str(Path(new).parent)
            assert old not in unsynced, f"{call.what}: no fsync after its last write"
            if _INTO_PLACE.fullmatch(call.name) or new.endswith(".kept"):
                assert directories <= {parent}, f"{call.what}: no fsync of {directories}"
                into_place += 1
            directories.add(parent)
        elif call.name.startswith("open") and call.writes:
            unsynced.update(_NAMES.findall(call.arguments))
        elif (opened := _FILE.match(call.arguments)) is None:
            continue
        elif call.name in ("fsync", "fdatasync"):
            unsynced.discard(opened[1])
            directories.discard(opened[1])
        elif call.name in ("write", "pwrite64", "ftruncate"):
            unsynced.add(opened[1])
    assert into_place
    assert not directories, f"no fsync of {directories} after their last new name"
