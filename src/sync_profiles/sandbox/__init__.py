"""A simulated AWS on 127.0.0.1 for `demo` and the tests; importing it loads neither moto nor boto3.

`Sandbox(World(users=[…], roles=[…]))` serves STS, which evaluates real policies, CloudTrail's
LookupEvents, and everything else that moto supports.
"""

from __future__ import annotations

from sync_profiles.sandbox.server import Call, Sandbox
from sync_profiles.sandbox.world import World

__all__ = ["Call", "Sandbox", "World"]
