"""One target under the fuzzer, until its time is over or a promise is broken.

python -m fuzz.process TARGET LIBFUZZER-OPTION...
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["sync_profiles"]):
    from fuzz import targets

    check = targets.check_within_bounds(sys.argv[1])

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], check)
    atheris.Fuzz()
