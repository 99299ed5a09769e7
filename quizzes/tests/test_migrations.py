"""Rows of the first schema reach the revisions of quizzes; no learner's record is lost, forwards or back."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import User
from quizzes.models import Attempt, Quiz, QuizRevision

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db]
RECORDS = ("Attempt", "Item", "Answer", "Grade", "Draft")


def migrate(name: str) -> Any:
    """Migrate quizzes to this step; returns the models as they are there."""
    executor = MigrationExecutor(connection)
    others = [node for node in executor.loader.graph.leaf_nodes() if node[0] != "quizzes"]
    executor.migrate([("quizzes", name)])
    return MigrationExecutor(connection).loader.project_state([("quizzes", name), *others]).apps


LAST = "0004_order_lives_in_revisions"


@pytest.fixture
def old_apps(transactional_db: None) -> Iterator[Any]:
    yield migrate("0001_initial")
    migrate(LAST)


class OldRows:
    """A quiz whose first question was edited, with the attempts of one learner before and after the edit."""

    def __init__(self, apps: Any) -> None:
        self.apps = apps
        self.learner = User.objects.create_user(email="mira@example.org", password="late acknowledgement")
        self.quiz = self.make("Quiz", slug="acks", title="Acks", lesson="acks", pass_mark=60)
        self.old = self.wording("one", "1" * 64, None)
        self.new = self.wording("one", "2" * 64, 1)
        self.second = self.wording("two", "3" * 64, 2)
        now = timezone.now()
        done = {"finished_at": now, "passed_at": now, "score": 50.0}
        self.before = self.attempt("", 1, [self.old, self.second], **done)
        self.after = self.attempt("", 2, [self.new, self.second])
        self.quick = self.attempt("one", 1, [self.new])
        self.empty = self.attempt("", 3, [])

    def make(self, model: str, **fields: Any) -> Any:
        return self.apps.get_model("quizzes", model).objects.create(**fields)

    def wording(self, question: str, digest: str, place: int | None) -> Any:
        fields = {"kind": "single", "level": "mid", "stem": "<p>?</p>", "source": "?"}
        return self.make(
            "QuestionRevision", quiz=self.quiz, question=question, digest=digest, place=place, **fields
        )

    def attempt(self, question: str, number: int, wordings: list[Any], **fields: Any) -> uuid.UUID:
        attempt = self.make(
            "Attempt",
            learner_id=self.learner.pk,
            quiz=self.quiz,
            question=question,
            number=number,
            mode="one",
            **fields,
        )
        for place, wording in enumerate(wordings, 1):
            item = self.make("Item", attempt=attempt, place=place, revision=wording, seed=place)
            if place == 1:
                answer = self.make("Answer", item=item, submission=uuid.uuid4(), response=[0])
                self.make("Grade", answer=answer, score=1.0, marks={"0": "good"})
            else:
                self.make("Draft", item=item, fields={"pick": ["1"]}, version=3)
        return attempt.pk


def records(apps: Any) -> dict[str, list[dict[str, Any]]]:
    """All rows of learners, without the column that the migration adds."""
    found = {}
    for model in RECORDS:
        rows = apps.get_model("quizzes", model).objects.order_by("pk").values()
        new = "revision_id" if model == "Attempt" else None
        found[model] = [{name: value for name, value in row.items() if name != new} for row in rows]
    return found


def asked(revision: QuizRevision | None) -> list[str]:
    assert revision is not None
    return [placement.question.digest[0] for placement in revision.placements.select_related("question")]


def test_old_attempts_pin_a_revision_rebuilt_from_their_items(old_apps: Any) -> None:
    rows = OldRows(old_apps)
    before = records(old_apps)
    assert [len(before[model]) for model in RECORDS] == [4, 5, 3, 3, 2]
    assert records(migrate(LAST)) == before
    pinned = {attempt.pk: attempt.revision for attempt in Attempt.objects.select_related("revision")}
    quiz = Quiz.objects.get()
    assert asked(pinned[rows.before]) == ["1", "3"]
    assert asked(pinned[rows.after]) == ["2", "3"]
    assert pinned[rows.after] == quiz.current
    assert pinned[rows.quick] is None
    assert asked(pinned[rows.empty]) == []
    assert {revision.pass_mark for revision in pinned.values() if revision} == {60}
    assert quiz.origin == Quiz.Origin.FILE


def test_publishing_the_same_again_after_the_migration_changes_nothing(old_apps: Any) -> None:
    OldRows(old_apps)
    migrate(LAST)
    quiz = Quiz.objects.get()
    same = list(quiz.question_revisions.current())
    assert [question.digest[0] for question in same] == ["2", "3"]
    assert not quiz.publish(title="Acks", pass_mark=60, lesson="acks", questions=same)


def test_going_back_restores_places_and_pass_mark(old_apps: Any) -> None:
    OldRows(old_apps)
    before = records(old_apps)
    migrate(LAST)
    old = migrate("0001_initial")
    places = old.get_model("quizzes", "QuestionRevision").objects.order_by("digest")
    assert list(places.values_list("place", flat=True)) == [None, 1, 2]
    assert old.get_model("quizzes", "Quiz").objects.get().pass_mark == 60
    assert records(old) == before
