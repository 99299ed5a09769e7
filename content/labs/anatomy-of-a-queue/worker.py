"""The label worker. Two of them run, each in a process of its own."""

import json
import os

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

while True:
    taken = broker.blpop("labels", timeout=1)  # waits for a message, a second at most
    if taken is None:
        continue
    order = json.loads(taken[1])["order"]
    shop.print_label(order)
    broker.hset("printed", order, "yes")
