"""The shapes of the API's requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from sandbox.protocol import Outcome, State, VerdictKind

Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class LabLine(Schema):
    slug: str
    title: str
    lesson: str
    systems: list[str]
    url: str


class Titled(Schema):
    id: str
    title: str


class MeasureOut(Titled):
    unit: str


class LimitsOut(Schema):
    """`wall` in seconds, `memory_mb` in MiB, `events` in number."""

    wall: float
    memory_mb: int
    events: int


class CommandAllowed(Schema):
    action: str
    targets: list[str]


class LabOut(LabLine):
    revision: str
    files: dict[str, str] = Field(description="Every file of the starter, name -> text.")
    editable: list[str]
    knobs: list[dict[str, Any]]
    limits: LimitsOut
    commands: list[CommandAllowed]
    checks: list[Titled]
    measures: list[MeasureOut]


class RunIn(Schema):
    """Only what differs from the starter and from the knobs' defaults needs to be sent."""

    model_config = ConfigDict(extra="forbid")

    files: dict[str, str] = {}
    knobs: dict[str, Any] = {}
    prediction: Any = Field(default=None, description="Kept as it is and given back with the run.")


class RunStarted(Schema):
    id: UUID
    status: State
    url: str
    events_url: str


class VerdictOut(Titled):
    verdict: VerdictKind
    expected: str
    observed: str
    events: list[int] = Field(description="The seq of the events that show it.")


class RunOut(RunStarted):
    lab: str
    revision: str
    claim: int
    queue_position: int | None = Field(description="From 1; null unless queued.")
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    reason: str
    checks: list[VerdictOut]
    measures: dict[str, float | None]
    prediction: Any
    event_count: int


class CommandIn(Schema):
    model_config = ConfigDict(extra="forbid")

    action: str = Field(max_length=40)
    target: str = Field(max_length=60)
    options: dict[str, Seconds] = Field(
        default={}, max_length=4, description="Of `clock`: `advance` or `to`, in seconds."
    )


class Accepted(Schema):
    status: State


class ProblemOut(Schema):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[dict[str, str]] = []
