"""The tasks of the packing desk: a label for each parcel, a price tag for each tea."""

import asyncio
import os

import client
import shop
from celery import Celery

app = Celery("kettle", broker=os.environ["CELERY_BROKER_URL"])


@app.task
def print_label(customer: int) -> None:
    address = client.get(f"addresses/{customer}")
    shop.print_label(customer, address["house"])


@app.task
def print_price(tea: str) -> None:
    pence = asyncio.run(client.price_of(tea))
    shop.print_price(tea, pence)
