"""The tea club's web server. This is the file to change."""

import club
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
async def ping() -> str:
    return "pong"  # the probe asks twenty times a second


@app.post("/members/{member_id}", status_code=201)
def join(member_id: int) -> dict[str, int]:
    club.open_card(member_id)
    club.send_welcome(member_id)
    club.tell_crm(member_id)
    club.count_signup(member_id)
    return {"member": member_id}
