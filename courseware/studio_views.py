"""`/studio/`: what waits for those who teach with the course, and where to look at it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.permissions import instructor_required
from courseware.models import PassageNote
from labs.troubles import summary, troubles
from labs.vitals import look


@never_cache
@require_safe
@instructor_required
def studio(request: HttpRequest) -> HttpResponse:
    """A sentence on each page of the studio, which is its link."""
    found = troubles(look(), enabled=settings.LABS_ENABLED)
    context = {
        "notes": PassageNote.objects.filter(handled_at=None).count(),
        "labs": summary(found),
        "is_bad": any(trouble.is_severe for trouble in found),
        "minor": sum(not trouble.is_severe for trouble in found),
    }
    return render(request, "courseware/studio.html", context)
