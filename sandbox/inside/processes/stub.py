"""`kind = "stub"`: a server on loopback that imitates a mail server, a payment provider or a back office.

It is a process of its own, and no code of the learner runs in it. It writes `stub-received` when a call has
arrived and `stub-called` when it sends the response; these are the evidence of effects. Both say on which
`connection` the call came, counted from 1 in the order in which connections were accepted. A call that
arrives while an earlier one of its connection waits for its response is reported at once; the responses keep
the order of the calls. Options: `env` (the variable that gets its address) and `routes`; the first route that
matches responds:

    path = "ledger/*/*"   each `*` is one part of the path
    method = "POST"       any, if absent
    seconds = 0.95        how long the response takes (also: [0.05, 0.9], drawn at random)
    status = 204          the response's status
    json = {…}            the response's body; `{1}` in a text is what the first `*` of the path stands for
    idempotent = true     repeat the response to each Idempotency-Key
    fail = [1, 3]         these calls of the route (counted from 1) get `fail_status` (503)
    keep = ["amount"]     keys of a JSON body that go into the event's data

`outages = [[2.0, 8.0]]` lists the seconds of the run in which every request gets `outage_status` (503).
`limit = {calls = 5, seconds = 1.0, status = 429}` refuses requests above a rate. The command `outage` begins
an outage, and the next one ends it. A driver may hold the responses to a path and release them. Outages and
holds are events, and both are commanded through the channel to the supervisor: a signal, which any program of
the run can send, changes nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import Mapping
from typing import Any

from sandbox.inside.processes.lane_process import LaneProcess, Launch, Prepared, listening_socket
from sandbox.inside.processes.stub_holds import Holds
from sandbox.inside.processes.stub_responses import StubRequest, StubRoutes
from sandbox.protocol import ProcessSpec

VERSION = "1"
LONGEST_HEAD, LONGEST_BODY = 16 << 10, 64 << 10
MOST_AHEAD = 32
"""Calls of one connection that are read before the first of them has its response."""
_Call = tuple[StubRequest, asyncio.Event | None]
"""A call, and what ends the hold that was on its path when it arrived."""
HARMLESS = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGALRM)
"""Signals that would end the process if it did not ignore them."""


class Stub(LaneProcess):
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
        self._routes = StubRoutes(options, launch.started)
        self._holds = Holds()
        self._connections = itertools.count(1)

    async def run(self) -> None:
        for number in HARMLESS:
            signal.signal(number, signal.SIG_IGN)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._launch.channel.fileno(), self._obey)
        for seconds in itertools.chain.from_iterable(self._routes.outages):
            loop.call_at(self._launch.started + seconds, self._note_outage)
        server = await asyncio.start_server(
            self._serve, sock=self._launch.prepared.socket, limit=LONGEST_HEAD
        )
        self._launch.up(VERSION)
        async with server:
            await server.serve_forever()

    def _obey(self) -> None:
        """Do what the supervisor commands: begin or end an outage, hold responses or release them."""
        message = self._launch.channel.receive()
        if message is None:
            asyncio.get_running_loop().remove_reader(self._launch.channel.fileno())
        elif "outage" in message:
            self._routes.toggle_outage()
            self._note_outage()
        elif "hold" in message:
            self._holds.hold(path := message["hold"] or "**")
            self._launch.channel.note("hold", data={"path": path, "state": "begun"})
        elif "release" in message:
            for path in self._holds.release(message["release"]):
                self._launch.channel.note("hold", data={"path": path, "state": "ended"})

    def _note_outage(self) -> None:
        state = "begun" if self._routes.is_out() else "ended"
        self._launch.channel.note("outage", data={"state": state})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = next(self._connections)
        calls: asyncio.Queue[_Call | None] = asyncio.Queue(MOST_AHEAD)
        reading = asyncio.create_task(self._receive(reader, connection, calls))
        try:
            while call := await calls.get():
                request, hold = call
                await self._respond(request, hold, connection, reader, writer)
                if request.closes:
                    break
        except OSError:
            pass  # the caller closed the connection
        finally:
            reading.cancel()
            writer.close()

    async def _receive(
        self, reader: asyncio.StreamReader, connection: int, calls: asyncio.Queue[_Call | None]
    ) -> None:
        """Report calls as they arrive, also while an earlier one of the connection waits for its response."""
        try:
            while request := await _read(reader):
                what = {"path": request.path, "method": request.method, "connection": connection}
                hold = self._holds.on(request.path)  # a driver that hears of the call may release it at once
                self._launch.channel.note("stub-received", data=what)
                await calls.put((request, hold))
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the caller closed the connection, or did not speak HTTP
        await calls.put(None)

    async def _respond(
        self,
        request: StubRequest,
        hold: asyncio.Event | None,
        connection: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        response = self._routes.respond(request)
        await asyncio.sleep(response.seconds)
        held = await self._holds.until_released(request.path, hold, reader.at_eof)
        data = {"path": request.path, "method": request.method, "connection": connection}
        data |= {"status": response.status, "seconds": response.seconds, **held, **response.data}
        # The event is sent before the response, so that no lane can act upon the response earlier.
        self._launch.channel.note("stub-called", data=data)
        head = f"HTTP/1.1 {response.status} {response.phrase}\r\n"
        head += f"Content-Length: {len(response.body)}\r\n{response.headers}\r\n"
        writer.write(head.encode() + response.body)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> StubRequest | None:
    """The next request of a connection, None at its end. Raises `ValueError` for what is not HTTP."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in rest if line)
    }
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= LONGEST_BODY:
        raise ValueError("the body is too long")
    body = await reader.readexactly(length) if length else b""
    return StubRequest(method, target.partition("?")[0].strip("/")[:400], headers, body)
