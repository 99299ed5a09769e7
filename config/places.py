"""Paths on this machine: state, sockets, virtual environments. Without Django, so that every part may
import it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

BASE = Path(__file__).resolve().parent.parent


def state_folder() -> Path:
    """The folder of everything that must survive a restart (database, queue, keys): `BACKBURNER_STATE`, else
    `var/` in the checkout.
    """
    return Path(os.environ.get("BACKBURNER_STATE") or BASE / "var").resolve()


def runtime_folder(state: Path) -> Path:
    """A short folder for unix sockets, one for each state folder: socket paths over 107 bytes fail."""
    if given := os.environ.get("BACKBURNER_RUNTIME"):
        return Path(given)
    name = f"backburner-{os.getuid()}-{hashlib.sha256(str(state).encode()).hexdigest()[:8]}"
    parent = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if not os.access(parent, os.W_OK) or len(str(parent)) > 60:
        parent = Path("/tmp")  # noqa: S108 - the folder itself is made with mode 0700 and its owner is checked
    return parent / name


def kombu_url(redis_url: str) -> str:
    """The same server in kombu's spelling: redis-py says `unix://path?db=1`, kombu
    `redis+socket://path?virtual_host=1`.
    """
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parts.query.removeprefix("db=") or "0"
    return f"redis+socket://{parts.path}?virtual_host={database}"
