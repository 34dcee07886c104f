"""The caller determines the wanted name, or there is a reason for its absence."""

from __future__ import annotations

import re

import botocore.session
import pytest

from examples import table
from plan_worlds import calling
from sync_profiles.planning.session_name import (
    NoName,
    is_session_name,
    wanted_name,
)

IAM = "arn:aws:iam::111111111111:"
STS = "arn:aws:sts::111111111111:"
PERSON = f"{STS}assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com"


@pytest.mark.parametrize("row", table("session_names.txt"))
def test_the_wanted_name(row: str) -> None:
    arn, given, expected, _ = row.split(" | ")
    override = {"-": None, "''": ""}.get(given, given)
    found = wanted_name(None if arn == "nobody" else calling(arn), override=override)
    shown = f"{found.cause}: {found.reason}" if isinstance(found, NoName) else found
    assert shown == expected


@pytest.mark.parametrize(
    "text",
    [
        *["ab", "x" * 64, "a", "x" * 65, "", "_+=,.@-", "a b", "a/b", "a:b"],
        *["ab\n", "é" * 2, "٣٣", "\u017fs"],
    ],
)
def test_a_session_name_is_what_the_model_of_sts_takes(text: str) -> None:
    model = botocore.session.Session().get_service_model("sts")
    assumed = model.operation_model("AssumeRole").input_shape
    assert assumed is not None
    limits = assumed.members["RoleSessionName"].metadata
    taken = (
        limits["min"] <= len(text) <= limits["max"]
        and re.fullmatch(limits["pattern"], text, re.ASCII) is not None
    )
    assert is_session_name(text) is taken
