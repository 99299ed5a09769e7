"""Leaves pickles, zips and compiled code wherever something outside might open them."""

from sandbox.tests.abuse.harness import workers

FAMILY = "pickles and zips"
REQUEST = workers(
    """
import io, os, pickle, zipfile, bench, redis, tasks
touch = bench.knob("touch")
class Trap:
    def __reduce__(self):
        return (open, (touch, "w"))
trap = pickle.dumps(Trap())
broker = redis.Redis.from_url(os.environ["REDIS_URL"])
for key in ("celery-task-meta-1", "unacked_pickle", "_kombu.binding.trap", "rq:job:1"):
    broker.set(key, trap)
broker.rpush("celery", trap)
bomb = io.BytesIO()
with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("../../../../" + touch, b"0" * (8 << 20))
for name in ("/lab/trace.zip", "/lab/tasks.pyc", "/tmp/site.pkl", "/lab/sitecustomize.py", "/run/dump.rdb"):
    open(name, "wb").write(bomb.getvalue() if name.endswith("zip") else trap)
bench.mark(trap.decode("latin-1"), pickle=trap.hex())
print(trap)
"""
)
ENDS = {"finished"}
SAYS = ""
