"""Labs, runs and their audit log for staff, to look at: labs come from the repository, runs from learners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from labs.models import AuditEntry, Lab, Run

if TYPE_CHECKING:
    LookingAdmin = admin.ModelAdmin[models.Model]
else:
    LookingAdmin = admin.ModelAdmin


NUMBER = re.compile(r"\d{1,18}")


class OnlyToLookAt(LookingAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Lab)
class LabAdmin(OnlyToLookAt):
    list_display = ["slug", "title", "lesson", "published", "revision"]
    list_select_related = ["revision"]


@admin.register(Run)
class RunAdmin(OnlyToLookAt):
    list_display = ["id", "lab", "learner", "state", "outcome", "attempt", "queued_at", "ended_at", "runner"]
    list_filter = ["state", "outcome", "lab"]
    list_select_related = ["lab", "learner"]
    date_hierarchy = "queued_at"
    search_fields = ["id", "learner__email"]
    exclude = ["address"]


@admin.register(AuditEntry)
class AuditAdmin(OnlyToLookAt):
    """Who ran what. Searched by the number of a run or a learner, an e-mail address, a lab, a runner, a digest."""

    list_display = ["at", "what", "run", "learner", "is_guest", "via", "lab", "outcome", "seconds", "by_hand", "runner"]
    list_filter = ["what", "outcome", "via", "is_guest", "lab"]
    search_fields = ["run", "=lab", "runner", "=files", "=address", "reason"]
    search_help_text = _(
        "Run, number or e-mail address of a learner, lab, runner, digest of files, words of the reason."
    )
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description=_("commands by hand"))
    def by_hand(self, entry: AuditEntry) -> int:
        return len(entry.commands)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A number is a learner's; an e-mail address stands for its account's: the log itself has no names."""
        if NUMBER.fullmatch(search_term.strip()):
            return queryset.filter(learner=search_term), False
        if "@" in search_term:
            people = User.objects.filter(email__iexact=search_term.strip()).values("pk")
            return queryset.filter(learner__in=people), False
        return super().get_search_results(request, queryset, search_term)
