from celery import Celery

app = Celery("tower")
app.conf.beat_schedule = {"each": {"task": "tasks.tick", "schedule": 0.3}}


@app.task
def tick():
    return 1
