"""What a lesson's page shows: its text with the forms and teasers mounted, among its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.guests import learner_of
from courseware.addresses import address
from courseware.course_map import Chapter, CourseMap, Stop
from courseware.lab_cards import lab_cards
from courseware.models import Lesson

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True)
class LessonPage:
    """A lesson among its neighbours. `parts` is the text with the forms and teasers mounted, in order."""

    course: CourseMap
    chapter: Chapter
    stop: Stop
    before: Stop | None
    after: Stop | None
    parts: list[dict[str, Any]]
    quiz_url: str

    @classmethod
    def of(cls, request: HttpRequest, lesson: Lesson) -> LessonPage:
        """The page for whoever asks."""
        course = CourseMap.read(learner_of(request), at=lesson)
        chapter = next(chapter for chapter in course.chapters if course.here in chapter.stops)
        before, after = course.neighbours()
        assert course.here is not None
        quiz_url = address("quizzes:quiz", lesson.quiz) if lesson.quiz else ""
        return cls(course, chapter, course.here, before, after, _mounted(request, lesson), quiz_url)


def _mounted(request: HttpRequest, lesson: Lesson) -> list[dict[str, Any]]:
    """The parts with what their templates need."""
    slugs = {part["lab"] for part in lesson.parts if part["kind"] == "lab"}
    labs = lab_cards(learner_of(request), slugs) if slugs else {}
    parts = []
    for part in lesson.parts:
        match part["kind"]:
            case "quick-check":
                url = address("quizzes:quiz", part["quiz"])
                parts.append({**part, "url": url, "template": "courseware/part_quiz_link.html"})
            case "lab":
                parts.append({**part, "lab_card": labs.get(part["lab"]), "template": "courseware/part_lab.html"})
            case _:
                parts.append(part)
    return parts
