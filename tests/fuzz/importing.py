"""Any team file is imported without harm to any existing text, or is refused."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never

from botocore.configloader import load_config

from sync_profiles.arn import parse_arn
from sync_profiles.aws.switching import Switcher
from sync_profiles.causes import Cause
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import parse_texts_if_any, read_profiles
from sync_profiles.config.proof import read_settings
from sync_profiles.disk.config_file import ConfigFiles, FileText
from sync_profiles.errors import EditRefused, RunError
from sync_profiles.model import FileKind, Source
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.survey import AwsAccess
from sync_profiles.team.block import OnConflict, find_blocks, without_block
from sync_profiles.team.checked_file import check_file
from sync_profiles.team.consent import Consent
from sync_profiles.team.fetching import read_team_file
from sync_profiles.team.import_results import ImportRequest, SourceResult, Status
from sync_profiles.team.person import LocalState
from sync_profiles.team.placing import place_team_file
from sync_profiles.team.refusals import TeamFileRefused, data_problems
from sync_profiles.team.risks import Risk
from sync_profiles.team.sources import parse_source

BETWEEN = b"\n## team ##\n"
SOURCE = "https://team.example/config"
WORDS = (
    *("[profile p]", "[default]", "role_arn = ", "source_profile = ", "role_session_name = "),
    *("${aws:username}", "${aws:PrincipalAccount}", "${sync:mfa_serial}", "credential_process"),
    *("endpoint_url = ", "services = ", "\n## team ##\n", "\n", "\n  ", "\r\n", "# "),
    *("# >>> sync-profiles import: ", "# <<< sync-profiles import: ", "[plugins]", "\x0b"),
    *("aws_secret_access_key = ", "aws_access_key_id", "\x85", " with={}", "[sso-session s]"),
    *('"', "'", "[services s]", "sso_start_url = ", "s3 =\n  ", "  [profile q]", " [DEFAULT]"),
)
SECRETS = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"}
RISKS = {
    *("ca_bundle", "credential_process", "endpoint_url", "mfa_process", "services"),
    "sso_start_url",
}
NESTED_VARIABLE = re.compile(r"^[ \t]+[^\r\n]*\$\{", re.MULTILINE)
GROUPS = ("profiles", "sso_sessions", "services")
# botocore reads files alone
FILE = Path(tempfile.gettempdir()) / f"sync-profiles-fuzz-{os.getpid()}"


def _no_call(*_: object) -> Never:
    raise AssertionError


class Ann(Switcher):
    """AWS in which the credentials of these profiles belong to one user."""

    def __init__(self, own: Collection[str]) -> None:
        self.own = own

    def identify(self, sources: Mapping[Source, Sequence[str]]) -> dict[Source, Caller | Failure]:
        """Return the user for each source that belongs to the user."""
        arn = parse_arn("arn:aws:iam::111111111111:user/ann")
        assert arn is not None
        return {
            source: Caller(source=source, arn=arn)
            for source in sources
            if source.profile in self.own
        }

    def ask_own(self, *_: object, **__: object) -> Failure:
        """Return that the user may not list the own MFA devices."""
        return Failure(cause=Cause.NOT_AUTHORIZED, proves=True)


@dataclass(frozen=True, kw_only=True)
class AnnsAws(AwsAccess):
    """Calls that AWS, whatever the files are."""

    ann: Ann

    def switcher(self, *_: object) -> Ann:
        """Return Ann's AWS."""
        return self.ann


def check(data: bytes) -> None:
    """Raise if an import harms the existing text, differs the second time, or is not as checked."""
    before, between, after = data.partition(BETWEEN)
    own_data, team_data = (before, after) if between else (b"", data)
    try:
        own = own_data.decode()
        own_settings = read_settings(own)
    except (UnicodeDecodeError, EditRefused):
        return  # the import ends before
    if parse_document(own).problems:
        return
    with suppress(RunError):
        find_blocks(own)
    checked = check_file(team_data, source="t")
    try:
        read_team_file(team_data, name="t")
    except TeamFileRefused as error:
        assert "`t`" in error.message
        assert checked.errors
    if any(data_problems(team_data)):
        return
    team = team_data.decode("utf-8-sig")
    # on a new laptop it comes in, unless a part of a setting would have to wait for credentials
    if not checked.errors and not NESTED_VARIABLE.search(team):
        request = ImportRequest(date="2026-01-31")
        assert _place("", team, request, Ann(own=()), []) is not None
    for on_conflict in OnConflict:
        _check_import(
            own, own_settings, team, ImportRequest(date="2026-01-31", on_conflict=on_conflict)
        )


def _check_import(
    own: str, own_settings: dict[str, dict[str, str]], team: str, request: ImportRequest
) -> None:
    agreed: list[Risk] = []
    # what the team may replace is not hers, before and after
    ann = Ann(own=_own_profiles(own) - read_profiles(config=parse_document(team)).by_name.keys())
    placed = _place(own, team, request, ann, agreed)
    if placed is None:
        return
    new, result = placed
    assert not parse_document(team).problems
    new_settings = read_settings(new)
    (block,) = [b for b in find_blocks(new) if b.label.source == SOURCE]
    had = [b for b in find_blocks(own) if b.label.source == SOURCE]
    rest = without_block(own, had[0] if had else None)
    replaced = {c.name for c in result.conflicts if c.becomes == c.name}
    came_in = {
        header: {k: value for k, value in options.items() if k not in own_settings["DEFAULT"]}
        for header, options in _what_came(_view(rest), _view(new), replaced).items()
    }
    assert had or agreed or not _risks(came_in)
    assert had or not _further_lines(came_in)
    if request.on_conflict is not OnConflict.REPLACE:
        assert without_block(new, block).rstrip("\r\n") == rest.rstrip("\r\n")
        for name, options in read_settings(rest).items():
            assert new_settings[name] == options
    if not had:
        came = {name for name in new_settings if name not in own_settings}
        keys = {k for name in came for k, value in new_settings[name].items() if value}
        keys -= own_settings["DEFAULT"].keys()
        assert not SECRETS & keys
        assert bool(agreed) or not RISKS & keys
    again = _place(new, team, request, ann, [])
    assert again is not None
    assert (again[0], again[1].status) == (new, Status.UNCHANGED)


def _view(text: str) -> dict[str, Any]:
    """Return what botocore makes of a config file, by the path that the AWS CLI takes."""
    FILE.write_bytes(text.encode())
    try:
        found: dict[str, Any] = load_config(str(FILE))
    finally:
        FILE.unlink()
    return found


def _what_came(
    before: dict[str, Any], after: dict[str, Any], replaced: Collection[str]
) -> dict[str, Any]:
    """Return what is new; raise where anything else of hers changed than what gives way."""
    own, both = _flat(before), _flat(after)
    came = {key: options for key, options in both.items() if key not in own}
    for key, options in own.items():
        if key[0] == "profiles" and key[1] in replaced:
            came[key] = both[key]
        else:
            assert both[key] == options
    return {" ".join(key): options for key, options in came.items()}


def _flat(view: dict[str, Any]) -> dict[tuple[str, str], Any]:
    grouped = {(group, name): options for group in GROUPS for name, options in view[group].items()}
    return grouped | {("", name): view[name] for name in view if name not in GROUPS}


def _risks(came: dict[str, Any]) -> set[str]:
    """Return the settings that run or redirect something, in nested blocks too."""
    blocks = [block for options in came.values() for block in (options, *options.values())]
    keys = {key for block in blocks if isinstance(block, dict) for key in block if block[key]}
    return (keys & RISKS) | {header for header in came if header == " plugins" and came[header]}


def _further_lines(came: dict[str, Any]) -> set[str]:
    """Return the settings that are no nested block and have several lines all the same."""
    return {
        key
        for options in came.values()
        for key, value in options.items()
        if isinstance(value, str) and "\n" in value.strip()
    }


def _own_profiles(text: str) -> set[str]:
    """Return the profiles of a text that no block brought."""
    try:
        blocks = find_blocks(text)
    except RunError:
        return set()
    came = {
        name for block in blocks for name in read_profiles(config=block.content.document).by_name
    }
    return read_profiles(config=parse_document(text)).by_name.keys() - came


@dataclass(frozen=True, kw_only=True)
class Agreeable(Consent):
    """A person who agrees to everything."""

    agreed: list[Risk]

    def agree(self, name: str, risks: Sequence[Risk]) -> None:
        """Remember what was asked."""
        del name
        self.agreed.extend(risks)

    def agree_to_remove(
        self, name: str, removed: Sequence[str], *, of: int, is_edited: bool
    ) -> None:
        """Assert that it is asked for more than half."""
        del name, is_edited
        assert len(removed) * 2 > of


def _file(kind: FileKind, config: str) -> FileText:
    text = config if kind is FileKind.CONFIG else ""
    data = text.encode("utf-8", "surrogateescape")
    path = FILE / kind
    return FileText(
        path=path, resolved=path, kind=kind, encoding="utf-8", data=data, text=text, exists=True
    )


def _place(
    text: str, team: str, request: ImportRequest, ann: Ann, agreed: list[Risk]
) -> tuple[str, SourceResult] | None:
    texts = parse_texts_if_any({kind: _file(kind, text) for kind in FileKind})
    try:
        config, result = place_team_file(
            texts.config,
            read_team_file(team.encode(), name="t"),
            request,
            local=LocalState(
                files=ConfigFiles(paths=texts.paths),
                texts=texts,
                access=AnnsAws(environ={}, jobs=1, ann=ann),
                user=Agreeable(
                    say=_no_call,
                    ask=_no_call,
                    show=lambda _: None,  # a change is compared as a whole
                    can_ask=True,
                    trusts=True,
                    is_preview=False,
                    agreed=agreed,
                ),
            ),
            source=parse_source(SOURCE),
        )
    except RunError as error:
        assert error.message
        if isinstance(error, TeamFileRefused):
            assert "line" in error.message
        return None
    return config.text, result
