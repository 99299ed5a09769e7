"""The shop's web server: sessions are short, and a process that ends names what it could not send."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

import shop
from fastapi import BackgroundTasks, Depends, FastAPI

GRACE = 2


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    with shop.open_session() as session:
        shop.LOST.write_text(json.dumps(session.unmailed()))


app = FastAPI(lifespan=lifespan)


def get_session() -> Iterator[shop.Session]:
    with shop.open_session() as session:
        yield session


@app.post("/orders/{order}", status_code=201)
def place(
    order: int,
    background: BackgroundTasks,
    session: Annotated[shop.Session, Depends(get_session, scope="function")],
) -> None:
    session.place(order)
    background.add_task(confirm, order)


def confirm(order: int) -> None:
    with shop.open_session() as session:
        address = session.address_of(order)
    shop.send_mail(order, address)
    with shop.open_session() as session:
        session.note_mailed(order)
