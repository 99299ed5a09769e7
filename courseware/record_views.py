"""One's own record: the page, and everything as JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.guests import learner_of
from courseware.course_map import CourseMap
from courseware.lab_cards import lab_cards
from courseware.quiz_results import quiz_percents
from courseware.record import record_of


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """What this learner has read, answered and run."""
    learner = learner_of(request)
    course = CourseMap.read(learner, with_toc=True)
    course.mount(lab_cards(learner), quiz_percents(learner))
    return render(request, "courseware/progress.html", {"course": course, "learner": learner})


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Everything the site keeps about this learner, as a JSON file."""
    body = record_of(learner_of(request))
    response = JsonResponse(body, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="backburner-{timezone.now():%Y-%m-%d}.json"'
    return response
