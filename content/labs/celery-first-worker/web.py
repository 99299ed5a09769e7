"""The web side: take an order, respond with 202, leave the rest to the worker."""

import shop
import tasks
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
async def ping() -> str:
    return "pong"  # the probe asks twenty times a second


@app.post("/orders/{order_id}", status_code=202)
async def order(order_id: int) -> dict[str, int]:
    placed = shop.load_order(order_id)
    tasks.thank_customer.delay(order_id)
    tasks.pack_parcel.delay(placed)
    return {"order": order_id}
