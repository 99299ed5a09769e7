"""Checks across files: lessons, quizzes and labs name each other, and everything named must exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from authoring.notation.units import same
from authoring.problems import Problems, nearest
from courseware.loading.course_file import FILE as COURSE_FILE
from courseware.loading.course_file import CourseSource
from courseware.loading.figures.comparing import compare
from courseware.loading.lesson_file import LessonSource
from labs.catalog.loading import LabSource
from quizzes.loading.sources import Need, QuizSource


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that was read, by slug. `unread` are the slugs of lessons and quizzes whose file has a
    problem already, so that naming them is none.
    """

    course: CourseSource
    lessons: Mapping[str, LessonSource]
    quizzes: Mapping[str, QuizSource]
    labs: Mapping[str, LabSource]
    unread: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        course: CourseSource,
        lessons: Mapping[str, LessonSource],
        quizzes: Sequence[QuizSource],
        labs: Sequence[LabSource],
        unread: Iterable[str] = (),
    ) -> Whole:
        by_name = {quiz.slug: quiz for quiz in quizzes}, {lab.slug: lab for lab in labs}
        return cls(course, lessons, *by_name, frozenset(unread))

    @property
    def lesson_slugs(self) -> set[str]:
        """Lessons with a file, and planned ones."""
        return {*self.lessons, *self.course.planned, *self.unread}


def check(whole: Whole, problems: Problems) -> None:
    """Add a problem for every name of something that does not exist."""
    _course(whole, problems)
    for lesson in whole.lessons.values():
        _lesson(lesson, whole, problems)
    for quiz in whole.quizzes.values():
        _quiz(quiz, whole, problems)
    for lab in whole.labs.values():
        lesson_slug = lab.definition.get("lesson", "")
        if lesson_slug and lesson_slug not in whole.lesson_slugs:
            fix = nearest(lesson_slug, whole.lesson_slugs)
            what = f'there is no lesson "{lesson_slug}"'
            problems.add(f"labs/{lab.slug}/lab.toml", 1, what, fix)


def _course(whole: Whole, problems: Problems) -> None:
    course = whole.course
    if not course.modules:
        return  # the file itself has a problem, which was reported
    before = 0
    for slug in course.lessons:
        line = course.lines.get(slug, 1)
        lesson = whole.lessons.get(slug)
        if lesson is None:
            if slug in whole.unread:
                continue
            fix = f"write lessons/<NN>-{slug}.md, or list it under planned"
            problems.add(COURSE_FILE, line, f'the lesson "{slug}" has no file', fix)
            continue
        if lesson.number <= before:
            fix = "order lessons by the numbers of their files"
            problems.add(COURSE_FILE, line, f"lesson {lesson.number:02d} comes after {before:02d}", fix)
        before = lesson.number
    for slug, lesson in whole.lessons.items():
        if slug not in course.lessons:
            what = f'the lesson "{slug}" is in no module of {COURSE_FILE}'
            fix = (
                "take it out of planned and list it under lessons"
                if slug in course.planned
                else "list it under lessons"
            )
            problems.add(lesson.file, 1, what, fix)


def _lesson(lesson: LessonSource, whole: Whole, problems: Problems) -> None:
    if lesson.lab and lesson.lab not in whole.labs:
        fix = nearest(lesson.lab, whole.labs)
        problems.add(lesson.file, lesson.line_of("lab"), f'there is no lab "{lesson.lab}"', fix)
    if lesson.quiz:
        line = lesson.line_of("quiz")
        quiz = whole.quizzes.get(lesson.quiz)
        if quiz is None and lesson.quiz in whole.unread:
            pass
        elif quiz is None:
            problems.add(
                lesson.file, line, f'there is no quiz "{lesson.quiz}"', nearest(lesson.quiz, whole.quizzes)
            )
        elif quiz.lesson != lesson.slug:
            what = f'the quiz "{quiz.slug}" names the lesson "{quiz.lesson}"'
            problems.add(lesson.file, line, what, f'write lesson = "{lesson.slug}" in {quiz.file}')
    for mount in lesson.mounts:
        if mount.kind == "lab" and mount.lab not in whole.labs:
            problems.add(
                lesson.file, mount.line, f'there is no lab "{mount.lab}"', nearest(mount.lab, whole.labs)
            )
        if mount.kind == "quick-check":
            _quick_check(lesson, mount.line, mount.quiz, mount.question, whole, problems)
    for drawn in lesson.recorded:
        compare(drawn, whole.labs, lesson.file, problems)


def _quick_check(
    lesson: LessonSource,
    line: int,
    quiz: str,
    question: str,
    whole: Whole,
    problems: Problems,
) -> None:
    quizzes = whole.quizzes
    if quiz in whole.unread and quiz not in quizzes:
        return
    if quiz not in quizzes:
        problems.add(lesson.file, line, f'there is no quiz "{quiz}"', nearest(quiz, quizzes))
        return
    known = [found.id for found in quizzes[quiz].questions]
    if question not in known:
        problems.add(
            lesson.file, line, f'the quiz "{quiz}" has no question "{question}"', nearest(question, known)
        )


def _quiz(quiz: QuizSource, whole: Whole, problems: Problems) -> None:
    for need in quiz.needs:
        slug, _, part = need.target.partition("#")
        if need.what == "lesson":
            if slug not in whole.lesson_slugs:
                problems.add(
                    quiz.file, need.line, f'there is no lesson "{slug}"', nearest(slug, whole.lesson_slugs)
                )
            continue
        lab = whole.labs.get(slug)
        if lab is None:
            problems.add(quiz.file, need.line, f'there is no lab "{slug}"', nearest(slug, whole.labs))
            continue
        if need.what == "unit":
            _unit(quiz, need, lab, problems)
            continue
        known = _parts_of(lab).get(need.what)
        if known is not None and part not in known:
            problems.add(
                quiz.file, need.line, f'the lab "{slug}" has no {need.what} "{part}"', nearest(part, known)
            )


def _unit(quiz: QuizSource, need: Need, lab: LabSource, problems: Problems) -> None:
    """What a run measured is compared as it is, so a prediction has the unit of the measure."""
    _, measure, unit = need.target.split("#", 2)
    for known in lab.definition.get("measures", ()):
        if known["id"] == measure and known["unit"] and not same(unit, known["unit"]):
            what = f'the unit is "{unit}", and the measure "{measure}" counts "{known["unit"]}"'
            problems.add(quiz.file, need.line, what, f'write unit = "{known["unit"]}"')


def _parts_of(lab: LabSource) -> dict[str, set[str]]:
    """What a quiz may name of a lab. The definition is empty where lab.toml could not be read."""
    measures, knobs = lab.definition.get("measures", ()), lab.definition.get("knobs", ())
    return {"measure": {measure["id"] for measure in measures}, "knob": {knob["name"] for knob in knobs}}


def by_slug(sources: Sequence[LessonSource], problems: Problems) -> dict[str, LessonSource]:
    """Lessons by slug. Two files with one slug or one number are a problem."""
    found: dict[str, LessonSource] = {}
    numbers: dict[int, str] = {}
    for lesson in sources:
        for twin in (found[lesson.slug].file if lesson.slug in found else "", numbers.get(lesson.number, "")):
            if twin:
                problems.add(
                    lesson.file, 1, f"{twin} has this slug or number too", "give each lesson its own"
                )
                break
        found.setdefault(lesson.slug, lesson)
        numbers.setdefault(lesson.number, lesson.file)
    return found
