from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.messages import mask_words
from sync_profiles.text import one_line, quote

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        pytest.param("Rate\n   exceeded.\r\n", "Rate exceeded", id="one line, no full stop"),
        pytest.param(
            "Refused. (Service: AWSSecurityTokenService; Status Code: 403; Request ID: 8d6b)",
            "Refused",
            id="without the SDK's suffix",
        ),
        pytest.param("None", "", id="no message at all"),
        pytest.param("a `quoted` word", "a 'quoted' word", id="backticks are ours"),
        pytest.param(
            "\x1b[31mred\u202e\x07\x9b", r"\x1b[31mred\u202e\x07\x9b", id="control characters shown"
        ),
        pytest.param(
            "1 validation error detected: Value '11111111111111' at 'tokenCode' failed to satisfy "
            "constraint: Member must have length less than or equal to 6",
            "1 validation error detected: Value '…' at 'tokenCode' failed to satisfy "
            "constraint: Member must have length less than or equal to 6",
            id="without the MFA code",
        ),
        pytest.param(
            "Value '1' at 'x' and '23' at 'tokenCode' failed",
            "Value '…' at 'tokenCode' failed",
            id="without an MFA code that quotes",
        ),
        pytest.param(
            "'valid/20180109/us-east-1/sts/aws4_request' not a valid key=value pair (missing "
            "equal-sign) in Authorization header:\n 'AWS4-HMAC-SHA256 Credential=not valid",
            "the request's Authorization header is malformed",
            id="without the Authorization header",
        ),
        pytest.param(
            "The signature does not match. The Canonical String for this request should have been "
            "'POST / x-amz-security-token:FQoG'",
            "The signature does not match",
            id="without the request that AWS expected",
        ),
        pytest.param(
            "The key AKIAIOSFODNN7EXAMPLE is unknown",
            "The key AKIA…MPLE is unknown",
            id="a masked key id",
        ),
        pytest.param(f"got {SECRET}!", "got …!", id="a secret key"),
        pytest.param("SECRET=hunter2", "SECRET=…", id="a named secret"),
        pytest.param("Secret Access Key: hunter2", "Secret Access Key: …", id="a secret in words"),
        pytest.param('{"SecretAccessKey": "a b"}', '{"SecretAccessKey": …}', id="a secret in JSON"),
        pytest.param('{"SessionToken":"IQoJ"}', '{"SessionToken":…}', id="a token in JSON"),
        pytest.param(
            'Failed to connect to proxy URL: "http://me:pass@proxy:3128"',
            'Failed to connect to proxy URL: "http://****@proxy:3128"',
            id="a proxy's password",
        ),
        pytest.param(
            "oathtool: MFA code 123456 is bad", "oathtool: MFA code … is bad", id="a code"
        ),
        pytest.param(
            "Unable to parse response (no element found), invalid XML: b'<SecretAccessKey>",
            "Unable to parse response",
            id="half an answer",
        ),
        pytest.param(
            "[Errno 2] No such file or directory: './get-keys'",
            "[Errno 2] No such file or directory: './get-keys'",
            id="a file's name stays",
        ),
    ],
)
def test_messages_of_aws_and_of_this_machine_are_safe_to_show(message: str, words: str) -> None:
    assert mask_words(message) == words


def test_a_used_mfa_code_is_never_shown() -> None:
    assert mask_words("got 123456, sorry", holds_code=True) == "got …, sorry"


def test_an_endless_text_is_cut() -> None:
    assert len(mask_words("word " * 1000)) < 500


@given(code=st.text(alphabet=st.characters(exclude_characters="'"), min_size=4))
def test_no_mfa_code_is_echoed(code: str) -> None:
    message = f"Value '<{code}>' at 'tokenCode' failed to satisfy constraint"

    assert mask_words(message) == "Value '…' at 'tokenCode' failed to satisfy constraint"


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    assert one_line(text).isprintable()
    assert quote(text).count("`") == 2
    assert mask_words(text).isprintable()


def test_observed_messages_stay_readable() -> None:
    data = Path(__file__).parent / "data" / "sts_refusals.jsonl"
    for line in data.read_text(encoding="utf-8").splitlines():
        assert mask_words(json.loads(line)["message"])
