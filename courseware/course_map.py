"""The course as one learner sees it: what is done, where they are, what lies ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, JSONField, OuterRef, When
from django.utils import timezone

from courseware.lab_cards import LabCard, card_of, lab_column
from courseware.models import Lesson, Module

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

DONE, NOW, NEXT = "done", "now", "next"


@dataclass
class Stop:
    """One lesson on the map; `state` is done, now or next. `my_` fields of the lesson are the learner's progress."""

    lesson: Lesson
    state: str = NEXT
    lab: LabCard | None = None
    quiz_percent: int | None = None

    @property
    def is_done(self) -> bool:
        return bool(self._mine("completed_at"))

    @property
    def visited_at(self) -> datetime | None:
        found: datetime | None = self._mine("visited_at")
        return found

    @property
    def done_at(self) -> datetime | None:
        found: datetime | None = self._mine("completed_at")
        return found

    @property
    def percent_read(self) -> int:
        """How far the page was ever scrolled, 0 to 100."""
        return int(self._mine("furthest") or 0) // 10

    @property
    def minutes_left(self) -> int:
        """Minutes of reading after the furthest point; at least 1."""
        return max(1, round(self.lesson.minutes * (100 - self.percent_read) / 100))

    @property
    def section(self) -> str:
        """The heading's id where the learner was last, or ""."""
        return str(self._mine("section") or "")

    @property
    def section_title(self) -> str:
        """That heading's words; needs the lesson's `toc`."""
        return next((str(entry["title"]) for entry in self.lesson.toc if entry["id"] == self.section), "")

    @property
    def url(self) -> str:
        """The lesson's address, at the section where the learner was last."""
        return self.lesson.get_absolute_url() + (f"#{self.section}" if self.section else "")

    def _mine(self, name: str) -> Any:
        return getattr(self.lesson, f"my_{name}", None)


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


def _text_of(slug: str, learner: User | None) -> dict[str, Any]:
    """Columns that only this lesson's row fills, so that its text and its lab cost no query of their own."""
    columns = {"parts": F("parts"), "toc": F("toc"), "lab": lab_column(learner, OuterRef("lab"))}
    return {
        f"own_{name}": Case(When(slug=slug, then=column), default=None, output_field=JSONField())
        for name, column in columns.items()
    }


@dataclass
class CourseMap:
    """All published lessons by module. `here` is the stop to go on with, or None when everything is done."""

    chapters: list[Chapter]
    here: Stop | None = None

    @classmethod
    def read(cls, learner: User | None, *, at: str = "", with_toc: bool = False) -> CourseMap:
        """The map in one query. `at` is the slug of the lesson being read, which comes with its text and its lab;
        without it the place is where the learner left off. With a slug that no lesson has, `here` is None.
        """
        heavy = ("parts", "sections", "source", *(() if with_toc else ("toc",)))
        lessons = (
            Lesson.objects.published()
            .with_progress(learner)
            .select_related("module")
            .defer(*heavy)
            .order_by("module__number", "number")
        )
        if at:
            lessons = lessons.annotate(**_text_of(at, learner))
        chapters = [
            Chapter(module, [Stop(lesson) for lesson in group])
            for module, group in groupby(lessons, key=lambda lesson: lesson.module)
        ]
        course = cls(chapters)
        course.here = course._stop_at(at) if at else course._where_left_off()
        for stop in course.stops:
            stop.state = NOW if stop is course.here else DONE if stop.is_done else NEXT
        return course

    @property
    def stops(self) -> list[Stop]:
        return [stop for chapter in self.chapters for stop in chapter.stops]

    @property
    def done(self) -> int:
        return sum(chapter.done for chapter in self.chapters)

    @property
    def total(self) -> int:
        return sum(len(chapter.stops) for chapter in self.chapters)

    @property
    def percent(self) -> int:
        """Lessons done of lessons published; 100 only when all are."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def labs_done(self) -> int:
        """Labs of lessons with every check passed; after `mount`."""
        return sum(bool(stop.lab and stop.lab.is_done) for stop in self.stops)

    @property
    def labs_total(self) -> int:
        """Labs that lessons have; after `mount`."""
        return sum(stop.lab is not None for stop in self.stops)

    @property
    def widest(self) -> int:
        """Lessons in the longest module, so that all modules share one grid."""
        return max((len(chapter.stops) for chapter in self.chapters), default=0)

    @property
    def begun(self) -> bool:
        return any(stop.visited_at or stop.is_done for stop in self.stops)

    def mount(self, labs: Mapping[str, LabCard], quiz_percents: Mapping[str, int]) -> None:
        """Put each lesson's lab and the best result of its quiz beside it."""
        for stop in self.stops:
            stop.lab = labs.get(stop.lesson.lab)
            stop.quiz_percent = quiz_percents.get(stop.lesson.quiz)

    def labs_in_hand(self, most: int = 6) -> list[Stop]:
        """Stops whose labs are begun, then those at and after the place where the learner is; none that is done."""
        waiting = [stop for stop in self.stops if stop.lab and stop.lab.url and not stop.lab.is_done]
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
        """The stop of that lesson, with what `_text_of` asked for."""
        stop = next((stop for stop in self.stops if stop.lesson.slug == slug), None)
        if stop is not None:
            lesson: Any = stop.lesson
            lesson.parts, lesson.toc = lesson.own_parts, lesson.own_toc
            stop.lab = card_of(lesson.lab, lesson.own_lab)
        return stop

    def _where_left_off(self) -> Stop | None:
        """The unfinished lesson that was read last, else the first that is not done."""
        unfinished = [stop for stop in self.stops if not stop.is_done]
        begun = [stop for stop in unfinished if stop.visited_at]
        if begun:
            return max(begun, key=lambda stop: stop.visited_at or timezone.now())
        return unfinished[0] if unfinished else None
