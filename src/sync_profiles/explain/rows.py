"""What the tables of causes and reasons have in each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.causes import Fixer

if TYPE_CHECKING:
    from sync_profiles.explain.case import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The texts and properties of one cause.

    `when` is its line on the reference page. `proves` is False if nothing is proved about the
    profile. `asks_for` are the actions that `explain` asks an administrator to allow in a message;
    without any, it does not write one.
    """

    when: str
    message: Text
    hint: Text
    fixed_by: Fixer = Fixer.YOU
    proves: bool = True
    asks_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Texts that replace those of the cause; None keeps the cause's."""

    message: Text | None = None
    hint: Text | None = None
