"""The sampler of the queues in a jail's Valkey: depths, unacknowledged messages, scheduled jobs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.inside.broker import resp
from sandbox.inside.broker.valkey_server import SOCKET

SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
"""Seconds between two samples: at least the first while something changes, at most the second otherwise."""
MOST_QUEUES, MOST_STEPS, MOST_DATABASES = 20, 10, 16
LONGEST_NAME = 80
RQ_QUEUE = "rq:queue:"
ARQ_QUEUE = "arq:queue"

SCRIPT = """
local sources = cjson.decode(ARGV[1])
local depth, unacked, oldest, seen, waiting = {}, 0, '', {}, {}
local function number(...)
  local count = redis.pcall(...)
  if type(count) == 'number' then return count end
  return 0
end
for _, source in ipairs(sources) do
  redis.call('SELECT', source.database)
  for _, key in ipairs(source.keys) do
    local count = number('LLEN', key)
    depth[#depth + 1] = key
    depth[#depth + 1] = count
  end
  local mark = source.database .. source.unacked
  if not seen[mark] then
    seen[mark] = true
    unacked = unacked + number('HLEN', source.unacked)
    local first = redis.pcall('ZRANGE', source.index, 0, 0, 'WITHSCORES')
    if first[2] and (oldest == '' or tonumber(first[2]) < tonumber(oldest)) then oldest = first[2] end
  end
  for name, keys in pairs(source.waiting) do
    local count = 0
    for _, key in ipairs(keys) do count = count + number('ZCARD', key) end
    waiting[#waiting + 1] = name
    waiting[#waiting + 1] = count
  end
end
redis.call('SELECT', 0)
if redis.call('TYPE', 'arq:queue').ok == 'zset' then
  depth[#depth + 1] = 'arq:queue'
  depth[#depth + 1] = redis.call('ZCARD', 'arq:queue')
end
return {unacked, oldest, depth, waiting}
"""
"""One script, so that a message is counted exactly once while it moves from a queue to `unacked`."""


@dataclass(frozen=True)
class Source:
    """The queues that one lane reads, and the keys that its library has for them in the broker."""

    queues: tuple[str, ...]
    prefix: str = ""
    unacked: str = "unacked"
    index: str = "unacked_index"
    separator: str = "\x06\x16"
    steps: tuple[int, ...] = (3, 6, 9)
    database: int = 0

    @classmethod
    def from_note(cls, data: dict[str, Any]) -> Source:
        """What a worker says that it reads. Raises nothing: what is of a wrong type keeps its default."""
        names = data.get("queues")
        queues = tuple(str(name) for name in names[:MOST_QUEUES]) if isinstance(names, list) else ()
        texts = {key: data[key][:LONGEST_NAME] for key in TEXTS if isinstance(data.get(key), str)}
        steps = data.get("steps")
        numbers = (
            tuple(one for one in steps if isinstance(one, int)) if isinstance(steps, list) else cls.steps
        )
        database = str(data.get("database", ""))
        number = int(database) if database.isdecimal() and int(database) < MOST_DATABASES else 0
        return cls(queues, steps=numbers[:MOST_STEPS], database=number, **texts)

    def as_request(self) -> dict[str, Any]:
        """What the script needs to know."""
        return {
            "database": self.database,
            "keys": [*self.shown_keys(), *self.stepped_keys()],
            "unacked": self.prefix + self.unacked,
            "index": self.prefix + self.index,
            "waiting": self._waiting(),
        }

    def shown_keys(self) -> list[str]:
        """The lists of the queues; each is shown even while it is empty."""
        return [self.prefix + queue for queue in self.queues]

    def stepped_keys(self) -> Iterator[str]:
        """The lists for other priorities than the usual one; shown once they have had a message."""
        for queue in self.queues:
            if not queue.startswith(RQ_QUEUE):
                yield from (f"{self.prefix}{queue}{self.separator}{step}" for step in self.steps)

    def _waiting(self) -> dict[str, list[str]]:
        """RQ's registries of jobs that are in no queue yet."""
        names = [queue.removeprefix(RQ_QUEUE) for queue in self.queues if queue.startswith(RQ_QUEUE)]
        if not names:
            return {}
        return {kind: [f"rq:{kind}:{name}" for name in names] for kind in ("scheduled", "deferred")}


TEXTS = ("prefix", "unacked", "index", "separator")


@dataclass
class _Reading:
    """The latest reply. `waiting` is by reason."""

    depth: dict[str, int] = field(default_factory=dict)
    unacked: int = 0
    waiting: dict[str, int] = field(default_factory=dict)


class Sampler:
    """Asks for the depth of each queue every 100 ms, without waiting for the reply. Only what the lab's
    workers read is a queue: a program's own lists are its own affair.
    """

    def __init__(self) -> None:
        self.socket = resp.connect(SOCKET)
        self._replies = resp.Replies()
        self._asked = False
        self._sources: dict[str, Source] = {}
        self._request = resp.pack("EVAL", SCRIPT, 0, "[]")
        self._seen: set[str] = set()
        self._last: dict[str, Any] = {}
        self._sent = -LONGEST_PAUSE
        self._reading = _Reading()
        self.read_at = -1.0

    def expect(self, lane: str, source: Source) -> None:
        """The lane reads these queues from now on."""
        self._sources[lane] = source
        distinct = list(dict.fromkeys(self._sources.values()))[:MOST_QUEUES]
        self._seen = {key for one in distinct for key in one.shown_keys()}
        self._request = resp.pack("EVAL", SCRIPT, 0, json.dumps([one.as_request() for one in distinct]))

    def ask(self) -> None:
        """Send the next request unless one has no reply yet; reconnect when Valkey has restarted."""
        if self.socket is None:
            self.socket, self._asked, self._replies = resp.connect(SOCKET), False, resp.Replies()
        if self.socket is None or self._asked:
            return
        try:
            self.socket.send(self._request)
            self._asked = True
        except OSError:
            self.close()

    def read(self, now: float) -> dict[str, Any] | None:
        """Read replies. Returns the data of a `broker-sample` when one is due, else None."""
        if self.socket is None:
            return None
        try:
            piece = self.socket.recv(1 << 16)
            for reply in self._replies.feed(piece):
                self._asked = False
                if isinstance(reply, list) and len(reply) == 4:
                    return self._sample(reply, now)
        except BlockingIOError:
            return None
        except (OSError, ValueError, TypeError, AttributeError):
            piece = b""  # a program of the run may listen in the broker's place and reply anything
        if not piece:
            self.close()
        return None

    def close(self) -> None:
        """Valkey has ended or its replies make no sense: reconnect at the next request."""
        if self.socket is not None:
            self.socket.close()
        self.socket, self._asked = None, False

    def is_empty(self) -> bool:
        """Is nothing queued, unacknowledged or scheduled, by the latest reply?

        Deferred jobs do not count: they start when another job has ended, and until then that one counts.
        """
        now = self._reading
        return not now.unacked and not any(now.depth.values()) and not now.waiting.get("scheduled")

    def _sample(self, reply: list[Any], now: float) -> dict[str, Any] | None:
        unacked, oldest, pairs, waiting = reply
        # A queue that was seen once stays in the sample: Valkey has no empty lists, and a trace shows the 0.
        depth = dict.fromkeys(sorted(map(self._shown, self._seen)), 0)
        for name, length in _pairs(pairs):
            shown = self._shown(name)
            if shown in depth or (length and len(depth) < 2 * MOST_QUEUES):
                self._seen.add(name)
                depth[shown] = depth.get(shown, 0) + length
        age = max(0.0, time.time() - float(oldest)) if oldest else 0.0
        kinds: dict[str, int] = {}
        for name, count in _pairs(waiting):
            kinds[name] = kinds.get(name, 0) + count
        self._reading, self.read_at = _Reading(depth, _count(unacked), kinds), now
        state: dict[str, Any] = {"depth": depth, "unacked": _count(unacked)}
        if kinds:
            state["waiting"] = kinds
        if (state == self._last and now - self._sent < LONGEST_PAUSE) or now - self._sent < SHORTEST_PAUSE:
            return None
        self._last, self._sent = state, now
        return {**state, "oldest": round(age, 1)}

    def _shown(self, key: str) -> str:
        """`celery/3` for the list of the messages with priority 3."""
        for source in self._sources.values():
            if source.separator:
                key = key.replace(source.separator, "/")
        return key[:LONGEST_NAME]


def _pairs(flat: Iterable[Any]) -> Iterator[tuple[str, int]]:
    """Raises `ValueError` for what is not a list of names and counts."""
    words = list(flat)
    for raw, count in zip(words[::2], words[1::2], strict=True):
        yield raw.decode("utf-8", "replace"), _count(count)


def _count(value: Any) -> int:
    """Raises `ValueError` for what is not a count."""
    if not isinstance(value, int) or value < 0:
        raise ValueError("not a count")
    return value
