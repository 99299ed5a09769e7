"""Random numbers that no two jails of one zygote may share."""

from __future__ import annotations

import importlib
import os
import random
import ssl
import sys
from typing import Any

REMEMBERED = (("tempfile", "_name_sequence"), ("kombu.common", "_node_id"))
"""Modules that make a random value once, and the name by which they keep it; None makes them choose anew."""
AUTHENTICATED = ("multiprocessing.process", "billiard.process")
"""Modules whose current process has a random key for connections."""


def renew() -> None:
    """Replace everything random that the zygote had before this process was forked from it.

    OpenSSL notices a fork by another process id, which two processes in different namespaces can share.
    """
    random.seed()
    ssl.RAND_add(os.urandom(48), 48.0)
    for name, attribute in REMEMBERED:
        if name in sys.modules:
            setattr(importlib.import_module(name), attribute, None)
    _renew_uuid()
    for name in AUTHENTICATED:
        if name in sys.modules:
            importlib.import_module(name).current_process().authkey = os.urandom(32)


def _renew_uuid() -> None:
    """The C library that makes time-based ids keeps its node and its clock sequence where nothing can reach
    them. Python's own code, which is used without it, chooses a sequence for each id.
    """
    uuid: Any = importlib.import_module("uuid")
    uuid._generate_time_safe = uuid._last_timestamp = None
    uuid._node = uuid._random_getnode()
