"""The one-port door of a small installation: the feed as raw ASGI, every page through Django's WSGI application.

Pages through WSGI were measured two to five times faster than through Django's ASGI handler; a stream costs 0.15 ms to
accept here and 3.5 ms through Django's middleware (docs/decisions/one-port-door.md).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, cast

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# The two libraries spell the same protocol with other types.
pages = cast(Any, WSGIMiddleware(cast(Any, get_wsgi_application()), workers=int(os.environ.get("WEB_THREADS", "8"))))

from labs.feed import close, feed  # noqa: E402 - the feed reads models, which need the line above to have set Django up

if TYPE_CHECKING:
    from labs.feed import Message, Receive, Send

FEED = re.compile(r"/api/runs/[^/]+/events/\Z")


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and FEED.match(scope["path"]):
        await feed(scope, receive, send)
    elif scope["type"] == "http":
        # granian's own `receive` is no coroutine function, which a2wsgi needs to read a body
        async def coroutine_receive() -> Message:
            return await receive()

        await pages(scope, coroutine_receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
