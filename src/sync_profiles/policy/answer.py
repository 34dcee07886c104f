"""Answers about a request, and how they combine: yes, no, or that only AWS knows. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Answer(Enum):
    """An answer about a request; UNKNOWN if it depends on what only AWS knows."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # of its identity: answers are counted all the time

    @classmethod
    def of(cls, is_so: bool) -> Answer:  # noqa: FBT001 - it converts a truth value
        """Return YES or NO."""
        return cls.YES if is_so else cls.NO

    def __invert__(self) -> Answer:
        match self:
            case Answer.YES:
                return Answer.NO
            case Answer.NO:
                return Answer.YES
            case Answer.UNKNOWN:
                return self


def any_of(answers: Iterable[Answer]) -> Answer:
    """Return YES if any answer is YES, NO if all are NO, otherwise UNKNOWN."""
    found = Answer.NO
    for answer in answers:
        if answer is Answer.YES:
            return answer
        found = answer if answer is Answer.UNKNOWN else found
    return found


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return NO if any answer is NO, YES if all are YES, otherwise UNKNOWN."""
    return ~any_of(~answer for answer in answers)
