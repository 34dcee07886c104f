"""Finding and reading the two files, on real disks, with botocore as the witness."""

from __future__ import annotations

import json
import locale
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import botocore.session
import pytest

from examples import rows, table
from sync_profiles.disk.config_file import NO_FILE, locate_files, read_file
from sync_profiles.errors import ConfigUnreadable, EditRefused
from sync_profiles.model import FileKind

CONFIG, CREDENTIALS = FileKind.CONFIG, FileKind.CREDENTIALS
on_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX has these kinds of files")


@pytest.mark.parametrize("row", table("located_files.txt"))
def test_the_files_are_those_that_botocore_reads(
    row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ, config_file, credentials_file, _ = row.replace("NOTHING", os.devnull).split(" | ")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "UNKNOWN"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TEAM": "blue",
        **json.loads(environ),
    }.items():
        monkeypatch.setenv(name, value)

    found = locate_files(dict.fromkeys(FileKind), os.environ)

    assert found == {
        CONFIG: Path(config_file.format(home=home)),
        CREDENTIALS: Path(credentials_file.format(home=home)),
    }
    for path, text in (
        (found[CONFIG], "[profile from-config]\nregion = x\n"),
        (found[CREDENTIALS], "[from-credentials]\nregion = x\n"),
    ):
        if path != NO_FILE and (tmp_path / path).is_relative_to(tmp_path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    read = {path for path in found.values() if path.is_file()}
    assert len(botocore.session.Session().available_profiles) == len(read)


def test_an_option_overrides_its_variable() -> None:
    options = {CONFIG: Path("mine"), CREDENTIALS: None}
    found = locate_files(options, {"AWS_CONFIG_FILE": "/theirs"})
    assert found[CONFIG] == Path("mine")


@pytest.mark.parametrize("path", ["missing", "missing/config", "file/config", os.devnull])
def test_a_file_does_not_exist(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = NO_FILE if path == os.devnull else tmp_path / path
    assert not read_file(file, kind=CONFIG).exists


def test_the_contents_are_in_no_repr(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("aws_secret_access_key = SECRET\n")
    assert "SECRET" not in repr(read_file(tmp_path / "credentials", kind=CREDENTIALS))


@on_posix
@pytest.mark.parametrize(("made_by", "message", "hint"), rows("unreadable_files.txt"))
def test_an_unreadable_file_is_named_with_a_hint(
    made_by: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["/bin/sh", "-c", made_by]
    subprocess.run(command, cwd=tmp_path, env={"PATH": here}, check=True, capture_output=True)  # noqa: S603 - of our rows
    if "# in ASCII" in made_by:
        monkeypatch.setattr(locale, "getpreferredencoding", lambda **_: "ANSI_X3.4-1968")
    path = tmp_path / "config"

    with pytest.raises(ConfigUnreadable) as caught:
        read_file(path, kind=CONFIG)

    assert caught.value.message == message.format(path)
    assert caught.value.hint == hint.format(path)
    # neither the error nor its cause contains the file's contents
    assert caught.value.__context__ is None or isinstance(caught.value.__context__, OSError)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux names the pipes of a process")
def test_the_pipe_of_a_shell_s_process_substitution_is_called_one() -> None:
    reading, writing = os.pipe()
    path = Path(f"/proc/self/fd/{reading}")  # `AWS_CONFIG_FILE=<(…)`
    try:
        with pytest.raises(ConfigUnreadable) as caught:
            read_file(path, kind=CONFIG)
    finally:
        os.close(reading)
        os.close(writing)
    assert caught.value.message == f"`{path}` is a pipe, not a file"
    assert caught.value.hint == "write its content to a file, and name that file"


@on_posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_we_may_not_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").touch(mode=0)
    with pytest.raises(ConfigUnreadable, match="cannot be read: permission denied"):
        read_file(tmp_path / "config", kind=CONFIG)


@pytest.mark.parametrize(
    ("encoding", "data", "text"),
    [
        pytest.param("cp932", b"\xfa\x4a", "", id="a character spelled the rarer of two ways"),
        pytest.param("latin-1", b"\xe9", "\u20ac", id="a character that the encoding lacks"),
    ],
)
def test_bytes_that_would_change_by_encoding_are_refused(
    encoding: str, data: bytes, text: str
) -> None:
    file = read_file(Path("missing"), kind=CONFIG)
    read = replace(file, encoding=encoding, data=data, text=data.decode(encoding))
    with pytest.raises(EditRefused):
        read.with_text(read.text + text)


def test_half_a_file_is_waited_for(tmp_path: Path) -> None:
    """`aws configure set` empties the file, then writes it."""
    path = tmp_path / "config"
    path.write_text("[default]\n")
    writer = """
import sys, time
with open(sys.argv[1], "w") as stream:
    print("emptied", flush=True)
    time.sleep(0.15)
    stream.write("[default]\\nregion = x\\n")
"""
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", writer, str(path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = read_file(path, kind=CONFIG)
    if sys.platform == "linux":  # elsewhere only a write of this very moment is noticed
        assert found is not None
        assert found.text == "[default]\nregion = x\n"


def test_a_file_that_another_program_merely_keeps_open_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"[default]\n")
    with path.open("a"):
        started = time.monotonic()
        found = read_file(path, kind=CONFIG)
    assert found is not None
    assert found.text == "[default]\n"
    assert time.monotonic() - started < 10
