"""Reading the whole content folder, and saving it: all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from authoring.problems import Problems
from courseware import course_file, cross_checks, glossary_file, lesson_file, pack_file, search
from courseware.course_file import CourseSource
from courseware.glossary_file import TermSource
from courseware.lesson_file import LessonSource
from courseware.models import ContentLoad, GlossaryTerm, Lesson, Module
from courseware.rooms import LabFacts, QuizFacts, Rooms
from courseware.targets import Targets

LARGEST_FILE = 1 << 20
LESSON_FIELDS = (
    *("number", "title", "summary", "objectives", "minutes", "systems", "lab", "quiz"),
    *("parts", "toc", "sections", "source", "content_hash"),
)


@dataclass(slots=True)
class Content:
    """All that was read from one folder; worth saving only if there were no problems."""

    course: CourseSource
    lessons: dict[str, LessonSource]
    terms: list[TermSource]
    labs: Sequence[Any]
    quizzes: Sequence[Any]
    lab_facts: dict[str, LabFacts]
    quiz_facts: dict[str, QuizFacts]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each there are."""
        questions = sum(len(quiz.questions) for quiz in self.quiz_facts.values())
        return {
            "lessons": len(self.lessons),
            "glossary terms": len(self.terms),
            "quizzes": len(self.quizzes),
            "questions": questions,
            "labs": len(self.labs),
        }


def _text(path: Path, folder: Path, problems: Problems) -> str:
    """A file's text; what cannot be read is a problem and an empty text."""
    file = path.relative_to(folder).as_posix()
    try:
        raw = path.read_bytes()
    except OSError as error:
        problems.add(file, 1, f"the file cannot be read: {error.strerror}", "put it there, readable")
        return ""
    if len(raw) > LARGEST_FILE:
        problems.add(file, 1, f"the file has {len(raw)} bytes", f"keep it under {LARGEST_FILE}")
        return ""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.add(file, raw[: error.start].count(b"\n") + 1, "this is not UTF-8", "save the file as UTF-8")
        return ""
    if "\0" in text:
        problems.add(file, text[: text.index("\0")].count("\n") + 1, "a NUL character", "remove it")
        return ""
    return text.replace("\r\n", "\n")


def _texts(folder: Path, kind: str, problems: Problems) -> dict[str, str]:
    """The texts of one subfolder's Markdown files by their names relative to the content folder."""
    found = {}
    for path in sorted((folder / kind).glob("*.md")):
        if text := _text(path, folder, problems):
            found[path.relative_to(folder).as_posix()] = text
    return found


def read(folder: Path, rooms: Rooms, problems: Problems) -> Content:
    """Read and check everything; every problem of every file is added to `problems`."""
    course = course_file.read(_text(folder / course_file.FILE, folder, problems), problems)
    texts = _texts(folder, "lessons", problems)
    sources = [lesson_file.read(text, file, problems) for file, text in texts.items()]
    lessons = cross_checks.by_slug([source for source in sources if source], problems)
    entries = glossary_file.read_entries(_text(folder / glossary_file.FILE, folder, problems), problems)
    targets = Targets(
        glossary={entry.id for entry in entries},
        lessons=set(lessons),
        planned=set(course.planned) - set(lessons),
        labs={path.name for path in (folder / "labs").glob("*") if path.is_dir()},
        packs=_packs(folder, {*lessons, *course.planned}, problems),
    )
    terms = glossary_file.read(entries, targets, problems)
    for lesson in lessons.values():
        lesson_file.render(lesson, targets, problems)
    labs = rooms.labs.read(folder, problems, targets)
    quizzes = rooms.quizzes.read(folder, problems, targets)
    lab_facts = {facts.slug: facts for facts in map(rooms.labs.facts, labs)}
    quiz_facts = {facts.slug: facts for facts in map(rooms.quizzes.facts, quizzes)}
    cross_checks.check(cross_checks.Whole(course, lessons, quiz_facts, lab_facts), problems)
    return Content(course, lessons, terms, labs, quizzes, lab_facts, quiz_facts)


def _packs(folder: Path, lessons: set[str], problems: Problems) -> set[str]:
    """What may be linked in the packs: `<slug>` and `<slug>#<question>`."""
    targets: set[str] = set()
    for file, text in _texts(folder, "packs", problems).items():
        slug = Path(file).stem
        targets |= {slug, *(f"{slug}#{question}" for question in pack_file.read(text, file, lessons, problems))}
    return targets


def save(content: Content, rooms: Rooms, fingerprint: str) -> None:
    """Write everything in one transaction. What left the folder is unpublished; nothing is deleted."""
    with transaction.atomic():
        rooms.labs.save(content.labs)
        rooms.quizzes.save(content.quizzes)
        _save_lessons(content, _save_modules(content.course))
        _save_terms(content.terms)
        search.rebuild(content.quiz_facts.values(), content.lab_facts.values())
        ContentLoad.objects.update_or_create(
            pk=1, defaults={"fingerprint": fingerprint, "counts": content.counts, "loaded_at": timezone.now()}
        )


def is_loaded(fingerprint: str) -> bool:
    """Whether just this is in the database already."""
    return ContentLoad.objects.filter(pk=1, fingerprint=fingerprint).exists()


def _save_modules(course: CourseSource) -> dict[str, Module]:
    """Save the modules; the answer maps each lesson's slug to its module."""
    home: dict[str, Module] = {}
    for source in course.modules:
        defaults = {
            "number": source.number,
            "title": source.title,
            "summary": source.summary,
            "is_published": bool(source.lessons),
        }
        module, _ = Module.objects.update_or_create(slug=source.slug, defaults=defaults)
        home |= dict.fromkeys(source.lessons, module)
    Module.objects.exclude(slug__in=[source.slug for source in course.modules]).update(is_published=False)
    return home


def _save_lessons(content: Content, home: dict[str, Module]) -> None:
    kept = {lesson.slug: lesson for lesson in Lesson.objects.all()}
    for slug, source in content.lessons.items():
        new = {name: getattr(source, name) for name in LESSON_FIELDS} | {"module": home[slug], "is_published": True}
        lesson = kept.get(slug) or Lesson(slug=slug)
        if lesson.pk and all(getattr(lesson, name) == value for name, value in new.items()):
            continue
        if lesson.content_hash != source.content_hash:
            lesson.updated_at = timezone.now()
        for name, value in new.items():
            setattr(lesson, name, value)
        lesson.save()
    Lesson.objects.exclude(slug__in=list(content.lessons)).update(is_published=False)


def _save_terms(terms: list[TermSource]) -> None:
    for term in terms:
        defaults = {
            "title": term.title,
            "html": term.html,
            "text": term.text,
            "see_also": term.see_also,
            "is_published": True,
        }
        GlossaryTerm.objects.update_or_create(slug=term.slug, defaults=defaults)
    GlossaryTerm.objects.exclude(slug__in=[term.slug for term in terms]).update(is_published=False)
