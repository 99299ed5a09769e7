"""How a jail runs each kind of process of `sandbox/process_kinds.py`, one file a kind."""

from sandbox.inside.processes.beat import Beat
from sandbox.inside.processes.celery_worker import CeleryWorker
from sandbox.inside.processes.lane_process import LaneProcess, Launch, Prepared
from sandbox.inside.processes.probe import Probe
from sandbox.inside.processes.program import Program
from sandbox.inside.processes.rq_worker import RqWorker
from sandbox.inside.processes.scheduler import Scheduler
from sandbox.inside.processes.stub import Stub
from sandbox.inside.processes.web import Uvicorn

IMPLEMENTATIONS: dict[str, LaneProcess] = {
    "beat": Beat(),
    "celery-worker": CeleryWorker(),
    "probe": Probe(),
    "python": Program(),
    "rq-worker": RqWorker(),
    "scheduler": Scheduler(),
    "stub": Stub(),
    "uvicorn": Uvicorn(),
}
"""By the kind's name. A test compares the keys with the table, and the options that each one reads."""

__all__ = ["IMPLEMENTATIONS", "LaneProcess", "Launch", "Prepared"]
