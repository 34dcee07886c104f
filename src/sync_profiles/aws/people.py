"""What the import asks AWS about the person, and the team's file where it lies in S3."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from sync_profiles.aws.patience import call_patiently, call_within_limit
from sync_profiles.aws.switch import Switcher
from sync_profiles.errors import RunError
from sync_profiles.model import Source
from sync_profiles.outcomes import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync_profiles.aws.devices import GivesCodes
    from sync_profiles.aws.providers import Credentials
    from sync_profiles.aws.sts import Sts
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.outcomes import Caller


@dataclass(slots=True, kw_only=True)
class People:
    """STS, IAM and S3 as the import needs them; `source` is the profile that S3 is asked with."""

    make_sts: Callable[[], Sts]
    codes: Callable[[Profiles], GivesCodes]
    source: str
    _made: Sts | None = None
    _callers: dict[Source, Caller | Failure] = field(default_factory=dict)

    def identify(
        self, sources: Mapping[Source, str], profiles: Profiles
    ) -> Mapping[Source, Caller | Failure]:
        """Ask once for each source who it is."""
        new = {
            source: [client] for source, client in sources.items() if source not in self._callers
        }
        if new:
            switcher = Switcher(
                sts=self._sts(), codes=self.codes(profiles), children={}, jobs=len(new)
            )
            self._callers |= switcher.identify(new)
        return {source: self._callers[source] for source in sources}

    def mfa_serials(self, source: Source, *, client: str) -> tuple[str, ...]:
        """Return the devices of a source's user; none where they may not be listed."""
        sts = self._sts()
        credentials = call_within_limit(partial(sts.credentials, source, client=client))
        if isinstance(credentials, Failure):
            return ()
        listing = partial(sts.mfa_devices, credentials, client=client)
        found = call_patiently(listing)
        return found if isinstance(found, tuple) else ()

    def read_object(self, bucket: str, key: str, size: int) -> bytes:
        """Return up to size bytes of an object in S3, read with the source's own credentials."""
        sts = self._sts()
        asking = partial(sts.credentials, Source(profile=self.source), client=self.source)
        answer: Credentials | Failure = call_within_limit(asking)
        if not isinstance(answer, Failure):
            reading = partial(
                sts.read_object, answer, bucket=bucket, key=key, size=size, client=self.source
            )
            found = call_patiently(reading)
            if isinstance(found, bytes):
                return found
            answer = found
        raise RunError(
            f"`s3://{bucket}/{key}` cannot be read as profile `{self.source}`: "
            f"{answer.message or answer.cause.value}",
            hint="check the address, and that this profile's own credentials may read it; "
            "`--source-profile` names another one",
        )

    def _sts(self) -> Sts:
        if self._made is None:
            self._made = self.make_sts()
        return self._made
