"""The web server's way to the database and to the mail server. Read-only."""

import contextlib
import os
import queue
from collections.abc import Iterator
from multiprocessing.connection import Client, Connection
from pathlib import Path
from urllib.request import Request, urlopen

import bench

LOST = Path("/tmp/lost.json")  # where a server that stops names the orders without an e-mail
DATABASE = "/tmp/database.sock"
CONNECTIONS = 3  # in the pool; the database accepts no more
PATIENCE = 2.0  # s that a session waits for a free connection

drawn = bench.random.sample(range(1000, 10000), 2 * bench.knob("orders"))
ADDRESSES = dict(zip(drawn[::2], drawn[1::2], strict=True))  # the customer's mailbox, by order

free: queue.LifoQueue[Connection | None] = queue.LifoQueue()
for _ in range(CONNECTIONS):
    free.put(None)  # a place in the pool; whoever takes it first connects


class Session:
    """A connection of the pool, from `open_session` to the end of its `with` block."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._ask("begin")

    def place(self, order: int) -> None:
        self._ask("place", order)

    def address_of(self, order: int) -> int:
        return self._ask("address", order)

    def note_mailed(self, order: int) -> None:
        self._ask("mailed", order)

    def unmailed(self) -> list[int]:
        """The orders whose e-mail is not on record."""
        return self._ask("unmailed")

    def close(self) -> None:
        self._ask("end")
        self._connection = None

    def _ask(self, what: str, order: int = 0) -> object:
        if self._connection is None:
            raise RuntimeError("this session is closed")
        self._connection.send((what, order))
        return self._connection.recv()


@contextlib.contextmanager
def open_session() -> Iterator[Session]:
    """A session for the `with` block. Waits for a free connection, and raises after 2 s without one."""
    try:
        connection = free.get(timeout=PATIENCE)
    except queue.Empty:
        raise TimeoutError(f"no connection was free for {PATIENCE:g} s") from None
    try:
        connection = connection or connect()
        session = Session(connection)
        try:
            yield session
        finally:
            session.close()
    finally:
        free.put(connection)


def connect() -> Connection:
    connection = Client(DATABASE)
    if (greeting := connection.recv()) != "welcome":
        raise ConnectionError(greeting)
    return connection


def path(order: int, address: int) -> str:
    """What the mail server is asked for."""
    return f"mails/{order}/{address}"


def send_mail(order: int, address: int) -> None:
    """Confirm an order. Returns when the mail server has responded, however long that takes."""
    request = Request(f"{os.environ['MAIL_URL']}/{path(order, address)}", method="POST")
    urlopen(request, timeout=60).close()
