"""The tea club's web server: what the response reports before it, the rest after it, each part alone."""

import functools
import logging
from collections.abc import Callable

import club
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()
log = logging.getLogger("club")


def alone(call: Callable[[int], None]) -> Callable[[int], None]:
    """A call whose failure is logged and goes no further: the next task of the request still runs."""

    @functools.wraps(call)
    def logged(member_id: int) -> None:
        try:
            call(member_id)
        except OSError as error:  # what urllib raises, HTTPError among them
            log.error("%s failed for member %s: %s", call.__name__, member_id, error)

    return logged


@app.get("/ping")
async def ping() -> str:
    return "pong"


@app.post("/members/{member_id}", status_code=201)
def join(member_id: int, background: BackgroundTasks) -> dict[str, int]:
    club.open_card(member_id)
    for call in (club.send_welcome, club.tell_crm, club.count_signup):
        background.add_task(alone(call), member_id)
    return {"member": member_id}
