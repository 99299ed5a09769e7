"""Tasks that beat starts."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.models import User


@shared_task(name="accounts.forget_guests")
def forget_guests() -> int:
    """Delete guests who own nothing and whose first cookie has expired; returns how many.

    Users, guests with answers or runs, and guests of the last year are never touched.
    """
    before = timezone.now() - timedelta(seconds=settings.GUEST_COOKIE_AGE)
    _, deleted = User.objects.forgettable(before).delete()
    return deleted.get(User._meta.label, 0)
