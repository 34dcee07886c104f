"""The short version of `make truth`: in random worlds, each verdict and each proof is true."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e import Home
from rounds import ALL_ROUNDS
from truth.trial import try_laptop
from truth.worlds import make_laptop
from warm_command import warm_command

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")


@pytest.mark.parametrize("seed", [3, 5] if ALL_ROUNDS else [3])
def test_each_verdict_and_each_proof_is_true(seed: int, empty_home: Home, tmp_path: Path) -> None:
    laptop = make_laptop(seed)
    with warm_command(empty_home, tmp_path) as command:
        trial = try_laptop(laptop, empty_home.path, dict(empty_home.environment), command.run)
    assert trial.profiles == len(laptop.cases)
    assert trial.errors == ()
