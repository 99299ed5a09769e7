"""The shop's database: one table, and at most three connections at a time. Read-only."""

import contextlib
import sqlite3
import threading
from multiprocessing.connection import Connection, Listener

import bench
import shop

table = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
table.execute("CREATE TABLE orders (number INTEGER PRIMARY KEY, address INTEGER, mailed INTEGER DEFAULT 0)")
turn = threading.Lock()
connected: list[Connection] = []
in_use: list[Connection] = []  # between the begin and the end of a session


def execute(client: Connection, what: str, order: int) -> object:
    """One statement of a session. What it changes is a mark in the trace."""
    match what:
        case "begin" | "end":
            (in_use.append if what == "begin" else in_use.remove)(client)
            bench.mark(f"sessions in use: {len(in_use)}", in_use=len(in_use))
        case "place":
            table.execute("INSERT OR IGNORE INTO orders VALUES (?, ?, 0)", (order, shop.ADDRESSES[order]))
            bench.mark(f"row {order}: placed", order=order, row="placed")
        case "address":
            return table.execute("SELECT address FROM orders WHERE number = ?", (order,)).fetchone()[0]
        case "mailed":
            table.execute("UPDATE orders SET mailed = 1 WHERE number = ?", (order,))
            bench.mark(f"row {order}: mailed", order=order, row="mailed")
        case "unmailed":
            rows = table.execute("SELECT number FROM orders WHERE mailed = 0 ORDER BY number")
            return [number for (number,) in rows]
    return None


def serve(client: Connection) -> None:
    """The statements of one connection, until the client closes it or dies."""
    with contextlib.suppress(EOFError, OSError, KeyError, TypeError, ValueError), client:
        client.send("welcome")
        while True:
            what, order = client.recv()
            with turn:
                client.send(execute(client, what, order))
    with turn:
        connected.remove(client)
        if client in in_use:
            execute(client, "end", 0)


with Listener(shop.DATABASE, backlog=16) as listener:
    bench.mark("the database accepts connections")
    while True:
        arrived = listener.accept()
        with turn:
            is_full = len(connected) == shop.CONNECTIONS
            if not is_full:
                connected.append(arrived)
        if is_full:
            arrived.send("too many connections")
            arrived.close()
        else:
            threading.Thread(target=serve, args=(arrived,), daemon=True).start()
