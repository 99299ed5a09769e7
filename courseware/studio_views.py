"""`/studio/`: the start page for instructors."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.permissions import instructor_required
from courseware.models import PassageNote
from courseware.studio_guide import guide as authoring_guide
from labs.operations.diagnosis import diagnose, summary
from labs.operations.status_snapshot import take_snapshot


@never_cache
@require_safe
@instructor_required
def studio(request: HttpRequest) -> HttpResponse:
    """One sentence about each page of the studio, with a link."""
    found = diagnose(take_snapshot(), enabled=settings.LABS_ENABLED)
    context = {
        "notes": PassageNote.objects.filter(handled_at=None).count(),
        "labs": summary(found),
        "is_bad": any(finding.is_severe for finding in found),
        "minor": sum(not finding.is_severe for finding in found),
    }
    return render(request, "courseware/studio.html", context)


@never_cache
@require_safe
@instructor_required
def guide(request: HttpRequest) -> HttpResponse:
    """How lessons, quizzes and labs are written, key by key."""
    try:
        found = authoring_guide()
    except OSError as error:
        raise Http404(_("The authoring guide is not installed here.")) from error
    return render(request, "courseware/guide.html", {"guide": found})
