"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import contextlib
import os
import threading
import time
from pathlib import Path
from urllib.request import Request, urlopen

import bench
import sales

REPORTS = bench.knob("reports")
reports = bench.random.sample(range(100_000, 1_000_000), REPORTS)
numbers = bench.random.sample(range(100_000, 1_000_000), 30)
WHILE_HELD, STOCK, WHILE_ADDING = numbers[:10], numbers[10:20], numbers[20:]


def request(text: str, path: str, method: str = "GET", **about: object) -> None:
    """Send one request, and mark what came back and when."""
    begun, status, body = time.monotonic(), None, ""
    try:
        with urlopen(Request(f"{os.environ['WEB_URL']}{path}", method=method), timeout=25) as response:
            status, body = response.status, response.read(100).decode()
    except OSError as error:
        body = str(error)
    seconds = round(time.monotonic() - begun, 4)
    bench.mark(text, path=path, status=status, body=body, seconds=seconds, **about)


def side_by_side(text: str, paths: list[str], method: str = "GET") -> list[threading.Thread]:
    threads = [threading.Thread(target=request, args=(text, path, method), daemon=True) for path in paths]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread], seconds: float) -> None:
    """Wait for all of them, and for so many seconds at most."""
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def wait_for_fetches() -> None:
    """Until the tills hold a call of each report, or until no other call comes."""
    bench.wait_for("stub-received", lane="tills", deadline=10)
    for _ in range(REPORTS - 1):
        try:
            bench.wait_for("stub-received", lane="tills", deadline=1)
        except bench.Deadline:
            return


def processor_seconds(web: int) -> tuple[float, float]:
    """What the web server's own process has used so far, and what its child processes have."""
    stats = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # that process has just ended
            words = stat.read_text().rpartition(")")[2].split()
            stats[int(stat.parent.name)] = [int(word) for word in words[1:15]]
    family = {web}
    for _ in range(3):  # children, their children and those of these
        family |= {pid for pid, (parent, *_) in stats.items() if parent in family}
    # From place 10 on: user and system time of the process, then of its ended children.
    own = sum(stats[web][10:12])
    everybody = sum(sum(stats[pid][10:14]) for pid in family)
    ticks = os.sysconf("SC_CLK_TCK")
    return own / ticks, (everybody - own) / ticks


# How much processor time does it take to add up one report?
begun = time.thread_time()
sales.add_up(REPORTS, 300_000)
for_one = time.thread_time() - begun

for lane in ("tills", "office", "probe"):
    bench.wait_for("lane-up", lane=lane, deadline=15)
web = bench.wait_for("lane-up", lane="web", deadline=15).data["pid"]

# How quick is the web server when nobody asks for a report?
for _ in range(4):
    bench.wait_for("probe", lane="probe", deadline=10)

# The office asks for its reports. The tills receive the calls and hold back their responses. Meanwhile
# ten pings and ten requests for a `def` route are sent, each with two seconds to come back.
used = processor_seconds(web)
bench.hold("tills")
try:
    asked = side_by_side("asked", [f"/reports/{report}" for report in reports], "POST")
    wait_for_fetches()
    join(
        side_by_side("ping", [f"/ping/{number}" for number in WHILE_HELD])
        + side_by_side("stock", [f"/stock/{number}" for number in STOCK]),
        seconds=2,
    )
finally:
    bench.mark("released")
    bench.release("tills")

# Now the receipts are added up. Ten more pings, one after the other, while that goes on.
bench.wait_for("stub-called", lane="tills", deadline=20)
for number in WHILE_ADDING:
    request("ping", f"/ping/{number}")

try:
    for _ in range(REPORTS):
        bench.wait_for("stub-called", lane="office", deadline=10)
except bench.Deadline:
    bench.mark("gave up waiting for the office")
own, children = (round(now - then, 2) for now, then in zip(processor_seconds(web), used, strict=True))
bench.mark("processor time", web=own, children=children, adding_up=round(REPORTS * for_one, 2))
join(asked, seconds=5)
request("runs-on", "/runs-on")
bench.wait_until_quiet(deadline=5)
