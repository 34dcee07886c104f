"""ARNs are parsed from untrusted text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.arn import Arn, is_account_id, parse_arn


def test_an_arn_is_taken_apart_at_its_first_five_colons() -> None:
    assert parse_arn("arn:aws-cn:logs:cn-north-1:222222222222:log-group:a:*") == Arn(
        partition="aws-cn",
        service="logs",
        region="cn-north-1",
        account_id="222222222222",
        resource="log-group:a:*",
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("admin_role", id="a name"),
        pytest.param("arn:aws:iam::111111111111", id="too few parts"),
        pytest.param("ARN:aws:iam::111111111111:root", id="another case"),
        pytest.param(" arn:aws:iam::111111111111:root", id="a blank before it"),
        pytest.param("arn::iam::111111111111:root", id="no partition"),
        pytest.param("arn:aws:::111111111111:root", id="no service"),
        pytest.param("arn:aws:iam::111111111111:", id="no resource"),
        pytest.param("arn:aws:iam::111111111111:role/x\ny", id="two lines"),
    ],
)
def test_text_that_is_not_an_arn(text: str) -> None:
    assert parse_arn(text) is None


@given(st.text("arn:ws/0é ", max_size=30) | st.text("arn:/", max_size=9).map("arn:a:b".__add__))
def test_an_arn_is_written_as_it_was_read(text: str) -> None:
    arn = parse_arn(text)
    assert arn is None or str(arn) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("111111111111", True),
        ("012345678901", True),
        ("11111111111", False),
        ("1111111111111", False),
        ("11111111111a", False),
        ("111111111111\n", False),
        ("١١١١١١١١١١١١", False),  # noqa: RUF001 - digits, but not ours
    ],
)
def test_an_account_id_is_twelve_digits(text: str, *, expected: bool) -> None:
    assert is_account_id(text) is expected
