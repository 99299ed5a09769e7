"""Sends messages that nobody reads: the kernel keeps them in memory of its own."""

from sandbox.tests.abuse.harness import program

FAMILY = "memory bomb, unread sockets"
REQUEST = program("""
import os, socket, time

def fill(ends):
    for end in ends:
        end.setblocking(False)
        try:
            while end.send(bytes(1 << 16)):
                pass
        except OSError:
            pass

def connected():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return socket.create_connection(listening.getsockname()), listening.accept()[0]

pair = socket.socketpair()
try:
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 23)
except OSError:
    bench.mark("found", larger="refused")
kept = [pair]
for child in range(30):
    if os.fork() == 0:
        for _ in range(200):
            kept.append(connected() if child % 3 == 0 else socket.socketpair())
            fill(kept[-1])
            time.sleep(0.001)
        time.sleep(60)
    time.sleep(0.2)
""")
ENDS = {"over_limit"}
SAYS = "more than 320 MiB of memory"


def contained(seen) -> None:
    assert seen.found["larger"] == "refused"
