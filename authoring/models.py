"""The version of the published content: one row, with a new value after every change."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class ContentVersion(models.Model):
    """One row, with the primary key 1. Use `authoring.content_version`, not this model.

    `value` is random and not a number that counts up: two databases, or one database before and after a
    restore, never share a value for different content.
    """

    value = models.CharField(max_length=32)
    renewed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.value
