"""Profiles are merged as in botocore; a written name takes effect in its section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given

from examples import answered_examples, answers_of, params
from ini_texts import (
    CONFIG_HEADERS,
    CREDENTIALS_HEADERS,
    Glued,
    Raw,
    edited,
    parse_nested,
    read_full_config,
    readable,
)
from sync_profiles.aws.client import full_config
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import ParsedTexts, Profiles, parse_texts, read_profiles
from sync_profiles.config.syntax import split_lines
from sync_profiles.disk.config_file import FileText
from sync_profiles.errors import ConfigUnreadable
from sync_profiles.model import FileKind, Profile

C, K = FileKind.CONFIG, FileKind.CREDENTIALS


def botocore_profiles(config: str, credentials: str) -> Raw:
    """Return the profiles that botocore merges from real files with these texts."""
    profiles: Raw = read_full_config(config, credentials)["profiles"]
    return profiles


def read(config: str, credentials: str = "") -> Profiles:
    return read_profiles(
        config=parse_document(config), credentials=parse_document(credentials, FileKind.CREDENTIALS)
    )


def merged(profiles: Mapping[str, Profile]) -> Raw:
    """Return the settings of our profiles as botocore gives them."""
    return {
        name: {
            key: parse_nested(setting.value)
            if setting.nested
            else (Glued if setting.glued else str)(setting.value)
            for key, setting in profile.settings.items()
        }
        for name, profile in profiles.items()
    }


@pytest.mark.parametrize(("config", "credentials"), params("merged_profiles.txt"))
def test_profiles_are_merged_and_names_take_effect_as_in_botocore(
    config: str, credentials: str
) -> None:
    check_profiles(config, credentials)


@given(readable(CONFIG_HEADERS), readable(CREDENTIALS_HEADERS))
def test_botocore_reads_texts_in_memory_like_files(config: str, credentials: str) -> None:
    found = full_config(
        config=parse_document(config), credentials=parse_document(credentials, FileKind.CREDENTIALS)
    )
    assert found == read_full_config(config, credentials)


@given(readable(CONFIG_HEADERS), readable(CREDENTIALS_HEADERS))
def test_in_hostile_files_profiles_are_merged_and_names_take_effect_as_in_botocore(
    config: str, credentials: str
) -> None:
    check_profiles(config, credentials)


def check_profiles(config: str, credentials: str) -> None:
    """Check the profiles of two texts, and that a name takes effect where a sync writes it."""
    profiles = read(config, credentials)
    before = botocore_profiles(config, credentials)
    assert merged(profiles.by_name) == before
    check_lines(profiles, config, credentials)
    for profile in profiles.with_role():
        if profile.is_continued("role_session_name"):  # it stays: nothing takes those lines away
            continue
        names = {profile.section: "new_name"}
        if profile.place.file is FileKind.CONFIG:
            after = botocore_profiles(edited(config, names), credentials)
        else:
            after = botocore_profiles(config, edited(credentials, names))
        expected = before | {profile.name: before[profile.name] | {"role_session_name": "new_name"}}
        assert after == expected


def check_lines(profiles: Profiles, config: str, credentials: str) -> None:
    """Check that every place points at its line, and that the profiles follow the files' order."""
    lines = {
        FileKind.CONFIG: split_lines(config),
        FileKind.CREDENTIALS: split_lines(credentials),
    }
    for profile in profiles.by_name.values():
        header = lines[profile.place.file][profile.place.line - 1]
        assert header.strip().startswith(f"[{profile.section}]")
        for key, setting in profile.settings.items():
            line = lines[setting.place.file][setting.place.line - 1].replace(":", "=")
            assert line.partition("=")[0].strip().lower() == key
    order = [
        (profile.place.file is FileKind.CREDENTIALS, profile.place.line)
        for profile in profiles.by_name.values()
        if profile.name not in parse_document(credentials).sections
    ]
    assert order == sorted(order)


def known_of(profile: Profile) -> Iterator[str]:
    """Yield what is known of a profile, and of each of its settings."""
    words = [f"{profile.name} ({profile.place})", f"client of {profile.client}"]
    words += ["assumes its role"] if profile.is_assume_role else []
    words += ["keeps its name"] if profile.keep_name else []
    yield ", ".join(words)
    for key, setting in profile.settings.items():
        kind = " (nested)" if setting.nested else " (glued)" if setting.glued else ""
        over = setting.overridden
        more = f", over {over.value!r} ({over.place})" if over is not None else ""
        yield f"{key} = {setting.value!r}{kind} ({setting.place}){more}"


def known(example: str) -> list[str]:
    """Return what is known of the profiles of an example."""
    lines = (line for line in example.splitlines() if line and not line.startswith("- "))
    config, _, credentials = "".join(f"{line}\n" for line in lines).partition("--- credentials\n")
    profiles = read(config, credentials)
    return [
        *(line for profile in profiles.by_name.values() for line in known_of(profile)),
        f"with a role: {' '.join(each.name for each in profiles.with_role())}",
        *(f"codes of {device}: {command}" for device, command in profiles.mfa_processes().items()),
        *(
            f"services {name}: {each.key} = {each.value} ({each.place})"
            for name, each in profiles.endpoints.items()
        ),
    ]


@pytest.mark.parametrize("example", answered_examples("known_profiles.txt", known))
def test_what_is_known_of_profiles(example: str) -> None:
    assert known(example) == answers_of(example)


def texts_of(config: str, credentials: str) -> ParsedTexts:
    return parse_texts({C: file_of(C, config), K: file_of(K, credentials)})


def file_of(kind: FileKind, text: str) -> FileText:
    path = Path(kind)
    return FileText(
        path=path,
        resolved=path,
        kind=kind,
        encoding="utf-8",
        data=text.encode(),
        text=text,
        exists=bool(text),
    )


@pytest.mark.parametrize(
    ("config", "credentials", "error", "hint"), params("files_without_profiles.txt")
)
def test_files_without_profiles(config: str, credentials: str, error: str, hint: str) -> None:
    with pytest.raises(ConfigUnreadable) as refused:
        texts_of(config, credentials).profiles.with_role()
    error, hint = error.rstrip(), hint.rstrip()
    file = error.partition(",")[0]
    stop = f": the AWS CLI cannot read the {file} file at all" if "line" in error else ""
    assert str(refused.value) == error + stop
    assert refused.value.hint == hint
