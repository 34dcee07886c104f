"""The texts of the two files, parsed: what all commands start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from sync_profiles.config.document import EMPTY, parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.errors import ConfigUnreadable
from sync_profiles.model import FileKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.config.document import Document
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.disk.config_file import FilePaths, FileText


@dataclass(frozen=True, kw_only=True)  # without slots: `profiles` is read once
class Texts:
    """What was read, and how `RawConfigParser` takes it; a missing file is an empty one."""

    paths: FilePaths
    files: Mapping[FileKind, FileText | None]
    config: Document
    credentials: Document

    @property
    def are_readable(self) -> bool:
        """Whether botocore accepts both files."""
        return not (self.config.problems or self.credentials.problems)

    @cached_property
    def profiles(self) -> Profiles:
        """The profiles; raises `ConfigUnreadable` where botocore reads none."""
        for kind in FileKind:
            parsed = self.parsed(kind)
            if parsed.problems:
                raise self._refusal(kind, parsed)
        return read_profiles(config=self.config, credentials=self.credentials)

    def parsed(self, kind: FileKind) -> Document:
        """Return what one of the files holds."""
        match kind:
            case FileKind.CONFIG:
                return self.config
            case FileKind.CREDENTIALS:
                return self.credentials
            case _:
                assert_never(kind)

    def _refusal(self, kind: FileKind, parsed: Document) -> ConfigUnreadable:
        first, *others = parsed.problems
        file = self.files[kind]
        where = f"{file.path if file is not None else kind}, line {first.line}"
        more = "; `sync-profiles check` lists all its problems" if others else ""
        return ConfigUnreadable(
            f"{where}: {first.message}: the AWS CLI cannot read the {kind} file at all",
            hint=f"{first.hint}{more}",
        )


def parse_texts(files: Mapping[FileKind, FileText | None], paths: FilePaths) -> Texts:
    """Parse what was read; raise `ConfigUnreadable` where there is neither file."""
    if all(file is None for file in files.values()):
        raise ConfigUnreadable(
            f"there is no config file `{paths.config_file}`",
            hint="run `aws configure` for your keys and `sync-profiles import SOURCE` for your "
            "team's profiles, or name another file with `--config-file`",
        )
    return parse_what_is_there(files, paths)


def parse_what_is_there(files: Mapping[FileKind, FileText | None], paths: FilePaths) -> Texts:
    """Parse what was read, which may be no file."""
    return Texts(
        paths=paths,
        files=files,
        config=_parse(files[FileKind.CONFIG]),
        credentials=_parse(files[FileKind.CREDENTIALS]),
    )


def _parse(file: FileText | None) -> Document:
    return EMPTY if file is None else parse_document(file.text)
