"""What a warden reports of itself, and how well the protections of its jails work. Standard library only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Force(StrEnum):
    """How well a protection works here."""

    FULL = "full"
    WEAKER = "weaker"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Protection:
    """How well a protection of the jail works here, and in words by what means, or why not."""

    force: Force
    words: str

    def __str__(self) -> str:
        return self.words if self.force is Force.FULL else f"{self.force}: {self.words}"

    @classmethod
    def from_json(cls, raw: dict[str, Any] | str) -> Protection:
        """An older warden sends only the words; that does not count as full force."""
        if isinstance(raw, str):
            return cls(Force.WEAKER, f"{raw} (an older warden, which does not say how far that holds)")
        return cls(Force(raw["force"]), str(raw["words"]))


@dataclass(frozen=True, slots=True)
class WardenStatus:
    """The state of a warden. `mode` is `jail` or `replay`; `protections` are by name.

    `environments` names the virtual environments that it can run. `most` is the largest number of runs at
    once; 0 where an older warden does not send it. `start` says how jails get their interpreter.
    """

    mode: str
    warm: int
    pool: int
    running: int
    environments: tuple[str, ...]
    protections: dict[str, Protection]
    sentence: str = ""
    most: int = 0
    start: str = ""

    @property
    def weak(self) -> dict[str, Protection]:
        """The protections that are off or weaker than they could be."""
        return {name: one for name, one in self.protections.items() if one.force is not Force.FULL}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> WardenStatus:
        """Fields that a warden of another version adds are ignored; fields that it lacks get
        their defaults.
        """
        known = {name: raw[name] for name in cls.__slots__ if name in raw}
        known["protections"] = {name: Protection.from_json(one) for name, one in raw["protections"].items()}
        return cls(**{**known, "environments": tuple(raw["environments"])})
