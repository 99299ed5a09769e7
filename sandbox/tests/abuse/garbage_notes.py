"""Writes garbage to the lane's channel: wrong types in every field, no JSON, questions that make no sense."""

from sandbox.tests.abuse.harness import program

FAMILY = "garbage for the supervisor"
REQUEST = program(
    """
import itertools, json, os, socket, stat, bench
line = bench._channel._socket
wrong = [None, True, -1, 1e308, 2**70, "", "x" * 5000, [], {}, [[]], {"a": {}}, "task-started"]
fields = ["kind", "task", "name", "attempt", "data", "at", "pid", "delivery", "lane"]
fields += ["ask", "deadline", "match", "event", "options", "target", "action", "settle"]
kinds = ["task-started", "task-received", "task-succeeded", "child-down", "fatal", "lane-up"]
kinds += ["mark", "request-started", "task-sending", "task-sent"]
for kind, field, value in itertools.product(kinds, fields, wrong):
    line.send(json.dumps({"kind": kind, "task": "t", "name": "n", "data": {}, field: value}).encode())
for ask, field, value in itertools.product(["wait", "quiet", "command", 3, None], fields, wrong):
    line.send(json.dumps({"ask": ask, "event": "mark", "deadline": 0.01, field: value}).encode())
raws = [b"{", b"[]", b"3", b"null", b'"x"', b"\\xff", b'{"kind": NaN}', b'{"kind": "mark", "at": NaN}']
raws += [b'{"ask": "wait", "deadline": NaN}', b'{"ask": "wait", "deadline": Infinity}']
raws += [b"[" * 30000, b'{"a":' * 9000]
for raw in raws:
    line.send(raw)
bench.pause(0.5)
line.setblocking(False)
try:
    while True:
        line.recv(1 << 16)
except OSError:
    pass
line.setblocking(True)
for _ in range(3):
    bench.pause(0.4)  # beyond the second in which the bursts above were cut
bench.mark("after")
bench.pause(0.2)
""",
    wall=6.0,
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.ran.of("mark", text="after")
