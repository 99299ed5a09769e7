"""The kinds of processes that a lab may name, one file each; `KINDS` maps `run = "…"` of lab.toml to its kind."""

from sandbox.inside.processes.beat import Beat
from sandbox.inside.processes.celery_worker import CeleryWorker
from sandbox.inside.processes.kind import Launch, Prepared, ProcessKind
from sandbox.inside.processes.probe import Probe
from sandbox.inside.processes.program import Program
from sandbox.inside.processes.rq_worker import RqWorker
from sandbox.inside.processes.scheduler import Scheduler
from sandbox.inside.processes.stub import Stub
from sandbox.inside.processes.web import Uvicorn

KINDS: dict[str, ProcessKind] = {
    kind.name: kind for kind in (Beat(), CeleryWorker(), Probe(), Program(), RqWorker(), Scheduler(), Stub(), Uvicorn())
}

__all__ = ["KINDS", "Launch", "Prepared", "ProcessKind"]
