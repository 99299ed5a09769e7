"""The Celery application. The worker is started with `celery -A celery_app worker`."""

from celery import Celery

app = Celery("kettle")  # broker and results: CELERY_BROKER_URL and CELERY_RESULT_BACKEND
