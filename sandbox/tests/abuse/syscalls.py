"""Programs that make forbidden system calls directly, without the C library's wrappers, and tell how each was
answered.
"""

from __future__ import annotations

import json
import platform
from typing import Any

from sandbox.protocol import RunRequest
from sandbox.seccomp import CLONE, CLONE3, DENIED, IOCTL, MACHINES, SOCKET
from sandbox.tests.abuse.harness import Seen, program

ALLOWED_CALL = "getppid"
NUMBERS: dict[str, tuple[int | None, int | None]] = {
    **DENIED,
    "clone": CLONE,
    "clone3": CLONE3,
    "socket": SOCKET,
    "ioctl": IOCTL,
    ALLOWED_CALL: (110, 173),
}
CODE = """
import ctypes, errno, json, os, bench
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(4096)
said = {{}}
for name, number, words in json.loads({calls!r}):
    values = dict(room=ctypes.addressof(room), parent=os.getppid())
    given = [values.get(word, word) for word in words]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(word) for word in given])
    if name.startswith("clone") and result == 0:
        os._exit(0)
    said[name] = "allowed" if result >= 0 else errno.errorcode.get(ctypes.get_errno(), "?")
bench.mark("found", said=said)
"""


def attempt(calls: dict[str, tuple[Any, ...]], **overrides: Any) -> RunRequest:
    """A run that makes these calls. A key is a call's name, or `name what`; the words `room` and `parent`
    stand for the address of a buffer and for the supervisor's process id.
    """
    place = MACHINES.index(platform.machine())
    listed = [
        (name, NUMBERS[name.split()[0]][place], words) for name, words in {ALLOWED_CALL: (), **calls}.items()
    ]
    known = [call for call in listed if call[1] is not None]
    return program(CODE.format(calls=json.dumps(known)), **overrides)


def all_refused(seen: Seen) -> None:
    """Assert that the filter refused every call, and that an allowed call would have been noticed."""
    said = dict(seen.found["said"])
    assert said.pop(ALLOWED_CALL) == "allowed"
    assert said
    assert set(said.values()) <= {"EPERM", "ENOSYS", "EAFNOSUPPORT"}, said
