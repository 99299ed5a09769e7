"""A learner's own record: the page, and everything as JSON."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.guests.guest_cookie import learner_of
from courseware.reading.course_map import CourseMap
from courseware.records.learner_record import record_of


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The page: what this learner has read, answered and run."""
    learner = learner_of(request)
    course = CourseMap.read(learner)
    course.add_results()
    return render(request, "courseware/progress.html", {"course": course, "learner": learner})


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Everything that the site stores about this learner, as a JSON file."""
    body = record_of(learner_of(request))
    response = JsonResponse(body, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="backburner-{timezone.now():%Y-%m-%d}.json"'
    return response
