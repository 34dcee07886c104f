"""botocore's own data and functions, read once for a process and all that are forked from it."""

from __future__ import annotations

import functools
import importlib
from typing import Any


def keep_in_memory() -> None:
    """Make every loader of botocore return what the first one has read, and has found in a folder.

    That takes more than half of the time of a run, and no run changes the files.
    """
    loaders = importlib.import_module("botocore.loaders")
    reader = loaders.JSONFileLoader
    reader.load_file = functools.cache(reader.load_file)
    # all of them share the cache, which has no state
    reader.__eq__, reader.__hash__ = lambda *_: True, lambda _: 0
    found: dict[tuple[str, ...], list[str]] = {}
    list_services = loaders.Loader.list_available_services

    def list_once(self: Any, type_name: str) -> list[str]:  # noqa: ANN401 - a loader
        key = (type_name, *self.search_paths)
        if key not in found:
            found[key] = list_services(self, type_name)
        return found[key]

    loaders.Loader.list_available_services = list_once
    _look_at_handlers_once()


def _look_at_handlers_once() -> None:
    """Look up once whether each handler of an event takes any arguments.

    Each session has a hundred of them, and `inspect` takes longer for them than the calls.
    """
    hooks: Any = importlib.import_module("botocore.hooks")
    takes_any = functools.cache(hooks.accepts_kwargs)
    # a bound method, which would keep its client alive, has the arguments of its function
    hooks.accepts_kwargs = lambda handler: takes_any(getattr(handler, "__func__", handler))
