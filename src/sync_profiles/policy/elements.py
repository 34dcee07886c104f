"""Read the JSON of a policy document and its elements; anything else raises `PolicyInvalid`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

_NO_SUCH_NUMBER = 2**63  # IAM's numbers are integers and doubles of a reasonable size


class PolicyInvalid(ValueError):
    """The input is not a policy document; the message says where and why."""


def read_texts(value: object, place: str) -> tuple[str, ...]:
    """Return one or several texts; JSON's booleans and numbers are converted to text."""
    texts: list[str] = []
    for item in value if isinstance(value, list | tuple) else [value]:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, bool | int | float) and abs(item) < _NO_SUCH_NUMBER:
            texts.append(json.dumps(item))
        else:
            refuse(f"{place} must be text or a list of texts")
    return tuple(texts)


def read_object(value: object, place: str) -> Mapping[str, object]:
    """Return an object; `place` names it in the message if it is something else."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        refuse(f"{place} must be an object")
    return value


def check_elements(fields: Mapping[str, object], allowed: set[str], place: str) -> None:
    """Refuse an object with an element that is not `allowed`."""
    unknown = sorted(set(fields) - allowed)
    if unknown:
        refuse(f"{place} has an element `{unknown[0]}`, which policies do not have")


def load_json(text: str) -> object:
    """Return the value of a JSON text in which no object has a key twice."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PolicyInvalid(
            f"the policy is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    except RecursionError:
        raise PolicyInvalid("the policy is nested too deeply") from None
    except ValueError as error:
        raise PolicyInvalid(f"the policy is not JSON: {error}") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for key, value in pairs:
        if key in fields:
            raise PolicyInvalid(f"`{key}` appears twice in one object")
        fields[key] = value
    return fields


def _no_constant(name: str) -> NoReturn:
    refuse(f"{name} is not a JSON number")


def refuse(message: str) -> NoReturn:
    """Raise `PolicyInvalid`."""
    raise PolicyInvalid(message)
