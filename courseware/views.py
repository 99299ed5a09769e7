"""The pages for reading. A view asks the course, and answers with a template; Markdown is never parsed here."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guests import ensure_learner, learner_of
from accounts.kept_pages import kept_for_visitors
from courseware.content_version import content_version
from courseware.course_map import CourseMap
from courseware.lab_cards import lab_cards
from courseware.lesson_page import LessonPage
from courseware.models import GlossaryTerm, Lesson, LessonProgress
from courseware.quiz_results import quiz_percents
from courseware.search import LONGEST_QUERY
from courseware.search import search as hits


@require_safe
@kept_for_visitors(content_version)
def home(request: HttpRequest) -> HttpResponse:
    """The course map, and where to go on."""
    learner = learner_of(request)
    course = CourseMap.read(learner, with_toc=True)
    labs = lab_cards(learner)
    course.mount(labs, quiz_percents(learner))
    return render(request, "courseware/home.html", {"course": course, "labs": list(labs.values())})


@require_safe
@kept_for_visitors(content_version)
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
    """Keep how far this learner has read: `section`, a heading's id or "", and `position`, 0 to 1000.

    Scripts add `quiet` and get 204; a form gets the lesson again.
    """
    found = get_object_or_404(Lesson.objects.published().only("slug", "quiz", "toc"), slug=slug)
    section, place = request.POST.get("section", ""), request.POST.get("position", "")
    if section and section not in {entry["id"] for entry in found.toc}:
        return HttpResponseBadRequest(_("This lesson has no section of that name; it may have been changed."))
    if not (place.isascii() and place.isdigit() and int(place[:5]) <= 1000):
        return HttpResponseBadRequest(_("A position is a whole number from 0 to 1000."))
    LessonProgress.objects.begin(ensure_learner(request), found).reach(section, int(place))
    if "quiet" in request.POST:
        return HttpResponse(status=204)
    return redirect(f"{reverse('courseware:lesson', args=[slug])}#lesson-end")


@require_safe
@kept_for_visitors(content_version)
def glossary(request: HttpRequest) -> HttpResponse:
    """Every term, by its first letter."""
    terms = sorted(GlossaryTerm.objects.published(), key=lambda term: term.title.casefold())
    titles = {term.slug: term.title for term in terms}
    for term in terms:
        term.see = [(slug, titles[slug]) for slug in term.see_also if slug in titles]
    letters = [(letter, list(group)) for letter, group in groupby(terms, key=lambda term: term.title[0].upper())]
    return render(request, "courseware/glossary.html", {"letters": letters})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Lessons, terms, questions and labs that match `q`."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    return render(request, "courseware/search.html", {"query": query, "results": hits(query)})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: the course, not people's records."""
    return render(request, "courseware/robots.txt", content_type="text/plain; charset=utf-8")
