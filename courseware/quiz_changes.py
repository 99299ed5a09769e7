"""What follows when a quiz changes outside the loader, for example in the studio."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from authoring.content_version import renew_version
from courseware.models import SearchDocument
from courseware.search import index
from quizzes.models import Quiz
from quizzes.signals import quizzes_changed


@receiver(quizzes_changed, dispatch_uid="courseware.quiz_changes")
def follow_quiz(slug: str, **_: Any) -> None:
    """Kept pages show the quiz, so the content gets a new version; an unpublished quiz leaves the search.

    The signal is sent inside the transaction of the change, so all of it is committed together.
    """
    renew_version()
    if not Quiz.objects.published().filter(slug=slug).exists():
        index.remove(SearchDocument.Kind.QUESTION, slug)
