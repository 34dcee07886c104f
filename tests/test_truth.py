"""The short version of `make truth`: in random worlds, each verdict and each proof is true."""

from __future__ import annotations

import os

import pytest

from e2e import Home
from rounds import ALL_ROUNDS
from truth.trial import try_laptop
from truth.worlds import make_laptop

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")


@pytest.mark.parametrize("seed", [3, 5] if ALL_ROUNDS else [3])
def test_each_verdict_and_each_proof_is_true(seed: int, bare_home: Home) -> None:
    laptop = make_laptop(seed)
    trial = try_laptop(laptop, bare_home)
    assert trial.profiles == len(laptop.cases)
    assert trial.errors == ()
