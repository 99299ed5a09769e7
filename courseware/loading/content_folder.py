"""Reads the whole content folder and saves it in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from authoring import text_files
from authoring.content_version import renew_version
from authoring.problems import Problems
from courseware.loading import course_file, cross_checks, glossary_file, lesson_file, pack_file, unread_files
from courseware.loading.course_file import CourseSource
from courseware.loading.glossary_file import TermSource
from courseware.loading.lesson_file import LessonSource
from courseware.loading.link_targets import Targets
from courseware.loading.search_documents import documents_of
from courseware.models import ContentLoad, GlossaryTerm, Lesson, Module, SearchDocument
from courseware.search import index
from labs.catalog import loading as lab_files
from labs.catalog import saving
from labs.catalog.loading import LabSource
from quizzes.loading import quiz_files
from quizzes.loading.sources import QuizSource

LESSON_FIELDS = (
    *("number", "title", "summary", "objectives", "minutes", "systems", "lab", "quiz"),
    *("parts", "toc", "sections", "source", "content_hash"),
)


@dataclass(slots=True)
class Content:
    """Everything that was read from one folder. Save it only if there were no problems."""

    course: CourseSource
    lessons: dict[str, LessonSource]
    terms: list[TermSource]
    labs: list[LabSource]
    quizzes: list[QuizSource]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each there are."""
        return {
            "lessons": len(self.lessons),
            "glossary terms": len(self.terms),
            "quizzes": len(self.quizzes),
            "questions": sum(len(quiz.questions) for quiz in self.quizzes),
            "labs": len(self.labs),
        }


def _texts(folder: Path, kind: str, problems: Problems) -> dict[str, str]:
    """The texts of one subfolder's Markdown files by their names relative to the content folder."""
    found = {}
    for path in text_files.paths(folder / kind, ".md", folder, problems):
        file = path.relative_to(folder).as_posix()
        if (text := text_files.read(path, file, problems)) is not None:
            found[file] = text
    return found


def _text(folder: Path, file: str, problems: Problems) -> str | None:
    return text_files.read(folder / file, file, problems)


def read(folder: Path, problems: Problems) -> Content:
    """Read and check everything; every problem of every file is added to `problems`."""
    course = course_file.read(_text(folder, course_file.FILE, problems) or "", problems)
    texts = _texts(folder, "lessons", problems)
    sources = [lesson_file.read(text, file, problems) for file, text in texts.items()]
    lessons = cross_checks.by_slug([source for source in sources if source], problems)
    unread = unread_files.lessons(folder, set(lessons))
    glossary = _text(folder, glossary_file.FILE, problems)
    entries = glossary_file.read_entries(glossary, problems) if glossary is not None else []
    packs = _texts(folder, "packs", problems)
    targets = Targets(
        glossary={entry.id for entry in entries},
        lessons={*lessons, *unread},
        planned=set(course.planned) - set(lessons),
        labs={path.name for path in (folder / "labs").glob("*") if path.is_dir()},
        packs=_packs(packs, {*lessons, *unread, *course.planned}, problems),
        unread=unread_files.schemes(folder, glossary is not None, set(packs)),
    )
    terms = glossary_file.read(entries, targets, problems)
    for lesson in lessons.values():
        lesson_file.render(lesson, targets, problems)
    labs = lab_files.read(folder, problems, targets, course.lessons)
    quizzes = quiz_files.read(folder, problems, targets)
    unread |= unread_files.quizzes(folder, {quiz.slug for quiz in quizzes})
    cross_checks.check(cross_checks.Whole.of(course, lessons, quizzes, labs, unread), problems)
    return Content(course, lessons, terms, labs, quizzes)


def _packs(texts: dict[str, str], lessons: set[str], problems: Problems) -> set[str]:
    """Targets of links into packs: `<slug>` and `<slug>#<question>`."""
    targets: set[str] = set()
    for file, text in texts.items():
        slug = Path(file).stem
        targets |= {
            slug,
            *(f"{slug}#{question}" for question in pack_file.read(text, file, lessons, problems)),
        }
    return targets


def save(content: Content, fingerprint: str) -> None:
    """Write everything in one transaction. Content that left the folder is unpublished, never deleted."""
    with transaction.atomic():
        saving.save(content.labs)
        quiz_files.save(content.quizzes)
        _save_lessons(content, _save_modules(content.course))
        _save_terms(content.terms)
        index.put(documents_of(content))
        index.remove_unpublished()
        index.remove_all_but(SearchDocument.Kind.PLANNED, content.course.planned)
        renew_version()
        ContentLoad.objects.update_or_create(
            pk=1, defaults={"fingerprint": fingerprint, "counts": content.counts, "loaded_at": timezone.now()}
        )


def is_loaded(fingerprint: str) -> bool:
    """Whether the content with this fingerprint is loaded already."""
    return ContentLoad.objects.filter(pk=1, fingerprint=fingerprint).exists()


def _save_modules(course: CourseSource) -> dict[str, Module]:
    """Save the modules. Returns the module of each lesson by the lesson's slug."""
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
    saved = {lesson.slug: lesson for lesson in Lesson.objects.all()}
    for slug, source in content.lessons.items():
        new = {name: getattr(source, name) for name in LESSON_FIELDS} | {
            "module": home[slug],
            "is_published": True,
        }
        lesson = saved.get(slug) or Lesson(slug=slug)
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
