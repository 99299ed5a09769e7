"""What the worker does for an order."""

import shop
from celery_app import app


@app.task
def thank_customer(order_id: int) -> None:
    shop.thank(order_id)


@app.task
def pack_parcel(order: shop.Order) -> None:
    shop.pack(order.id, order.day.isoformat())
