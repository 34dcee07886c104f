"""Read files of others: kubectl's, and a policy; nothing of them is kept or written."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from sync_profiles.errors import RunError, reason
from sync_profiles.waiting import read_stdin

#: bytes; a larger kubeconfig is not read
LARGEST_KUBECONFIG = 1024 * 1024
#: bytes; IAM takes trust policies of a few thousand characters
LONGEST_POLICY = 1 << 16
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_kubeconfigs(environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Yield the files of `KUBECONFIG`, or else `~/.kube/config`, as kubectl finds them.

    One that is missing, no file, too large or unreadable is left out: it is not this program's.
    """
    named = environ.get("KUBECONFIG", "").split(os.pathsep)
    default = os.path.expanduser("~/.kube/config")  # noqa: PTH111 - Path.home may raise
    for name in dict.fromkeys(filter(None, named)) or [default]:
        try:
            path = Path(name)
            if path.is_file() and path.stat().st_size <= LARGEST_KUBECONFIG:
                yield path, path.read_bytes().decode("utf-8-sig", "replace")
        except (OSError, ValueError):
            continue


def read_policy_file(name: str) -> str:
    """Return a policy, of a file or of stdin for `-`; PowerShell's UTF-16 is read as well."""
    shown = "standard input" if name == "-" else f"`{name}`"
    try:
        if name == "-":
            data = read_stdin(LONGEST_POLICY + 1, "the policy")
        else:
            with Path(name).open("rb") as file:
                data = file.read(LONGEST_POLICY + 1)
    except OSError as error:
        raise RunError(
            f"{shown} cannot be read: {reason(error)}", hint="name another file"
        ) from None
    if len(data) > LONGEST_POLICY:
        raise RunError(
            f"{shown} has more than {LONGEST_POLICY >> 10} KiB, which no trust policy has",
            hint="name the file with the trust policy alone",
        )
    encoding = next((e for mark, e in _MARKS.items() if data.startswith(mark)), "utf-8-sig")
    return data.decode(encoding, "replace")
