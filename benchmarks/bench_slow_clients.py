"""How fast a page comes while slow clients hold connections to a running site.

    python -m benchmarks.bench_slow_clients http://127.0.0.1:8000/ [--slow 200] [--pages 200]

Each slow connection sends a byte of a body, a head or a chunk every half second, or reads no response.
The pages are asked for one after another. All of it stays on loopback and ends within a minute.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

LONGEST = 60.0
KINDS: dict[str, tuple[bytes, bytes]] = {
    "bodies": (b"POST /accounts/login/ HTTP/1.1\r\nHost: {h}\r\nContent-Length: 100000\r\n\r\na=", b"b"),
    "heads": (b"GET / HTTP/1.1\r\nHost: {h}\r\nX-Slow: a", b"b"),
    "chunks": (
        b"POST /accounts/login/ HTTP/1.1\r\nHost: {h}\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\na\r\n",
    ),
    "readers": (b"GET / HTTP/1.1\r\nHost: {h}\r\n\r\n" * 2, b""),
}


class SlowClients:
    """Connections that drip; one that the server closes is opened again."""

    def __init__(self, address: str, kind: str, number: int) -> None:
        parts = urlsplit(address)
        self._place = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._opening, self._drip = KINDS[kind]
        self._opening = self._opening.replace(b"{h}", parts.netloc.encode())
        self._sockets: list[socket.socket | None] = [None] * number
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.closed_by_server = 0

    def __enter__(self) -> SlowClients:
        self._thread.start()
        time.sleep(2)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        for sock in self._sockets:
            if sock is not None:
                sock.close()

    def _run(self) -> None:
        while not self._end.wait(0.5):
            for place, sock in enumerate(self._sockets):
                try:
                    if sock is None:
                        self._sockets[place] = self._open()
                    else:
                        sock.sendall(self._drip)
                except OSError:
                    self.closed_by_server += 1
                    self._sockets[place] = None

    def _open(self) -> socket.socket:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(2)
        sock.connect(self._place)
        sock.sendall(self._opening)
        return sock


def times(address: str, pages: int) -> list[float]:
    """Seconds of each page; stops after `LONGEST`. Raises httpx.HTTPError for a page that does not come."""
    found: list[float] = []
    until = time.monotonic() + LONGEST
    with httpx.Client(trust_env=False, timeout=10) as client:
        while len(found) < pages and time.monotonic() < until:
            began = time.monotonic()
            client.get(address).raise_for_status()
            found.append(time.monotonic() - began)
            time.sleep(0.02)
    return found


def said(name: str, found: list[float]) -> None:
    middle, p95 = statistics.median(found) * 1000, statistics.quantiles(found, n=20)[-1] * 1000
    print(f"{name:20} {len(found):4} pages  median {middle:6.1f} ms  p95 {p95:6.1f} ms")


def main(measure: Callable[[str, int], list[float]] = times) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--slow", type=int, default=200)
    parser.add_argument("--pages", type=int, default=200)
    options = parser.parse_args()
    said("alone", measure(options.address, options.pages))
    for kind in KINDS:
        with SlowClients(options.address, kind, options.slow) as slow:
            said(f"{options.slow} slow {kind}", measure(options.address, options.pages))
        print(f"{'':20} the server closed {slow.closed_by_server} connections")


if __name__ == "__main__":
    main()
