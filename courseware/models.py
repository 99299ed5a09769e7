"""The loaded course (modules, lessons, glossary), learners' progress and notes, and the search index."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courseware.querysets import LessonQuerySet, ProgressQuerySet, PublishedQuerySet


class Module(models.Model):
    """A group of lessons, in the order of `content/course.toml`."""

    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    summary = models.TextField(blank=True)
    is_published = models.BooleanField(default=True)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """One lesson, rendered when the content was loaded; a page never parses Markdown.

    `parts` is what a page shows, in order: `{"kind": "html", "html": str}` (sanitised, ready for `|safe`),
    `{"kind": "quick-check", "quiz": slug, "question": id}` or `{"kind": "lab", "lab": slug}`. `toc` lists
    headings: `{"id": str, "title": str, "level": 2 | 3}`. `sections` is the plain text by heading, for
    search: `{"id": str, "title": str, "text": str}`; the first has id "".
    """

    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="lessons")
    number = models.PositiveSmallIntegerField(
        help_text=_("The place in the whole course, from the file's name.")
    )
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=160)
    summary = models.TextField()
    objectives = models.JSONField(default=list)
    minutes = models.PositiveSmallIntegerField()
    systems = models.JSONField(default=list)
    lab = models.SlugField(blank=True)
    quiz = models.SlugField(blank=True)
    parts = models.JSONField(default=list)
    toc = models.JSONField(default=list)
    sections = models.JSONField(default=list)
    source = models.TextField()
    content_hash = models.CharField(max_length=64)
    is_published = models.BooleanField(default=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["is_published", "number"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The lesson's page."""
        return reverse("courseware:lesson", args=[self.slug])


class GlossaryTerm(models.Model):
    """A term of the field with its definition; `see_also` lists the ids of other terms."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    html = models.TextField()
    text = models.TextField()
    see_also = models.JSONField(default=list)
    is_published = models.BooleanField(default=True)

    objects = PublishedQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The term's place on the glossary page."""
        return f"{reverse('courseware:glossary')}#{self.slug}"


class LessonProgress(models.Model):
    """One learner's progress in one lesson.

    `section` is the heading id where the learner was last and `position` how far the page was scrolled, in
    thousandths; `furthest` is the highest position ever. A lesson is done (`completed_at`) when its quiz is
    passed or, if it has no quiz, when its end was reached. A completed lesson stays completed.
    """

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_progress"
    )
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="progress")
    section = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    furthest = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    visited_at = models.DateTimeField(default=timezone.now)
    end_reached_at = models.DateTimeField(null=True, blank=True)
    quiz_passed_at = models.DateTimeField(null=True, blank=True)
    lab_passed_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "lesson progress"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["learner", "lesson"], name="one_progress_per_learner_and_lesson")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["learner", "-visited_at"])]

    def __str__(self) -> str:
        return f"{self.learner_id} in {self.lesson_id}: {self.furthest / 10:.0f} %"

    def reach(self, section: str, position: int) -> None:
        """Record where the learner is: a heading's id and a position in thousandths; 1000 is the end.

        It is one UPDATE, so that two open tabs or a quiz passed at the same time do not undo each other.
        """
        position = max(0, min(position, 1000))
        now = timezone.now()
        changes: dict[str, Any] = {
            "section": section[:120],
            "position": position,
            "furthest": Greatest("furthest", Value(position)),
            "visited_at": now,
        }
        if position == 1000:
            changes["end_reached_at"] = Coalesce("end_reached_at", Value(now))
        self._change(changes, done=position == 1000 and not self.lesson.quiz)

    def pass_quiz(self) -> None:
        """Record that the quiz is passed, which completes the lesson."""
        self._change({"quiz_passed_at": Coalesce("quiz_passed_at", Value(timezone.now()))}, done=True)

    def pass_lab(self) -> None:
        """Record when the lab was first passed. It does not complete the lesson."""
        self._change({"lab_passed_at": Coalesce("lab_passed_at", Value(timezone.now()))}, done=False)

    def _change(self, changes: dict[str, Any], *, done: bool) -> None:
        if done:
            changes["completed_at"] = Coalesce("completed_at", Value(timezone.now()))
        LessonProgress.objects.filter(pk=self.pk).update(**changes)
        self.refresh_from_db()


class PassageNote(models.Model):
    """A report or a question on a passage of a lesson, for the people who write the course."""

    class Kind(models.TextChoices):
        REPORT = "report", _("report a mistake")
        QUESTION = "question", _("ask a question")

    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passage_notes"
    )
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    section = models.CharField(max_length=120, blank=True)
    quote = models.CharField(max_length=1000, blank=True)
    body = models.TextField(max_length=4000)
    content_hash = models.CharField(max_length=64, help_text=_("Which version of the lesson was read."))
    submission = models.UUIDField(help_text=_("The form's own id, so that a double click is one note."))
    created_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="handled_notes",
    )

    class Meta:
        ordering = ["handled_at", "-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["learner", "submission"], name="one_note_per_submission")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.body[:60]}"

    def handle(self, by: models.Model) -> None:
        """Mark the note as handled. If it was handled before, the first person stays on record."""
        PassageNote.objects.filter(pk=self.pk, handled_at=None).update(
            handled_at=timezone.now(), handled_by=by
        )
        self.refresh_from_db()

    def reopen(self) -> None:
        """Put the note among those that wait, as if nobody had handled it."""
        PassageNote.objects.filter(pk=self.pk).update(handled_at=None, handled_by=None)
        self.refresh_from_db()


class ContentLoad(models.Model):
    """The last load: the fingerprint of the content folder and of the code that read it. One row."""

    fingerprint = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    loaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.fingerprint[:12]


class SearchDocument(models.Model):
    """What the search index holds of one lesson, glossary term, quiz, lab or planned lesson: `digest` tells
    whether its entries are up to date.
    """

    class Kind(models.TextChoices):
        LESSON = "lesson", _("lesson")
        TERM = "term", _("glossary")
        QUESTION = "question", _("question")
        LAB = "lab", _("lab")
        PLANNED = "planned", _("planned lesson")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    slug = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "slug"], name="one_search_document_per_kind_and_slug")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.slug}"


class SearchEntry(models.Model):
    """One passage that a search can find. The database keeps a full-text index beside this table.

    `context` is the title of what the passage is part of, such as a section's lesson. Results show it before
    the title; it is not searched. `url` is empty for a planned lesson, which has no page.
    """

    document = models.ForeignKey(SearchDocument, on_delete=models.CASCADE, related_name="entries")
    title = models.CharField(max_length=300)
    context = models.CharField(max_length=300, blank=True, default="")
    url = models.CharField(max_length=300)
    text = models.TextField()

    def __str__(self) -> str:
        return self.title


class SearchWord(models.Model):
    """A word of one document. A mistyped word of a query is compared with all of them."""

    LONGEST = 40

    document = models.ForeignKey(SearchDocument, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=LONGEST)
    length = models.PositiveSmallIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["length", "word"])]

    def __str__(self) -> str:
        return self.word
