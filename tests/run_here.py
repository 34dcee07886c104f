"""Run the command in this process, on Windows, where none forks and to start one takes long.

A run has streams, variables and a directory of its own, and finds nothing in the caches.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path

import pytest

from conftest import child_settings, forget_what_is_cached
from e2e import Ended, Home
from warm_command import reads_late

_lock = threading.Lock()


def run_here(
    home: Home, arguments: Sequence[str], *, input_text: str | None, together: bool
) -> Ended | None:
    """Run the command, or return None if it needs a separate process."""
    usual = child_settings(Path(home.environment["HOME"]))
    is_late = reads_late(home.environment, usual) and "PYTHONPATH" not in home.environment
    if not is_late or not _lock.acquire(blocking=False):
        return None
    try:
        out = io.BytesIO()
        err = out if together else io.BytesIO()
        with _streams(home, io.BytesIO((input_text or "").encode()), out, err):
            sys.argv = ["sync-profiles", *arguments]
            code = copy_context().run(_code)
            # before the streams end, and with them the bytes
            texts = [stream.getvalue().decode().replace("\r\n", "\n") for stream in (out, err)]
        return Ended(code=code, stdout=texts[0], stderr="" if together else texts[1])
    finally:
        _lock.release()


def _code() -> int:
    from sync_profiles import cli

    forget_what_is_cached()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@contextmanager
def _streams(home: Home, given: io.BytesIO, out: io.BytesIO, err: io.BytesIO) -> Iterator[None]:
    """Make the block the process of a home."""
    encoding = home.environment.get("PYTHONIOENCODING", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [])
        patch.setattr(sys, "stdin", io.TextIOWrapper(given, encoding=encoding))
        for name, stream, errors in (
            ("stdout", out, "strict"),
            ("stderr", err, "backslashreplace"),
        ):
            text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, write_through=True)
            patch.setattr(sys, name, text)
        for variable in os.environ.keys() - home.environment.keys():
            patch.delenv(variable)
        for variable, value in home.environment.items():
            patch.setenv(variable, value)
        patch.chdir(home.path)
        yield
