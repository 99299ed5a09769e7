"""The one-port door behind a real server: what is sent or read slowly takes no thread from others."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from config.doors import connections, whole_requests
from config.doors.connections import BoundedProtocol, Connections
from config.doors.whole_requests import WholeRequests, in_one_piece

THREADS = 2
PAGE = b"x" * 3_000_000


def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A page that says what it got; `/large` is a large one."""
    body = environ["wsgi.input"].read()
    said = PAGE if environ["PATH_INFO"] == "/large" else b"%d %s" % (len(body), body[:9])
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said[start : start + 100_000] for start in range(0, len(said), 100_000)]


class Server:
    def __init__(self) -> None:
        from a2wsgi import WSGIMiddleware  # here, beside its only use

        self.opened: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listening.getsockname()[1]
        door = WholeRequests(WSGIMiddleware(in_one_piece(wsgi), workers=THREADS))
        bounds: dict[str, Any] = {"http": BoundedProtocol, "ws": "none", "lifespan": "off"}
        config = uvicorn.Config(door, **bounds, log_level="critical", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        for sock in self.opened:
            sock.close()
        self._thread.join(timeout=60)
        self._listening.close()
        assert not self._thread.is_alive()

    def get(self, path: str = "/", **more: Any) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=60, trust_env=False, **more)

    def post(self, content: Any, path: str = "/accounts/login/", **more: Any) -> httpx.Response:
        address = f"http://127.0.0.1:{self.port}{path}"
        return httpx.post(address, content=content, timeout=60, trust_env=False, **more)

    def open(self, sent: bytes) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port))
        self.opened.append(sock)
        sock.settimeout(60)
        sock.sendall(sent)
        return sock


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(BoundedProtocol, "connections_by_address", Connections())
    made = Server()
    yield made
    made.stop()


BODY = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\na="
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: a"
CHUNKS = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
LARGE = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"


def read_to_end(sock: socket.socket) -> bytes:
    """What comes until the server closes; fails after a minute."""
    found = b""
    try:
        while piece := sock.recv(1 << 16):
            found += piece
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    "sent", [BODY, HEAD, CHUNKS, LARGE, b""], ids=["body", "head", "chunks", "reader", "nothing"]
)
def test_many_slow_clients_hold_no_thread(server: Server, sent: bytes) -> None:
    slow = [server.open(sent) for _ in range(40)]
    for _ in range(2):
        for sock in slow:
            sock.sendall(b"b" if sent and sent != LARGE else b"")
        assert server.get().text == "0 "
        assert server.post(b"abc").text == "3 abc"


@pytest.mark.parametrize("sent", [BODY, CHUNKS], ids=["body", "chunks"])
def test_a_body_that_takes_too_long_is_refused_and_its_connection_closed(
    server: Server, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_requests, "BODY_WITHIN", 0.3)
    said = read_to_end(server.open(sent))
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"did not come in time" in said
    assert not whole_requests._held


@pytest.mark.parametrize("sent", [HEAD, b"", b"\r\n"], ids=["head", "nothing", "a line"])
def test_a_head_that_takes_too_long_ends_its_connection(
    server: Server, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.3)
    assert read_to_end(server.open(sent)) == b""


def test_a_client_that_drips_after_its_response_is_closed_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.5)
    sock = server.open(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert sock.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    ended, until = False, time.monotonic() + 60
    while not ended and time.monotonic() < until:
        try:
            sock.sendall(b"\r\n")
            time.sleep(0.05)
        except OSError:
            ended = True
    assert ended


def test_a_client_that_does_not_read_is_closed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READ_WITHIN", 0.3)
    sock = socket.socket()
    server.opened.append(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(60)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(LARGE * 8)
    known = BoundedProtocol.connections_by_address
    until = time.monotonic() + 60
    while known.number and time.monotonic() < until:
        time.sleep(0.05)
    assert known.number == 0
    assert len(read_to_end(sock)) < 8 * len(PAGE)


def test_a_large_page_arrives_whole_at_a_client_that_reads(server: Server) -> None:
    assert server.get("/large").content == PAGE
    assert httpx.head(f"http://127.0.0.1:{server.port}/large", trust_env=False).headers["content-length"]


def test_a_chunked_body_has_a_length_for_the_page(server: Server) -> None:
    assert server.post(iter([b"ab", b"c"])).text == "3 abc"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 100 + b"\r\n", b"431"),
        (b"GET /?\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
def test_a_request_out_of_bounds_is_refused_and_its_connection_closed(
    server: Server, sent: bytes, status: bytes
) -> None:
    assert read_to_end(server.open(sent)).startswith(b"HTTP/1.1 " + status)
    assert server.get().status_code == 200


def test_a_body_that_is_larger_than_its_address_takes_is_read_and_refused(server: Server) -> None:
    refused = server.post(b"a" * 3_000_000)
    assert refused.status_code == 413
    assert "larger than 128 kB" in refused.text
    assert server.post(b"a" * 3_000_000, "/labs/any/runs/").status_code == 200


def test_bodies_on_their_way_are_bounded_together(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_requests, "MOST_HELD_OF_ONE_ADDRESS", 100_000)
    begun = (
        b"POST /labs/any/runs/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n" + b"a" * 80_000
    )
    sock = server.open(begun)
    until = time.monotonic() + 60
    while whole_requests._held[""] < 80_000 and time.monotonic() < until:
        time.sleep(0.02)
    assert server.post(b"a" * 50_000, "/labs/any/runs/").status_code == 503
    sock.close()
    while whole_requests._held and time.monotonic() < until:
        time.sleep(0.02)
    assert server.post(b"a" * 50_000, "/labs/any/runs/").status_code == 200
    assert not whole_requests._held


def test_too_many_connections_of_one_address_end_the_one_that_waited_longest(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE_ADDRESS", 5)
    first = server.open(HEAD)
    for _ in range(5):
        server.open(HEAD)
    assert read_to_end(first) == b""
    assert server.get().status_code == 200  # in its turn it ends another one that only waits
    assert BoundedProtocol.connections_by_address.number <= 5


def test_headers_that_wsgi_takes_for_others_are_dropped() -> None:
    seen: list[Any] = []

    async def pages(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]))

    async def play() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"x_forwarded_for", b"192.0.2.1"), (b"x-forwarded-for", b"192.0.2.2")],
            "client": ("127.0.0.1", 1),
        }

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            pass

        await WholeRequests(pages)(scope, receive, send)

    asyncio.run(play())
    assert seen == [{b"x-forwarded-for": b"192.0.2.2", b"content-length": b"0"}]
