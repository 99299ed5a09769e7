"""A whole trace, written once, when its run ends."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from labs.packing import pack, unpack


class RunTrace(models.Model):
    """Kept apart from the run, so that lists of runs stay small and old traces can go while their runs stay."""

    run = models.OneToOneField("labs.Run", on_delete=models.CASCADE, primary_key=True, related_name="trace")
    packed = models.BinaryField()

    class Meta:
        verbose_name = _("trace")
        verbose_name_plural = _("traces")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def of(cls, run: Any, lines: list[str]) -> RunTrace:
        """An unsaved trace; each line is one event with its `seq`."""
        return cls(run=run, packed=pack(lines))

    @property
    def lines(self) -> list[str]:
        return unpack(self.packed)
