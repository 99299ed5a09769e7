"""The shop's web server: orders, and the e-mails that confirm them. This is the file to change."""

from collections.abc import Iterator
from typing import Annotated

import shop
from fastapi import BackgroundTasks, Depends, FastAPI

GRACE = None  # whole seconds, as in uvicorn's --timeout-graceful-shutdown; None: no limit

app = FastAPI()


def get_session() -> Iterator[shop.Session]:
    with shop.open_session() as session:
        yield session


@app.post("/orders/{order}", status_code=201)
def place(
    order: int, background: BackgroundTasks, session: Annotated[shop.Session, Depends(get_session)]
) -> None:
    session.place(order)
    background.add_task(confirm, session, order)


def confirm(session: shop.Session, order: int) -> None:
    address = session.address_of(order)
    shop.send_mail(order, address)
    session.note_mailed(order)
