"""Connects to the internet, by address and by name."""

from sandbox.tests.abuse.harness import program

FAMILY = "internet"
REQUEST = program("""
import errno, socket, bench
said = []
for address in (("192.0.2.1", 80), ("198.51.100.7", 53), ("2001:db8::1", 443), ("::ffff:198.51.100.7", 80)):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as sock:
            sock.settimeout(0.3)
            try:
                sock.connect(address)
                said.append("connected")
            except OSError as error:
                said.append(errno.errorcode.get(error.errno, "timeout"))
try:
    named = socket.getaddrinfo("example.org", 80)
except OSError:
    named = []
bench.mark("found", said=said, named=len(named))
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert set(seen.found["said"]) <= {"ENETUNREACH", "EADDRNOTAVAIL", "EHOSTUNREACH"}, seen.found["said"]
    assert seen.found["named"] == 0
