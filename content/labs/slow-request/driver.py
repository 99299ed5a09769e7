"""What happens in this run, in order. Read-only: the learner sees it, the bench runs it."""

import contextlib
import os
import threading
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import bench

members = bench.random.sample(range(1000, 10000), 20)
held = bench.random.choice(members[5:15])


def join(member: int) -> None:
    """Sign one member up, and tell the bench what the member saw."""
    request = Request(f"{os.environ['WEB_URL']}/members/{member}", method="POST")
    begun = time.monotonic()
    try:
        with urlopen(request, timeout=20) as response:
            status = response.status
    except HTTPError as error:
        status = error.code
    except (OSError, HTTPException):  # no server, no response, or half of one
        status = None
    bench.mark("answer", member=member, status=status, seconds=round(time.monotonic() - begun, 3))


for lane in ("cards", "mail", "crm", "stats", "web", "probe"):
    bench.wait_for("lane-up", lane=lane, deadline=15)

# The mail server takes longer over one member than over the others: it responds when nothing else is going
# on any more. Whoever waits for that mail is then seen to wait for it.
bench.hold("mail", path=f"welcomes/{held}")

# Ten sign-ups a second, or all at once, whether or not the earlier ones have had their response. On the way,
# the mail server refuses one call and the CRM another; the knobs say which.
threads = {member: threading.Thread(target=join, args=(member,)) for member in members}
for thread in threads.values():
    thread.start()
    if not bench.knob("at_once"):
        bench.pause(0.1)
for member, thread in threads.items():
    if member != held:
        thread.join()

# Whatever goes on after the responses: the last of the other members' calls, then the one that was held.
with contextlib.suppress(bench.Deadline):
    bench.wait_for("stub-called", lane="stats", path=f"counts/{members[-1]}", deadline=3)
bench.pause(0.5)
bench.release("mail")
threads[held].join()
bench.wait_until_quiet(deadline=8)
