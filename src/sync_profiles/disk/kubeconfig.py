"""Read the kubeconfig files, as kubectl finds them; nothing else of them is kept or written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: a larger file is not read
LARGEST = 1024 * 1024


def read_kubeconfigs(environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Yield the files of `KUBECONFIG`, or else `~/.kube/config`, with their texts.

    One that is missing, no file, too large or unreadable is left out: it is not this program's.
    """
    named = environ.get("KUBECONFIG", "").split(os.pathsep)
    default = os.path.expanduser("~/.kube/config")  # noqa: PTH111 - Path.home may raise
    for name in dict.fromkeys(filter(None, named)) or [default]:
        try:
            path = Path(name)
            if path.is_file() and path.stat().st_size <= LARGEST:
                yield path, path.read_bytes().decode("utf-8-sig", "replace")
        except (OSError, ValueError):
            continue
