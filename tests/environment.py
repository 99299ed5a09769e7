"""A pytest plugin, loaded before Django's settings: the tests get a state folder and sockets of their own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

STATE = tempfile.mkdtemp(prefix="bb-test-")
Path(STATE, "static").mkdir()  # WhiteNoise warns where there is none
atexit.register(shutil.rmtree, STATE, ignore_errors=True)

for name in list(os.environ):
    if name in {
        "REDIS_URL",
        "CELERY_BROKER_URL",
        "HTTPS",
        "DEBUG",
        "LABS_GUEST_RUNS",
        "BEHIND_PROXY",
        "SECRET_KEY",
    }:
        del os.environ[name]
os.environ.update(
    BACKBURNER_STATE=STATE,
    BACKBURNER_RUNTIME=f"{STATE}/run",
    SECRET_KEY="only for the tests of this very process",
    STATIC_MANIFEST="0",
    CACHE_URL="locmemcache://",
    CONN_MAX_AGE="0",  # a thread that ends leaves no session behind in the test database
)
