"""What is asked of AWS, as the AWS CLI asks it: who a source is, and each test.

botocore's dicts and exceptions end here: what goes out is `Caller`, `Accepted` and `Failure`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import NoCredentialsError

from sync_profiles.arn import gives_codes
from sync_profiles.aws.client import Clients
from sync_profiles.aws.credentials import Credentials, load_credentials
from sync_profiles.aws.failures import NotAnAnswer, failure_of_call, failure_of_source
from sync_profiles.aws.questions import Question, arn_of
from sync_profiles.aws.renewals import SourceAnswers, settings_of
from sync_profiles.aws.session_policies import Policy
from sync_profiles.causes import Cause
from sync_profiles.config.profiles import ParsedTexts
from sync_profiles.model import ClientName, Source
from sync_profiles.outcomes import SHORTEST_DURATION, Accepted, Caller, Failure, Switch
from sync_profiles.planning.session_name import GENERATED_NAME
from sync_profiles.waiting import waiting_for

Answer = TypeVar("Answer")


class AwsCalls:
    """The calls to AWS for the profiles of two texts, which botocore can parse.

    All methods may be called from several threads.
    """

    def __init__(
        self,
        texts: ParsedTexts,
        *,
        environ: Mapping[str, str],
        connections: int,
        answers: SourceAnswers,
    ) -> None:
        self._texts = texts
        self.answers = answers
        self.clients = Clients(texts, environ=environ, connections=connections)
        self._made_up_name = f"{GENERATED_NAME}{int(time.time())}"

    def credentials(self, source: Source, *, client: ClientName) -> Credentials | Failure:
        """Resolve a source's credentials by botocore's own providers, as it does for a chain.

        Their calls are made with the settings of the client. Credentials are obtained once for the
        settings that the source has, and a client fails once.
        """
        key = source, settings_of(source.profile or client, self._texts)
        known = self.answers.credentials.get(key) or self.answers.no_credentials.get((*key, client))
        if known is not None:
            return known
        found = self._load(source, client)
        if isinstance(found, Failure):
            self.answers.no_credentials[*key, client] = found
        else:
            self.answers.credentials[key] = found
            self.answers.remember(found, partial(self._load, source, client))
        return found

    def _load(self, source: Source, client: ClientName) -> Credentials | Failure:
        try:
            with waiting_for(f"waiting for the credentials of {source}"):
                found = load_credentials(source, self.clients.session(client))
        except Exception as error:  # noqa: BLE001 - a provider may run anything: it is data here
            return self._with_setting(failure_of_source(error), client)
        return found or failure_of_source(NoCredentialsError())

    def identify(
        self, source: Source, credentials: Credentials, *, client: ClientName
    ) -> Caller | Failure:
        """Ask GetCallerIdentity who the credentials of a source are, once."""
        known = self.answers.callers.get((source, credentials))
        if known is not None:
            return known

        def ask(sts: Any) -> Caller:  # noqa: ANN401 - botocore's, made at run time
            answer = sts.get_caller_identity()
            return Caller(
                source=source, arn=arn_of(answer), user_id=str(answer.get("UserId") or "")
            )

        found = self.ask(credentials, Question("sts", ask, {}), client=client)
        if isinstance(found, Caller):
            self.answers.callers[source, credentials] = found
        return found

    def mfa_session(
        self, credentials: Credentials, *, mfa_serial: str, code: str, client: ClientName
    ) -> Credentials | Failure:
        """Exchange an MFA code for credentials on which every test of its device can run."""

        def ask(sts: Any) -> Credentials:  # noqa: ANN401 - botocore's, made at run time
            answer = sts.get_session_token(
                SerialNumber=mfa_serial, TokenCode=code, DurationSeconds=SHORTEST_DURATION
            )
            session = _session_credentials(answer)
            self.answers.remember_session(session, None)  # it needs another code
            return session

        answer = self.ask(credentials, Question("sts", ask, {}), client=client)
        return _about_device(answer, mfa_serial) if isinstance(answer, Failure) else answer

    def assume_role(
        self, switch: Switch, credentials: Credentials, *, policy: Policy, code: str | None = None
    ) -> tuple[Accepted, Credentials] | Failure:
        """Send one test, with exactly what the AWS CLI would send, and a policy that limits it.

        The session is opened again if it expires before the run is over. `code` is an MFA code to
        send along, where the credentials are not those of the device: such a session is not.
        """
        opening = partial(self._assume_role, switch, policy=policy, code=code)
        answer = self._make(switch.client, opening, credentials)
        if not isinstance(answer, Failure):
            again = partial(self.open_session, credentials, role=switch, policy=policy)
            self.answers.remember_session(answer[1], None if code else again)
        elif code is not None and switch.mfa_serial is not None:
            return _about_device(answer, switch.mfa_serial)
        return answer

    def open_session(
        self, credentials: Credentials, *, role: Switch, policy: Policy
    ) -> Credentials | Failure:
        """Return a session of an accepted test's role, which may do what a policy allows."""
        answer = self.assume_role(role, credentials, policy=policy)
        return answer if isinstance(answer, Failure) else answer[1]

    def ask(
        self,
        credentials: Credentials,
        question: Question[Answer | Failure],
        *,
        client: ClientName,
        role: Switch | None = None,
        region: str | None = None,
    ) -> Answer | Failure:
        """Ask with the credentials, or with a session of the role of an accepted test."""

        def ask(credentials: Credentials) -> Answer | Failure:
            if role is not None:
                credentials = self._assume_role(role, credentials, policy=question.policy)[1]
            service = question.service
            return question.ask(
                self.clients.client(service, credentials, profile=client, region=region)
            )

        return self._make(client, ask, credentials)

    def _assume_role(
        self, switch: Switch, credentials: Credentials, *, policy: Policy, code: str | None = None
    ) -> tuple[Accepted, Credentials]:
        parameters: dict[str, Any] = {
            "RoleArn": switch.role_arn,
            "RoleSessionName": switch.session_name or self._made_up_name,
            "DurationSeconds": switch.sent_duration,
            "Policy": json.dumps(policy, separators=(",", ":")),
        }
        if switch.external_id is not None:
            parameters["ExternalId"] = switch.external_id
        if code is not None:
            parameters |= {"SerialNumber": switch.mfa_serial, "TokenCode": code}
        sts = self.clients.client("sts", credentials, profile=switch.client)
        answer = sts.assume_role(**parameters)
        arn = str(arn_of(answer["AssumedRoleUser"]))
        return Accepted(assumed_role_arn=arn), _session_credentials(answer)

    def _make(
        self,
        client: ClientName,
        call: Callable[[Credentials], Answer | Failure],
        credentials: Credentials,
    ) -> Answer | Failure:
        """Make a call; whatever it raises is data."""

        def attempt(credentials: Credentials) -> Answer | Failure:
            try:
                return call(credentials)
            except Exception as error:  # noqa: BLE001 - one call's failure is reported with the others
                return self._with_setting(failure_of_call(error), client)

        return self.answers.ask(attempt, credentials)

    def _with_setting(self, failure: Failure, profile: str) -> Failure:
        """Return a failure with the setting that it is about, where botocore names none."""
        if failure.cause is not Cause.SETTING_INVALID or failure.setting is not None:
            return failure
        try:
            setting = self.clients.unusable_setting(profile)
        except Exception:  # noqa: BLE001 - then no setting is known
            return failure
        return replace(failure, setting=setting)


def _session_credentials(answer: Mapping[str, Any]) -> Credentials:
    """Return a session's credentials; the AWS CLI, too, does not use expired ones."""
    given = answer["Credentials"]
    expiration = given["Expiration"]
    if expiration.tzinfo is None:  # botocore leaves it out where the answer does
        expiration = expiration.replace(tzinfo=UTC)
    credentials = Credentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
    is_whole = all(
        (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    )
    if not is_whole or expiration <= datetime.now(UTC):
        raise NotAnAnswer
    return credentials


def _about_device(failure: Failure, mfa_serial: str) -> Failure:
    """Return why a call with a code failed: what gives no codes is at fault, not the code.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    """
    if failure.cause is not Cause.MFA_CODE_REJECTED or gives_codes(mfa_serial):
        return failure
    return replace(failure, cause=Cause.MFA_DEVICE_NOT_YOURS, proves=True)
