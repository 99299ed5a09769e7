"""The whole trace of a run, written once when the run ends."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from labs.models.packing import pack, unpack


class RunTrace(models.Model):
    """The trace of one run. It has a table of its own, so that lists of runs stay small and old traces can be
    deleted without their runs.
    """

    run = models.OneToOneField("labs.Run", on_delete=models.CASCADE, primary_key=True, related_name="trace")
    packed = models.BinaryField()

    class Meta:
        verbose_name = _("trace")
        verbose_name_plural = _("traces")

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def of(cls, run: Any, lines: list[str]) -> RunTrace:
        """A trace that is not saved yet. Each line is one event with its `seq`."""
        return cls(run=run, packed=pack(lines))

    @property
    def lines(self) -> list[str]:
        return unpack(self.packed)
