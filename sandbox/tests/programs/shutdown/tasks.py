import time

from celery import Celery

app = Celery("hotel")
app.conf.update(worker_soft_shutdown_timeout=0.5, task_acks_late=True)


@app.task
def clean():
    time.sleep(20)
