"""A run that is killed right after its swap, before which another program may have written.

That program's edit has then come out for our text, and is only under the swap's other name.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# the script that follows finds `path`, and the other arguments alone
_SCRIPT = """
import ctypes, os, signal, sys
from pathlib import Path
from types import SimpleNamespace

path, theirs, how = Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
del sys.argv[1:4]
swap = ctypes.CDLL(None, use_errno=True).renameat2

def renameat2(*arguments):
    if theirs:
        other = path.with_name("theirs")
        other.write_bytes(theirs)
        other.chmod(0o640)
        other.replace(path)
    swap(*arguments)
    os.kill(os.getpid(), getattr(signal, how))

ctypes.CDLL = lambda *_, **__: SimpleNamespace(renameat2=renameat2)
"""

THE_COMMAND = """
from sync_profiles.__main__ import main
main()
"""


def killed_after_the_swap(
    script: str,
    *arguments: str,
    path: Path,
    theirs: bytes = b"",
    how: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """Return the command that runs a script, which dies as soon as it has swapped a file.

    Where `theirs` is not empty, another program has put that into the file's place just before.
    """
    command = [sys.executable, "-c", _SCRIPT + script]
    return [*command, str(path), theirs.decode(), how.name, *arguments]
