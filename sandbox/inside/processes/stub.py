"""`run = "stub"`: a server on loopback that plays a mail server, a payment provider or a back office.

It is a process of its own that no code of the learner runs in; its `stub-called` events, sent when it answers, are the
evidence of effects. Options: `env` (the variable that gets its address) and `routes`, the first that fits answers:

    path = "ledger/*/*"   each `*` is one part of the path
    method = "POST"       any, if absent
    seconds = 0.95        how long the answer takes (also: [0.05, 0.9], drawn from the run's seed)
    status = 204          the answer's status
    json = {…}            the answer's body; `idempotent = true` remembers the answer to each Idempotency-Key
    fail = [1, 3]         these calls of the route (counted from 1) get `fail_status` (503)
    keep = ["amount"]     keys of a JSON body that go into the event's data

and `outages = [[2.0, 8.0]]` (seconds of the run in which everything gets `outage_status`, 503) and
`limit = {calls = 5, seconds = 1.0, status = 429}`. The command `outage` begins an outage, the next one ends it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from typing import Any

from sandbox.inside.processes.answers import Call, Script
from sandbox.inside.processes.kind import Launch, Prepared, ProcessKind, listening_socket
from sandbox.protocol import ProcessSpec

VERSION = "1"
LONGEST_HEAD, LONGEST_BODY = 16 << 10, 64 << 10
OUTAGE_SIGNAL = signal.SIGUSR1


class Stub(ProcessKind):
    name = "stub"
    system = "stub"

    def prepare(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> Prepared:
        sock = listening_socket()
        variable = str(spec.options.get("env", f"{spec.lane.upper().replace('-', '_')}_URL"))
        return Prepared({variable: f"http://127.0.0.1:{sock.getsockname()[1]}"}, sock)

    def run(self, launch: Launch) -> None:
        asyncio.run(_Server(launch).run())


class _Server:
    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        options = {name: launch.option(name) for name in launch.spec.options}
        self._script = Script(options, launch.started)

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(OUTAGE_SIGNAL, self._script.toggle_outage)
        server = await asyncio.start_server(self._serve, sock=self._launch.prepared.socket, limit=LONGEST_HEAD)
        self._launch.up(VERSION)
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while call := await _read(reader):
                answer = self._script.answer(call)
                await asyncio.sleep(answer.seconds)
                data = {
                    "path": call.path,
                    "method": call.method,
                    "status": answer.status,
                    "seconds": answer.seconds,
                    **answer.data,
                }
                self._launch.channel.note("stub-called", data=data)
                head = f"HTTP/1.1 {answer.status} {answer.phrase}\r\nContent-Length: {len(answer.body)}\r\n{answer.headers}\r\n"
                writer.write(head.encode() + answer.body)
                await writer.drain()
                if call.closes:
                    break
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the caller went away or spoke no HTTP
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Call | None:
    """The next call of a connection, None at its end. Raises `ValueError` for what is no HTTP."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= LONGEST_BODY:
        raise ValueError("too long a body")
    body = await reader.readexactly(length) if length else b""
    return Call(method, target.partition("?")[0].strip("/")[:400], headers, body)
