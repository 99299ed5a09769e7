"""What a learner predicted in quizzes about the runs of a lab. The bench shows it; labs know no quiz."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.guests.guest_cookie import learner_of
from labs.catalog.shown_lab import shown_lab
from labs.models import Lab
from quizzes.kinds.graded_later.predict import conditions
from quizzes.models import Answer

MOST = 20
"""Newest predictions that are looked at."""


@require_safe
def predictions(request: HttpRequest, slug: str) -> HttpResponse:
    """The predictions that wait for a run of this lab, and those that the run `?run=` has graded: a piece of
    a page that the bench fetches.
    """
    lab, learner = shown_lab(slug), learner_of(request)
    if lab is None:
        raise Http404(_("There is no such lab."))
    run = request.GET.get("run", "")
    answers = Answer.objects.predicting(learner, slug) if learner else Answer.objects.none()
    newest = answers.prefetch_related("grades").order_by("-answered_at")[:MOST]
    told = [one for one in (_told(answer, lab) for answer in newest) if one["run"] in ("", run)]
    return render(request, "courseware/quiz_predictions.html", {"predictions": told})


def _in_words(value: Any) -> Any:
    return (_("on") if value else _("off")) if isinstance(value, bool) else value


def _told(answer: Answer, lab: Lab) -> dict[str, Any]:
    """`run` is "" while the prediction waits, else the id of the run that graded it."""
    item, grade = answer.item, answer.grade
    revision, attempt = item.revision, item.attempt
    told = revision.grader.feedback(revision.definition, item.variant, answer.response, {})
    files, knobs = conditions(revision.definition, item.variant)
    labels = {knob["name"]: knob["label"] for knob in lab.current.definition.get("knobs", [])}
    lesson = attempt.question and attempt.quiz.lesson
    page = reverse("courseware:lesson", args=[lesson]) if lesson else None
    return {
        "quiz": attempt.quiz.title,
        "url": page or f"{reverse('quizzes:attempt', args=[attempt.pk])}?q={item.place}",
        "number": f"{told['text']} {told['unit']}".strip(),
        "given": "; ".join(
            [
                _("the starter's files") if files == "starter" else _("files as the question says"),
                *(f"{labels.get(name, name)}: {_in_words(value)}" for name, value in knobs.items()),
            ]
        ),
        "run": str(grade.evidence.get("run", "other")) if grade else "",
        "measured": grade.evidence.get("measured") if grade else None,
        "right": bool(grade and grade.score == 1),
    }
