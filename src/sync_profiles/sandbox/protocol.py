"""AWS's HTTP protocols: read requests; format answers and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import parse_qsl
from uuid import uuid4

import werkzeug

STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
FORM = "application/x-www-form-urlencoded"
SIGNATURE_WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
TOKEN_INVALID = "The security token included in the request is invalid."  # noqa: S105 - a message

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Response = werkzeug.Response
Xml = str | int | Mapping[str, "Xml"] | Sequence["Xml"]


class AwsError(Exception):
    """The service answers with an error: AWS's code and message."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def denied(message: str) -> AwsError:
    """Return an AccessDenied."""
    return AwsError("AccessDenied", message, status=403)


def not_authorized(sender: str, action: str, resource: str, suffix: str = "") -> AwsError:
    """Return STS's denial: the text is the same for every reason, except for the suffix."""
    return denied(
        f"User: {sender} is not authorized to perform: {action} on resource: {resource}{suffix}"
    )


class HttpRequest(werkzeug.Request):
    """A request as AWS's services read it."""

    @property
    def target(self) -> str | None:
        """The operation of a JSON protocol."""
        return self.headers.get("x-amz-target")

    def parameters(self) -> dict[str, str]:
        """Return the parameters: form fields, or the top level of a JSON object as text."""
        if self.target is not None:
            return {name: json.dumps(value) for name, value in self.json_object().items()}
        texts = [self.query_string]
        if self.headers.get("content-type", "").startswith(FORM):
            texts.append(self.get_data())
        return {
            name: value
            for text in texts
            for name, value in parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True)
        }

    def json_object(self) -> dict[str, object]:
        """Return the body's JSON object."""
        try:
            value = json.loads(self.get_data() or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise AwsError("SerializationException", "The body is not a JSON object")
        return value


def query_answer(action: str, result: Mapping[str, Xml]) -> Response:
    """Return an answer of STS or IAM in the query protocol."""
    body = _xml({f"{action}Result": result, "ResponseMetadata": {"RequestId": str(uuid4())}})
    return _xml_answer(200, f'<{action}Response xmlns="{STS_NAMESPACE}">{body}</{action}Response>')


def json_answer(result: Mapping[str, object], *, status: int = 200) -> Response:
    """Return an answer in the JSON protocol."""
    return _answer(status, "application/x-amz-json-1.1", json.dumps(result).encode())


def error_answer(service: str, request: HttpRequest, refusal: AwsError) -> Response:
    """Return an error in the form that clients of the service expect."""
    error: Mapping[str, Xml] = {"Code": refusal.code, "Message": refusal.message}
    if request.target is not None:
        return json_answer(
            {"__type": refusal.code, "message": refusal.message}, status=refusal.status
        )
    request_id = str(uuid4())
    if service == "ec2":
        text = _xml({"Response": {"Errors": {"Error": error}, "RequestID": request_id}})
    elif service == "s3":
        text = _xml({"Error": {**error, "RequestId": request_id}})
    else:
        error = {"Type": "Sender", **error}
        body = _xml({"Error": error, "RequestId": request_id})
        text = f'<ErrorResponse xmlns="{STS_NAMESPACE}">{body}</ErrorResponse>'
    return _xml_answer(refusal.status, text)


def _xml_answer(status: int, text: str) -> Response:
    return _answer(status, "text/xml", text.encode("utf-8", "replace"))


def _answer(status: int, content_type: str, body: bytes) -> Response:
    headers = {"x-amzn-RequestId": str(uuid4())}
    return Response(body, status, headers, content_type=content_type)


def _xml(value: Xml) -> str:
    if isinstance(value, list):
        return "".join(f"<member>{_xml(inner)}</member>" for inner in value)
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(inner)}</{name}>" for name, inner in value.items())
    return escape(_NOT_XML.sub("?", str(value)), quote=False)


def numbered(parameters: Mapping[str, str], prefix: str) -> Sequence[Mapping[str, str]]:
    """Return the parameters `Prefix.member.1.Key=…` as one mapping per number, in order."""
    found: dict[int, dict[str, str]] = {}
    for name, value in parameters.items():
        number, _, field = name.removeprefix(f"{prefix}.member.").partition(".")
        if name.startswith(f"{prefix}.member.") and number.isdecimal():
            found.setdefault(int(number), {})[field] = value
    return [found[number] for number in sorted(found)]
