"""What botocore's own provider makes of a role's chain: no network, no process, every role given.

`walk` answers with the roles in the order in which they are assumed, and the access key ID that
the first call is signed with; or with the error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import botocore.session
from botocore.credentials import (
    AssumeRoleProvider,
    CanonicalNameCredentialSourcer,
    ContainerProvider,
    CredentialProvider,
    Credentials,
    EnvProvider,
    InstanceMetadataProvider,
    ProcessProvider,
    ProfileProviderBuilder,
)
from botocore.exceptions import BotoCoreError

from ini_texts import botocore_session

TOMORROW = datetime.now(UTC) + timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A chain as botocore resolves it: the source's access key ID, then the roles."""

    source: str
    roles: tuple[str, ...]


class _Process:
    """A credential_process that prints its first argument as the access key ID."""

    returncode = 0

    def __init__(self, command: Sequence[str], **_options: object) -> None:
        self.command = command

    def communicate(self) -> tuple[bytes, bytes]:
        answer = {"Version": 1, "AccessKeyId": self.command[1], "SecretAccessKey": "s"}
        return json.dumps(answer).encode(), b""


class _Providers(ProfileProviderBuilder):
    def _create_process_provider(self, profile_name: str) -> ProcessProvider:
        session: botocore.session.Session = self._session  # type: ignore[attr-defined]  # not in the stubs
        return ProcessProvider(
            profile_name=profile_name,
            load_config=lambda: session.full_config,
            popen=_Process,
        )


class _Known(CredentialProvider):
    """Stands for a provider that a `credential_source` names, with that name as its key ID."""

    def __init__(self, provider: type[CredentialProvider]) -> None:
        super().__init__()
        self.CANONICAL_NAME = provider.CANONICAL_NAME

    def load(self) -> Credentials:
        return Credentials(str(self.CANONICAL_NAME), "s")


_SOURCES = (EnvProvider, ContainerProvider, InstanceMetadataProvider)


class _Sts:
    def __init__(self, access_key_id: str, calls: list[tuple[str, str]]) -> None:
        self.access_key_id = access_key_id
        self.calls = calls

    def assume_role(self, **parameters: str) -> dict[str, object]:
        self.calls.append((self.access_key_id, parameters["RoleArn"]))
        keys = {"AccessKeyId": parameters["RoleArn"], "SecretAccessKey": "s", "SessionToken": "t"}
        return {
            "Credentials": {**keys, "Expiration": TOMORROW},
            "AssumedRoleUser": {"Arn": "arn:aws:sts::222222222222:assumed-role/r/s"},
        }


def walk(
    config: str, credentials: str, names: Iterable[str]
) -> dict[str, Walk | BotoCoreError | OSError]:
    """Return how botocore reaches each profile's role, or why it does not."""
    with botocore_session(config, credentials) as session:
        return {name: _walk(session, name) for name in names}


def _walk(session: botocore.session.Session, name: str) -> Walk | BotoCoreError | OSError:
    calls: list[tuple[str, str]] = []

    def create_client(_service: str, **options: str) -> _Sts:
        return _Sts(options["aws_access_key_id"], calls)

    provider = AssumeRoleProvider(
        load_config=lambda: session.full_config,
        client_creator=create_client,  # type: ignore[arg-type]  # a stand-in
        cache={},
        profile_name=name,
        credential_sourcer=CanonicalNameCredentialSourcer([*map(_Known, _SOURCES)]),
        profile_provider_builder=_Providers(session, cache={}),
    )
    try:
        found: Any = provider.load()
        last = found.get_frozen_credentials().access_key
    except (BotoCoreError, OSError) as error:
        return error
    for (_, role), (caller, _) in pairwise(calls):
        assert role == caller
    assert last == calls[-1][1]
    return Walk(source=calls[0][0], roles=tuple(role for _, role in calls))
