"""What the `[services NAME]` sections of the config file say of STS, as botocore reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.section_names import name_section
from sync_profiles.model import FileKind, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.config.document import Document, Option


class ServicesEndpoint(NamedTuple):
    """An endpoint for STS, with the line that sets it and the text of the section's header.

    `key` is `endpoint_url`; it is `sts` where that is not a block, at which botocore stops.
    """

    key: str
    value: str
    section: str
    place: Place


def read_endpoints(config: Document) -> dict[str, ServicesEndpoint]:
    """Return the endpoints by the sections' names; of two spellings of a name the later counts."""
    found: dict[str, ServicesEndpoint] = {}
    for header, section in config.sections.items():
        kind, name = name_section(header)
        if kind != "services":
            continue
        found.pop(name, None)
        option = config.options(section).get("sts")
        for key, value, line in _endpoints(option) if option is not None else ():
            place = Place(FileKind.CONFIG, line)
            found[name] = ServicesEndpoint(key, value, header, place)
    return found


def _endpoints(option: Option) -> Iterator[tuple[str, str, int]]:
    """Yield what the lines of a block set, in their order: of two lines the last counts."""
    if not option.is_nested:
        yield option.key, option.value, option.line
        return
    for text, line in zip(option.values, option.lines, strict=True):
        key, _, value = text.partition("=")
        if key.strip() == "endpoint_url":  # case counts in a block
            yield "endpoint_url", value.strip(), line
