import os

from celery import Celery
from redis import Redis

app = Celery("annex")
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=8,
    broker_transport_options={"global_keyprefix": "shop:", "visibility_timeout": 60},
)
store = Redis.from_url(os.environ["REDIS_URL"])


@app.task
def waits_for_the_gate():
    store.lpush("audit", "began")
    store.blpop("gate", 60)


@app.task(rate_limit="1/m")
def mails():
    return 1


@app.task
def later():
    return 1
