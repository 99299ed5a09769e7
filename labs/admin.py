"""Labs, runs and the audit log for staff, read-only: labs come from the repository, runs from learners."""

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
    AnyModelAdmin = admin.ModelAdmin[models.Model]
else:
    AnyModelAdmin = admin.ModelAdmin


NUMBER = re.compile(r"\d{1,18}")


class ReadOnlyAdmin(AnyModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Lab)
class LabAdmin(ReadOnlyAdmin):
    list_display = ["slug", "title", "lesson", "published", "revision"]
    list_select_related = ["revision"]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["id", "lab", "learner", "state", "outcome", "claim", "queued_at", "ended_at", "runner"]
    list_filter = ["state", "outcome", "lab"]
    list_select_related = ["lab", "learner"]
    date_hierarchy = "queued_at"
    search_fields = ["id", "learner__email"]
    exclude = ["address"]


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who ran what. The search takes the id of a run, the number or e-mail address of a learner, a lab, a
    runner, or a digest of files.
    """

    list_display = [
        "at",
        "what",
        "run",
        "learner",
        "is_guest",
        "via",
        "lab",
        "outcome",
        "seconds",
        "by_hand",
        "runner",
    ]
    list_filter = ["what", "outcome", "via", "is_guest", "lab"]
    search_fields = ["run", "=lab", "runner", "=files", "=address", "reason"]
    search_help_text = _(
        "Run, number or e-mail address of a learner, lab, runner, digest of files, or words of the reason."
    )
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description=_("commands by hand"))
    def by_hand(self, entry: AuditEntry) -> int:
        return len(entry.commands)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Read a number as a learner's and look up an e-mail address, because the log itself has no
        addresses.
        """
        if NUMBER.fullmatch(search_term.strip()):
            return queryset.filter(learner=search_term), False
        if "@" in search_term:
            people = User.objects.filter(email__iexact=search_term.strip()).values("pk")
            return queryset.filter(learner__in=people), False
        return super().get_search_results(request, queryset, search_term)
