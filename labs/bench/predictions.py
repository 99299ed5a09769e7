"""Reads a predicted number as learners type it, in the unit of the measure that it predicts."""

from __future__ import annotations

from typing import Any

from authoring.notation.quantities import UnreadableNumber, read
from labs.models import LabRevision

__all__ = ["UnreadableNumber", "measure_named", "understood"]


def measure_named(revision: LabRevision, name: str | None) -> dict[str, Any] | None:
    """The measure of this id: `id`, `title` and `unit`."""
    return next((one for one in revision.definition["measures"] if one["id"] == name), None)


def understood(text: str, unit: str) -> tuple[float, str]:
    """The number in the measure's unit, and the same in words (`0.125 s`).

    Raises `UnreadableNumber`, whose text is a sentence for the learner.
    """
    quantity = read(text, unit)
    said = str(quantity)
    # Units are English plurals in lab.toml.
    if quantity.number == 1 and len(unit) > 2 and unit.endswith("s") and said.endswith(unit):
        said = said[:-1]
    return float(quantity.number), said
