"""Rows that are written once."""

from __future__ import annotations

from typing import Any

from django.db import models


class AppendOnly(models.Model):
    """A row that is inserted and never changed: `save` raises TypeError for a row that is already stored."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            message = f"{type(self).__name__} is append-only"
            raise TypeError(message)
        super().save(*args, **kwargs)
