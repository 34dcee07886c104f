"""A simulated AWS on loopback, for `demo` and the tests; importing it loads neither moto nor boto3.

`Sandbox(World(users=[…], roles=[…]))` serves STS judged by real policies, CloudTrail's
LookupEvents, and everything that moto knows for the rest.
"""

from __future__ import annotations

from sync_profiles.sandbox.server import Call, Sandbox
from sync_profiles.sandbox.world import World

__all__ = ["Call", "Sandbox", "World"]
