"""boto3's sessions and clients for two texts in memory: each made once, all with one loader.

`profile` in the methods is the one whose region, endpoint and other settings count. botocore
answers for the very texts that the run read, be they on the disk or yet to be written. A client
reads no answer without an end, and follows no redirect.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import boto3.session
import botocore.exceptions
import botocore.session
from botocore.config import Config
from botocore.configloader import build_profile_map
from botocore.loaders import Loader
from botocore.utils import parse_timestamp

from sync_profiles import __version__
from sync_profiles.arn import is_enabled_by_default
from sync_profiles.aws.cli_stops import unusable_setting
from sync_profiles.aws.connections import LONGEST_ANSWER, bound_answers
from sync_profiles.aws.credentials import Credentials
from sync_profiles.config.document import Document
from sync_profiles.config.profiles import ParsedTexts

if TYPE_CHECKING:
    from botocore.client import BaseClient, ClientMeta
Service = Literal["sts", "iam", "s3", "cloudtrail"]

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 10
_FALLBACK_REGION = "us-east-1"
#: what AWS CLI v2 does whatever a profile sets; v1 and boto3 stop at a value they do not know
_AS_IN_V2: Mapping[str, object] = {
    "api_versions": {},
    "defaults_mode": "legacy",
    "sts_regional_endpoints": "regional",
}
#: bytes; a page has 50 events of up to 256 KiB
_LONGEST_ANSWERS = {"cloudtrail": 16 << 20}
_AWS_HOST = re.compile(r"sts(?:-fips)?(?:\.[a-z0-9-]+)?\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")

_PLACEHOLDER = Credentials(access_key_id="-", secret_access_key="-", session_token=None)  # noqa: S106 - no secret


class ClientNotMade(Exception):
    """botocore can make no client of a profile's settings; the text is that of Python's own error.

    What botocore itself says of settings comes through as it is.
    """


def _read_time(value: Any) -> datetime:  # noqa: ANN401 - what an answer has for a time
    """Return a time as botocore does, whose parser takes half the time of an audit's answers."""
    if isinstance(value, str) and value.endswith("Z"):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    return parse_timestamp(value)


class _Loader(Loader):
    """A loader that does not look for each kind of file in the folders of all services."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's
        """Return the folders' names; a file that is missing is still missed when it is read."""
        return [service.name for path in self.search_paths for service in Path(path).glob("*")]


class _Session(botocore.session.Session):
    """A session on one profile that shares the parsed files, the loader and the lock with others.

    A provider of credentials makes clients of it as well, while others are made of it.
    """

    def __init__(
        self, *, profile: str, full_config: dict[str, Any], loader: Loader, lock: threading.RLock
    ) -> None:
        super().__init__(profile=profile)
        self._making = lock
        self._shared_config = full_config
        self.register_component("data_loader", loader)
        answers = self.get_component("response_parser_factory")
        answers.set_parser_defaults(timestamp_parser=_read_time)
        self.user_agent_extra = f"sync-profiles/{__version__}"

    @property
    def full_config(self) -> dict[str, Any]:
        return self._shared_config

    def create_client(self, *args: Any, **kwargs: Any) -> BaseClient:  # noqa: ANN401 - passed on to botocore
        with self._making:
            return super().create_client(*args, **kwargs)


class Clients:
    """The sessions and clients of one run; all methods may be called from several threads."""

    def __init__(
        self,
        texts: ParsedTexts,
        *,
        environ: Mapping[str, str],
        connections: int,
    ) -> None:
        self._texts = texts
        # botocore's providers of credentials, and the clients that they make, read these as well
        paths = {f"{kind}_file": str(path) for kind, path in texts.paths.items()}
        self._variables: dict[str, object] = {**paths, **_AS_IN_V2}
        # AWS CLI v2 takes AWS_REGION, even an empty one; botocore does not know it
        region = environ.get("AWS_REGION", environ.get("AWS_DEFAULT_REGION"))
        if region is not None:
            self._variables["region"] = region
        self._config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": 1, "mode": "standard"},  # the tries are our own
            max_pool_connections=connections,
        )
        # one loader for all sessions: each reads the endpoints and the service model otherwise
        self._loader = _Loader()
        # neither sessions nor the making of clients are thread-safe
        self._lock = threading.RLock()
        self._session = cache(self._make_session)
        self._boto3_session = cache(self._make_boto3_session)
        self._clients: dict[tuple[Service, str, Credentials, str | None], BaseClient] = {}

    def session(self, profile: str) -> botocore.session.Session:
        """Return botocore's session on a profile; raises what botocore raises where there is none.

        botocore's own providers need it to find credentials; clients are boto3's.
        """
        with self._lock:
            return self._session(profile)

    def client(
        self,
        service: Service,
        credentials: Credentials,
        *,
        profile: str,
        region: str | None = None,
    ) -> Any:  # noqa: ANN401 - botocore makes the methods at run time
        """Return a client; where no region is found, it goes to that of the global endpoints.

        `region` replaces the one that is set.
        """
        with self._lock:
            key = (service, profile, credentials, region)
            if key in self._clients:
                return self._clients[key]
            made = self._make(service, credentials, profile=profile, region=region)
            if not made.meta.region_name:
                made = self._make(service, credentials, profile=profile, region=_FALLBACK_REGION)
            if service != "iam":  # an audit makes hundreds, each for a few calls of one session
                self._clients[key] = made
            return made

    def region(self, profile: str) -> str | None:
        """Return the region that is set, if one is: in the environment, or for the profile."""
        found = self.session(profile).get_config_variable("region")
        return None if found is None else str(found)

    def is_always_on(self, profile: str) -> bool:
        """Return whether calls go to a region that every account has enabled from the start."""
        region = self.region(profile)
        return region is None or is_enabled_by_default(region)

    def domain(self, profile: str) -> str:
        """Return what the endpoints of STS have in common that know the same keys.

        For AWS's own endpoints that is the partition; a configured endpoint has its own domain.
        """
        found, url = self._endpoint(profile), self.url(profile)
        if found is None:
            return url
        is_aws = _AWS_HOST.fullmatch(urlsplit(url).hostname or "") is not None
        return str(found.partition) if is_aws else f"{found.partition} {url}"

    def url(self, profile: str) -> str:
        """Return the address of STS; a client that cannot be made shares its own with no other."""
        found = self._endpoint(profile)
        return f"no client for {profile}" if found is None else str(found.endpoint_url)

    def _endpoint(self, profile: str) -> ClientMeta | None:
        try:
            meta: ClientMeta = self.client("sts", _PLACEHOLDER, profile=profile).meta
        except Exception:  # noqa: BLE001 - its calls say why: one profile's fault is data
            return None
        return meta

    def unusable_setting(self, profile: str) -> str | None:
        """Return a setting that stops the AWS CLI, which a test overrides or leaves out."""
        return unusable_setting(self.session(profile))

    def finds_region(self, profile: str) -> bool:
        """Return whether the AWS CLI finds a region for a call to STS; without one it stops.

        STS's global endpoint needs none, but a call to a configured endpoint does.
        """
        try:
            region = self.region(profile)
            if region is not None:
                return bool(region)
            with self._lock:
                made = self._make("sts", _PLACEHOLDER, profile=profile, region=None)
        except (botocore.exceptions.BotoCoreError, ClientNotMade, OSError):
            return True
        return made.meta.region_name is not None

    @cached_property
    def _full_config(self) -> dict[str, Any]:
        return full_config(config=self._texts.config, credentials=self._texts.credentials)

    def _make_session(self, profile: str) -> _Session:
        made = _Session(
            profile=profile, full_config=self._full_config, loader=self._loader, lock=self._lock
        )
        for name, value in self._variables.items():
            made.set_config_variable(name, value)
        return made

    def _make_boto3_session(self, profile: str) -> boto3.session.Session:
        made = boto3.session.Session(botocore_session=self._session(profile))
        # each session adds boto3's folder of resources, and the loader is one for all
        self._loader.search_paths[:] = dict.fromkeys(self._loader.search_paths)
        return made

    def _make(
        self, service: Service, credentials: Credentials, *, profile: str, region: str | None
    ) -> BaseClient:
        make: Any = self._boto3_session(profile).client  # its overloads take one service each
        try:
            made: BaseClient = make(
                service,
                region_name=region,
                config=self._config,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
            )
        except (botocore.exceptions.BotoCoreError, ImportError, OSError):
            raise  # the last two are those of this machine
        except Exception as error:
            raise ClientNotMade(str(error)) from error
        bound_answers(made, longest=_LONGEST_ANSWERS.get(service, LONGEST_ANSWER))
        return made


def full_config(*, config: Document, credentials: Document) -> dict[str, Any]:
    """Return what `Session.full_config` of botocore gives for the two files.

    Both are files that botocore can parse: those without problems.
    """
    full: dict[str, Any] = build_profile_map(_raw(config))
    for name, settings in _raw(credentials).items():
        full["profiles"].setdefault(name, {}).update(settings)
    return full


def _raw(file: Document) -> dict[str, dict[str, str | dict[str, str]]]:
    return {
        section.name: {
            key: _nested(option.value) if option.is_nested else option.as_read
            for key, option in file.options(section).items()
        }
        for section in file.sections.values()
    }


def _nested(value: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in value.splitlines() if line.strip())
    return {key.strip(): text.strip() for key, text in pairs}
