"""What a lesson's page shows: its text with the forms and teasers mounted, among its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse

from accounts.guests import learner_of
from courseware.course_map import Chapter, CourseMap, Stop
from courseware.models import Lesson

if TYPE_CHECKING:
    from django.http import HttpRequest


def address(name: str, *args: str) -> str:
    """The page's address, or "" while the site has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


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
        return cls(course, chapter, course.here, before, after, _mounted(lesson), quiz_url)


def _mounted(lesson: Lesson) -> list[dict[str, Any]]:
    parts = []
    for part in lesson.parts:
        match part["kind"]:
            case "quick-check":
                url = address("quizzes:quiz", part["quiz"])
                parts.append({**part, "url": url, "template": "courseware/part_quiz_link.html"})
            case "lab":
                parts.append({**part, "template": "courseware/part_lab.html"})
            case _:
                parts.append(part)
    return parts
