"""The answering room's tables: what is asked, and what was answered."""

from quizzes.models.attempts import Answer, Attempt, Draft, Grade, Item, SubmissionReused
from quizzes.models.questions import QuestionRevision, Quiz

__all__ = ["Answer", "Attempt", "Draft", "Grade", "Item", "QuestionRevision", "Quiz", "SubmissionReused"]
