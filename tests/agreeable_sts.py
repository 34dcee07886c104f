"""An STS on loopback that says yes to everything, at once: for tests that ask other questions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from loopback import Answer, Gate, Received
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


@contextmanager
def agreeable_sts() -> Iterator[str]:
    """Yield the URL of an STS to which everybody is `work_api`, and may assume every role."""
    with Gate("http://127.0.0.1:9", rule=_answer) as gate:
        yield gate.url


def _answer(received: Received) -> Answer:
    if received.action == "GetCallerIdentity":
        user = "<UserId>AIDAWORKAPI</UserId><Account>111111111111</Account>"
        result = f"<Arn>{s.WORK_API.arn}</Arn>{user}"
    else:
        role = received.role_arn.rpartition("/")[2]
        arn = f"arn:aws:sts::222222222222:assumed-role/{role}/work_api"
        result = (
            f"<AssumedRoleUser><AssumedRoleId>AROAROLE:work_api</AssumedRoleId><Arn>{arn}</Arn>"
            "</AssumedRoleUser><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
            "<SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>"
            "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        )
    name = received.action
    body = (
        f'<{name}Response xmlns="{_NAMESPACE}"><{name}Result>{result}</{name}Result>'
        f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{name}Response>"
    )
    return Answer(status=200, body=body.encode())
