"""One setting of a file, and its value: as botocore reads it, and as it is safe to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.syntax import COMMENT_PREFIXES, parse_option_line
from sync_profiles.config.values import split_settings
from sync_profiles.known_keys import ONE_LINE_KEYS
from sync_profiles.masked_lines import mask_line

if TYPE_CHECKING:
    from configupdater.option import Option as OptionBlock


class Option(NamedTuple):  # a tuple, because a large file has tens of thousands of these
    """One key, in lower case, with its value.

    `block.lines` are the lines of the file from the key's, which is line `line`, to the last one
    that continues the value, with the comments and the blank lines between them.
    """

    key: str
    line: int
    block: OptionBlock

    @property
    def on_line(self) -> list[str]:
        """The value on the key's line, and the settings that follow there without a line break."""
        first = parse_option_line(self.block.lines[0])
        value = first.value if first is not None else ""
        return split_settings(value) if self.key in ONE_LINE_KEYS else [value]

    @property
    def values(self) -> list[str]:
        """The lines of the value, without comments, as if no line break were missing."""
        return [*self.on_line, *(text for text, _ in self.below)]

    @property
    def lines(self) -> list[int]:
        """The numbers of the lines that `values` come from."""
        return [self.line, *(number for _, number in self.below)]

    @property
    def below(self) -> list[tuple[str, int]]:
        """The lines that continue the value, without comments, each with its number."""
        return [
            (content, number)
            for number, line in enumerate(self.block.lines[1:], self.line + 1)
            if not (content := line.strip()).startswith(COMMENT_PREFIXES)
        ]

    @property
    def value(self) -> str:
        """The value, its lines joined; it starts with a newline where its first line is empty.

        Another setting on the key's line counts as a further line: it may be a secret.
        """
        if len(self.block.lines) == 1:
            value = self.block.value or ""
            return "\n".join(split_settings(value)) if self.key in ONE_LINE_KEYS else value
        return "\n".join(self.values).rstrip()

    @property
    def as_read(self) -> str:
        """The value as botocore reads it, but that secrets of other settings in it are hidden."""
        value = self.value
        if "\n" not in value or not self.is_glued:
            return value
        own, *others = self.on_line
        line = own + "".join(map(mask_line, others))
        return "\n".join([line, *(text for text, _ in self.below)]).rstrip()

    @property
    def is_glued(self) -> bool:
        """Whether another setting is on the key's line."""
        return len(self.on_line) > 1

    @property
    def is_nested(self) -> bool:
        """Whether botocore takes the value for a block of `key = value` lines."""
        return len(self.block.lines) > 1 and not any(self.on_line) and self.value != ""
