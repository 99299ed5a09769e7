"""Makes system calls of another architecture, with numbers that the filter does not know: x32, and 32-bit by
`int 0x80`.
"""

import platform

from sandbox.tests.abuse.harness import program

FAMILY = "other architecture's calls"
REQUEST = program(
    f"""
import ctypes, errno, mmap, os, bench
libc = ctypes.CDLL(None, use_errno=True)
said = "none"
died = 0
if {platform.machine() == "x86_64"}:
    result = libc.syscall(ctypes.c_long(0x40000000 + 165), 0, 0, 0, 0, 0)
    said = errno.errorcode.get(ctypes.get_errno(), "?") if result < 0 else "allowed"
    child = os.fork()
    if child == 0:
        rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        code = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=rights)
        code.write(bytes.fromhex("b814000000cd80c3"))  # getpid of 32 bits
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
        os._exit(0)
    died = os.waitpid(child, 0)[1] & 0x7F
bench.mark("found", said=said, died=died, is_x86={platform.machine() == "x86_64"})
"""
)
ENDS = {"finished"}
SAYS = ""


def contained(seen) -> None:
    if seen.found["is_x86"]:
        assert seen.found["died"] == 31
        assert seen.found["said"] in {"ENOSYS", "?"}
