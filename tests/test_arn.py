"""ARNs are parsed from untrusted text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examples import table, unescape
from sync_profiles.arn import Arn, is_account_id, parse_arn


def test_an_arn_is_taken_apart_at_its_first_five_colons() -> None:
    assert parse_arn("arn:aws-cn:logs:cn-north-1:222222222222:log-group:a:*") == Arn(
        partition="aws-cn",
        service="logs",
        region="cn-north-1",
        account_id="222222222222",
        resource="log-group:a:*",
    )


@pytest.mark.parametrize("row", table("no_arns.txt"))
def test_text_that_is_not_an_arn(row: str) -> None:
    text, _ = row.split(" | ")
    assert parse_arn(unescape(text)) is None


@given(st.text("arn:ws/0é ", max_size=30) | st.text("arn:/", max_size=9).map("arn:a:b".__add__))
def test_an_arn_is_written_as_it_was_read(text: str) -> None:
    arn = parse_arn(text)
    assert arn is None or str(arn) == text


@given(
    st.text("0189", min_size=10, max_size=14) | st.text("19a \n\u0661", min_size=12, max_size=12)
)
@example("012345678901\n")
@example("\u0661" * 12)
def test_an_account_id_is_twelve_digits(text: str) -> None:
    assert is_account_id(text) is (len(text) == 12 and set(text) <= set("0123456789"))
