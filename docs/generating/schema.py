"""The JSON Schema of every command's JSON, and the tables of its keys in the reference.

Both are made of `json_objects.toml`. Objects may get further keys, as the reference promises; the
tests refuse those that are not there.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import tables

from sync_profiles import DOCUMENTATION
from sync_profiles.causes import Cause, Fixer
from sync_profiles.explain.findings import Topic
from sync_profiles.planning.decision import Change, Verdict
from sync_profiles.planning.session_name import NameOwner
from sync_profiles.team.import_results import Status
from sync_profiles.trust_policy.auditing import Standing
from sync_profiles.trust_policy.policy_findings import Code

Json = dict[str, Any]

OBJECTS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("json_objects.toml").read_text(encoding="utf-8")
)
NAMES = tuple(OBJECTS)
COMMANDS = tuple(name for name, keys in OBJECTS.items() if "command" in keys)
ENUMERATIONS = {
    each.__name__: each
    for each in (Cause, Change, Code, Fixer, NameOwner, Standing, Status, Topic, Verdict)
}


class Key(NamedTuple):
    """A key of an object, as `json_objects.toml` has it."""

    name: str
    kind: str
    means: str
    is_optional: bool


def write() -> str:
    """Return the schema: any object that a command prints, and one definition for each object."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{DOCUMENTATION}/sync-profiles.schema.json",
        "title": "What sync-profiles prints with --output json, version 1",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in COMMANDS],
        "$defs": {name: _object(name) for name in NAMES}
        | {
            name: {"enum": [member.value for member in members]}
            for name, members in ENUMERATIONS.items()
        },
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def describe(name: str) -> str:
    """Return the table of an object's own keys."""
    rows = [(f"`{key.name}`", _in_words(key.kind), key.means) for key in _own_keys(name)]
    return tables.table([("key", "type", "value"), *rows])


def _own_keys(name: str) -> Iterator[Key]:
    for key, text in OBJECTS[name].items():
        if key not in {"includes", "may-include"}:
            kind, _, means = text.partition(": ")
            is_optional = kind.startswith("optional ")
            yield Key(key, kind.removeprefix("optional "), means, is_optional)


def _keys(name: str) -> Iterator[Key]:
    """Yield all keys of an object; where one appears twice, the last is the object's."""
    included, maybe = OBJECTS[name].get("includes"), OBJECTS[name].get("may-include")
    yield from _keys(included) if included else ()
    yield from (key._replace(is_optional=True) for key in (_own_keys(maybe) if maybe else ()))
    yield from _own_keys(name)


def _object(name: str) -> Json:
    keys = {key.name: key for key in _keys(name)}
    return {
        "type": "object",
        "properties": {
            key.name: {**_schema(key.kind), "description": key.means} for key in keys.values()
        },
        "required": [key.name for key in keys.values() if not key.is_optional],
    }


def _schema(kind: str) -> Json:
    """Return the schema of a type."""
    if kind.endswith(" or null"):
        return {"anyOf": [_schema(kind.removesuffix(" or null")), {"type": "null"}]}
    if kind.startswith("list of "):
        return {"type": "array", "items": _schema(_one_of(kind))}
    if kind.startswith("object of "):
        return {"type": "object", "additionalProperties": _schema(_one_of(kind))}
    if kind.startswith("@"):
        return {"$ref": f"#/$defs/{kind[1:]}"}
    if kind.startswith("="):
        return {"const": int(kind[1:]) if kind[1:].isdecimal() else kind[1:]}
    if kind == "any":
        return {}
    if kind in ENUMERATIONS:
        return {"$ref": f"#/$defs/{kind}"}
    return {"enum": kind.split("|")} if "|" in kind else {"type": kind}


def _one_of(kind: str) -> str:
    """Return the type of the items: `string` of a `list of strings`."""
    items = kind.partition(" of ")[2]
    return items if items.startswith("@") or items in ENUMERATIONS else items.removesuffix("s")


def _in_words(kind: str) -> str:
    """Return a type as the tables have it, with links to the other objects."""
    linked = re.sub(r"^@([\w-]+)", r"[object](#json-\1)", kind)
    linked = re.sub(r"@([\w-]+)", r"[objects](#json-\1)", linked)
    linked = re.sub(r"^=(.*)", r"`\1`", linked)
    for name in ENUMERATIONS:
        linked = re.sub(rf"^{name}\b", "string", linked).replace(f"of {name}", "of strings")
    return re.sub(r"^[\w-]+(\|[\w-]+)+", "string", linked)
