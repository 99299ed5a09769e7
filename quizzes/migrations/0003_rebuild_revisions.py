"""Rebuild the revisions of quizzes: what each quiz asks now, and what each attempt at a whole quiz asked."""

import hashlib
import json
from itertools import groupby
from operator import itemgetter

from django.db import migrations

ATTEMPTS_IN_AN_UPDATE = 500


def digest_of(title, pass_mark, questions):
    """As `QuizRevision.digest_of` was when this migration was written."""
    content = json.dumps([title, pass_mark, [list(pair) for pair in questions]])
    return hashlib.sha256(content.encode()).hexdigest()


class Revisions:
    """Finds or makes the revision of a quiz that asks given questions, with the quiz's title and pass mark."""

    def __init__(self, apps, alias):
        self.made = {}
        self.revisions = apps.get_model("quizzes", "QuizRevision").objects.using(alias)
        self.placement = apps.get_model("quizzes", "Placement")
        self.placements = self.placement.objects.using(alias)

    def asking(self, quiz, questions):
        """`questions` are tuples (primary key, id, digest) in order; returns the revision's primary key."""
        digest = digest_of(quiz.title, quiz.pass_mark, [pair for _, *pair in questions])
        if (quiz.pk, digest) not in self.made:
            revision, made = self.revisions.get_or_create(
                quiz=quiz, digest=digest, defaults={"title": quiz.title, "pass_mark": quiz.pass_mark}
            )
            if made:
                self.placements.bulk_create(
                    self.placement(quiz_revision=revision, question_id=pk, place=place)
                    for place, (pk, *_) in enumerate(questions, 1)
                )
            self.made[quiz.pk, digest] = revision.pk
        return self.made[quiz.pk, digest]


def rebuild(apps, schema_editor):
    alias = schema_editor.connection.alias
    revisions = Revisions(apps, alias)
    quizzes = apps.get_model("quizzes", "Quiz").objects.using(alias)
    questions = apps.get_model("quizzes", "QuestionRevision").objects.using(alias)
    for quiz in quizzes.all():
        now = questions.filter(quiz=quiz, place__isnull=False).order_by("place")
        asked = list(now.values_list("pk", "question", "digest"))
        if asked:
            quizzes.filter(pk=quiz.pk).update(current=revisions.asking(quiz, asked))
        _pin_attempts(apps, alias, quiz, revisions)


def _pin_attempts(apps, alias, quiz, revisions):
    attempts = apps.get_model("quizzes", "Attempt").objects.using(alias)
    items = apps.get_model("quizzes", "Item").objects.using(alias)
    whole = attempts.filter(quiz=quiz, question="")
    rows = (
        items.filter(attempt__in=whole)
        .order_by("attempt_id", "place")
        .values_list("attempt_id", "revision_id", "revision__question", "revision__digest")
    )
    asking = {}
    for attempt, group in groupby(rows.iterator(chunk_size=2000), key=itemgetter(0)):
        asking.setdefault(tuple(tuple(question) for _, *question in group), []).append(attempt)
    for asked, keys in asking.items():
        revision = revisions.asking(quiz, asked)
        for start in range(0, len(keys), ATTEMPTS_IN_AN_UPDATE):
            attempts.filter(pk__in=keys[start : start + ATTEMPTS_IN_AN_UPDATE]).update(revision=revision)
    if whole.filter(revision=None).exists():  # attempts without items, which only old tests and tools made
        whole.filter(revision=None).update(revision=revisions.asking(quiz, []))


def restore(apps, schema_editor):
    """Put pass mark and places back where they were; attempts and answers are not touched."""
    alias = schema_editor.connection.alias
    quizzes = apps.get_model("quizzes", "Quiz").objects.using(alias)
    questions = apps.get_model("quizzes", "QuestionRevision").objects.using(alias)
    placements = apps.get_model("quizzes", "Placement").objects.using(alias)
    for quiz in quizzes.exclude(current=None).select_related("current"):
        quizzes.filter(pk=quiz.pk).update(pass_mark=quiz.current.pass_mark)
        for placement in placements.filter(quiz_revision=quiz.current_id):
            questions.filter(pk=placement.question_id).update(place=placement.place)


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0002_quiz_revisions")]

    operations = [migrations.RunPython(rebuild, restore)]
