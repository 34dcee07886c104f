"""Run the command in a process that lacks what Windows lacks, as far as Linux can imitate it.

The other packages are loaded first: they have ways of their own for Windows. Then the modules, the
functions and the constants that only POSIX has are gone, directories cannot be opened, and files
that are open can be neither renamed nor removed.
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import platform
import shutil
import signal
import sys
import sysconfig
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

THIRD_PARTY = (
    *("boto3.session", "botocore.client", "botocore.httpsession", "configupdater", "filelock"),
    *("flask_cors", "getpass", "moto", "moto.server", "rich.console"),
    *("tempfile", "typer", "typer.completion", "urllib3", "werkzeug.serving"),
)
MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
FUNCTIONS = (
    *("chown", "chroot", "confstr", "ctermid", "fchdir", "fchmod", "fchown"),
    *("fork", "forkpty", "fpathconf", "getegid", "geteuid", "getgid", "getgroups"),
    *("getpgid", "getpgrp", "getpriority", "getresuid", "getsid", "getuid", "getxattr"),
    *("initgroups", "killpg", "lchown", "listxattr", "mkfifo", "mknod", "nice"),
    *("openpty", "pathconf", "posix_spawn", "pread", "pwrite", "removexattr", "sched_yield"),
    *("setegid", "seteuid", "setgid", "setpgid", "setsid", "setuid", "setxattr"),
    *("statvfs", "sync", "sysconf", "tcgetpgrp", "tcsetpgrp", "ttyname", "uname"),
    *("wait", "wait3", "wait4", "waitid"),
)
SIGNALS = ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGURG", "SIGUSR1")
FLAGS = ("O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_SYNC")


def imitate_windows() -> None:
    """Take away from this process what Windows lacks."""
    for name in THIRD_PARTY:
        importlib.import_module(name)
    platform.uname()  # both are remembered
    sysconfig.get_config_vars()
    # its lock for Windows is another one
    for name, module in tuple(sys.modules.items()):
        if name.startswith("filelock.") and getattr(module, "os", None) is os:
            module.os = SimpleNamespace(**vars(os))  # type: ignore[attr-defined]  # its import
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails
    for name in (*FUNCTIONS, *FLAGS):
        delattr(os, name)
    for name in SIGNALS:
        delattr(signal, name)
    # where Python asks Windows, since 3.12, whether a program may be in the current directory
    vars(shutil)["_winapi"] = SimpleNamespace(NeedCurrentDirectoryForExePath=lambda _name: True)
    os.O_BINARY = 0  # type: ignore[attr-defined]  # as on Windows
    for name in ("link", "remove", "rename", "replace", "unlink"):
        setattr(os, name, refusing_open_files(getattr(os, name)))
    os.open = refusing_directories(os.open)
    sys.platform = "win32"


def refusing_open_files(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that it refuses files that are open; none but `replace` replaces one."""

    def refusing(*paths: Any, **more: Any) -> Any:  # noqa: ANN401 - any function of `os`
        for place, path in enumerate(map(os.path.realpath, paths)):
            if os.path.isfile(path) and path in open_files():  # noqa: PTH113 - a real path
                error = PermissionError(errno.EACCES, "access denied", paths[0], None, *paths[1:])
                # Windows says of a file to be replaced only that access is denied
                error.winerror = 5 if place else 32  # type: ignore[attr-defined]  # as on Windows
                raise error
        if function.__name__ == "rename" and os.path.lexists(paths[1]):
            raise FileExistsError(errno.EEXIST, "the file exists", paths[1])
        return function(*paths, **more)

    return refusing


def open_files() -> set[str]:
    """Return what this process and the one that started it have open, apart from locks."""
    found = set()
    for process in ("self", str(os.getppid())):
        for descriptor in Path("/proc", process, "fd").iterdir():
            with suppress(OSError):
                found.add(os.readlink(descriptor))  # noqa: PTH115 - may be no path
    return {name for name in found if not name.endswith(".lock")}


def refusing_directories(function: Callable[..., int]) -> Callable[..., int]:
    """Wrap `os.open` so that it opens no directory."""

    def refusing(path: Any, *more: Any, **options: Any) -> int:  # noqa: ANN401 - as `os.open`
        if os.path.isdir(path):  # noqa: PTH112 - any kind of path
            raise PermissionError(errno.EACCES, "permission denied", path)
        return function(path, *more, **options)

    return refusing


if __name__ == "__main__":
    imitate_windows()
    import sync_profiles

    for module in pkgutil.walk_packages(sync_profiles.__path__, "sync_profiles."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    from sync_profiles.__main__ import main

    sys.argv[0] = "sync-profiles"
    main()
