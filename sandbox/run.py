"""`python -m sandbox.run LABDIR [--solution] [--knob name=value] [--seed N]`: run a lab, print its trace.

The trace is printed as JSON lines, in the form of `traces/*.jsonl`. For authors of labs.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

from sandbox.protocol import Action, CommandSpec, Limits, ProcessSpec, RunRequest
from sandbox.warden.build import build
from sandbox.warden.loop import Warden

NOT_FOR_THE_JAIL = {"lab.toml", "checks.py", "hints.md", "README.md"}


def read_request(folder: Path, *, solution: bool, knobs: dict[str, str], seed: int) -> RunRequest:
    """The request that a lab's folder makes. Raises `KeyError` or `ValueError` for another folder."""
    lab = tomllib.loads((folder / "lab.toml").read_text(encoding="utf-8"))
    files = {
        path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()) if _is_sent(path)
    }
    if solution:
        files |= {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted((folder / "solution").iterdir())
            if _is_sent(path)
        }
    values = {knob["name"]: _value(knob, knobs.get(knob["name"])) for knob in lab.get("knob", [])}
    processes = [
        # Folders written before the key was named `kind` say `run`.
        ProcessSpec(
            p["lane"],
            p["kind"] if "kind" in p else p["run"],
            {k: v for k, v in p.items() if k not in ("lane", "kind", "run")},
        )
        for p in lab["process"]
    ]
    commands = [CommandSpec(Action(c["action"]), tuple(c["targets"])) for c in lab.get("command", [])]
    limits = Limits(**lab.get("limits", {}))
    environment = lab.get("environment", "main")
    return RunRequest(
        "by-hand", 1, seed, environment, files, tuple(processes), tuple(commands), values, limits, folder.name
    )


def main() -> None:
    """Run and print; the exit status is 0 when the run finished."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.run", description="Run a lab's folder in a jail and print its trace."
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--solution", action="store_true", help="with the files of solution/")
    parser.add_argument("--knob", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--venv", type=Path, default=Path(__file__).resolve().parent.parent / ".venv-sandbox")
    options = parser.parse_args()
    knobs = dict(pair.split("=", 1) for pair in options.knob)
    seed = random.randrange(10**6) if options.seed is None else options.seed  # noqa: S311 (a number to repeat a run by)
    request = read_request(options.folder.resolve(), solution=options.solution, knobs=knobs, seed=seed)
    sys.exit(run(request, {request.environment: options.venv}))


def run(request: RunRequest, environments: dict[str, Path]) -> int:
    """Run a request through a warden in this process; print each event as it comes. Returns the
    exit status.
    """
    settings, status = build(environments, 1, [])
    if settings is None:
        print(status.sentence, file=sys.stderr)  # noqa: T201 (the command's output)
        return 2
    warden = Warden(None, settings, pool=1, running=1, status=status)
    ours, theirs = socket.socketpair()
    warden.serve(theirs)
    ours.sendall(json.dumps({"op": "run", "request": request.to_json()}).encode() + b"\n")
    ours.setblocking(False)
    printer = _Printer(ours, request)
    warden.run(until=printer.is_done)
    return 0 if printer.end.get("outcome") == "finished" else 1


class _Printer:
    """Does the runner's work: it adds a number and a time to each event, and prints the event."""

    def __init__(self, sock: socket.socket, request: RunRequest) -> None:
        self._socket, self._rest = sock, b""
        self._seq, self._begun = 0, time.monotonic()
        self.end: dict[str, Any] = {}
        self._print(
            {"lane": "driver", "kind": "run-started", "data": {"seed": request.seed, "knobs": request.knobs}}
        )

    def is_done(self) -> bool:
        """Print the events that have arrived. True once the end has arrived."""
        try:
            piece = self._socket.recv(1 << 18)
        except BlockingIOError:
            return False
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for message in map(json.loads, lines):
            if "event" in message:
                self._print(message["event"])
            elif "end" in message:
                self.end = message["end"]
                self._print({"lane": "driver", "kind": "run-ended", "data": self.end})
            else:
                print(message.get("refused"), file=sys.stderr)  # noqa: T201 (the command's output)
        return bool(self.end) or not piece

    def _print(self, event: dict[str, Any]) -> None:
        self._seq += 1
        line = {"seq": self._seq, "t": round(time.monotonic() - self._begun, 3), **event}
        print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201 (the command's output)


def _is_sent(path: Path) -> bool:
    return path.is_file() and path.name not in NOT_FOR_THE_JAIL and not path.name.startswith(".")


def _value(knob: dict[str, Any], given: str | None) -> Any:
    if given is None:
        return knob["default"]
    return json.loads(given) if knob.get("kind") in ("int", "float", "bool", "number") else given


if __name__ == "__main__":
    main()
