"""What the checks.py of a lab imports. This address stays when modules of `labs.judging` move."""

from labs.judging.declarations import Check, Measure, Verdict, check, measure
from labs.judging.evidence import (
    counted,
    executions_by_task,
    executions_of,
    first_few,
    late_if_cut_off,
    meddling,
    percentile,
    responses,
    seqs,
    stub_calls,
    teeth_of_responses,
)
from labs.judging.executions import Execution
from labs.judging.trace import Trace
from sandbox.protocol import Event

__all__ = [
    "Check",
    "Event",
    "Execution",
    "Measure",
    "Trace",
    "Verdict",
    "check",
    "counted",
    "executions_by_task",
    "executions_of",
    "first_few",
    "late_if_cut_off",
    "measure",
    "meddling",
    "percentile",
    "responses",
    "seqs",
    "stub_calls",
    "teeth_of_responses",
]
