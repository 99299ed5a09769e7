"""The shop's web server. Read-only: the part to change is in report.py."""

import report
from fastapi import FastAPI

app = FastAPI()
app.include_router(report.router)


@app.get("/ping/{number}")
async def ping(number: int) -> str:
    return "pong"  # the probe asks twenty-five times a second


@app.get("/stock/{tea}")
def stock(tea: int) -> str:
    return "in stock"  # a `def` route: it needs a thread


@app.get("/runs-on")
async def runs_on() -> str:
    return report.RUNS_ON
