"""Replaces the broker by a server that sends the supervisor's sampler replies that no broker would send."""

from sandbox.tests.abuse.harness import program

FAMILY = "a broker that speaks nonsense"
REQUEST = program("""
import os, signal, socket, time
for name in filter(str.isdigit, os.listdir("/proc")):
    place = f"/proc/{name}/cmdline"
    words = open(place, "rb").read().split(bytes(1)) if os.path.exists(place) else [b""]
    if words[0].split(b" ")[0].endswith(b"valkey-server"):
        os.kill(int(name), signal.SIGKILL)
bench.wait_for("lane-down", lane="broker", deadline=30)
if os.path.exists("/run/valkey.sock"):
    os.unlink("/run/valkey.sock")
listening = socket.socket(socket.AF_UNIX)
listening.bind("/run/valkey.sock")
listening.listen()
three = b"*3\\r\\n:0\\r\\n$-1\\r\\n"
answers = [b"*1\\r\\n" * 16000, three + b"*1\\r\\n:5\\r\\n", three + b":7\\r\\n",
           b"*3\\r\\n:0\\r\\n+soon\\r\\n*0\\r\\n", b"*3\\r\\n$1\\r\\nx\\r\\n$-1\\r\\n*0\\r\\n",
           three + b"*2\\r\\n$1\\r\\nq\\r\\n$3\\r\\nNaN\\r\\n", b"*99999999999\\r\\n", b"$99999999999\\r\\n",
           b"!\\r\\n", b"*3\\r\\n:0\\r\\n$3\\r\\nnan\\r\\n*0\\r\\n", b":" + b"9" * 5000 + b"\\r\\n"]
for answer in answers:
    listening.settimeout(3)
    line = listening.accept()[0]
    line.recv(1 << 16)
    line.sendall(answer)
    time.sleep(0.12)
    line.close()
bench.mark("found", answered=len(answers))
""")
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    assert seen.found["answered"] == 11
