"""What was meant by a value that botocore reads differently: it knows no comment and no quotes."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(?:^|\s+)[#;].*", re.DOTALL)


def without_comment(value: str) -> str:
    """Return a value without the comment after it."""
    return _COMMENT.sub("", value)


def meant_value(value: str) -> str:
    """Return a value without the comment after it and without the quotes around it."""
    bare = without_comment(value)
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        return bare[1:-1].strip()
    return bare
