"""People in the administration pages, whose log-in is the site's own, with its limits."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it cannot be subscripted at run time
    """Rights and names; accounts are made by signing up, and nobody sets another's password."""

    list_display = ("email", "name", "role", "is_staff", "is_active", "date_joined")
    list_filter = ("role", "is_staff", "is_active", "is_guest")
    search_fields = ("email", "name")
    ordering = ("-date_joined",)
    fields: ClassVar[tuple[str, ...]] = (
        "email",
        "name",
        "role",
        "is_active",
        "is_staff",
        "is_superuser",
        "date_joined",
        "last_login",
    )
    readonly_fields = ("email", "date_joined", "last_login")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False
