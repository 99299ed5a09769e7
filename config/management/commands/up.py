"""`manage.py up`: prepare, start every part, say the address, and end them all on Ctrl-C."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config import up
from courseware.models import Lesson

PR_SET_PDEATHSIG = 1
READY_WITHIN = 30.0


class Command(BaseCommand):
    help = "Start the whole product in the foreground: Valkey, warden, runner, worker, beat and web."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--slots", type=int, default=settings.LABS_RUNNER_SLOTS, help="runs at once")
        parser.add_argument("--pool", type=int, default=int(os.environ.get("SANDBOX_POOL", "4")), help="warm jails")
        parser.add_argument("--no-prepare", action="store_true", help="skip migrations, content and static files")

    def handle(self, **options: Any) -> None:
        try:
            self._run(**options)
        except up.Refused as refusal:
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
            self._prepare()
        chosen = up.free_port(host, port)
        if port and chosen != port:
            self.stdout.write(f"Port {port} is taken, so this is port {chosen}.")
        parts = list(
            up.programs(
                host=host, port=chosen, state=state, runtime=runtime, own_valkey=own_valkey, slots=slots, pool=pool
            )
        )
        config = runtime / "supervisord.conf"
        config.write_text(up.supervisor_config(parts, state=state, runtime=runtime))
        address = f"http://{f'[{host}]' if ':' in host else host}:{chosen}/"
        note(held, f"{address}, process {os.getpid()}")
        self._supervise(config, mark, address)

    def _prepare(self) -> None:
        """Migrations, the course, static files: each does nothing when nothing changed."""
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
        if child.returncode and not stopping.asked:
            raise CommandError(
                "The supervisor of the parts ended by itself; every part was stopped. Start again with `make run`."
            )

    def _announce(self, child: subprocess.Popen[bytes], address: str, stopping: Stop) -> None:
        said = ready(child, address, stopping)
        if stopping.asked or child.poll() is not None:
            return
        if said is None:
            hint = "Ctrl-C stops it; make instructor EMAIL=you@example.org makes an instructor"
            self.stdout.write(f"Backburner is at {address}  ({hint})")
        else:
            logs = Path(settings.STATE) / "logs"
            self.stdout.write(
                f"Backburner is at {address}, but not all of it is ready: {said}. The logs are in {logs}."
            )
        self.stdout.flush()


class Stop:
    """Turns Ctrl-C, SIGTERM and a closed terminal into one orderly end of the supervisor."""

    def __init__(self) -> None:
        self.asked = False
        self.child: subprocess.Popen[bytes] | None = None
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._ask)

    def watch(self, child: subprocess.Popen[bytes]) -> None:
        self.child = child
        if self.asked:
            child.terminate()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self.child and self.child.poll() is None:
            self.child.terminate()

    def finish(self) -> None:
        """Nothing may stop the end of the end."""
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
    """The supervisor is asked to end when this process dies, however it dies (Linux, PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def note(held: IO[str], text: str) -> None:
    """Write into the lock file where the product is, for whoever is refused."""
    held.seek(0)
    held.truncate()
    held.write(text)
    held.flush()


def ready(child: subprocess.Popen[bytes], address: str, stopping: Stop) -> str | None:
    """Wait for `/readyz`; None when all is ready, otherwise its words after `READY_WITHIN` seconds."""
    deadline = time.monotonic() + READY_WITHIN
    words = "the web server does not answer"
    while time.monotonic() < deadline and child.poll() is None and not stopping.asked:
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=2):  # noqa: S310 - our own address
                return None
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace").strip()
        except OSError:
            pass
        time.sleep(0.1)
    return words
