"""What is known of every request when a policy is checked: its time. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import may_hold
from sync_profiles.policy.exclusion import holds
from sync_profiles.policy.key_values import time_keys
from sync_profiles.policy.matching import Context, Scope
from sync_profiles.trust_policy.wording import describe_condition

if TYPE_CHECKING:
    from datetime import datetime

    from sync_profiles.policy.conditions import Condition


def known_keys(at: datetime | None) -> dict[str, str]:
    """Return the condition keys that all requests at a time have, none if it is not known."""
    return {} if at is None else time_keys(at)


def describe_missed(condition: Condition, at: datetime | None, version: str) -> str | None:
    """Return that a condition keeps everyone out at a time, None if it does not, or always does."""
    context = Context.of(known_keys(at), absent=frozenset())
    is_of_time = context.values(condition.key) is not None
    answer = holds(condition, Scope(context=context, version=version))
    if not is_of_time or not may_hold(condition) or answer is not Answer.NO:
        return None
    scope = Scope(context=Context.of({}), version=version)
    return (
        f"this statement admits no one now: it requires that {describe_condition(condition, scope)}"
    )
