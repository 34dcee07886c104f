"""Write everything in `docs` that is generated; with `--check`, name what is not current.

In a page, the lines between `<!-- generated: NAME … -->` and `<!-- end -->` are generated, and the
text around them is written by hand. Pictures and the schema are generated whole.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import architecture
import commands
import manual
import picture
import schema
import tables

from sync_profiles.causes import Cause

DOCS = Path(__file__).parents[1]
FILES: Mapping[str, Callable[[], str]] = {
    "sync.svg": picture.draw,
    "explanation/architecture.svg": architecture.draw,
    "sync-profiles.1": manual.build,
    "reference/sync-profiles.schema.json": schema.write,
}
PARTS: Mapping[str, Callable[[str], str]] = {
    "command": commands.describe,
    "cause": tables.describe_cause,
    "json": schema.describe,
    "table": tables.describe,
}
PART = re.compile(
    r"(?<=^<!-- generated: )([\w-]+)(?: ([\w-]+))?( -->\n).*?(?=^<!-- end -->$)",
    re.MULTILINE | re.DOTALL,
)


def generated() -> Iterator[tuple[Path, str]]:
    """Yield each file that has generated parts or is generated, and its text as it should be."""
    used: list[str] = []

    def replace(part: re.Match[str]) -> str:
        name, argument, rest = part[1], part[2] or "", part[3]
        used.append(f"{name} {argument}".strip())
        return f"{used[-1]}{rest}{PARTS[name](argument)}"

    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if "<!-- generated: " in text:
            yield page, PART.sub(replace, text)
    for name, write in FILES.items():
        yield DOCS / name, write()
    everything = [
        *(f"cause {cause}" for cause in Cause),
        *(f"command {name}".strip() for name in commands.NAMES),
        *(f"json {name}" for name in schema.NAMES),
        *(f"table {name}" for name in tables.TABLES),
    ]
    if sorted(used) != sorted(everything):
        missing, twice = (
            set(everything) - set(used),
            {name for name in used if used.count(name) > 1},
        )
        sys.exit(f"error: in no page: {missing or '-'}; more than once: {twice or '-'}")


def main() -> None:
    """Write what differs, or name it."""
    stale = []
    for path, text in generated():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(DOCS)))
            if "--check" not in sys.argv[1:]:
                path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv[1:] and stale:
        sys.exit(f"error: not current: {', '.join(stale)}\nhint: run `make generated`")


if __name__ == "__main__":
    main()
