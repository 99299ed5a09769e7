from celery import Celery
from celery.exceptions import Ignore, Reject

app = Celery("post")
app.conf.task_acks_late = True


@app.task
def works():
    return 1


@app.task
def fails():
    raise ValueError("no stamp")


@app.task(bind=True, max_retries=2)
def retries(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0)


@app.task(bind=True)
def ignores(self):
    self.update_state(state="FAILURE", meta={"exc_type": "ValueError", "exc_message": "no address"})
    raise Ignore


@app.task
def rejects():
    raise Reject("too heavy", requeue=False)


@app.task(bind=True)
def rejects_once(self):
    if not self.request.delivery_info.get("redelivered"):
        raise Reject("later", requeue=True)


@app.task(bind=True)
def hands_over(self):
    return self.replace(works.s())


@app.task(bind=True)
def hands_over_to_two(self):
    return self.replace(works.si() | fails.si())


@app.task
def exits():
    raise SystemExit(3)
