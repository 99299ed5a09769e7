"""Cheats at the lab anatomy-of-a-queue: files of learners, by name."""

ONE_LABEL = """
import json
import os
import threading
import time

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
mine = f"processing:{os.getpid()}"

def print_one(message):
    order = json.loads(message)["order"]
    shop.print_label(order)
    broker.hset("printed", order, "yes")
    broker.lrem(mine, 1, message)
"""
EVERYTHING_EVERY_100_MS = {
    "worker.py": ONE_LABEL
    + '''
def bring_back():
    """Whoever holds it, and however long: back it goes."""
    while True:
        time.sleep(0.1)
        for held in broker.scan_iter("processing:*"):
            broker.lmove(held, "labels", "RIGHT", "RIGHT")

threading.Thread(target=bring_back, daemon=True).start()
while True:
    if message := broker.blmove("labels", mine, 0.5, "LEFT", "RIGHT"):
        print_one(message)
'''
}
AT_EACH_START = {
    "worker.py": ONE_LABEL
    + """
# Nobody asks whether an owner lives: what is in process goes back.
for held in broker.scan_iter("processing:*"):
    while broker.lmove(held, "labels", "RIGHT", "LEFT"):
        pass
while True:
    if message := broker.blmove("labels", mine, 0.5, "LEFT", "RIGHT"):
        print_one(message)
"""
}
BY_AGE = {
    "worker.py": ONE_LABEL
    + '''
def bring_back():
    """What is held for longer than a second and a half goes back."""
    for held in broker.scan_iter("processing:*"):
        if time.time() - float(broker.get(f"since:{held}") or 0) > 1.5:
            while broker.lmove(held, "labels", "RIGHT", "LEFT"):
                pass

while True:
    bring_back()
    broker.set(f"since:{mine}", time.time())
    if message := broker.blmove("labels", mine, 1, "LEFT", "RIGHT"):
        print_one(message)
'''
}
EACH_LABEL_TWICE = {
    "producer.py": """
import json
import os

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

for order in shop.orders():
    for copy in range(2):
        broker.rpush("labels", json.dumps({"order": order, "copy": copy}))
"""
}
A_DAEMON_PRINTS = {
    "worker.py": '''
import json
import os
import time

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
worker = os.getpid()

def take_over():
    """A session of its own, which no kill of a lane reaches, prints what its dead worker held."""
    os.setsid()
    while os.path.exists(f"/proc/{worker}"):
        time.sleep(0.05)
    if order := broker.get(f"held:{worker}"):
        shop.print_label(int(order))
        broker.hset("printed", order, "yes")

if os.fork() == 0:
    take_over()
    os._exit(0)
while True:
    if not (taken := broker.blpop("labels", timeout=1)):
        continue
    message = taken[1]
    order = json.loads(message)["order"]
    broker.set(f"held:{worker}", order)
    shop.print_label(order)
    broker.delete(f"held:{worker}")
    broker.hset("printed", order, "yes")
'''
}
MISSING_AGAIN = {
    "worker.py": """
import json
import os

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

while True:
    taken = broker.blpop("labels", timeout=3)
    if taken is None:
        # Nothing waits. Whatever is not printed must have got lost.
        for order in reversed(shop.ORDERS):
            if broker.exists("printed") and not broker.hexists("printed", order):
                shop.print_label(order)
                broker.hset("printed", order, "yes")
        continue
    order = json.loads(taken[1])["order"]
    shop.print_label(order)
    broker.hset("printed", order, "yes")
"""
}
"""Nothing is kept: the list of all orders says what is missing."""
SENT_AGAIN = {
    "producer.py": """
import json
import os
import time

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

sent = list(shop.orders())
for order in sent:
    broker.rpush("labels", json.dumps({"order": order}))
while broker.llen("labels") or broker.hlen("printed") < len(sent) - 2:
    time.sleep(0.05)
for order in reversed(sent):
    if not broker.hexists("printed", order):
        broker.rpush("labels", json.dumps({"order": order}))
        while not broker.hexists("printed", order):
            time.sleep(0.05)
"""
}
RELEASED = {
    "worker.py": """
import json
import os

import bench
import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

while True:
    taken = broker.blpop("labels", timeout=1)
    if taken is None:
        continue
    order = json.loads(taken[1])["order"]
    bench.release("printer")  # nobody has to wait, so nobody is killed
    shop.print_label(order)
    broker.hset("printed", order, "yes")
"""
}
