"""The label worker. A message stays in the broker until its label is printed."""

import json
import os
import threading
import time
from uuid import uuid4

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
me = uuid4().hex[:6]  # a new owner at each start
mine = f"processing:{me}"


def heartbeat() -> None:
    """A key that lives for 2 s more. It outlives its owner by no more than that."""
    broker.set(f"heartbeat:{me}", "alive", px=2000)


def beat_for_ever() -> None:
    while True:
        heartbeat()
        time.sleep(0.4)


def reap() -> None:
    """Return the messages of dead owners to the head of the queue."""
    for processing in broker.scan_iter("processing:*"):
        owner = processing.removeprefix("processing:")
        if not broker.exists(f"heartbeat:{owner}"):
            while broker.lmove(processing, "labels", "RIGHT", "LEFT"):
                pass


heartbeat()  # before the first message
threading.Thread(target=beat_for_ever, daemon=True).start()
while True:
    reap()
    message = broker.blmove("labels", mine, 1, "LEFT", "RIGHT")
    if message is None:
        continue
    order = json.loads(message)["order"]
    shop.print_label(order)
    broker.hset("printed", order, "yes")
    broker.lrem(mine, 1, message)  # the acknowledgement
