"""The web side: take an order, respond with 202, leave the rest to the worker."""

import shop
import tasks
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
async def ping() -> str:
    return "pong"


@app.post("/orders/{order_id}", status_code=202)
def order(order_id: int) -> dict[str, int]:
    # `def`, not `async def`: publishing waits for the broker, and here it waits in a thread.
    placed = shop.load_order(order_id)
    tasks.thank_customer.delay(order_id)
    tasks.pack_parcel.delay(order_id, placed.day.isoformat())
    return {"order": order_id}
