from celery import Celery

app = Celery("census")


@app.task
def count(street):
    if street == "Mill Lane":
        raise ValueError("nobody opened")
    return 3


@app.task
def total(counts):
    return sum(counts)


@app.task
def complain(request, exc, traceback):
    print("complaint about", request.id)  # noqa: T201 (the output is part of the program)


@app.task
def notes(result):
    return result


@app.task
def never(result):
    return result


@app.task(bind=True, max_retries=1)
def brews(self):
    if not self.request.retries:
        raise self.retry(countdown=0)
