"""What no file can say alone: lessons, quizzes and labs name each other, and all of them must be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authoring.problems import Problems, nearest
from courseware.course_file import FILE as COURSE_FILE
from courseware.course_file import CourseSource
from courseware.lesson_file import LessonSource
from courseware.rooms import LabFacts, QuizFacts


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything that was read, by slug."""

    course: CourseSource
    lessons: Mapping[str, LessonSource]
    quizzes: Mapping[str, QuizFacts]
    labs: Mapping[str, LabFacts]

    @property
    def lesson_slugs(self) -> set[str]:
        """Lessons with a file, and planned ones."""
        return {*self.lessons, *self.course.planned}


def check(whole: Whole, problems: Problems) -> None:
    """Find every name that nothing answers to."""
    _course(whole, problems)
    for lesson in whole.lessons.values():
        _lesson(lesson, whole, problems)
    for quiz in whole.quizzes.values():
        _quiz(quiz, whole, problems)
    for lab in whole.labs.values():
        if lab.lesson and lab.lesson not in whole.lesson_slugs:
            mend = nearest(lab.lesson, whole.lesson_slugs)
            problems.add(lab.file, 1, f'the lab names the lesson "{lab.lesson}", which there is not', mend)


def _course(whole: Whole, problems: Problems) -> None:
    course = whole.course
    if not course.modules:
        return  # the file itself is at fault, which was reported
    before = 0
    for slug in course.lessons:
        line = course.lines.get(slug, 1)
        lesson = whole.lessons.get(slug)
        if lesson is None:
            mend = f"write lessons/<NN>-{slug}.md, or list it under planned"
            problems.add(COURSE_FILE, line, f'the lesson "{slug}" has no file', mend)
            continue
        if lesson.number <= before:
            mend = "order lessons by the numbers of their files"
            problems.add(COURSE_FILE, line, f"lesson {lesson.number:02d} comes after {before:02d}", mend)
        before = lesson.number
    for slug, lesson in whole.lessons.items():
        if slug not in course.lessons:
            what = f'the lesson "{slug}" is in no module of {COURSE_FILE}'
            mend = (
                "take it out of planned and list it under lessons"
                if slug in course.planned
                else "list it under lessons"
            )
            problems.add(lesson.file, 1, what, mend)


def _lesson(lesson: LessonSource, whole: Whole, problems: Problems) -> None:
    if lesson.lab and lesson.lab not in whole.labs:
        mend = nearest(lesson.lab, whole.labs)
        problems.add(lesson.file, lesson.line_of("lab"), f'there is no lab "{lesson.lab}"', mend)
    if lesson.quiz:
        line = lesson.line_of("quiz")
        quiz = whole.quizzes.get(lesson.quiz)
        if quiz is None:
            problems.add(lesson.file, line, f'there is no quiz "{lesson.quiz}"', nearest(lesson.quiz, whole.quizzes))
        elif quiz.lesson != lesson.slug:
            what = f'the quiz "{quiz.slug}" names the lesson "{quiz.lesson}"'
            problems.add(lesson.file, line, what, f'write lesson = "{lesson.slug}" in {quiz.file}')
    for mount in lesson.mounts:
        if mount.kind == "lab" and mount.lab not in whole.labs:
            problems.add(lesson.file, mount.line, f'there is no lab "{mount.lab}"', nearest(mount.lab, whole.labs))
        if mount.kind == "quick-check":
            _quick_check(lesson, mount.line, mount.quiz, mount.question, whole.quizzes, problems)


def _quick_check(
    lesson: LessonSource, line: int, quiz: str, question: str, quizzes: Mapping[str, QuizFacts], problems: Problems
) -> None:
    if quiz not in quizzes:
        problems.add(lesson.file, line, f'there is no quiz "{quiz}"', nearest(quiz, quizzes))
        return
    known = quizzes[quiz].questions
    if question not in known:
        problems.add(lesson.file, line, f'the quiz "{quiz}" has no question "{question}"', nearest(question, known))


def _quiz(quiz: QuizFacts, whole: Whole, problems: Problems) -> None:
    for need in quiz.needs:
        slug, _, part = need.target.partition("#")
        if need.what == "lesson":
            if slug not in whole.lesson_slugs:
                problems.add(quiz.file, need.line, f'there is no lesson "{slug}"', nearest(slug, whole.lesson_slugs))
            continue
        lab = whole.labs.get(slug)
        if lab is None:
            problems.add(quiz.file, need.line, f'there is no lab "{slug}"', nearest(slug, whole.labs))
            continue
        known = {"measure": lab.measures, "knob": lab.knobs}.get(need.what)
        if known is not None and part not in known:
            problems.add(quiz.file, need.line, f'the lab "{slug}" has no {need.what} "{part}"', nearest(part, known))


def by_slug(sources: Sequence[LessonSource], problems: Problems) -> dict[str, LessonSource]:
    """Lessons by slug; two files of one slug or one number are a problem."""
    found: dict[str, LessonSource] = {}
    numbers: dict[int, str] = {}
    for lesson in sources:
        for twin in (found[lesson.slug].file if lesson.slug in found else "", numbers.get(lesson.number, "")):
            if twin:
                problems.add(lesson.file, 1, f"{twin} has this slug or number too", "give each lesson its own")
                break
        found.setdefault(lesson.slug, lesson)
        numbers.setdefault(lesson.number, lesson.file)
    return found
