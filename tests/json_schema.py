"""The JSON of every command against its schema, as strictly as the schema can be read.

The schema lets an object have keys that it does not name, for versions to come; here they are
errors, so that no key is without documentation.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parents[1] / "docs" / "reference" / "sync-profiles.schema.json"


@functools.cache
def strict_schema() -> dict[str, Any]:
    """Return the schema, with no key allowed that it does not name."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for definition in schema["$defs"].values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    return schema


def check_json(document: object, *, of: str | None = None) -> None:
    """Check a document against the schema: of any command, or of the one that is named."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    schema = strict_schema()
    if of is not None:
        schema = {"$defs": schema["$defs"], "$ref": f"#/$defs/{of}"}
    validator = Draft202012Validator(schema)
    if validator.is_valid(document):  # to look for the best error takes longer
        return
    error = best_match(validator.iter_errors(document))
    assert error is None, f"{error.json_path}: {error.message}"
