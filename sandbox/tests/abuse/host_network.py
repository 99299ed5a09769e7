"""Connects to the host's web port and broker, by every address that may lead there."""

from sandbox.tests.abuse.harness import program

FAMILY = "host network"
REQUEST = program("""
import socket, bench
reached = []
own = ["127.0.0.1", "localhost", "::1", "0.0.0.0"]
for host in [*own, "10.0.2.2", "172.17.0.1", "169.254.169.254", "192.168.1.1"]:
    for port in (bench.knob("port"), 8000, 22, 5432):
        try:
            socket.create_connection((host, port), timeout=0.05).close()
            reached.append(f"{host}:{port}")
        except OSError:
            pass
server = socket.create_server(("localhost", 0))
socket.create_connection(("localhost", server.getsockname()[1])).close()
interfaces = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]
bench.mark("found", reached=reached, interfaces=interfaces)
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["reached"] == []
    assert seen.found["interfaces"] == ["lo"]
