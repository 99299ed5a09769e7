"""The one-port server of a small installation: the feed as raw ASGI, every page through Django's WSGI
application. Requests are bounded before either gets them (config/doors).

Pages through WSGI were measured two to five times faster than through Django's ASGI handler; a stream costs
0.15 ms to accept here and 3.5 ms through Django's middleware (docs/decisions/one-port-door.md).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, cast

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_pages = get_wsgi_application()

# What follows reads models and addresses, which need the line above to have set Django up.
from config.doors.bounds import Refused, bounds_of  # noqa: E402 - see above
from config.doors.hosts import check_host  # noqa: E402 - see above
from config.doors.whole_requests import WholeRequests, check_scope, in_one_piece, refuse  # noqa: E402 - see above
from labs.live.sse_feed import close, feed  # noqa: E402 - see above

if TYPE_CHECKING:
    from labs.live.sse_feed import Message, Receive, Send

# The two libraries spell the same protocol with other types.
pages = WholeRequests(
    cast(Any, WSGIMiddleware(in_one_piece(django_pages), workers=int(os.environ.get("WEB_THREADS", "8"))))
)
bounds_of("/")  # loads the addresses now: the event loop must not wait for that at the first request
FEED = re.compile(r"/api/runs/[^/]+/events/\Z")


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and FEED.match(scope["path"]):
        await _feed(scope, receive, send)
    elif scope["type"] == "http":
        await pages(scope, receive, send)


async def _feed(scope: Message, receive: Receive, send: Send) -> None:
    """The feed has no Django middleware in front of it, so its door is here."""
    try:
        check_scope(scope)
        check_host(scope)
    except Refused as refused:
        await refuse(scope, send, refused)
    else:
        await feed(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
