"""The course as one learner sees it: lessons that are done, the current one, and those ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from accounts.pages.prepared_reads import Given, PreparedRead
from courseware.models import Lesson, LessonProgress, Module
from courseware.reading.lab_cards import LabCard, lab_cards
from courseware.reading.outline import Outline, current_outline
from courseware.reading.quiz_results import quiz_percents

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

DONE, NOW, NEXT = "done", "now", "next"


@dataclass
class Stop:
    """A lesson on the map, with what one learner has done in it; `state` is done, now or next. All requests
    share the lesson: do not change it.

    `section`, `furthest`, `visited_at` and `done_at` come from LessonProgress (`done_at` is its
    `completed_at`). `lab` and `quiz_percent` are None until `CourseMap.add_results`.
    """

    lesson: Lesson
    section: str = ""
    furthest: int = 0
    visited_at: datetime | None = None
    done_at: datetime | None = None
    state: str = NEXT
    lab: LabCard | None = None
    quiz_percent: int | None = None

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def is_untouched(self) -> bool:
        """Has the learner done nothing at all in it?"""
        has_tried = self.quiz_percent is not None or bool(self.lab and self.lab.tried)
        return self.visited_at is None and not self.is_done and not has_tried

    @property
    def percent_read(self) -> int:
        """The furthest scroll position, 0 to 100."""
        return self.furthest // 10

    @property
    def minutes_left(self) -> int:
        """Minutes of reading after the furthest point; at least 1."""
        return max(1, round(self.lesson.minutes * (100 - self.percent_read) / 100))

    @property
    def section_title(self) -> str:
        """The title of the section where the learner was last, or ""."""
        return next((str(entry["title"]) for entry in self.lesson.toc if entry["id"] == self.section), "")

    @property
    def url(self) -> str:
        """The lesson's address, at the section where the learner was last."""
        return self.lesson.get_absolute_url() + (f"#{self.section}" if self.section else "")

    @property
    def look(self) -> str:
        """Everything of the learner that the map shows of this lesson, as a key for kept fragments."""
        lab = self.lab
        checks = (lab.passed, lab.tried) if lab else ()
        here = (self.minutes_left, self.visited_at is not None) if self.state == NOW else ()
        read = self.percent_read if self.state == NEXT else 0
        return f"{self.lesson.slug} {self.state} {self.section} {self.quiz_percent} {read} {here} {checks}"


@dataclass
class Chapter:
    """A module with its stops."""

    module: Module
    stops: list[Stop] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(stop.is_done for stop in self.stops)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.stops)

    @cached_property
    def states(self) -> str:
        """The module with the states of its lessons, as a key for kept fragments."""
        return f"{self.module.slug} {' '.join(stop.state for stop in self.stops)}"

    @property
    def look(self) -> str:
        """The module with everything that the map shows of its lessons, as a key for kept fragments."""
        return f"{self.module.slug} {'|'.join(stop.look for stop in self.stops)}"


_PROGRESS = PreparedRead(
    lambda: LessonProgress.objects.filter(learner=Given("learner", models.BigAutoField())).values_list(
        "lesson_id", "section", "furthest", "visited_at", "completed_at"
    )
)


@dataclass
class CourseMap:
    """All published lessons by module. `here` is the stop to go on with, or None when everything is done.

    `labs_done` (labs of lessons with every check passed) and `labs_total` (labs that lessons have) are 0
    until `add_results`.
    """

    outline: Outline
    learner: User | None
    chapters: list[Chapter]
    here: Stop | None = None
    labs_done: int = 0
    labs_total: int = 0

    @classmethod
    def read(cls, learner: User | None, *, at: str = "") -> CourseMap:
        """The map in two queries, one without a learner.

        `at` is the slug of the lesson being read, which becomes `here`, or None if there is no such lesson.
        Without `at`, `here` is where the learner left off.
        """
        outline = current_outline()
        mine: dict[int, tuple[str, int, datetime | None, datetime | None]] = {}
        if learner is not None:
            mine = {lesson: rest for lesson, *rest in _PROGRESS.rows(learner=learner.pk)}
        chapters = [
            Chapter(module, [Stop(lesson, *mine.get(lesson.pk, ())) for lesson in lessons])
            for module, lessons in outline.modules
        ]
        course = cls(outline, learner, chapters)
        course.here = course._stop_at(at) if at else course._where_left_off()
        for stop in course.stops:
            stop.state = NOW if stop is course.here else DONE if stop.is_done else NEXT
        return course

    @property
    def version(self) -> str:
        """The version of the content, or "": part of the key of kept fragments."""
        return self.outline.version

    @cached_property
    def stops(self) -> list[Stop]:
        return [stop for chapter in self.chapters for stop in chapter.stops]

    @cached_property
    def done(self) -> int:
        return sum(chapter.done for chapter in self.chapters)

    @cached_property
    def total(self) -> int:
        return sum(len(chapter.stops) for chapter in self.chapters)

    @property
    def percent(self) -> int:
        """Lessons done of lessons published; 100 only when all are."""
        return 100 * self.done // self.total if self.total else 0

    @cached_property
    def widest(self) -> int:
        """Lessons in the longest module, so that all modules share one grid."""
        return max((len(chapter.stops) for chapter in self.chapters), default=0)

    @cached_property
    def begun(self) -> bool:
        return any(stop.visited_at or stop.is_done for stop in self.stops)

    def add_results(self) -> None:
        """Add to each lesson its lab and the learner's best result in its quiz; two queries, none without a
        learner.
        """
        cards, percents = self.lab_cards(self.outline.labs), quiz_percents(self.learner)
        for stop in self.stops:
            stop.lab = cards.get(stop.lesson.lab)
            stop.quiz_percent = percents.get(stop.lesson.quiz)
        self.labs_total = sum(stop.lab is not None for stop in self.stops)
        self.labs_done = sum(bool(stop.lab and stop.lab.is_done) for stop in self.stops)

    def lab_cards(self, slugs: Iterable[str]) -> dict[str, LabCard]:
        """The cards of these labs by slug, without those that are not published; at most one query."""
        return lab_cards(
            [self.outline.labs[slug] for slug in slugs if slug in self.outline.labs], self.learner
        )

    def labs_in_hand(self, most: int = 6) -> list[Stop]:
        """Stops with a lab that is not done: first labs that were tried, then those from the current lesson
        on.
        """
        waiting = [stop for stop in self.stops if stop.lab and not stop.lab.is_done]
        place = self.stops.index(self.here) if self.here else 0
        ahead = {id(stop): index < place for index, stop in enumerate(self.stops)}
        waiting.sort(key=lambda stop: (not (stop.lab and stop.lab.tried), ahead[id(stop)]))
        return waiting[:most]

    def neighbours(self) -> tuple[Stop | None, Stop | None]:
        """The stops before and after `here`."""
        if self.here is None:
            return None, None
        stops = self.stops
        place = stops.index(self.here)
        return (stops[place - 1] if place else None), (stops[place + 1] if place + 1 < len(stops) else None)

    def _stop_at(self, slug: str) -> Stop | None:
        return next((stop for stop in self.stops if stop.lesson.slug == slug), None)

    def _where_left_off(self) -> Stop | None:
        """The unfinished lesson that was read last, else the first that is not done."""
        unfinished = [stop for stop in self.stops if not stop.is_done]
        begun = [stop for stop in unfinished if stop.visited_at]
        if begun:
            return max(begun, key=lambda stop: stop.visited_at or timezone.now())
        return unfinished[0] if unfinished else None
