"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import os
import threading
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import bench

members = bench.random.sample(range(1000, 10000), 20)


def join(member: int) -> None:
    """Sign one member up, and tell the bench what the member saw."""
    request = Request(f"{os.environ['WEB_URL']}/members/{member}", method="POST")
    begun = time.monotonic()
    try:
        with urlopen(request, timeout=5) as answer:
            status = answer.status
    except HTTPError as error:
        status = error.code
    except (URLError, TimeoutError):
        status = None
    bench.mark("answer", member=member, status=status, seconds=round(time.monotonic() - begun, 3))


def baseline() -> None:
    """How long a call takes that has nothing to do with the web process: the machine's share of every wait."""
    waits = []
    for _ in range(10):
        begun = time.monotonic()
        urlopen(f"{os.environ['CARDS_URL']}/idle", timeout=5).close()
        waits.append(time.monotonic() - begun)
        bench.pause(0.2)
    bench.mark("baseline", seconds=round(sorted(waits)[8], 3))


for lane in ("cards", "mail", "crm", "stats", "web", "probe"):
    bench.wait_for("lane-up", lane=lane, deadline=5)

# Ten sign-ups a second, whether or not the earlier ones have been answered. On the way, the mail
# server refuses one call and the CRM another; the knobs say which.
threads = [threading.Thread(target=join, args=(member,)) for member in members]
idle = threading.Thread(target=baseline)
idle.start()
for thread in threads:
    thread.start()
    bench.pause(0.1)
for thread in [*threads, idle]:
    thread.join()

# Whatever goes on behind the answers.
bench.wait_until_quiet(deadline=5)
