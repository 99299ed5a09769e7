"""The pages for reading. Views never parse Markdown: the loader has rendered it."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guests.guest_cookie import ensure_learner, learner_of
from accounts.pages.kept_pages import kept_for_visitors
from authoring.content_version import current_version
from courseware.models import GlossaryTerm, Lesson, LessonProgress
from courseware.reading.course_map import CourseMap
from courseware.reading.going_on import newest_open
from courseware.reading.lesson_page import LessonPage
from courseware.search.query import LONGEST_QUERY, find


@require_safe
@kept_for_visitors(current_version)
def home(request: HttpRequest) -> HttpResponse:
    """The course map, and what to continue with."""
    learner = learner_of(request)
    course = CourseMap.read(learner)
    course.add_results()
    page = {"course": course, "newest": newest_open(learner, course)}
    return render(request, "courseware/home.html", page)


@require_safe
@kept_for_visitors(current_version)
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """One lesson, with its quick checks and its lab."""
    page = LessonPage.of(request, slug)
    if page is None:
        raise Http404
    return render(request, "courseware/lesson.html", {"page": page, "lesson": page.stop.lesson})


@require_safe
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """The lesson as its author wrote it."""
    found = get_object_or_404(Lesson.objects.published().only("source"), slug=slug)
    return HttpResponse(found.source, content_type="text/markdown; charset=utf-8")


@require_POST
def position(request: HttpRequest, slug: str) -> HttpResponse:
    """Record how far this learner has read: `section`, a heading's id or "", and `position`, 0 to 1000.

    A request with `quiet`, from a script, gets 204; a form is redirected to the lesson.
    """
    found = get_object_or_404(Lesson.objects.published().only("slug", "quiz", "toc"), slug=slug)
    section, place = request.POST.get("section", ""), request.POST.get("position", "")
    if section and section not in {entry["id"] for entry in found.toc}:
        return HttpResponseBadRequest(_("This lesson has no section of that name; it may have been changed."))
    if not (place.isascii() and place.isdigit() and len(place) <= 4 and int(place) <= 1000):
        return HttpResponseBadRequest(_("A position is a whole number from 0 to 1000."))
    LessonProgress.objects.begin(ensure_learner(request), found).reach(section, int(place))
    if "quiet" in request.POST:
        return HttpResponse(status=204)
    return redirect(f"{reverse('courseware:lesson', args=[slug])}#lesson-end")


@require_safe
@kept_for_visitors(current_version)
def glossary(request: HttpRequest) -> HttpResponse:
    """Show all terms, grouped by first letter. The page is the same for everybody, so the template calls
    `_letters` only when its text is not kept yet.
    """
    return render(request, "courseware/glossary.html", {"version": current_version(), "letters": _letters})


def _letters() -> list[tuple[str, list[GlossaryTerm]]]:
    terms = sorted(GlossaryTerm.objects.published(), key=lambda term: term.title.casefold())
    titles = {term.slug: term.title for term in terms}
    for term in terms:
        term.see = [(slug, titles[slug]) for slug in term.see_also if slug in titles]
    return [(letter, list(group)) for letter, group in groupby(terms, key=lambda term: term.title[0].upper())]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Lessons, terms, questions and labs that match `q`."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    return render(request, "courseware/search.html", {"query": query, "found": find(query)})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Crawlers may read the course, but not learners' records."""
    return render(request, "courseware/robots.txt", content_type="text/plain; charset=utf-8")
