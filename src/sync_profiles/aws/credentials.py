"""A source's credentials, from botocore's own providers, with a time limit for programs."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.credentials import (
    ContainerProvider,
    CredentialProvider,
    EnvProvider,
    ProcessProvider,
    ProfileProviderBuilder,
)

from sync_profiles.masked_lines import mask_output
from sync_profiles.model import Source
from sync_profiles.programs import Program

if TYPE_CHECKING:
    import botocore.session

#: seconds for a `credential_process`; the AWS CLI waits forever, and so would all profiles here
PROCESS_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Credentials in memory; their secrets stay out of every representation."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(repr=False)


class CredentialProcessSilent(Exception):
    """A `credential_process` gave nothing in time; the command may hold secrets: it is left out."""


class ProviderFailed(Exception):
    """One of botocore's providers failed; `provider` is its `METHOD`, the error is the cause."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        self.provider = provider


class _Process(Program):
    """A `credential_process`, where and how the AWS CLI runs it, but not forever.

    What it says on stderr comes without its arguments, which may hold secrets.
    """

    def __init__(self, command: list[str], **options: Any) -> None:  # noqa: ANN401 - botocore's
        super().__init__(command, seconds=PROCESS_TIMEOUT, may_ask=True, **options)

    def communicate(
        self,
        input: bytes | None = None,  # noqa: A002 - the standard library's name
        timeout: float | None = None,
    ) -> tuple[bytes, bytes]:
        try:
            output, errors = super().communicate(input, timeout)
        except subprocess.TimeoutExpired:
            raise CredentialProcessSilent(
                f"it gave nothing within {PROCESS_TIMEOUT:.0f} seconds"
            ) from None
        # botocore makes the error of a program that fails of this
        said = mask_output(errors.decode("utf-8", "replace"), self.args)
        return output, said.encode()


class _Providers(ProfileProviderBuilder):
    """What botocore asks for a profile's credentials, in its order."""

    def __init__(self, session: botocore.session.Session) -> None:
        super().__init__(session, cache={})
        self._of = session

    def _create_process_provider(self, profile_name: str) -> ProcessProvider:
        return ProcessProvider(
            profile_name=profile_name,
            load_config=lambda: self._of.full_config,
            popen=_Process,
        )


def load_credentials(source: Source, session: botocore.session.Session) -> Credentials | None:
    """Load a source's credentials as botocore does for a chain; None where there are none.

    Raises `ProviderFailed` for whatever a provider raises: it may run any program, and ask any
    service.
    """
    for provider in _providers_of(source, session):
        try:
            found: Any = provider.load()
            if found is None:
                continue
            return _read(*found.get_frozen_credentials()[:3])
        except Exception as error:
            raise ProviderFailed(str(provider.METHOD)) from error
    return None


def _read(access_key: object, secret_key: object, token: object) -> Credentials:
    """Return credentials; they come from the JSON of a program or a service, of any type."""
    match access_key, secret_key, token:
        case str(), str(), str() | None:
            return Credentials(
                access_key_id=access_key, secret_access_key=secret_key, session_token=token
            )
        case _:
            raise TypeError("a key or the token is not text")


def _providers_of(
    source: Source, session: botocore.session.Session
) -> Sequence[CredentialProvider]:
    match source.credential_source:
        case None:
            found: Sequence[CredentialProvider] = _Providers(session).providers(
                source.profile or "", disable_env_vars=True
            )
            return found
        case "Environment":
            return [EnvProvider()]
        case "EcsContainer":
            return [ContainerProvider()]
        case _:
            return [session.get_component("credential_provider").get_provider("iam-role")]
