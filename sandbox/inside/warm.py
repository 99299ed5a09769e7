"""What a jail imports before it has a run: forked lanes then start in milliseconds."""

from __future__ import annotations

import contextlib
import gc
import importlib

CELERY = """
celery.app.amqp celery.app.annotations celery.app.builtins celery.app.control celery.app.events celery.app.log celery.app.trace
celery.apps.beat celery.apps.worker celery.backends.redis celery.beat celery.bin.beat celery.bin.celery celery.bin.worker
celery.concurrency.asynpool celery.concurrency.prefork celery.concurrency.solo celery.concurrency.thread celery.contrib.testing.tasks
celery.events celery.events.dispatcher celery.fixups.django celery.loaders.app celery.security celery.signals celery.utils.static
celery.worker.autoscale celery.worker.components celery.worker.consumer celery.worker.control celery.worker.loops
celery.worker.pidbox celery.worker.request celery.worker.state celery.worker.strategy celery.worker.worker
kombu.asynchronous.aws.ext kombu.pidbox kombu.pools kombu.serialization kombu.transport.redis kombu.transport.virtual
billiard.connection billiard.heap billiard.pool billiard.popen_fork billiard.queues billiard.synchronize redis redis.asyncio redis.sentinel
"""
WEB = """
fastapi fastapi.responses fastapi.routing starlette.background starlette.concurrency starlette.responses pydantic uvicorn
uvicorn.lifespan.on uvicorn.loops.auto uvicorn.main uvicorn.protocols.http.auto anyio._backends._asyncio httpx h11
"""
REST = """
apscheduler.schedulers.asyncio apscheduler.schedulers.background apscheduler.schedulers.blocking apscheduler.triggers.cron
apscheduler.triggers.interval apscheduler.triggers.date rq rq.worker rq.scheduler croniter
arq arq.worker django
asyncio concurrent.futures sqlite3 runpy multiprocessing.pool urllib.request uuid decimal zoneinfo
"""


def import_all() -> None:
    """Import what the environment has; what it does not have is another environment's."""
    for name in (CELERY + WEB + REST).split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def preheat() -> None:
    """Walk Celery's first-use paths once, with an application that is forgotten again, then settle the memory."""
    celery = importlib.import_module("celery")
    state = importlib.import_module("celery._state")
    app = celery.Celery("preheat", broker="redis+socket:///run/valkey.sock", set_as_current=False)
    app.finalize()
    _ = (app.conf.broker_url, app.amqp.queues, app.control, app.log, app.loader)
    state._deregister_app(app)
    gc.collect()
    gc.freeze()
