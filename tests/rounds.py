"""How much the tests try: a selection in `make test`, everything in `make reliability`."""

from __future__ import annotations

import os

ALL_ROUNDS = os.environ.get("SYNC_PROFILES_ROUNDS") == "all"
#: examples that Hypothesis makes up for each property
EXAMPLES = 2000 if ALL_ROUNDS else 100
