"""From what AWS answers, and botocore and Python raise, to a cause, and to what it proves."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import botocore.exceptions as b
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import DATA, table, unescape
from hint_cases import exception_of
from sync_profiles.arn import parse_arn
from sync_profiles.aws.credentials import ProviderFailed
from sync_profiles.aws.failures import NOT_AWS, failure_of_call, failure_of_source
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant

# messages as they were seen in public, each with its source
SEEN: list[dict[str, str]] = [
    json.loads(line)
    for line in (DATA / "sts_refusals.jsonl").read_text(encoding="utf-8").splitlines()
]
USER = "arn:aws:iam::111111111111:user/work_api"
DENIED = (
    f"User: {USER} is not authorized to perform: "
    "sts:AssumeRole on resource: arn:aws:iam::222222222222:role/admin_role"
)


WORDS = " ".join(entry["message"] for entry in SEEN).split()


def answer(code: str, message: str = "", operation: str = "AssumeRole") -> Failure:
    return failure_of_answer(operation, code, message)


def seen(entry: dict[str, str]) -> Failure:
    return answer(entry["code"], entry["message"], entry["operation"])


@pytest.mark.parametrize("entry", SEEN, ids=lambda entry: f"{entry['cause']}: {entry['source']}")
def test_a_message_as_it_was_seen_has_its_cause(entry: dict[str, str]) -> None:
    found = seen(entry)

    assert (found.cause, found.policy_type) == (entry["cause"], entry.get("policy_type"))
    if found.cause is not Cause.KEY_QUARANTINED:  # by a policy's name
        in_capitals = answer(entry["code"], entry["message"].upper(), entry["operation"])
        assert in_capitals.cause is found.cause


@given(
    entry=st.sampled_from(SEEN),
    gap=st.sampled_from([" ", "\n", "\r\n   ", "\t", "\u00a0 "]),
    suffix=st.sampled_from(["", "\n", " (Service: Sts, Status Code: 403, Request ID: 8d6b)"]),
    prefix=st.sampled_from(["", "An error occurred when calling the AssumeRole operation: ", "\n"]),
)
def test_wraps_prefixes_and_suffixes_do_not_change_the_cause(
    entry: dict[str, str], gap: str, suffix: str, prefix: str
) -> None:
    wrapped = prefix + gap.join(entry["message"].split()) + suffix

    found = answer(entry["code"], wrapped, entry["operation"])
    assert replace(found, message="") == replace(seen(entry), message="")


@given(
    code=st.text() | st.sampled_from(["AccessDenied", "ValidationError", "SignatureDoesNotMatch"]),
    message=st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join),
    operation=st.text() | st.just("AssumeRole"),
)
def test_an_answer_of_any_text_is_classified(code: str, message: str, operation: str) -> None:
    assert isinstance(answer(code, message, operation), Failure)


def test_a_call_that_the_role_lets_in_is_refused_after_one_that_it_does_not() -> None:
    answers = (
        f"because no {kind} policy allows the sts:AssumeRole action"
        for kind in ("identity-based", "role trust")
    )
    by_caller, by_role = (
        failure_of_answer("AssumeRole", "AccessDenied", f"... {each}") for each in answers
    )
    assert by_caller.is_refused_after(by_role)
    assert not by_role.is_refused_after(by_caller)


def test_a_number_that_may_be_a_code_is_hidden_where_a_code_was_sent() -> None:
    for operation, shown in (("GetSessionToken", "not …"), ("AssumeRole", "not 123456")):
        assert answer("AccessDenied", "not 123456", operation).message == shown


@pytest.mark.parametrize("row", table("answers.txt"))
def test_an_answer_is_known_by_its_code_and_by_its_call(row: str) -> None:
    operation, code, message, expected = row.split(" | ")
    code, _, status = code.partition(" with ")
    found = failure_of_answer(
        operation, code, message.replace("DENIED", DENIED), status=int(status) if status else None
    )
    words = [found.cause, "proved" if found.proves else "not proved", found.policy_type]
    words += ["no answer"] if found.variant is Variant.NO_ANSWER else []
    words += [found.action] if found.action != "sts:AssumeRole" else []
    assert ", ".join(filter(None, [*words, found.policy_arn])) == expected
    assert found.code == code


PAGE = Path(__file__).parents[1] / "docs" / "troubleshooting.md"
TEXT = re.compile(
    r"^```text\nAn error occurred \((\w+)\) when calling the (\w+) operation: (.*)\n```\n\n"
    r"\[([a-z-]+)\]",
    re.MULTILINE,
)
SHOWN = TEXT.findall(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else []


@pytest.mark.parametrize(("code", "operation", "message", "cause"), SHOWN)
def test_each_text_of_the_page_on_aws_s_texts_has_the_cause_that_it_names(
    code: str, operation: str, message: str, cause: str
) -> None:
    assert answer(code, message, operation).cause == Cause(cause)


@pytest.mark.skipif(not SHOWN, reason="the page is in the repository alone")
def test_every_section_of_that_page_shows_a_text() -> None:
    sections = re.findall(r"^### (.*)\n\n(.*\n)*?(?=^#|\Z)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(sections) == len(SHOWN)


@pytest.mark.parametrize("row", table("failures.txt"))
def test_a_failure_has_its_cause_and_proves_what_affects_the_aws_cli_too(row: str) -> None:
    proved, cause, about, message, text = row.split(" | ")
    error = exception_of(unescape(text))
    for failure in (failure_of_source(error), failure_of_call(error)):
        assert (failure.proves, failure.cause) == (proved == "proved", cause)
        named = failure.setting if failure.proves else failure.variant and failure.variant.name
        assert (named or "-") == about
    assert message in {"…", failure_of_call(error).message}


def test_a_missing_dependency_is_told_with_what_installs_it() -> None:
    message = failure_of_source(b.MissingDependencyException(msg="…")).message
    assert "[crt]" in message
    assert message.endswith("sync-profiles check`")


def test_an_answer_of_aws_is_taken_apart() -> None:
    error = b.ClientError(
        {
            "Error": {"Code": "ExpiredToken", "Message": f"User: {USER} has an old one"},
            "ResponseMetadata": {
                "RequestId": "8d6b",
                "HTTPStatusCode": 403,
                "HTTPHeaders": {},
                "HostId": "",
                "RetryAttempts": 0,
            },
        },
        "AssumeRole",
    )
    assert failure_of_call(error) == Failure(
        cause=Cause.CREDENTIALS_EXPIRED,
        proves=True,
        message=f"User: {USER} has an old one",
        operation="AssumeRole",
        code="ExpiredToken",
        request_id="8d6b",
        caller_arn=parse_arn(USER),
    )
    error.response["Error"]["Code"] = "SomethingNew"
    error.response["ResponseMetadata"]["HTTPStatusCode"] = 503
    assert failure_of_call(error).variant is Variant.NO_ANSWER
    assert failure_of_call(b.ClientError({"Error": {"Code": ""}}, "AssumeRole")) == NOT_AWS
    assert failure_of_call(ValueError("Invalid timestamp x")).variant is Variant.NOT_AWS
    half = failure_of_call(b.ClientError({"Error": {"Message": "no"}}, "AssumeRole"))
    assert (half.code, half.message) == ("Unknown", "no")
    assert failure_of_call(b.ClientError({"Error": {"Code": "New"}}, "AssumeRole")).message == ""


@pytest.mark.parametrize(
    ("provider", "operation"),
    [("assume-role-with-web-identity", "AssumeRoleWithWebIdentity"), ("assume-role", None)],
)
def test_settings_that_are_not_sent_belong_to_the_call_of_their_provider(
    provider: str, operation: str | None
) -> None:
    failed = ProviderFailed(provider)
    failed.__cause__ = b.ParamValidationError(report="Invalid length for parameter RoleSessionName")
    failure = failure_of_source(failed)
    assert (failure.cause, failure.operation) == (Cause.SESSION_NAME_INVALID, operation)


def test_every_exception_of_botocore_for_a_login_or_a_connection_has_its_cause() -> None:
    families = {
        b.SSOError: {Cause.SSO_LOGIN_NEEDED},
        b.LoginError: {Cause.LOGIN_NEEDED},
        b.ConnectionError: {Cause.NETWORK, Cause.TLS},
    }
    for name, member in inspect.getmembers(b, inspect.isclass):
        for family, expected in families.items():
            if issubclass(member, family):
                error = member.__new__(member)
                Exception.__init__(error, "")
                assert failure_of_source(error).cause in expected, name
