"""STS, asked as the AWS CLI asks it; the only importer of botocore.

botocore's dicts and exceptions end here: what goes out is `Caller`, `Accepted` and `Failure`.
Credentials stay in memory, and never print themselves.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import botocore.exceptions
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

from sync_profiles import __version__
from sync_profiles.arn import parse_arn
from sync_profiles.aws.full_config import full_config
from sync_profiles.aws.providers import load_credentials
from sync_profiles.aws.regions import is_enabled_by_default
from sync_profiles.aws.worthless import SHORTEST_DURATION, reading_policy, worthless_policy
from sync_profiles.diagnosis.classify import NOT_AWS
from sync_profiles.model import Accepted, Caller, LocalFailure, ServiceFailure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.client import BaseClient

    from sync_profiles.config.texts import Texts
    from sync_profiles.model import Failure, Source, Switch

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 10
TRIES = 5
_FALLBACK_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Credentials in memory; their secrets stay out of every representation."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(repr=False)


_NOBODY = Credentials(access_key_id="-", secret_access_key="-", session_token=None)  # noqa: S106 - no secret

_NOT_AWS = LocalFailure(kind=NOT_AWS, text="no answer of AWS")


class _Session(botocore.session.Session):
    """A session on one profile that shares the parsed files and the loader with the others."""

    def __init__(self, *, profile: str, full_config: dict[str, Any], loader: Loader) -> None:
        super().__init__(profile=profile)
        self._shared_config = full_config
        self.register_component("data_loader", loader)
        self.user_agent_extra = f"sync-profiles/{__version__}"

    @property
    def full_config(self) -> dict[str, Any]:
        return self._shared_config


class Sts:
    """STS on behalf of the profiles of two texts, which botocore can parse.

    `client` in the methods is `Profile.client`: the profile whose region, endpoint and other
    settings the call takes.  All methods may be called from several threads.
    """

    def __init__(
        self,
        texts: Texts,
        *,
        environ: Mapping[str, str],
        connections: int,
    ) -> None:
        self._texts = texts
        # what some of botocore's providers read for themselves
        self._paths = {
            "config_file": str(texts.paths.config_file),
            "credentials_file": str(texts.paths.credentials_file),
        }
        # AWS CLI v2 takes AWS_REGION; botocore's session knows AWS_DEFAULT_REGION alone
        self._region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or None
        self._config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            max_pool_connections=connections,
        )
        # one loader for all sessions: each reads the endpoints and the service model otherwise
        self._loader = Loader()
        self._made_up_name = f"botocore-session-{int(time.time())}"
        self._lock = threading.RLock()
        self._full_config: dict[str, Any] | None = None
        self._sessions: dict[str, _Session] = {}
        self._clients: dict[tuple[str, Credentials], BaseClient] = {}

    def credentials(self, source: Source, *, client: str) -> Credentials | Failure:
        """Resolve a source's credentials by botocore's own providers, as it does for a chain."""
        try:
            session = self._session(source.profile or client)
            found = load_credentials(source, session)
            if found is None:
                return LocalFailure(kind="NoCredentialsError", text="Unable to locate credentials")
            frozen = found.get_frozen_credentials()
        except Exception as error:  # noqa: BLE001 - a provider may run anything: it is data here
            return _failure_of(error)
        return Credentials(
            access_key_id=frozen.access_key,
            secret_access_key=frozen.secret_key,
            session_token=frozen.token,
        )

    def finds_region(self, *, client: str) -> bool:
        """Say whether the AWS CLI finds a region for a call; without one it stops.

        STS's global endpoint needs none, but a call to a configured endpoint does.
        """
        if self._region is not None:
            return True
        try:
            session = self._session(client)
            region = session.get_config_variable("region")
            if region is not None:
                return bool(region)
            return _region_of(self._make_client(session, _NOBODY, region=None)) is not None
        except (botocore.exceptions.BotoCoreError, ValueError):
            return True

    def is_always_on(self, *, client: str) -> bool:
        """Say whether calls go to a region that every account has enabled from the start."""
        region = self._region or self._session(client).get_config_variable("region")
        return region is None or is_enabled_by_default(str(region))

    def identify(
        self, source: Source, credentials: Credentials, *, client: str
    ) -> Caller | Failure:
        """Ask GetCallerIdentity who the credentials of a source are."""
        try:
            answer = self._client(client, credentials).get_caller_identity()
        except Exception as error:  # noqa: BLE001 - one source's failure is data
            return _failure_of(error)
        arn = str(answer.get("Arn") or "")
        if parse_arn(arn) is None:
            return _NOT_AWS
        return Caller(source=source, arn=arn, account_id=str(answer.get("Account") or ""))

    def mfa_session(
        self, credentials: Credentials, *, mfa_serial: str, code: str, client: str
    ) -> Credentials | Failure:
        """Exchange an MFA code for credentials on which every switch of its device can run."""
        try:
            answer = self._client(client, credentials).get_session_token(
                SerialNumber=mfa_serial, TokenCode=code, DurationSeconds=SHORTEST_DURATION
            )
            return _session_credentials(answer)
        except Exception as error:  # noqa: BLE001 - one device's failure is data
            return _failure_of(error)

    def assume_role(
        self, switch: Switch, credentials: Credentials, *, next_roles: Sequence[str]
    ) -> tuple[Accepted, Credentials] | Failure:
        """Send one test switch, with exactly what the AWS CLI would send.

        Its session may assume `next_roles` and do nothing else; with none it may do nothing.
        """
        policy = worthless_policy(next_roles)
        try:
            return self._assume_role(switch, credentials, policy=policy)
        except Exception as error:  # noqa: BLE001 - one switch's failure is data
            return _failure_of(error)

    def read_trust_policy(
        self, accepted: Switch, credentials: Credentials, *, role_arn: str
    ) -> str | Failure:
        """Read a role's trust policy as JSON, with the role of an accepted switch.

        The session for it may do nothing but `iam:GetRole` on this one role.
        """
        try:
            policy = reading_policy(role_arn)
            _, reader = self._assume_role(accepted, credentials, policy=policy)
            client = self._make_client(
                self._session(accepted.client), reader, region=self._region, service="iam"
            )
            answer = cast("Any", client).get_role(RoleName=role_arn.rpartition("/")[2])
            return json.dumps(answer["Role"]["AssumeRolePolicyDocument"])
        except Exception as error:  # noqa: BLE001 - a policy that may not be read is data
            return _failure_of(error)

    def mfa_devices(self, credentials: Credentials, *, client: str) -> tuple[str, ...] | Failure:
        """List the MFA devices of the user whose credentials these are."""
        try:
            iam = self._other_client("iam", credentials, client=client)
            answer = iam.list_mfa_devices()
            return tuple(str(device["SerialNumber"]) for device in answer["MFADevices"])
        except Exception as error:  # noqa: BLE001 - most users may not ask: it is data
            return _failure_of(error)

    def read_object(
        self, credentials: Credentials, *, bucket: str, key: str, size: int, client: str
    ) -> bytes | Failure:
        """Read up to size bytes of an object in S3."""
        try:
            answer = self._other_client("s3", credentials, client=client).get_object(
                Bucket=bucket, Key=key
            )
            with answer["Body"] as body:
                return bytes(body.read(size))
        except Exception as error:  # noqa: BLE001 - the caller says what could not be read
            return _failure_of(error)

    def _other_client(
        self, service: Literal["iam", "s3"], credentials: Credentials, *, client: str
    ) -> Any:  # noqa: ANN401 - botocore makes the methods at run time
        with self._lock:
            session = self._session(client)
            made = self._make_client(session, credentials, region=self._region, service=service)
            if _region_of(made) is None:
                made = self._make_client(
                    session, credentials, region=_FALLBACK_REGION, service=service
                )
            return made

    def _assume_role(
        self, switch: Switch, credentials: Credentials, *, policy: dict[str, object]
    ) -> tuple[Accepted, Credentials]:
        parameters: dict[str, Any] = {
            "RoleArn": switch.role_arn,
            "RoleSessionName": switch.session_name or self._made_up_name,
            "DurationSeconds": SHORTEST_DURATION
            if switch.duration_seconds is None
            else switch.duration_seconds,
            "Policy": json.dumps(policy, separators=(",", ":")),
        }
        if switch.external_id is not None:
            parameters["ExternalId"] = switch.external_id
        answer = self._client(switch.client, credentials).assume_role(**parameters)
        arn = str(answer["AssumedRoleUser"]["Arn"])
        return Accepted(assumed_role_arn=arn), _session_credentials(answer)

    def _client(self, client: str, credentials: Credentials) -> Any:  # noqa: ANN401 - botocore makes the methods at run time
        with self._lock:  # neither sessions nor the making of clients are thread-safe
            key = (client, credentials)
            if key not in self._clients:
                session = self._session(client)
                made = self._make_client(session, credentials, region=self._region)
                if _region_of(made) is None:
                    made = self._make_client(session, credentials, region=_FALLBACK_REGION)
                self._clients[key] = made
            return self._clients[key]

    def _make_client(
        self,
        session: _Session,
        credentials: Credentials,
        *,
        region: str | None,
        service: Literal["sts", "iam", "s3"] = "sts",
    ) -> BaseClient:
        made = session.create_client(
            service,
            region_name=region,
            config=self._config,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
        )
        made.meta.events.register_first(f"needs-retry.{service}", _end_where_no_try_helps)
        return made

    def _session(self, profile: str) -> _Session:
        with self._lock:
            if self._full_config is None:
                self._full_config = full_config(
                    config=self._texts.config, credentials=self._texts.credentials
                )
            session = self._sessions.get(profile)
            if session is None:
                session = _Session(
                    profile=profile, full_config=self._full_config, loader=self._loader
                )
                for name, path in self._paths.items():
                    session.set_config_variable(name, path)
                self._sessions[profile] = session
            return session


def _region_of(client: BaseClient) -> str | None:
    return client.meta.region_name


def _end_where_no_try_helps(caught_exception: Exception | None, **_: object) -> None:
    """Raise for a certificate that is not trusted: botocore takes it for a bad connection."""
    text = str(caught_exception)
    if isinstance(caught_exception, botocore.exceptions.SSLError) and (
        "CERTIFICATE_VERIFY_FAILED" in text or "doesn't match" in text
    ):
        raise caught_exception


def _session_credentials(answer: Mapping[str, Any]) -> Credentials:
    given = answer["Credentials"]
    return Credentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )


def _failure_of(error: Exception) -> Failure:
    """Take an exception apart; its text is botocore's, which quotes no credentials."""
    if isinstance(error, botocore.exceptions.ClientError):
        answer: Mapping[str, Any] = error.response
        detail: Mapping[str, Any] = answer.get("Error", {})
        metadata: Mapping[str, Any] = answer.get("ResponseMetadata", {})
        return ServiceFailure(
            operation=error.operation_name,
            code=str(detail.get("Code") or "Unknown"),
            message=str(detail.get("Message") or ""),
            request_id=metadata.get("RequestId"),
        )
    if isinstance(error, ResponseParserError | KeyError):
        return _NOT_AWS  # their texts may quote the answer, and with it a session's keys
    return LocalFailure(kind=type(error).__name__, text=str(error))
