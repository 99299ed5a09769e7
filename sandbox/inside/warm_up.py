"""What a jail imports and rehearses before it has a run, so that forked lanes start in milliseconds."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import socket
from typing import Any

from sandbox.inside.broker import valkey_server

CELERY = """
celery.app.amqp celery.app.annotations celery.app.builtins celery.app.control celery.app.events
celery.app.log celery.app.trace celery.apps.beat celery.apps.worker celery.backends.redis celery.beat
celery.bin.beat celery.bin.celery celery.bin.worker celery.concurrency.asynpool celery.concurrency.prefork
celery.concurrency.solo celery.concurrency.thread celery.contrib.testing.tasks celery.events
celery.events.dispatcher celery.fixups.django celery.loaders.app celery.security celery.signals
celery.utils.static celery.worker.autoscale celery.worker.components celery.worker.consumer
celery.worker.control celery.worker.loops celery.worker.pidbox celery.worker.request celery.worker.state
celery.worker.strategy celery.worker.worker kombu.asynchronous.aws.ext kombu.pidbox kombu.pools
kombu.serialization kombu.transport.redis kombu.transport.virtual billiard.connection billiard.heap
billiard.pool billiard.popen_fork billiard.queues billiard.synchronize redis redis.asyncio redis.sentinel
"""
WEB = """
fastapi fastapi.responses fastapi.routing starlette.background starlette.concurrency starlette.responses
pydantic uvicorn uvicorn.lifespan.on uvicorn.loops.auto uvicorn.main uvicorn.protocols.http.auto
anyio._backends._asyncio httpx h11
"""
REST = """
apscheduler.schedulers.asyncio apscheduler.schedulers.background apscheduler.schedulers.blocking
apscheduler.triggers.cron apscheduler.triggers.interval apscheduler.triggers.date rq rq.worker rq.scheduler
croniter
arq arq.worker django
asyncio concurrent.futures sqlite3 runpy multiprocessing.pool urllib.request uuid decimal zoneinfo
"""


def import_all() -> None:
    """Import those of the modules that this environment has."""
    # The collector would walk all modules again and again. A jail lives for one run, so little can pile up.
    gc.disable()
    for name in (CELERY + WEB + REST).split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def preheat() -> None:
    """Run the libraries' first-use code before any lane is forked.

    Memory that is written now is shared by all lanes; what a lane writes after its fork is copied for it.
    """
    for rehearse in (_rehearse_celery, _rehearse_celery, _rehearse_web):
        with contextlib.suppress(ImportError):
            rehearse()
    gc.freeze()  # a lane's collector does not touch these objects, so their pages stay shared


def _rehearse_celery() -> None:
    """Boot a worker with an application of its own, execute one task, and remove every trace of both."""
    celery, state = importlib.import_module("celery"), importlib.import_module("celery._state")
    of_workers: Any = importlib.import_module("celery.worker.state")
    loops = importlib.import_module("kombu.asynchronous")
    app = celery.Celery(
        "rehearsal", broker=f"redis+socket://{valkey_server.SOCKET}?virtual_host=0", set_as_current=False
    )
    before = state._tls.current_app
    app.set_current()
    nothing = app.task(_nothing, name="rehearsal.nothing", shared=False)
    worker = importlib.import_module("celery.worker").WorkController(
        app=app, pool="solo", concurrency=1, without_mingle=True, without_gossip=True
    )
    task_postrun = importlib.import_module("celery.signals").task_postrun

    def stop(**_: Any) -> None:
        of_workers.should_stop = 0

    task_postrun.connect(stop)
    try:
        nothing.delay()
        worker.start()
    finally:
        task_postrun.disconnect(stop)
        of_workers.reset_state()
        of_workers.should_stop = None
        if loop := loops.get_event_loop():
            loop.close()
        loops.set_event_loop(None)
        importlib.import_module("kombu.pools").reset()
        app.close()
        state._set_current_app(before)
        state._set_task_join_will_block(False)
        importlib.import_module("redis").Redis(unix_socket_path=valkey_server.SOCKET).flushall()


def _nothing() -> None:
    """The task of the rehearsal."""


def _rehearse_web() -> None:
    """Serve one request of a small application, on loopback."""
    fastapi, uvicorn = importlib.import_module("fastapi"), importlib.import_module("uvicorn")
    app = fastapi.FastAPI()

    async def respond(number: int) -> dict[str, int]:
        return {"number": number}

    app.post("/{number}")(respond)
    config = uvicorn.Config(app, log_config=None, access_log=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)

    async def once() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            await server.startup([listening])
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(b"POST /1 HTTP/1.1\r\nHost: rehearsal\r\nConnection: close\r\n\r\n")
            await reader.read()
            writer.close()
            await server.shutdown([listening])

    asyncio.run(once())
