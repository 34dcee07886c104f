"""The inputs that the fuzzer found and kept, through the same oracles, without the fuzzer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from fuzz import targets
from time_bounds import HAS_CPU_CLOCK, TooSlow

KEPT = [
    pytest.param(name, file.read_bytes(), id=f"{name}/{file.name}")
    for name in targets.NAMES
    for file in sorted((targets.CORPUS / name).iterdir())
]


@pytest.mark.parametrize(("name", "data"), KEPT)
def test_a_kept_input_keeps_every_promise(name: str, data: bytes) -> None:
    targets.check_within_bounds(name)(data)


def never_end(_: bytes) -> None:
    while True:
        pass


@pytest.mark.skipif(not HAS_CPU_CLOCK, reason="there is no clock of CPU time")
def test_an_input_that_takes_too_long_breaks_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "SECONDS", 0.01)
    monkeypatch.setattr(targets, "load", lambda _: SimpleNamespace(check=never_end))
    with pytest.raises(TooSlow):
        targets.check_within_bounds("reading")(b"")


def test_each_target_has_inputs() -> None:
    assert {param.values[0] for param in KEPT} == set(targets.NAMES)
