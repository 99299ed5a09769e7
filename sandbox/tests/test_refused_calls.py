"""System calls that a jail refuses for some of their arguments, or because nobody has reviewed them."""

from __future__ import annotations

import errno

from sandbox.tests.client import make_request

PROGRAM = """
import bench, ctypes, errno, fcntl, mmap, os, resource, socket

libc = ctypes.CDLL(None, use_errno=True)


def refused(call):
    try:
        call()
    except OSError as error:
        return error.errno
    return 0


def system_call(number):
    if libc.syscall(number, 0, 0, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "")


def map_down():
    libc.mmap.restype = ctypes.c_void_p
    if libc.mmap(None, 4096, 3, 0x122, -1, 0) == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "")


one, other = socket.socketpair()
child = os.fork()
if not child:
    os.read(os.open("/dev/null", os.O_RDONLY), 1)
    os._exit(0)
with open("own", "w") as file:
    bench.mark(
        "refused",
        newer=refused(lambda: system_call(468)),
        much_newer=refused(lambda: system_call(900)),
        lease=refused(lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)),
        notify=refused(lambda: fcntl.fcntl(os.open(".", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_CREATE)),
        lock=refused(lambda: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)),
        urgent=refused(lambda: one.send(b"x", socket.MSG_OOB)),
        urgent_message=refused(lambda: one.sendmsg([b"x"], [], socket.MSG_OOB)),
        message=refused(lambda: one.sendmsg([b"x"])),
        zero_copy=refused(lambda: one.setsockopt(socket.SOL_SOCKET, 60, 1)),
        down=refused(map_down),
        others=refused(lambda: resource.prlimit(child, resource.RLIMIT_NOFILE, (16, 16))),
        own=refused(lambda: resource.prlimit(0, resource.RLIMIT_NOFILE)),
        signals=resource.getrlimit(resource.RLIMIT_SIGPENDING)[1],
    )
os.waitpid(child, 0)
"""


def test_what_is_refused_and_what_is_not(warden) -> None:
    ran = warden.run(make_request({"driver.py": PROGRAM}))
    (mark,) = ran.of("mark", text="refused")
    found = {name: value for name, value in mark["data"].items() if isinstance(value, int)}
    assert found == {
        "newer": errno.ENOSYS,
        "much_newer": errno.ENOSYS,
        "lease": errno.EINVAL,
        "notify": errno.EINVAL,
        "lock": 0,
        "urgent": errno.EOPNOTSUPP,
        "urgent_message": errno.EOPNOTSUPP,
        "message": 0,
        "zero_copy": errno.EPERM,
        "down": errno.ENOMEM,
        "others": errno.EPERM,
        "own": 0,
        "signals": 512,
    }
