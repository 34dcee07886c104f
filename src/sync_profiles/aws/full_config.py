"""botocore's view of the two files, `Session.full_config`, made from texts that are in memory.

So botocore answers for the very texts that the run read, be they on the disk or yet to be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.configloader import build_profile_map

from sync_profiles.config.section_names import PLAIN_HEADER

if TYPE_CHECKING:
    from typing import Self

    from sync_profiles.config.document import Document

_Value = str | dict[str, str]


class _Section(dict[str, _Value]):
    """A section that nobody else has: `build_profile_map` need not copy it."""

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


def full_config(*, config: Document, credentials: Document) -> dict[str, Any]:
    """Return what `Session.full_config` of botocore gives for the two files.

    Both are files that botocore can parse: those without problems.
    """
    sections = _raw(config)
    plain, others = {}, {}
    for header, section in sections.items():
        match = PLAIN_HEADER.fullmatch(header)  # a shell's words take botocore ten times as long
        if match is None:
            others[header] = section
        else:
            plain[match[1]] = section
    full: dict[str, Any] = build_profile_map(others)
    if plain.keys() & full["profiles"].keys():
        full = build_profile_map(sections)  # two spellings of a name: the later one wins
    else:
        full["profiles"] |= plain
    for name, settings in _raw(credentials).items():
        full["profiles"].setdefault(name, {}).update(settings)
    return full


def _raw(file: Document) -> dict[str, _Section]:
    """Return the sections as botocore's `raw_config_parse` gives them."""
    return {
        section.name: _Section(
            (key, _nested(option.value) if option.is_nested else option.value)
            for key, option in file.options(section).items()
        )
        for section in file.sections.values()
    }


def _nested(value: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in value.splitlines() if line.strip())
    return {key.strip(): text.strip() for key, text in pairs}
