"""Labs and runs for staff, to look at: labs come from the repository, runs from learners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from labs.models import Lab, Run

if TYPE_CHECKING:
    LookingAdmin = admin.ModelAdmin[models.Model]
else:
    LookingAdmin = admin.ModelAdmin


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
