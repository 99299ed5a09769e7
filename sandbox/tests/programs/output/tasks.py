import os

from celery import Celery

app = Celery("noise")


@app.task
def chatters():
    for number in range(3000):
        os.write(2, b"row %d\n" % number)


@app.task
def shouts():
    print("ö" * 3000 + "😀" * 3000, flush=True)  # noqa: T201 (the output is the test)


@app.task
def calm():
    return 1
