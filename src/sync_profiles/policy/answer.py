"""Answers about a request, and how they combine: yes, no, or that only AWS knows. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Answer(IntEnum):
    """An answer about a request; UNKNOWN, between the others, if only AWS knows what decides."""

    NO = 1
    UNKNOWN = 2
    YES = 3

    __hash__ = int.__hash__  # answers are counted all the time

    @classmethod
    def of(cls, is_so: bool) -> Answer:  # noqa: FBT001 - it converts a truth value
        """Return YES or NO."""
        return cls.YES if is_so else cls.NO

    def __invert__(self) -> Answer:
        return Answer(Answer.NO + Answer.YES - self)


def any_of(answers: Iterable[Answer]) -> Answer:
    """Return YES if any answer is YES, NO if all are NO, otherwise UNKNOWN."""
    return max(answers, default=Answer.NO)


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return NO if any answer is NO, YES if all are YES, otherwise UNKNOWN."""
    return min(answers, default=Answer.YES)
