"""The inputs that the fuzzer found and kept, through the same oracles, without the fuzzer."""

from __future__ import annotations

import pytest

from fuzz import targets

KEPT = [
    pytest.param(name, file.read_bytes(), id=f"{name}/{file.name}")
    for name in targets.NAMES
    for file in sorted((targets.CORPUS / name).iterdir())
]


@pytest.mark.parametrize(("name", "data"), KEPT)
def test_a_kept_input_keeps_every_promise(name: str, data: bytes) -> None:
    targets.check_within_bounds(name)(data)


def test_each_target_has_inputs() -> None:
    assert {param.values[0] for param in KEPT} == set(targets.NAMES)
