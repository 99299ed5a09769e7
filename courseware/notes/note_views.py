"""The form for a note on a passage, and the list of notes for instructors."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guests.guest_cookie import ensure_learner
from accounts.permissions import instructor_required
from courseware.models import Lesson, PassageNote
from courseware.notes.form import NoteForm

NOTES_A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form, with `?section=` and `?quote=` filled in. A POST stores the note and redirects to the
    lesson, at that section.
    """
    fields = ("slug", "title", "number", "toc", "content_hash")
    lesson = get_object_or_404(Lesson.objects.published().only(*fields), slug=slug)
    if request.method == "POST":
        form = NoteForm(request.POST, lesson=lesson)
        if form.is_valid() and form.is_within_allowance(request):
            note = form.save(ensure_learner(request))
            messages.success(request, _("Thank you. Your note is with the people who write the course."))
            return redirect(lesson.get_absolute_url() + (f"#{note.section}" if note.section else ""))
    else:
        initial = {"section": request.GET.get("section", ""), "quote": request.GET.get("quote", "")[:1000]}
        form = NoteForm(initial=initial, lesson=lesson)
    status = form.status if form.is_bound else 200
    return render(request, "courseware/note.html", {"form": form, "lesson": lesson}, status=status)


@require_safe
@instructor_required
def notes(request: HttpRequest) -> HttpResponse:
    """Open notes first, newest first; `?all=1` shows the handled ones as well."""
    found = PassageNote.objects.select_related("lesson", "learner", "handled_by")
    show_all = "all" in request.GET
    if not show_all:
        found = found.filter(handled_at=None)
    page = Paginator(found, NOTES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "courseware/notes.html", {"page": page, "show_all": show_all})


@require_POST
@instructor_required
def handled(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one note as handled."""
    get_object_or_404(PassageNote, pk=pk).handle(request.user)  # type: ignore[arg-type]
    messages.success(request, _("The note is marked as handled."))
    return redirect("courseware:notes")


@require_POST
@instructor_required
def reopened(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one handled note back among those that wait."""
    get_object_or_404(PassageNote, pk=pk).reopen()
    messages.success(request, _("The note is open again."))
    return redirect("courseware:notes")
