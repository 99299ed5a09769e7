"""The content of a lesson's page: its parts, and its place in the course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from accounts.guests.guest_cookie import learner_of
from courseware.reading.course_map import Chapter, CourseMap, Stop
from courseware.reading.kept_quick_checks import LessonChecks
from courseware.reading.outline import parts_of

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True)
class LessonPage:
    """A lesson and its neighbours. `parts` is the text with quick checks and labs, in order."""

    course: CourseMap
    chapter: Chapter
    stop: Stop
    before: Stop | None
    after: Stop | None
    parts: list[dict[str, Any]]
    quiz_url: str

    @classmethod
    def of(cls, request: HttpRequest, slug: str) -> LessonPage | None:
        """The page for the request's learner, or None if there is no such lesson."""
        course = CourseMap.read(learner_of(request), at=slug)
        if course.here is None:
            return None
        lesson = course.here.lesson
        chapter = next(chapter for chapter in course.chapters if course.here in chapter.stops)
        before, after = course.neighbours()
        quiz_url = reverse("quizzes:quiz", args=[lesson.quiz]) if lesson.quiz else ""
        return cls(
            course, chapter, course.here, before, after, _mounted(request, course, course.here), quiz_url
        )


def _mounted(request: HttpRequest, course: CourseMap, stop: Stop) -> list[dict[str, Any]]:
    """The lesson's parts with the context of their templates, without unpublished questions and labs."""
    parts: list[dict[str, Any]] = []
    stored = parts_of(stop.lesson, course.version)
    checks = LessonChecks(request, stored, course.version)
    cards = course.lab_cards({part["lab"] for part in stored if part["kind"] == "lab"})
    for part in stored:
        match part["kind"]:
            case "quick-check":
                if check := checks.part(part["quiz"], part["question"]):
                    parts.append(check)
            case "lab":
                if lab := cards.get(part["lab"]):
                    parts.append({"lab": lab, "template": "courseware/part_lab.html"})
            case _:
                parts.append(part)
    return parts
