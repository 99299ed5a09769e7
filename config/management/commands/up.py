"""`manage.py up`: prepare, start every part, print the address, and end all parts on Ctrl-C."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.operations import up
from courseware.models import Lesson

PR_SET_PDEATHSIG = 1
READY_WITHIN = 30.0
"""Seconds after which the address is printed though not all is ready."""
SAY_AFTER = 2.0
"""Seconds without a word: a start on an idle machine takes less."""


class Command(BaseCommand):
    help = "Start the whole product in the foreground: Valkey, warden, runner, worker, beat and web."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--slots", type=int, default=settings.LABS_RUNNER_SLOTS, help="runs at once")
        parser.add_argument(
            "--pool", type=int, default=int(os.environ.get("SANDBOX_POOL", "4")), help="warm jails"
        )
        parser.add_argument(
            "--no-prepare", action="store_true", help="skip migrations, content and static files"
        )

    def handle(self, **options: Any) -> None:
        try:
            self._run(**options)
        except up.CannotStart as refusal:
            raise CommandError(str(refusal)) from refusal

    def _run(self, *, host: str, port: int, slots: int, pool: int, no_prepare: bool, **_: Any) -> None:
        state, runtime = Path(settings.STATE), Path(settings.RUNTIME)
        held = up.lock(state)
        up.make_runtime(runtime)
        mark = up.mark_of(state)
        if ended := up.end_survivors(mark):
            self.stdout.write(f"Ended {ended} processes that an earlier start had left behind.")
        own_valkey = settings.REDIS_URL.startswith(f"unix://{runtime}")
        if not no_prepare:
            self._say("Preparing the database, the course and the static files.")
            self._prepare()
        chosen = up.free_port(host, port)
        if port and chosen != port:
            self.stdout.write(f"Port {port} is taken, so this is port {chosen}.")
        parts = list(
            up.programs(
                host=host,
                port=chosen,
                state=state,
                runtime=runtime,
                own_valkey=own_valkey,
                slots=slots,
                pool=pool,
            )
        )
        config = runtime / "supervisord.conf"
        config.write_text(up.supervisor_config(parts, state=state, runtime=runtime))
        address = f"http://{f'[{host}]' if ':' in host else host}:{chosen}/"
        note(held, f"{address}, process {os.getpid()}")
        self._supervise(config, mark, address)

    def _prepare(self) -> None:
        """Run migrations, load the course and collect static files. Each does nothing if nothing changed."""
        call_command("migrate", verbosity=0, interactive=False)
        try:
            call_command("load_content", verbosity=0)
        except CommandError as error:
            if not Lesson.objects.published().exists():
                raise
            self.stdout.write(f"The site keeps the course that was loaded last. {error}")
        call_command("collectstatic", verbosity=0, interactive=False)

    def _supervise(self, config: Path, mark: str, address: str) -> None:
        environment = {**os.environ, up.MARK: mark, "PYTHONUNBUFFERED": "1"}
        environment.setdefault("SITE_ORIGIN", address)
        environment.setdefault("LABS_GUEST_RUNS", "1")
        command = (sys.executable, "-m", "supervisor.supervisord", "-c", str(config))
        stopping = Stop()
        child = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread runs in this process
        )
        stopping.watch(child)
        try:
            self._announce(child, address, stopping)
            child.wait()
        finally:
            stopping.finish()
            up.end_survivors(mark)
        if child.returncode and not stopping.requested:
            raise CommandError(
                "The supervisor of the parts ended by itself; every part was stopped. "
                "Start again with `make run`."
            )

    def _announce(self, child: subprocess.Popen[bytes], address: str, stopping: Stop) -> None:
        self._say("Starting Valkey, the warden, the runner, the worker, beat and the web server.")
        missing = ready(child, address, stopping, self._say)
        if stopping.requested or child.poll() is not None:
            return
        if missing is None:
            hint = "Ctrl-C stops it; make instructor EMAIL=you@example.org makes an instructor"
            self.stdout.write(f"Backburner is at {address}  ({hint})")
        else:
            logs = Path(settings.STATE) / "logs"
            self.stdout.write(
                f"Backburner is at {address}, but not all of it is ready: {missing}. The logs are in {logs}."
            )
            self.stdout.flush()
            if ready(child, address, stopping, self._say, within=math.inf, known=missing) is None:
                self._say("All of it is ready now.")
        self.stdout.flush()

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


class Stop:
    """Ends the supervisor in order on Ctrl-C, SIGTERM or a closed terminal."""

    def __init__(self) -> None:
        self.requested = False
        self.child: subprocess.Popen[bytes] | None = None
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._request)

    def watch(self, child: subprocess.Popen[bytes]) -> None:
        self.child = child
        if self.requested:
            child.terminate()

    def _request(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        if self.child and self.child.poll() is None:
            self.child.terminate()

    def finish(self) -> None:
        """End the supervisor. From here on signals are ignored: a second Ctrl-C must not leave parts
        running.
        """
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(timeout=2 * up.GRACE)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def die_with_parent() -> None:
    """Let Linux send SIGTERM to the supervisor when this process dies, even by SIGKILL (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def note(held: IO[str], text: str) -> None:
    """Write the product's address into the lock file, for the message of the next `manage.py up`."""
    held.seek(0)
    held.truncate()
    held.write(text)
    held.flush()


def ready(
    child: subprocess.Popen[bytes],
    address: str,
    stopping: Stop,
    say: Callable[[str], None],
    *,
    within: float = READY_WITHIN,
    known: str = "",
) -> str | None:
    """Wait for `/readyz`: None once all is ready, or what is missing after `within` seconds.

    Says what it waits for whenever that changes. `known` is what the reader was told already.
    """
    began = time.monotonic()
    deadline = began + within
    words = "the web server does not respond yet"
    while time.monotonic() < deadline and child.poll() is None and not stopping.requested:
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=2):  # noqa: S310 - our own address
                return None
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace").strip()
        except OSError:
            words = "the web server does not respond yet"
        if words != known and time.monotonic() - began > SAY_AFTER:
            say(f"Waiting: {words}.")
            known = words
        time.sleep(0.1)
    return words
