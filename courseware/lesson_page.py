"""What a lesson's page shows: its text with the forms and teasers mounted, among its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.guests import learner_of
from courseware.addresses import address
from courseware.course_map import Chapter, CourseMap, Stop
from courseware.lab_cards import lab_cards
from quizzes import quickcheck

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
    def of(cls, request: HttpRequest, slug: str) -> LessonPage | None:
        """The page for whoever asks, or None when there is no such lesson."""
        course = CourseMap.read(learner_of(request), at=slug)
        if course.here is None:
            return None
        lesson = course.here.lesson
        chapter = next(chapter for chapter in course.chapters if course.here in chapter.stops)
        before, after = course.neighbours()
        quiz_url = address("quizzes:quiz", lesson.quiz) if lesson.quiz else ""
        return cls(course, chapter, course.here, before, after, _mounted(request, course.here), quiz_url)


def _mounted(request: HttpRequest, stop: Stop) -> list[dict[str, Any]]:
    """The lesson's parts with what their templates need; a place for a question or lab that is not there stays empty."""
    parts: list[dict[str, Any]] = []
    for part in stop.lesson.parts:
        match part["kind"]:
            case "quick-check":
                shown = quickcheck.context(request, part["quiz"], part["question"])
                if shown["q"] is not None:
                    parts.append({**shown, "template": "quizzes/quick_check.html"})
            case "lab":
                lab = stop.lab if part["lab"] == stop.lesson.lab else lab_cards(learner_of(request)).get(part["lab"])
                if lab and lab.url:
                    parts.append({"lab": lab, "template": "courseware/part_lab.html"})
            case _:
                parts.append(part)
    return parts
