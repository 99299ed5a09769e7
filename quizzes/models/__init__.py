"""The tables: quizzes, their questions and revisions, and what learners did with them."""

from quizzes.models.answers import Answer, Grade
from quizzes.models.attempts import Attempt, AttemptFinished, Draft, Item, SubmissionReused, whole_percent
from quizzes.models.questions import QuestionRevision
from quizzes.models.quizzes import Placement, Quiz, QuizRevision

__all__ = [
    "Answer",
    "Attempt",
    "AttemptFinished",
    "Draft",
    "Grade",
    "Item",
    "Placement",
    "QuestionRevision",
    "Quiz",
    "QuizRevision",
    "SubmissionReused",
    "whole_percent",
]
