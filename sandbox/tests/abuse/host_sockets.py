"""Connects to the host's abstract sockets and to the paths of its unix sockets."""

from sandbox.tests.abuse.harness import program

FAMILY = "abstract sockets"
REQUEST = program("""
import socket, bench
reached = []
names = ["\\0" + bench.knob("abstract"), bench.knob("path"), "/proc/1/root" + bench.knob("path")]
for name in [*names, "/run/dbus/system_bus_socket", "/var/run/docker.sock"]:
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(name)
            reached.append(name[1:])
        except OSError:
            pass
bench.mark("found", reached=reached)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["reached"] == []
