"""The private Valkey of a jail, and the sampler that reads its queues."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any

from sandbox.inside import resp

SOCKET = "/run/valkey.sock"
PORT = 6379
AT_MOST = 0.2
AT_LEAST = 2.0
MOST_QUEUES = 20
LONGEST_NAME = 80
PRIORITY_MARK = "\x06\x16"

SCRIPT = """
local depth, names = {}, redis.call('SCAN', 0, 'TYPE', 'list', 'COUNT', 1000)[2]
for i, name in ipairs(names) do
  if i > 40 then break end
  depth[#depth + 1] = name
  depth[#depth + 1] = redis.call('LLEN', name)
end
local unacked, oldest = 0, ''
if redis.call('TYPE', 'unacked').ok == 'hash' then unacked = redis.call('HLEN', 'unacked') end
if redis.call('TYPE', 'unacked_index').ok == 'zset' then
  local first = redis.call('ZRANGE', 'unacked_index', 0, 0, 'WITHSCORES')
  if first[2] then oldest = first[2] end
end
for i, name in ipairs({'arq:queue'}) do
  if redis.call('TYPE', name).ok == 'zset' then
    depth[#depth + 1] = name
    depth[#depth + 1] = redis.call('ZCARD', name)
  end
end
return {unacked, oldest, depth}
"""
"""One atomic look, so that a message on its way from a queue to `unacked` is never counted nowhere."""


def addresses() -> dict[str, str]:
    """The environment variables by which programs of a lab find their broker."""
    return {
        "CELERY_BROKER_URL": f"redis+socket://{SOCKET}?virtual_host=0",
        "CELERY_RESULT_BACKEND": f"redis+socket://{SOCKET}?virtual_host=0",
        "REDIS_URL": f"unix://{SOCKET}?db=0",
        "REDIS_HOST": "127.0.0.1",
        "REDIS_PORT": str(PORT),
    }


def start(program: str, settings: Mapping[str, str]) -> int:
    """Start Valkey on the unix socket and on loopback; returns its process id. `settings` are Valkey's own."""
    where = {"port": str(PORT), "bind": "127.0.0.1", "unixsocket": SOCKET, "unixsocketperm": "700", "dir": "/run"}
    keep = {"save": "", "appendonly": "no", "maxmemory": "48mb", "maxmemory-policy": "noeviction"}
    quiet = {"loglevel": "warning", "databases": "4", "lua-time-limit": "200", "io-threads": "1"}
    words = [word for name, value in {**where, **keep, **quiet, **settings}.items() for word in (f"--{name}", value)]
    null = subprocess.DEVNULL
    server = subprocess.Popen([program, *words], stdin=null, stdout=null, stderr=null, env={}, start_new_session=True)
    server.returncode = 0  # its end is ours to reap, with the lanes'
    return server.pid


def restart(program: str, pid: int, settings: Mapping[str, str]) -> int:
    """Another server with settings of the lab's, in the place of the warm one, before any lane starts."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    started = start(program, settings)
    wait_until_listening()
    return started


class Sampler:
    """Asks for the depth of each queue every 100 ms without ever waiting for the answer."""

    def __init__(self) -> None:
        self.socket = resp.connect(SOCKET)
        self._replies = resp.Replies()
        self._asked = False
        self._seen: set[str] = set()
        self._last: dict[str, Any] = {}
        self._sent = -AT_LEAST
        self.depth: dict[str, int] = {}
        self.unacked = 0
        self.read_at = -1.0

    def expect(self, queue: str) -> None:
        """A queue that is worth a zero before the first message."""
        self._seen.add(queue)

    def ask(self) -> None:
        """Send the next question, unless one is under way; reconnect when Valkey came back."""
        if self.socket is None:
            self.socket, self._asked, self._replies = resp.connect(SOCKET), False, resp.Replies()
        if self.socket is None or self._asked:
            return
        try:
            self.socket.send(resp.pack("EVAL", SCRIPT, 0))
            self._asked = True
        except OSError:
            self.close()

    def read(self, now: float) -> dict[str, Any] | None:
        """Take in what arrived. Returns the data of a `broker-sample` when one is due, else None."""
        if self.socket is None:
            return None
        try:
            piece = self.socket.recv(1 << 16)
            for reply in self._replies.feed(piece):
                self._asked = False
                if isinstance(reply, list) and len(reply) == 3:
                    return self._sample(reply, now)
        except BlockingIOError:
            return None
        except (OSError, ValueError, TypeError, AttributeError):  # a program may have put itself in the broker's place
            piece = b""
        if not piece:
            self.close()
        return None

    def close(self) -> None:
        """Valkey has gone, or speaks nonsense: start again at the next question."""
        if self.socket is not None:
            self.socket.close()
        self.socket, self._asked = None, False

    def is_empty(self) -> bool:
        """Is nothing queued and nothing unacknowledged, by the latest answer?"""
        return not self.unacked and not any(self.depth.values())

    def _sample(self, reply: list[Any], now: float) -> dict[str, Any] | None:
        unacked, oldest, pairs = reply
        depth = dict.fromkeys(sorted(self._seen), 0)
        for raw, length in zip(pairs[::2], pairs[1::2], strict=True):
            name = raw.decode("utf-8", "replace")[:LONGEST_NAME]
            if not name.endswith(".pidbox") and len(depth) < MOST_QUEUES:
                depth[name.replace(PRIORITY_MARK, "/")] = _count(length)
        age = max(0.0, time.time() - float(oldest)) if oldest else 0.0
        unacked = _count(unacked)
        self._seen.update(depth)
        self.depth, self.unacked, self.read_at = depth, unacked, now
        state = {"depth": depth, "unacked": unacked}
        if (state == self._last and now - self._sent < AT_LEAST) or now - self._sent < AT_MOST:
            return None
        self._last, self._sent = state, now
        return {**state, "oldest": round(age, 1)}


def _count(value: Any) -> int:
    """Raises `ValueError` for what is no count."""
    if not isinstance(value, int) or value < 0:
        raise ValueError("no count")
    return value


def version(program: str) -> str:
    """`9.1.2` of `Valkey server v=9.1.2 sha=…`."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, env={}, check=False).stdout
    return said.partition("v=")[2].split(" ")[0] or "unknown"


def wait_until_listening(deadline: float = 5.0) -> bool:
    """Wait until the socket accepts; False after `deadline` seconds."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if os.path.exists(SOCKET) and (sock := resp.connect(SOCKET)):  # noqa: PTH110 (hot loop)
            sock.close()
            return True
        time.sleep(0.002)
    return False
