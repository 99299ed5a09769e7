import os
import threading

from fastapi import FastAPI

app = FastAPI()
gate = threading.Event()


@app.get("/slow")
async def slow():
    gate.wait(1.5)  # a call that blocks this process's event loop; the other process answers meanwhile
    return os.getpid()


@app.get("/quick")
async def quick():
    return os.getpid()
