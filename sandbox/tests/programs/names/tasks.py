from celery import Celery

app = Celery("desk")


@app.task(name="orders.process")
def orders():
    return 1


@app.task(name="invoices.process")
def invoices():
    return 1


@app.task(name="v1.0")
def versioned():
    return 1


@app.task(name="задачи.отчёт")
def report():
    return 1
