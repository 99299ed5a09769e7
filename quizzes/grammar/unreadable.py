"""The error for a form whose fields hold no answer."""

from __future__ import annotations


class UnreadableAnswer(ValueError):
    """The fields do not contain an answer; the message is a sentence for the learner that says what is
    accepted.
    """
