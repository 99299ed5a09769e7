"""The producer, a part of the web process: one message for each order."""

import json
import os

import redis
import shop

broker = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

for order in shop.orders():
    broker.rpush("labels", json.dumps({"order": order}))
