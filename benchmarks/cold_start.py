"""What a click on Run is compared with: a broker and a Celery worker started as plain processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from config.operations import up

COLD_TASKS = """
import os, time
from celery import Celery
app = Celery("cold", broker=os.environ["CELERY_BROKER_URL"])
@app.task
def first(path):
    open(path, "w").write(str(time.monotonic()))
"""
COLD_DRIVER = "import sys, tasks; tasks.first.delay(sys.argv[1])"


def cold_start() -> float:
    """Seconds from nothing to the first task started, with plain processes and Celery's default options."""
    folder = Path(tempfile.mkdtemp(prefix="bb-cold-"))
    (folder / "tasks.py").write_text(COLD_TASKS)
    python = str(up.lab_environments()["main"] / "bin" / "python")
    socket, said = folder / "v.sock", folder / "started"
    environment = {
        **os.environ,
        "CELERY_BROKER_URL": f"redis+socket://{socket}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    began = time.monotonic()
    quiet: dict[str, Any] = {
        "cwd": folder,
        "env": environment,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    processes = [
        subprocess.Popen(
            [up.valkey_server(), "--port", "0", "--unixsocket", str(socket), "--save", ""], **quiet
        )
    ]
    try:
        processes.append(
            subprocess.Popen([python, "-m", "celery", "-A", "tasks", "worker", "-c", "1", "-E"], **quiet)
        )
        while not socket.exists():
            time.sleep(0.002)
        processes.append(subprocess.Popen([python, "-c", COLD_DRIVER, str(said)], **quiet))
        while not (said.exists() and said.stat().st_size):
            time.sleep(0.002)
        return float(said.read_text()) - began
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)
