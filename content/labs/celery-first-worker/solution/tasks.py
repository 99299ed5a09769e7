"""What the worker does for an order. Arguments are plain values: a number and a day."""

import shop
from celery_app import app


@app.task
def thank_customer(order_id: int) -> None:
    shop.thank(order_id)


@app.task
def pack_parcel(order_id: int, day: str) -> None:
    shop.pack(order_id, day)
