"""What follows a lab in the course. The bench shows it after a pass; labs know no lesson and no quiz."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courseware.models import Lesson
from labs.catalog.shown_lab import shown_lab


@require_safe
def next_steps(request: HttpRequest, slug: str) -> HttpResponse:
    """What to do after a pass, as a piece of a page that the bench fetches when a run has passed."""
    lab = shown_lab(slug)
    if lab is None:
        raise Http404(_("There is no such lab."))
    return render(request, "labs/next.html", {"lab": lab, "after": after_lesson(lab.lesson)})


def after_lesson(slug: str) -> dict[str, Any]:
    """What follows the lab of this lesson: `known` (is the lesson published?), the slug of its `quiz`, and
    the `next` lesson with `slug` and `title`, or None.
    """
    lessons = list(Lesson.objects.published().order_by("number").values("slug", "title", "quiz"))
    place = next((place for place, lesson in enumerate(lessons) if lesson["slug"] == slug), None)
    if place is None:
        return {"known": False, "quiz": "", "next": None}
    following = lessons[place + 1] if place + 1 < len(lessons) else None
    return {"known": True, "quiz": lessons[place]["quiz"], "next": following}
