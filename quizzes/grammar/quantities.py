"""Typed numbers in questions: the reader of all rooms, with the error that the kinds raise."""

from __future__ import annotations

from fractions import Fraction

from authoring.notation import quantities
from quizzes.grammar.unreadable import UnreadableAnswer


def quantity(text: str, unit: str = "") -> Fraction:
    """The number that a learner typed, in the question's unit; raises UnreadableAnswer with what is
    accepted.
    """
    try:
        return quantities.read(text, unit).number
    except quantities.UnreadableNumber as error:
        raise UnreadableAnswer(str(error)) from None
