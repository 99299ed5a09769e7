"""The private Valkey of a jail: its start, its restart, its addresses."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping

from sandbox.inside.broker import resp

SOCKET = "/run/valkey.sock"
PORT = 6379


def addresses() -> dict[str, str]:
    """The environment variables by which programs of a lab find their broker."""
    return {
        "CELERY_BROKER_URL": f"redis+socket://{SOCKET}?virtual_host=0",
        "CELERY_RESULT_BACKEND": f"redis+socket://{SOCKET}?virtual_host=0",
        "REDIS_URL": f"unix://{SOCKET}?db=0",
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(PORT),
    }


def start(program: str, settings: Mapping[str, str], prepare: Callable[[], None] | None = None) -> int:
    """Start Valkey on the unix socket and on loopback; returns its process id. `settings` are
    Valkey's own. `prepare` runs in the new process before Valkey.
    """
    where = {
        "port": str(PORT),
        "bind": "127.0.0.1",
        "unixsocket": SOCKET,
        "unixsocketperm": "700",
        "dir": "/run",
    }
    # No files, and a bound below the jail's, so that a full broker refuses writes and nothing is killed.
    keep = {"save": "", "appendonly": "no", "maxmemory": "48mb", "maxmemory-policy": "noeviction"}
    quiet = {"loglevel": "warning", "databases": "4", "lua-time-limit": "200", "io-threads": "1"}
    words = [
        word
        for name, value in {**where, **keep, **quiet, **settings}.items()
        for word in (f"--{name}", value)
    ]
    null = subprocess.DEVNULL
    server = subprocess.Popen(
        [program, *words],
        stdin=null,
        stdout=null,
        stderr=null,
        env={},
        start_new_session=True,
        preexec_fn=prepare,  # noqa: PLW1509 (this process has one thread)
    )
    # Valkey is collected with the lanes by `LaneSet.reap`, so `Popen` must not try to.
    server.returncode = 0
    return server.pid


def restart(program: str, pid: int, settings: Mapping[str, str]) -> int:
    """Replace the warm server by one with the lab's settings, before any lane starts; returns its
    process id.
    """
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    started = start(program, settings)
    wait_until_listening()
    return started


@functools.cache
def version(program: str) -> str:
    """`9.1.2` of `Valkey server v=9.1.2 sha=…`."""
    output = subprocess.run(
        [program, "--version"], capture_output=True, text=True, env={}, check=False
    ).stdout
    return output.partition("v=")[2].split(" ")[0] or "unknown"


def wait_until_listening(deadline: float = 5.0) -> bool:
    """Wait until the socket accepts connections; False after `deadline` seconds."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if os.path.exists(SOCKET) and (sock := resp.connect(SOCKET)):  # noqa: PTH110 (hot loop)
            sock.close()
            return True
        time.sleep(0.002)
    return False
