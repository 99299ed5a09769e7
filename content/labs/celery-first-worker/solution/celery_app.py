"""The Celery application. The worker is started with `celery -A celery_app worker`."""

from celery import Celery

# The worker imports this module and what `include` names. Without it, nobody on its side imports tasks.py.
app = Celery("kettle", include=["tasks"])
