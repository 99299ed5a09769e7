import os
import signal

from redis import Redis

store = Redis.from_url(os.environ["REDIS_URL"])


def shaky(name, good_at):
    if store.incr(f"tries:{name}") < good_at:
        raise ConnectionError("not yet")


def dies():
    os.kill(os.getpid(), signal.SIGKILL)


def waits():
    store.blpop("gate", 60)


def follows():
    return 1
